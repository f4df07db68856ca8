// `baton explain`: where a value, an element or a stretch of text comes from, what it replaced, and what lost against it.
package import ArgumentParser
internal import CRDT
internal import Console
package import Replica
internal import Store

package struct ExplainCommand: LocalCommand {
    package static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Say where a value comes from, what it replaced, and what lost against it.",
        discussion: "For example: baton explain cart/lines/SHOE-42/quantity; of a text or list also a part: draft/ID/text/4-9, conversation/ID/order/3.")
    @OptionGroup package var global: GlobalOptions
    @Argument(help: "document/key/…") var path: String
    package init() {}

    package func run(on replica: Replica) throws -> Output {
        let found = try PathArgument.find(path, replica)
        let (document, id, writes) = (found.document, found.id, found.writes)
        guard let last = found.last else {
            throw CommandError("unknown-document", "Nothing was ever written to \(path). `baton history` shows what was.")
        }
        func text(_ write: Document.Write) -> JSON { write.value.map(JSON.init(value:)) ?? .null }
        // Of what stands in a baseline nobody knows when it was.
        func at(_ time: UInt64) -> JSON { time == 0 ? .null : .string(TimeText.iso(Int64(clamping: time))) }
        func when(_ time: UInt64) -> String { time == 0 ? "before the history was cut" : TimeText.short(Int64(clamping: time)) }
        // What its author had before: the same question, asked of the document as it was then. Of a part, positions were others.
        let before = last.isCut ? nil : try document.at(document.version(before: last.id))
        let replaced = found.range == nil ? before.flatMap { PathArgument.find(found.keys, $0)?.value } ?? .null : .null
        let lost = found.isSequence ? [] : writes.filter { write in
            write.id != last.id && (document.areConcurrent(write.id, last.id) || write.isCut && last.isCut && write.isLive) && (!found.isQuantity || write.value != nil)
        }
        var fields: [(key: String, value: JSON)] = [
            ("path", .string(path)), ("value", found.value), ("by", PathArgument.by(last.id.actor, id, replica)), ("at", at(last.time)),
            ("change", .string(last.change.description)), ("replaced", replaced),
            ("lost", .array(lost.map { .fields(["value": text($0), "by": PathArgument.by($0.id.actor, id, replica), "at": at($0.time)]) })),
        ]
        var lines: [String] = []
        if found.isSequence, let container = found.container {
            let parts = document.blame(container, found.range)
            fields.append(("spans", .array(parts.map { part in
                .fields(["from": .int(Int64(part.range.lowerBound)), "to": .int(Int64(part.range.upperBound)), "value": part.value.map(JSON.init(value:)) ?? .string(part.text),
                         "by": PathArgument.by(part.change.actor, id, replica), "at": at(part.time), "change": .string(part.change.description),
                         "restored": part.restored.map { .string($0.description) }, "moved": part.moved.map { .string($0.description) },
                         "marks": part.marks.isEmpty ? nil : .array(part.marks.map { mark in
                             .fields(["mark": .string(mark.mark.name), "value": JSON(value: mark.mark.value), "by": PathArgument.by(mark.change.actor, id, replica),
                                      "change": .string(mark.change.description)])
                         })])
            })))
            lines = parts.map { part in
                let what = (part.value.map(JSON.init(value:)) ?? .string(part.text)).encoded()
                let marks = part.marks.map { ", \($0.mark.name) by \(replica.by($0.change.actor).name)" }.joined()
                let moved = part.moved.map { ", moved by \(replica.by($0.actor).name)" } ?? ""
                let restored = part.restored.map { ", brought back by \(replica.by($0.actor).name)" } ?? ""
                return "  \(part.range.lowerBound)-\(part.range.upperBound) \(what)  by \(replica.by(part.change.actor).name), \(when(part.time))\(moved)\(restored)\(marks)"
            }
        }
        let author = "by \(replica.by(last.id.actor).name), \(last.isCut ? last.what : "\(when(last.time)), \(last.what)")"
        let instead = found.range == nil && !last.isCut ? ["instead of \(replaced.encoded())"] : []
        let others = lost.map { "at the same time \(replica.by($0.id.actor).name) wrote \(text($0).encoded())" }
        return Output(.object(fields)) { [value = found.value, lines] style in
            (["\(style.bold(path)) = \(value.encoded())", author] + instead + others.map(style.dim) + lines).joined(separator: "\n")
        }
    }
}

/// `document/key/…` as a place.
enum PathArgument {
    struct Place {
        let document: Document
        let id: DocumentID
        /// Within the document.
        let keys: [String]
        let value: JSON
        let writes: [Document.Write]
        /// What made the value that shows.
        let last: Document.Write?
        let container: ContainerID?
        /// The part of a text or list that was asked for.
        let range: Range<Int>?
        let isSequence: Bool
        let isQuantity: Bool
    }

    /// `cart` is the one that is open.
    static func path(_ name: String, _ replica: Replica) throws -> String { name == "cart" ? try replica.cart().path : name }

    static func document(_ name: String, _ replica: Replica) throws -> DocumentID {
        let path = try path(name, replica)
        for candidate in [path] + ["draft", "reply", "conversation"].map({ "\($0)/\(path)" }) {
            if let id = try? replica.id(candidate), try replica.documents.exists(id) { return id }
        }
        if replica.isStaff, let id = try replica.documents.records().map(\.id).first(where: { $0.path == path || $0.name == path }) { return id }
        throw CommandError("unknown-document", "There is no document \(name) here. `baton documents` shows those there are.")
    }

    /// The one document that has all these places of its history.
    static func document(holding places: [String], _ replica: Replica) throws -> DocumentID {
        let all = try replica.documents.records().map(\.id).filter { id in
            let document = try replica.document(id)
            return places.allSatisfy { (try? Past.version($0, of: document)) != nil }
        }
        if all.count == 1 { return all[0] }
        // Without a document that says otherwise, the cart: as `history` does.
        if let cart = try? document("cart", replica), all.contains(cart) || all.isEmpty { return cart }
        throw CommandError("ambiguous", "\(places.joined(separator: " and ")) can be of \(all.map(\.path).joined(separator: ", ")): say which with --document.")
    }

    static func find(_ path: String, _ replica: Replica) throws -> Place {
        let parts = path.split(separator: "/").map(String.init)
        // A document's name may have two parts.
        for count in [2, 1] where parts.count > count || count == 1 {
            guard let id = try? document(parts.prefix(count).joined(separator: "/"), replica) else { continue }
            let document = try replica.document(id)
            let keys = Array(parts.dropFirst(count))
            guard let found = find(keys, document) else { continue }
            return Place(document: document, id: id, keys: keys, value: found.value, writes: found.writes, last: found.last, container: found.container,
                         range: found.range, isSequence: found.kind == .text || found.kind == .list, isQuantity: found.kind == .quantity)
        }
        throw CommandError("unknown-document", "There is nothing at \(path). Paths are document/key/…, for example cart/lines/SHOE-42/quantity.")
    }

    struct Found {
        var value: JSON
        var writes: [Document.Write]
        var last: Document.Write?
        var kind = ContainerKind.map
        var container: ContainerID?
        var range: Range<Int>?
    }

    static func find(_ keys: [String], _ document: Document) -> Found? {
        if let found = container(keys, document) { return found }
        // The last part may say which elements of the text or list before it.
        if keys.count > 1, let range = range(keys[keys.count - 1]), var found = container(Array(keys.dropLast()), document), let container = found.container,
           found.kind == .text || found.kind == .list {
            guard range.upperBound <= document.count(container) else { return nil }
            let text = found.kind == .text
            found.value = text ? .string(String(String.UnicodeScalarView(document.text(container).unicodeScalars.dropFirst(range.lowerBound).prefix(range.count))))
                : range.count == 1 ? JSON(value: document.list(container)[range.lowerBound]) : .array(document.list(container)[range].map(JSON.init(value:)))
            found.range = range
            let changes = Set(document.blame(container, range).flatMap { [$0.change, $0.moved, $0.restored].compactMap(\.self) + $0.marks.map(\.change) })
            found.last = found.writes.last { changes.contains($0.change) } ?? found.writes.last(where: \.isCut)
            return found
        }
        guard let last = keys.last, let map = document.place(names: Array(keys.dropLast()), kind: .map) else { return nil }
        let writes = document.writes(to: map, key: last)
        return writes.isEmpty ? nil : Found(value: document.value(last, in: map).map(JSON.init(value:)) ?? .null, writes: writes, last: writes.last(where: \.isLive) ?? writes.last)
    }

    private static func container(_ keys: [String], _ document: Document) -> Found? {
        guard !keys.isEmpty else { return nil }
        for kind in [ContainerKind.quantity, .flag, .max, .text, .list] {
            guard let id = document.place(names: keys, kind: kind) else { continue }
            let writes = document.writes(to: id, key: nil)
            let value: JSON = switch kind {
            case .quantity: .int(Int64(clamping: document.quantity(id)))
            case .flag: .bool(document.flag(id))
            case .max: document.maximum(id).map(JSON.int) ?? .null
            case .text: .string(document.text(id))
            case .list: .array(document.list(id).map(JSON.init(value:)))
            case .map, .unknown: .null
            }
            // Of a flag's concurrent values the one that shows may be older than another.
            let last = switch kind {
            case .flag: writes.last { $0.isLive && $0.value == .bool(document.flag(id)) }
            case .max: writes.last(where: \.isLive)
            case .quantity, .text, .list, .map, .unknown: writes.last
            }
            return Found(value: value, writes: writes, last: last ?? writes.last, kind: kind, container: id)
        }
        // What it is, only a newer version knows; who made it, this one does.
        guard let map = document.place(names: Array(keys.dropLast()), kind: .map), let own = document.unknownContainers(in: map).first(where: { $0.name == keys.last }),
              let id = document.existingContainer(own.kind, own.name, in: map) else { return nil }
        let writes = document.writes(to: id, key: nil)
        return Found(value: .fields(["unknown container": .int(Int64(own.kind.rawValue))]), writes: writes, last: writes.last, kind: own.kind, container: id)
    }

    /// `4`, or `4-9`: from the fourth on, before the ninth.
    private static func range(_ text: String) -> Range<Int>? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count <= 2, let first = parts[0], first >= 0 else { return nil }
        guard parts.count == 2 else { return first < .max ? first..<first + 1 : nil }
        guard let end = parts[1], end > first else { return nil }
        return first..<end
    }

    /// The person is who the document says, or else whose space it is, but for what staff's devices did.
    static func by(_ actor: ActorID, _ id: DocumentID, _ replica: Replica) -> JSON {
        let by = replica.by(actor)
        let isStaff = Replica.staffKinds.contains(by.kind)
        var person = id.space.scheme == "person" && !isStaff ? JSON.string(String(id.space.name.dropFirst("person:".count))) : .null
        if let document = try? replica.document(id), let authors = document.existingContainer(.map, "authors"),
           case .string(let name)? = document.value(actor.description, in: authors), name != by.device { person = .string(name) }
        return .fields(["person": person, "device": .string(by.device), "channel": .string(by.kind)])
    }
}
