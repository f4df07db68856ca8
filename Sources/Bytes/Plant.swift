// Planted bugs: each breaks one promise, so that the simulation can show that it would notice. Only a test
// plants one (`tools/plants`); no program that is shipped does, and `tools/check-imports` holds them to it.

package enum Plant: String, CaseIterable, Sendable {
    /// The hub says that it has what its disk hasn't got yet.
    case acknowledgeBeforeCommit = "acknowledge-before-commit"
    /// A row is taken as it is read, whatever its checksum says.
    case noHashCheckOnRead = "no-hash-check-on-read"
    /// Another body under a number that is taken counts as the same.
    case reusedSequenceAccepted = "reused-sequence-accepted"
    /// What wasn't acknowledged when the connection went is never sent again.
    case droppedOnReconnect = "dropped-on-reconnect"
    /// Positions and acknowledgements of a log that was since replaced are believed.
    case cursorWithoutEpoch = "cursor-without-epoch"
    /// Fan-out sends each document to all who follow its space.
    case fanOutWithoutAccess = "fan-out-without-access"
    /// The hub queues for a slow device without end.
    case unboundedQueue = "unbounded-queue"
    /// The decoder makes room for as many elements as a frame says it has.
    case lengthTrusted = "length-trusted"
    /// Of concurrent values the one that a hash table happens to give first wins.
    case dictionaryOrder = "dictionary-order"
    /// Of two values the one with the later wall-clock time wins.
    case wallClock = "wall-clock"
    /// An intent that comes again is decided again.
    case decidedAgain = "decided-again"
    /// A read cursor follows the last writer, not the furthest reader.
    case readCursorBack = "read-cursor-back"
    /// A removed line is taken for never added by who edits it elsewhere.
    case removedComesBack = "removed-comes-back"
    /// What was taken of a quantity is what the last writer says, not the most that anybody did.
    case consumptionReplaced = "consumption-replaced"
    /// A device that lost its token stays connected.
    case revokedStaysConnected = "revoked-stays-connected"

    /// A cut drops the places of deleted elements at once, though somebody who hasn't heard of it may still name one.
    case deletedDroppedEarly = "deleted-dropped-early"

    /// A hub that was put back sells what it had then, though it may have sold it since.
    case rightsAfterRestore = "rights-after-restore"
    /// A hold is given back by how many it was, however often that is asked.
    case releaseByQuantity = "release-by-quantity"
    /// A hold ends by the wall's clock of the hub.
    case expiryByWall = "expiry-by-wall"
    /// Each line of an order is held against the shelf as it was before the others.
    case linesCheckedAlone = "lines-checked-alone"
    /// What was handed over can be handed over.
    case handedOverTwice = "handed-over-twice"

    /// What another desk may be handing over alone is decided without asking it.
    case deskNotAsked = "desk-not-asked"
    /// An order is placed at what it costs now, whatever the customer was shown.
    case priceNotChecked = "price-not-checked"
    /// The central hub goes on with orders that went to a store's own hub.
    case custodyIgnored = "custody-ignored"
    /// Signing in adds the guest's units to the account's.
    case mergedBySum = "merged-by-sum"
    /// A draft that was sent can be sent.
    case sentTwice = "sent-twice"
    /// A unit that is on its way to a store's hub with its order is free there.
    case transitIsFree = "transit-is-free"

    /// A code that was taken can be taken.
    case codeUsedTwice = "code-used-twice"
    /// What is shared stays open to who has the token, though it was revoked.
    case revokedShareOpens = "revoked-share-opens"
    /// A kiosk's customer is forgotten by the screen, and not by its store.
    case kioskRemembers = "kiosk-remembers"
    /// What a kiosk's customer left sealed is forgotten when it is handed over, not when the hub has it.
    case parcelForgottenEarly = "parcel-forgotten-early"

    /// The disk is told to sync at checkpoints only, not at each commit: what a power cut shows, and nothing else.
    case synchronousNormal = "synchronous-normal"

    /// What is planted in this process. Unsafe is right here: it is set once, by a test, before anything runs.
    package nonisolated(unsafe) static var planted: Plant?

    package var isPlanted: Bool { Plant.planted == self }
}
