// The operations of a case on our containers. What the engine has no container for is composed of those it has:
//
//     counter   two quantities, what went up and what went down      set    a map's keys
//     list      a list of ids, and a register for each               cart   a line for each sku, as in Documents
internal import Commands
internal import Console
internal import CRDT

enum CaseEditor {
    /// A place in a text that sticks to the element after it, or to the one before.
    struct Cursor {
        let text: String
        let anchor: Document.Cursor
        let sticksBefore: Bool

        func position(in document: Document) -> Int? {
            guard let id = document.existingContainer(.text, text), let at = document.position(of: anchor, in: id) else { return nil }
            guard sticksBefore, let here = try? document.cursor(at: at, in: id) else { return at }
            // Behind its element, as long as that is there.
            return here == anchor && anchor.element != nil ? at + 1 : at
        }
    }

    static func apply(_ op: [JSON], to document: inout Document, by actor: ActorID, _ expands: [String: Document.Expand],
                      _ cursors: inout [String: Cursor]) throws(CaseStop) {
        guard let kind = op.first?.text else { throw .failed("an operation without a name") }
        switch kind.prefix(while: { $0 != "." }) {
        case "tr": throw .skipped("trees")
        case "b": throw .skipped("escrow")
        default: break
        }
        if kind == "k.checkout" || kind == "k.coupon" { throw .skipped("checkout") }
        guard let name = op.dropFirst().first?.text else { throw .failed("an operation without a name: \(kind)") }
        do {
            if kind == "cur.set" {
                guard op.count == 5, let path = op[2].text, let at = op[3].number, let bias = op[4].text else { throw CaseStop.failed("cur.set has a text, a position and a bias") }
                let text = document.container(.text, path)
                let sticksBefore = bias == "before" && at > 0
                cursors[name] = Cursor(text: path, anchor: try document.cursor(at: Int(at) - (sticksBefore ? 1 : 0), in: text), sticksBefore: sticksBefore)
                return
            }
            try document.change(by: actor, at: 0) { document in
                if kind.hasPrefix("r.") { try mark(kind, name, Array(op.dropFirst(2)), expands, &document) } else { try edit(kind, name, Array(op.dropFirst(2)), actor, &document) }
            }
        } catch let stop as CaseStop {
            throw stop
        } catch {
            throw .failed("\(kind) \(name): \(error)")
        }
    }

    private static func edit(_ kind: String, _ name: String, _ rest: [JSON], _ actor: ActorID, _ document: inout Document) throws {
        func number(_ index: Int) -> Int { rest.count > index ? Int(rest[index].number ?? 0) : 0 }
        switch kind {
        case "t.ins": try document.insert(rest.count > 1 ? rest[1].text ?? "" : "", at: number(0), in: document.container(.text, name))
        case "t.del": try document.delete(at: number(0), count: rest.count > 1 ? number(1) : 1, in: document.container(.text, name))
        case "m.set", "m.del":
            let (map, key) = place(name, &document)
            if kind == "m.del" { document.remove(key, in: map) }
            else if case .object(let fields)? = rest.first {
                let inner = document.container(.map, key, in: map)
                for field in fields { document.set(field.key, to: value(field.value), in: inner) }
            } else { document.set(key, to: value(rest.first ?? .null), in: map) }
        case "s.add": document.set(rest.first?.encoded() ?? "", to: .bool(true), in: document.container(.map, "set " + name))
        case "s.rem": document.remove(rest.first?.encoded() ?? "", in: document.container(.map, "set " + name))
        case "c.inc":
            let step = number(0)
            // A counter that was touched is there, at 0 too.
            document.set("is there", to: .bool(true), in: document.container(.map, "counter " + name))
            if step != 0 { try document.edit(.more(UInt64(step.magnitude)), in: document.container(.quantity, "\(step > 0 ? "up" : "down") \(name)")) }
        case "l.ins":
            let list = document.container(.list, name)
            let id = "\(actor) \(document.operationCount(of: actor))"
            try document.insert(.string(id), at: number(0), in: list)
            document.set(id, to: value(rest.count > 1 ? rest[1] : .null), in: document.container(.map, "elements " + name))
        case "l.del": try document.delete(at: number(0), count: rest.count > 1 ? number(1) : 1, in: document.container(.list, name))
        case "l.move": try document.move(at: number(0), to: number(1), in: document.container(.list, name))
        case "l.set":
            let ids = document.list(document.container(.list, name))
            guard ids.indices.contains(number(0)), case .string(let id) = ids[number(0)] else { throw CaseStop.failed("there is no element \(number(0))") }
            document.set(id, to: value(rest.count > 1 ? rest[1] : .null), in: document.container(.map, "elements " + name))
        case "k.add":
            let count = rest.isEmpty ? 1 : number(0)
            try document.edit(count < 0 ? .less(UInt64(-count)) : .more(UInt64(count)), in: line(name, &document))
        case "k.set": try document.edit(.set(UInt64(max(0, number(0)))), in: line(name, &document))
        case "k.remove": try document.edit(.remove, in: line(name, &document))
        case "k.note": document.set("note " + name, to: value(rest.first ?? .null), in: document.container(.map, "cart"))
        default: throw CaseStop.skipped("an operation of an unknown kind: \(kind)")
        }
    }

    private static func mark(_ kind: String, _ name: String, _ rest: [JSON], _ expands: [String: Document.Expand], _ document: inout Document) throws {
        guard rest.count >= 3, let start = rest[0].number, let end = rest[1].number, start <= end, let mark = rest[2].text else {
            throw CaseStop.failed("\(kind) has a start, an end and a name")
        }
        let (range, text) = (Int(start)..<Int(end), document.container(.text, name))
        // Peritext's rule for a mark that nothing is said of: it grows at its end, as bold does.
        let expand = expands[mark] ?? .after
        switch kind {
        case "r.mark": try document.mark(range, mark, value(rest.count > 3 ? rest[3] : .bool(true)), expand: expand, in: text)
        case "r.unmark": try document.unmark(range, mark, expand: expand, in: text)
        default: throw CaseStop.skipped("an operation of an unknown kind: \(kind)")
        }
    }

    private static func line(_ sku: String, _ document: inout Document) -> ContainerID {
        document.container(.quantity, sku, in: document.container(.map, "cart"))
    }

    /// `a/b/c` as the map that holds `c`.
    private static func place(_ path: String, _ document: inout Document) -> (ContainerID, String) {
        let parts = path.split(separator: "/").map(String.init)
        var map = ContainerID.root
        for part in parts.dropLast() { map = document.container(.map, part, in: map) }
        return (map, parts.last ?? path)
    }

    // MARK: What shows

    static func value(_ path: String, _ document: Document) -> JSON {
        if let text = document.existingContainer(.text, path), document.count(text) > 0 || document.containers(of: .text).contains(path) { return .string(document.text(text)) }
        if let list = document.existingContainer(.list, path) {
            let elements = document.existingContainer(.map, "elements " + path)
            return .array(document.list(list).map { item in
                guard case .string(let id) = item, let elements else { return .null }
                return document.value(id, in: elements).map(JSON.init(value:)) ?? .null
            })
        }
        if let set = document.existingContainer(.map, "set " + path) { return .array(document.keys(in: set).compactMap { try? JSON(parsing: $0) }) }
        if document.existingContainer(.map, "counter " + path) != nil {
            func count(_ direction: String) -> Int64 { Int64(clamping: document.existingContainer(.quantity, "\(direction) \(path)").map(document.quantity) ?? 0) }
            return .int(count("up") - count("down"))
        }
        var map = ContainerID.root
        let parts = path.split(separator: "/").map(String.init)
        for part in parts.dropLast() {
            guard let next = document.existingContainer(.map, part, in: map) else { return .null }
            map = next
        }
        guard let key = parts.last else { return .null }
        if let value = document.value(key, in: map) { return JSON(value: value) }
        guard let inner = document.existingContainer(.map, key, in: map) else { return .null }
        return .object(document.keys(in: inner).map { (key: $0, value: document.value($0, in: inner).map(JSON.init(value:)) ?? .null) })
    }

    static func spans(_ path: String, _ document: Document) -> JSON {
        guard let text = document.existingContainer(.text, path) else { return .array([]) }
        return .array(document.spans(text).map { span in
            .object([(key: "text", value: .string(span.text)), (key: "marks", value: .object(span.marks.map { (key: $0.name, value: JSON(value: $0.value)) }))])
        })
    }

    static func cart(_ document: Document) -> JSON {
        guard let cart = document.existingContainer(.map, "cart") else { return .object([]) }
        return .object(document.containers(of: .quantity, in: cart).compactMap { sku in
            guard let id = document.existingContainer(.quantity, sku, in: cart), document.quantity(id) > 0 else { return nil }
            return (key: sku, value: .int(Int64(clamping: document.quantity(id))))
        })
    }

    /// Everything, for comparing replicas.
    static func show(_ document: Document) -> String {
        var parts = document.keys().map { "\($0)=\(value($0, document).encoded())" }
        for kind in ContainerKind.allCases where kind != .quantity { parts += document.containers(of: kind).map { "\($0)=\(value($0, document).encoded())" } }
        parts += document.containers(of: .text).map { "\($0)=\(spans($0, document).encoded())" }
        return (parts + [cart(document).encoded()]).joined(separator: " ")
    }

    private static func value(_ json: JSON) -> Value {
        switch json {
        case .null: .null
        case .bool(let flag): .bool(flag)
        case .int(let number): .int(number)
        case .double(let number): .string("\(number)")
        case .string(let text): .string(text)
        case .array(let items): .list(items.map(value))
        case .object(let fields): .map(fields.map { ($0.key, value($0.value)) })
        }
    }
}
