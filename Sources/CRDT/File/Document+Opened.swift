// What of a document is read only when it is needed: its history, and the state that the history adds up to.
//
// A document from a file answers from what the file shows. The first edit, merge or question about the past reads the
// history, once; copies of the document share what was read. Its tables have only the names that show: who needs more
// of the past than a count goes to `file.document`.

extension Document {
    struct Opened {
        /// History by actor.
        var lanes: [Lane] = []
        var values = Values()
        var steps = Quantity.Steps()
        // Of each kind the first is what a container without operations has: all of them, and nothing.
        var maps = Opened.noMaps
        var sequences = Opened.noSequences
        var quantities = Opened.noQuantities
        private static let noMaps = [MapState()]
        private static let noSequences = [SequenceTree()]
        private static let noQuantities = [Quantity()]
        /// What stands for the history that was cut away.
        var baseline: Baseline?
        /// The numbers of all operations of newer versions in its history, ascending: what a file says of them.
        private(set) var extensionCodes: [UInt32] = []

        mutating func note(_ code: UInt32) {
            if let index = extensionCodes.firstIndex(where: { $0 >= code }) {
                if extensionCodes[index] != code { extensionCodes.insert(code, at: index) }
            } else {
                extensionCodes.append(code)
            }
        }
    }

    /// Reads the history where that hasn't been done, and says where it can't be read: whoever is about to change a
    /// document from a disk calls this first.
    /// - Throws: `DecodeError`, `ApplyError`.
    package mutating func readHistory() throws {
        if let file { self = try file.readDocument() }
    }

    /// Reads the history where that hasn't been done: before every change.
    mutating func wake() {
        if let file { self = file.document }
    }

    var lanes: [Lane] {
        _read { if let file { yield file.document.opened.lanes } else { yield opened.lanes } }
        _modify {
            precondition(file == nil, "a document is awake before it is changed")
            yield &opened.lanes
        }
    }

    var values: Values {
        _read { if let file { yield file.document.opened.values } else { yield opened.values } }
        _modify { yield &opened.values }
    }

    var steps: Quantity.Steps {
        _read { if let file { yield file.document.opened.steps } else { yield opened.steps } }
        _modify { yield &opened.steps }
    }

    var maps: [MapState] {
        _read { if let file { yield file.document.opened.maps } else { yield opened.maps } }
        _modify { yield &opened.maps }
    }

    var sequences: [SequenceTree] {
        _read { if let file { yield file.document.opened.sequences } else { yield opened.sequences } }
        _modify { yield &opened.sequences }
    }

    var quantities: [Quantity] {
        _read { if let file { yield file.document.opened.quantities } else { yield opened.quantities } }
        _modify { yield &opened.quantities }
    }
}
