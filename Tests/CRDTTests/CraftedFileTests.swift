// What a stranger's file may add up to: asserted by what is made, not by the clock; `fuzz --crafted` measures the bytes.
import Bytes
@testable import CRDT
import Support
import Testing

@Suite struct CraftedFileTests {
    private func open(_ kind: CraftedFile, _ count: Int, _ form: CraftedFile.Form = .history) throws -> Document {
        try Document(opening: kind.file(count, form), isTrusted: false)
    }

    @Test(arguments: CraftedFile.allCases) func opensWhole(_ kind: CraftedFile) throws {
        let isNamed: Set<CraftedFile> = [.unusedMaps, .unusedTexts, .unusedLists, .unusedQuantities]
        for form in kind.forms {
            if isNamed.contains(kind) {
                #expect(throws: DecodeError.self) { try open(kind, 100, form) }
                continue
            }
            let document = try open(kind, 100, form)
            document.checkInvariants()
            let again = try Document(opening: document.save(), isTrusted: false)
            #expect(again.encodeBody() == document.encodeBody() && again.version == document.version)
        }
    }

    /// State is made for what an operation is in, and for nothing that is only named.
    @Test func hasStateAtFirstUse() throws {
        var document = Document()
        for kind in ContainerKind.allCases { _ = document.container(kind, "x") }
        #expect(document.opened.sequences.count == 1 && document.opened.quantities.count == 1 && document.opened.maps.count == 2)
        for form in CraftedFile.Form.allCases { #expect(try open(.newerInLists, 300, form).opened.sequences.count == 1) }
        #expect(try open(.lists, 300).opened.sequences.count == 301)
    }

    /// A sequence of few runs has nothing to find them by.
    @Test func smallSequencesAreSmall() throws {
        let document = try open(.lists, 100)
        for sequence in document.opened.sequences.dropFirst() { #expect(sequence.runs.count == 1 && sequence.leaves.count == 1 && sequence.index.pageCount == 0) }
        #expect(try open(.insertions, 400).opened.sequences[1].index.pageCount > 0)
    }

    /// What each of many actors has seen of each other is not kept for all.
    @Test func keepsLittleOfWhatManyHaveSeen() throws {
        for kind in [CraftedFile.chain, .reversedChain] {
            let document = try open(kind, 1_000)
            #expect(document.changeCount == 1_000 && document.knownByActor.count * 1_000 <= 1 << 17 && document.heads.count == 1)
            #expect(document.values("k").count == 1)
        }
        #expect(try open(.strangers, 1_000).values("k").count == 1_000)
    }

    /// Pieces that wait for others are taken in whatever their order, and what is missing for good is named.
    @Test func waitsForWhatIsMissing() throws {
        let whole = try open(.reversedChain, 50)
        var lacking = try ChangeSet(body: whole.encodeBody())
        var other = Document()
        #expect(try other.apply(lacking) == 50)
        #expect(other.encodeBody() == whole.encodeBody())
        // The last, on which all others build.
        let last = try #require(lacking.work.indices.first { lacking.dependencies(of: lacking.work[$0].pieces.lowerBound).isEmpty })
        let actor = lacking.actors[Int(lacking.work[last].actor)]
        lacking.work.remove(at: last)
        var none = Document()
        let lack = #expect(throws: ApplyError.self) { try none.apply(lacking) }
        // Of all that wait, the first by its actor is named.
        let first = try #require(lacking.work.first)
        let dependency = lacking.dependencies[lacking.dependencies(of: first.pieces.lowerBound)][0]
        #expect(lack == .missing(actor: lacking.actors[Int(dependency.actor)], from: 0) && none.changeCount == 0)
        #expect(lacking.actors.contains(actor))
    }

    /// Marks that end at elements in no order are found behind them.
    @Test func findsMarksInAnyOrder() throws {
        try open(.marksBehind, 1_500).checkInvariants()
    }
}
