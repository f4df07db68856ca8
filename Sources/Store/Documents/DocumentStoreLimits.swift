// The bounds of documents on a store, each with its reason.

extension StoreLimits {
    /// Documents kept open: a person's are tens; above this all are let go and opened again as needed.
    package static let openDocumentsMax = 4_096
    /// Rows of a document before it is written whole: opening it goes through at most these.
    package static let rowsBeforeSnapshot: UInt64 = 256
}
