// Making a document what plain JSON says, as edits that merge: only what differs is touched, so that what others do meanwhile
// meets as little as can be. What is in the document and not in the file goes.
internal import CRDT

extension PlainDocument {
    /// Call it inside of `change`.
    /// - Returns: the paths of what stays as it is: numbers that only grow, and are larger here already, and what only a newer
    ///   version can make or remove.
    func edit(_ document: inout Document) throws(EditError) -> [String] { try content.edit(&document, .root, [], isRoot: true) }
}

extension PlainDocument.Map {
    fileprivate func edit(_ document: inout Document, _ map: ContainerID, _ path: [String], isRoot: Bool) throws(EditError) -> [String] {
        var kept: [String] = []
        for key in Set(document.keys(in: map)).union(values.keys).sorted(by: utf8Precedes) {
            let (old, new) = (document.value(key, in: map), values[key])
            if let new, old != new { document.set(key, to: new, in: map) } else if new == nil { document.remove(key, in: map) }
        }
        func names(_ kind: ContainerKind, _ own: some Sequence<String>) -> [String] {
            Set(document.containers(of: kind, in: map)).union(own).sorted(by: utf8Precedes)
        }
        for name in names(.map, maps.keys) where !(isRoot && PlainDocument.left.contains(name)) {
            let inner = document.container(.map, name, in: map)
            kept += try (maps[name] ?? Self()).edit(&document, inner, path + [name], isRoot: false)
        }
        for name in names(.text, texts.keys) { try Self.edit(document.container(.text, name, in: map), to: texts[name] ?? [], &document) }
        for name in names(.list, lists.keys) {
            let list = document.container(.list, name, in: map)
            let (old, new) = (document.list(list), lists[name] ?? [])
            let (from, oldEnd, newEnd) = Self.middle(old, new)
            try document.delete(at: from, count: oldEnd - from, in: list)
            for position in from..<newEnd { try document.insert(new[position], at: position, in: list) }
        }
        for name in names(.quantity, quantities.keys) {
            let quantity = document.container(.quantity, name, in: map)
            let wanted = quantities[name] ?? 0
            if document.quantity(quantity) != wanted { try document.edit(wanted == 0 ? .remove : .set(wanted), in: quantity) }
        }
        for name in names(.max, maxima.keys) {
            let maximum = document.container(.max, name, in: map)
            if let wanted = maxima[name] { document.raise(to: wanted, in: maximum) }
            if document.maximum(maximum) != maxima[name] { kept.append((path + [name]).joined(separator: "/")) }
        }
        for name in names(.flag, flags.keys) {
            let flag = document.container(.flag, name, in: map)
            let wanted = flags[name] ?? false
            if document.flag(flag) != wanted { document.setFlag(wanted, in: flag) }
        }
        let own = document.unknownContainers(in: map)
        for name in Set(own.map(\.name)).union(unknown.keys).sorted(by: utf8Precedes) where own.filter({ $0.name == name }).map(\.kind.rawValue) != unknown[name] ?? [] {
            kept.append((path + [name]).joined(separator: "/"))
        }
        return kept
    }

    private static func edit(_ text: ContainerID, to spans: [MarkedText], _ document: inout Document) throws(EditError) {
        let old = Array(document.text(text).unicodeScalars), new = Array(spans.map(\.text).joined().unicodeScalars)
        let (from, oldEnd, newEnd) = middle(old, new)
        try document.delete(at: from, count: oldEnd - from, in: text)
        var string = String.UnicodeScalarView()
        string.append(contentsOf: new[from..<newEnd])
        try document.insert(String(string), at: from, in: text)
        // Marks, name by name, where they differ.
        let wanted = byScalar(spans), shown = byScalar(document.spans(text))
        for name in Set((spans + document.spans(text)).flatMap(\.marks).map(\.name)).sorted(by: utf8Precedes) {
            var start = 0
            while start < wanted.count {
                let value = (Self.value(name, wanted[start]), Self.value(name, shown[start]))
                var end = start + 1
                while end < wanted.count, Self.value(name, wanted[end]) == value.0, Self.value(name, shown[end]) == value.1 { end += 1 }
                if value.0 != value.1 { try document.mark(start..<end, name, value.0 ?? .null, in: text) }
                start = end
            }
        }
    }

    private static func value(_ name: String, _ marks: [Mark]) -> Value? { marks.first { $0.name == name }?.value }
    private static func byScalar(_ spans: [MarkedText]) -> [[Mark]] { spans.flatMap { Array(repeating: $0.marks, count: $0.text.unicodeScalars.count) } }

    /// What lies between equal beginnings and equal ends.
    private static func middle<Item: Equatable>(_ old: [Item], _ new: [Item]) -> (from: Int, oldEnd: Int, newEnd: Int) {
        var (from, oldEnd, newEnd) = (0, old.count, new.count)
        while from < oldEnd, from < newEnd, old[from] == new[from] { from += 1 }
        while oldEnd > from, newEnd > from, old[oldEnd - 1] == new[newEnd - 1] { (oldEnd, newEnd) = (oldEnd - 1, newEnd - 1) }
        return (from, oldEnd, newEnd)
    }
}
