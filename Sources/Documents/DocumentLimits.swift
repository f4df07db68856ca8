// The bounds of documents' content, each with its reason. What exceeds one is refused, never cut.

package enum DocumentLimits {
    /// Units in one line: more is a slip of the finger, or a case for an account manager.
    package static let quantityMax = 1_000_000
    /// Bytes of a sku, an option's name or value, a store's name.
    package static let nameBytesMax = 200
    /// Bytes of a line's id, which is a key of a map.
    package static let lineBytesMax = 1_000
    /// Bytes of a note or a preference: a page of text.
    package static let noteBytesMax = 16 << 10
    /// Bytes of one message: an e-mail without its attachments.
    package static let messageBytesMax = 1 << 20
    /// Bytes of a session's place: a pointer, not a payload.
    package static let placeBytesMax = 3 << 10
    /// How much older than what shows a branch of a session may be, and is still on offer: who left it there yesterday goes elsewhere by now.
    package static let branchMilliseconds: Int64 = 86_400_000
    /// Messages of one conversation: positions of the read cursor are 32 bits beside their epoch.
    package static let messagesMax = Int(Int32.max)
}

/// Names stand in ids, on command lines and in logs: not empty, visible, bounded.
func checkName(_ what: String, _ name: String) throws(DocumentError) {
    guard !name.isEmpty else { throw .invalid(what, name, "it must not be empty") }
    guard name.utf8.count <= DocumentLimits.nameBytesMax else { throw .tooLarge(what, DocumentLimits.nameBytesMax) }
    guard name.unicodeScalars.allSatisfy({ $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) }) else {
        throw .invalid(what, String(name.unicodeScalars.filter { $0.value >= 0x20 }), "it must have no control characters")
    }
}

func checkText(_ what: String, _ text: String, _ limit: Int = DocumentLimits.noteBytesMax) throws(DocumentError) {
    guard text.utf8.count <= limit else { throw .tooLarge(what, limit) }
}
