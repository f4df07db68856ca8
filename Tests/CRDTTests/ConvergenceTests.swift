// Random edits on several replicas that meet in random pairs: in the end all are equal, to the byte,
// and what was decoded is what was encoded. The seed is the test's argument: it replays.
import Bytes
import CRDT
import Support
import Testing

@Suite struct ConvergenceTests {
    @Test(arguments: 0..<2_000 as Range<UInt64>)
    func `replicas with the same changes are equal to the byte`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var replicas = (0..<UInt8(3 + random.below(3))).map { TestReplica($0) }
        for _ in 0..<(20 + random.below(60)) {
            let one = random.below(replicas.count)
            if random.chance(70) {
                try replicas[one].editRandomly(&random)
            } else {
                let other = random.below(replicas.count)
                if one == other { continue }
                let bytes = replicas[other].document.encode(since: replicas[one].document.version)
                // Anything may arrive more than once.
                for _ in 0...random.below(2) { try replicas[one].document.apply(ChangeSet(decoding: bytes)) }
            }
        }
        for other in replicas.indices.dropFirst() { try replicas[0].receive(from: replicas[other]) }
        for index in replicas.indices.dropFirst() { try replicas[index].receive(from: replicas[0]) }
        let expected = replicas[0].document.encodeBody()
        for replica in replicas {
            replica.document.checkInvariants()
            let isSameToTheByte = replica.document.encodeBody() == expected
            #expect(isSameToTheByte)
            #expect(snapshot(replica.document) == snapshot(replicas[0].document))
        }
        var loaded = Document()
        try loaded.apply(ChangeSet(decoding: replicas[0].document.encode()))
        loaded.checkInvariants()
        let isSameToTheByte = loaded.encodeBody() == expected
        #expect(isSameToTheByte)
        #expect(snapshot(loaded) == snapshot(replicas[0].document))
    }

    /// Everything that shows, as one text.
    private func snapshot(_ document: Document) -> String {
        var lines: [String] = []
        if let text = document.existingContainer(.text, "text") { lines.append("\(document.text(text)) \(document.spans(text))") }
        if let list = document.existingContainer(.list, "list") { lines.append("\(document.list(list))") }
        for key in document.keys() { lines.append("\(key)=\(document.values(key))") }
        if let all = document.existingContainer(.map, "lines") {
            for sku in document.containers(of: .map, in: all) {
                guard let line = document.existingContainer(.map, sku, in: all),
                      let quantity = document.existingContainer(.quantity, "quantity", in: line) else { continue }
                lines.append("\(sku)=\(document.quantity(quantity)) \(document.quantityConflict(quantity))")
            }
        }
        if let read = document.existingContainer(.max, "read") { lines.append("read=\(document.maximum(read) ?? -1)") }
        if let flag = document.existingContainer(.flag, "consent") { lines.append("consent=\(document.flag(flag))") }
        return lines.joined(separator: "\n")
    }
}
