// What is different between two moments of a document, container by container: a value that a program reads.
//
// Edits of a text or a list are meant one after the other: each position is where the one before left things. Applied to
// what was, they give what is.

public struct Difference: Equatable, Sendable {
    public enum TextEdit: Equatable, Sendable {
        case insert(String, at: Int)
        case delete(String, at: Int)
    }

    /// A mark of a text that is otherwise edited already: positions are those of the later text.
    public struct MarkEdit: Equatable, Sendable {
        public var range: Range<Int>
        public let name: String
        public let before: Value?
        public let after: Value?
    }

    public enum ListEdit: Equatable, Sendable {
        case insert(Value, at: Int)
        case delete(Value, at: Int)
        case move(Value, from: Int, to: Int)
    }

    public enum Change: Equatable, Sendable {
        /// A key of a map; nil where there is no value.
        case value(before: Value?, after: Value?)
        case flag(before: Bool, after: Bool)
        case maximum(before: Int64?, after: Int64?)
        case quantity(before: UInt64, after: UInt64)
        case text([TextEdit], marks: [MarkEdit])
        case list([ListEdit])
    }

    public struct Item: Equatable, Sendable {
        /// Keys from the root on.
        public let path: [String]
        public let change: Change
    }

    /// By path, in the order of their UTF-8.
    public var items: [Item] = []
    public var isEmpty: Bool { items.isEmpty }
}

extension Document {
    /// What is different at one version from another; neither needs to be the earlier.
    /// - Complexity: O(history), and O(n x elements moved) for lists.
    public func difference(from old: VersionVector, to new: VersionVector) throws(PastError) -> Difference {
        if let file { return try file.document.difference(from: old, to: new) }
        let (before, after) = (try at(old), try at(new))
        var difference = Difference()
        for index in containers.indices {
            let (one, other) = (place(of: UInt32(index), in: before), place(of: UInt32(index), in: after))
            difference.items += items(UInt32(index), before, one, after, other)
        }
        difference.items.sort { $0.path == $1.path ? false : Difference.precedes($0.path, $1.path) }
        return difference
    }

    private func items(_ index: UInt32, _ before: Document, _ one: ContainerID?, _ after: Document, _ other: ContainerID?) -> [Difference.Item] {
        let path = names(of: index)
        func item(_ change: Difference.Change) -> [Difference.Item] { [Difference.Item(path: path, change: change)] }
        switch containers[Int(index)].kind {
        case .map:
            let names = Set((one.map { before.keys(in: $0) } ?? []) + (other.map { after.keys(in: $0) } ?? [])).sorted(by: utf8Precedes)
            return names.compactMap { name in
                let (old, new) = (one.flatMap { before.value(name, in: $0) }, other.flatMap { after.value(name, in: $0) })
                return old == new ? nil : Difference.Item(path: path + [name], change: .value(before: old, after: new))
            }
        case .flag:
            let (old, new) = (one.map(before.flag) ?? false, other.map(after.flag) ?? false)
            return old == new ? [] : item(.flag(before: old, after: new))
        case .max:
            let (old, new) = (one.flatMap(before.maximum), other.flatMap(after.maximum))
            return old == new ? [] : item(.maximum(before: old, after: new))
        case .quantity:
            let (old, new) = (one.map(before.quantity) ?? 0, other.map(after.quantity) ?? 0)
            return old == new ? [] : item(.quantity(before: old, after: new))
        case .text:
            let (edits, marks) = textEdits(index, before, one, after, other)
            return edits.isEmpty && marks.isEmpty ? [] : item(.text(edits, marks: marks))
        case .list:
            let edits = listEdits(before, one, after, other)
            return edits.isEmpty ? [] : item(.list(edits))
        case .unknown: return []
        }
    }

    /// The names from the root to a container.
    func names(of container: UInt32) -> [String] {
        var names: [String] = []
        var index = container
        while index != 0 {
            names.append(keys[Int(containers[Int(index)].key)])
            index = containers[Int(index)].parent
        }
        return names.reversed()
    }

    /// The same container in another document.
    private func place(of container: UInt32, in other: Document) -> ContainerID? {
        if container == 0 { return .root }
        let own = containers[Int(container)]
        return place(of: own.parent, in: other).flatMap { other.existingContainer(own.kind, keys[Int(own.key)], in: $0) }
    }
}

extension Difference {
    static func precedes(_ left: [String], _ right: [String]) -> Bool {
        for (one, other) in zip(left, right) where one != other { return utf8Precedes(one, other) }
        return left.count < right.count
    }
}
