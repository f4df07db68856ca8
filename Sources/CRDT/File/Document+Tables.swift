// The keys and containers that a file names: the same before what it shows and in a baseline.
internal import Bytes

extension Document {
    /// Writes the keys and the containers that are used, those by path.
    /// - Parameter others: keys that what follows names besides those of containers and registers.
    /// - Returns: the root and what is used, in the order in which their content follows; and where each key stands.
    func writeTables(naming others: Set<UInt32> = [], into writer: inout ByteWriter) -> (containers: [UInt32], keyIndex: [UInt32: Int]) {
        let used = containers.indices.filter { $0 > 0 && containers[$0].isUsed }.map(UInt32.init)
        var names = others.union(used.map { containers[Int($0)].key })
        for index in [0] + used where containers[Int(index)].kind == .map {
            names.formUnion(opened.maps[containers[Int(index)].slot].registers.keys)
        }
        let ordered = names.sorted { utf8Precedes(keys[Int($0)], keys[Int($1)]) }
        let keyIndex = Dictionary(uniqueKeysWithValues: zip(ordered, ordered.indices))
        writer.varint(ordered.count)
        for key in ordered { writer.string(keys[Int(key)]) }
        let order = used.map { ($0, canonicalPath(of: $0)) }.sorted { $0.1.lexicographicallyPrecedes($1.1) }.map(\.0)
        var position: [UInt32: Int] = [0: 0]
        writer.varint(order.count)
        for (index, container) in order.enumerated() {
            let state = containers[Int(container)]
            position[container] = index + 1
            writer.varint(position[state.parent] ?? 0)
            writer.byte(state.kind.rawValue)
            writer.varint(keyIndex[state.key] ?? 0)
        }
        return ([0] + order, keyIndex)
    }
}
