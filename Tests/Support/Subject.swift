// What the laws are tried on: each kind of container by itself, and all of them in one document.
package import Bytes
package import CRDT

package enum Subject: String, CaseIterable, Sendable {
    case map, flag, max, quantity, text, list
    /// What only a newer version knows.
    case unknown
    case everything

    /// The container that the edits are in; for `everything` the root.
    package func container(_ document: inout Document) -> ContainerID {
        switch self {
        case .map, .everything, .unknown: document.container(.map, "lines")
        case .flag: document.container(.flag, "consent")
        case .max: document.container(.max, "read")
        case .quantity: document.container(.quantity, "quantity", in: document.container(.map, "SKU-0", in: document.container(.map, "lines")))
        case .text: document.container(.text, "text")
        case .list: document.container(.list, "list")
        }
    }

    private static let words = ["a", "bc", "Grüße ", "🧦👟", "naïve", "x", "hello world ", "\u{1F9E5}"]

    /// One random edit; call it inside of `change`.
    package func edit(_ document: inout Document, _ random: inout SeededGenerator) throws {
        let container = container(&document)
        switch self {
        case .everything: try Subject.weighted[random.below(Subject.weighted.count)].edit(&document, &random)
        case .map:
            // In the root and in a map below, so that names in both tell them apart.
            let map = random.chance(70) ? .root : container
            let key = "key\(random.below(4))"
            if random.chance(25) { document.remove(key, in: map) } else {
                document.set(key, to: .map([("n", .int(Int64(random.below(9)))), ("s", .string("v"))]), in: map)
            }
        case .flag: document.setFlag(random.chance(50), in: container)
        case .unknown: Subject.addUnknown(&document, &random)
        case .max: document.raise(to: Int64(random.below(50)) - 10, in: container)
        case .quantity:
            let lines = document.container(.map, "lines")
            let quantity = document.container(.quantity, "quantity", in: document.container(.map, "SKU-\(random.below(2))", in: lines))
            let count = UInt64(random.below(6))
            switch random.below(4) {
            case 0: try document.edit(.more(count), in: quantity)
            case 1: try document.edit(.less(count), in: quantity)
            case 2: try document.edit(.set(count), in: quantity)
            default: try document.edit(.remove, in: quantity)
            }
        case .text, .list:
            let count = document.count(container)
            if self == .text, count > 0, random.chance(20) {
                let from = random.below(count)
                let value: Value = [.bool(true), .string("u"), .null][random.below(3)]
                return try document.mark(from..<from + 1 + random.below(count - from), ["bold", "link"][random.below(2)], value,
                                         expand: Document.Expand.allCases[random.below(4)], in: container)
            }
            if self == .list, count > 1, random.chance(35) {
                return try document.move(at: random.below(count), to: random.below(count), in: container)
            }
            if count > 0, random.chance(35) {
                let at = random.below(count)
                return try document.delete(at: at, count: 1 + random.below(min(6, count - at)), in: container)
            }
            // Half of what is typed is at the end, as people do.
            let at = random.chance(50) ? count : random.below(count + 1)
            if self == .text {
                try document.insert(Subject.words[random.below(Subject.words.count)], at: at, in: container)
            } else {
                try document.insert(.int(Int64(random.below(1_000))), at: at, in: container)
            }
        }
    }

    /// Most of what people do in one document is typing.
    /// What only a newer version knows comes last.
    fileprivate static let weighted: [Subject] = [.text, .text, .text, .text, .list, .map, .quantity, .quantity, .max, .flag, .unknown]

    private static let places: [(names: [String], kind: ContainerKind)] = [
        ([], .map), (["text"], .text), (["list"], .list), (["lines", "SKU-0", "quantity"], .quantity), (["consent"], .flag), (["read"], .max),
        (["tree"], .unknown(64)), (["tree"], .unknown(65)), (["lines", "tree"], .unknown(255)),
    ]

    /// An operation of a newer version, or a value of one.
    private static func addUnknown(_ document: inout Document, _ random: inout SeededGenerator) {
        let bytes = (0..<random.below(random.chance(10) ? 400 : 12)).map { _ in UInt8(random.below(256)) }
        if random.chance(30), let value = Value.unknown(tag: [64, 65, 255][random.below(3)], bytes) {
            document.set("key\(random.below(4))", to: random.chance(50) ? value : .list([value, .map([("v", value)])]))
        } else {
            let place = places[random.below(places.count)]
            document.extend([64, 65, 200, .max][random.below(4)], bytes, at: place.names, place.kind)
        }
    }
}

/// One to three random operations of every kind; call it inside of `change`.
/// - Parameter isKnown: nothing that only a newer version knows.
package func editRandomly(_ document: inout Document, _ random: inout SeededGenerator, isKnown: Bool = false) throws {
    let subjects = isKnown ? Subject.weighted.dropLast() : Subject.weighted[...]
    for _ in 0...random.below(3) { try subjects[random.below(subjects.count)].edit(&document, &random) }
}

/// Everything that shows in a document, as one text. Written out, for it is asked for millions of times: printing a value
/// by its type's own description costs many times as much.
package func describe(_ document: Document) -> String {
    var text = ""
    describe(document, .root, "", &text)
    return text
}

private func describe(_ document: Document, _ map: ContainerID, _ indent: String, _ text: inout String) {
    for key in document.keys(in: map) {
        text += indent + key + " ="
        for value in document.values(key, in: map) { describe(value, &text) }
        text += "\n"
    }
    for kind in ContainerKind.allCases {
        for name in document.containers(of: kind, in: map) {
            guard let id = document.existingContainer(kind, name, in: map) else { continue }
            text += indent + name + ":"
            switch kind {
            case .map:
                text += "\n"
                describe(document, id, indent + "  ", &text)
                continue
            case .text:
                text += " " + document.text(id) + " " + String(document.count(id)) + " " + String(document.utf16Count(id))
                for span in document.spans(id) {
                    text += " |" + span.text
                    for mark in span.marks {
                        text += " " + mark.name
                        describe(mark.value, &text)
                    }
                }
            case .list: for value in document.list(id) { describe(value, &text) }
            case .quantity:
                text += " " + String(document.quantity(id))
                for value in document.quantityConflict(id) { text += " / " + String(value) }
            case .max: text += " " + (document.maximum(id).map { String($0) } ?? "none")
            case .flag: text += document.flag(id) ? " granted" : " not granted"
            case .unknown: break
            }
            text += "\n"
        }
    }
}

private func describe(_ value: Value, _ text: inout String) {
    switch value {
    case .null: text += " null"
    case .bool(let value): text += value ? " true" : " false"
    case .int(let value): text += " " + String(value)
    case .string(let value): text += " \"" + value + "\""
    case .bytes(let bytes): text += " \(bytes)"
    case .unknown(let value): text += " ?\(value.tag) \(Array(value.bytes))"
    case .list(let values):
        text += " ["
        for value in values { describe(value, &text) }
        text += "]"
    case .fields(let fields):
        text += " {"
        for field in fields {
            text += " " + field.key + ":"
            describe(field.value, &text)
        }
        text += "}"
    }
}
