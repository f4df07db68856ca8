// The simulated disk keeps a store's promises, and breaks exactly what it's told to.
import Bytes
import Simulation
import Store
import Testing

@Suite struct SimulatedDiskTests {
    private let row = StoreWrite.put(.meta, key: [1], value: [2, 3])

    @Test func `a batch is there or not, whatever the power cut left of it`() throws {
        for percent in 0...100 {
            let disk = SimulatedDisk()
            disk.trouble = { .powerCut(percent: percent) }
            #expect(throws: StoreError.self) { try disk.commit([row, .put(.meta, key: [2], value: [4])]) }
            #expect(throws: StoreError.self) { try disk.get(.meta, [1]) }
            let reopened = disk.reopened()
            let (first, second) = (try reopened.get(.meta, [1]), try reopened.get(.meta, [2]))
            #expect((first == nil) == (second == nil))
            #expect((first != nil) == (percent == 100))
        }
    }

    @Test func `a full disk takes nothing and goes on`() throws {
        let disk = SimulatedDisk()
        disk.trouble = { .full }
        #expect { try disk.commit([row]) } throws: { ($0 as? StoreError)?.code == .diskFull }
        disk.trouble = { nil }
        #expect(try disk.get(.meta, [1]) == nil)
        try disk.commit([row])
        #expect(try disk.get(.meta, [1]) == [2, 3])
    }

    @Test func `a flipped bit is told at every read, by key and by scan`() throws {
        var chance = SeededGenerator(seed: 3)
        for _ in 0..<200 {
            let disk = SimulatedDisk()
            try disk.commit([row])
            #expect(try disk.flipBit(in: .meta, &chance))
            #expect { try disk.get(.meta, [1]) } throws: { ($0 as? StoreError)?.code == .damaged }
            #expect(try disk.scan(.meta, prefix: []).damaged == [[1]])
        }
    }

    @Test func `a copy is not continuous until it was written to`() throws {
        let disk = SimulatedDisk()
        try disk.commit([row])
        #expect(disk.reopened().isContinuous)
        let copy = disk.copy()
        #expect(!copy.isContinuous)
        try copy.commit([row])
        #expect(copy.reopened().isContinuous)
    }
}
