// The laws of merging in a debug build, where arithmetic is checked too; `laws` tries 20,000 of each in release.
import Support
import Testing

@Suite struct LawTests {
    @Test(arguments: Subject.allCases)
    func `merging commutes, associates, may be repeated, and is the same in any order`(subject: Subject) throws {
        for seed in 0..<150 as Range<UInt64> {
            do { try Laws.check(subject, seed: seed) } catch { Issue.record("laws --container \(subject.rawValue) --seed \(seed): \(error)") }
        }
    }
}
