// What can go wrong with a store: a code for programs, a message for people, the place for the log.

package struct StoreError: Error, Equatable, Sendable {
    package struct Code: Hashable, Sendable {
        package let name: String

        /// Another process has the store open.
        package static let locked = Code(name: "store-locked")
        /// A newer version of the program wrote it.
        package static let newer = Code(name: "store-newer")
        /// The file, or one row, is not what was written.
        package static let damaged = Code(name: "store-damaged")
        package static let diskFull = Code(name: "disk-full")
        package static let tooLarge = Code(name: "too-large")
        /// The disk failed; what was acknowledged is there, but this store has stopped.
        package static let failed = Code(name: "store-failed")
    }

    package let code: Code
    /// What happened, to which thing, and the next step.
    package let message: String
    /// The damaged row, where it is one.
    package let row: (table: StoreTable, key: [UInt8])?
    /// Where in the sources the error was made; never shown to a person.
    package let origin: String

    package init(_ code: Code, _ message: String, row: (table: StoreTable, key: [UInt8])? = nil,
                 fileID: String = #fileID, line: Int = #line) {
        self.code = code
        self.message = message
        self.row = row
        origin = "\(fileID):\(line)"
    }

    package static func == (left: StoreError, right: StoreError) -> Bool {
        left.code == right.code && left.message == right.message && left.row?.table == right.row?.table
            && left.row?.key == right.row?.key
    }
}
