// The bounds of a hub, each with its reason.
internal import Sync

package enum HubLimits {
    /// Blocks of one document that everybody has, before its history is cut: fewer cost a newcomer less than the look back
    /// in time, the undo and the explanations that go with them are worth.
    package static let cutBlocksMin = 1_000
    /// A device that wasn't seen for 30 days is waited for no more: a phone that lay in a drawer for a holiday still is.
    package static let liveMilliseconds: UInt64 = 30 * 86_400_000
    /// Bytes of all connections together that wait for messages before them: a WebSocket keeps order, so that only who attacks has any.
    package static let earlyBytesMax = 64 << 20
    /// How long a connection may stand without a hello: a device gives up after half of it.
    package static let helloMilliseconds: UInt64 = 2 * SyncLimits.stallMilliseconds
    /// Facts after which what was decided is signed: twice as many would save a busy hub a hundredth of its time, and cost each fact
    /// 32 bytes.
    package static let factsOfSignature = 16
    /// Bytes of an intent: an order that names 500 carts, each at a frontier of twenty devices, has half of that. It is passed on, in
    /// a row and a frame, and several wait on one connection.
    package static let intentBytesMax = 1 << 20
    /// Of one that publishes a book: a frame, less what a hub that passes it on adds.
    package static let bookIntentBytesMax = SyncLimits.frameBytesMax - (64 << 10)
    /// Intents of one device that wait at a hub, for who decides or for what a decision needs, and their bytes: what a till asks for
    /// in a day while its store's hub is away. What comes on top waits at the device.
    package static let waitingMax = 1_024
    package static let waitingBytesMax = 32 << 20
    /// Persons and devices of whom a store's hub asks above, before it asks for no more because of tokens that it doesn't know: a shop has
    /// as many visitors in a month, and who makes names up doesn't fill a caught-up.
    package static let checkedInMax = 50_000
    /// Times that rights are borrowed for one intent: each brings half of what the lender has, and an order has lines of
    /// several skus.
    package static let borrowsMax = 64
    /// How long a hub that is asked to lend is waited for: a round trip over a slow line, and less than a person waits.
    package static let lendMilliseconds: UInt64 = 5_000
    /// How long a desk that may be alone is waited for: as long as a lender.
    package static let deskMilliseconds: UInt64 = 5_000
    /// For so long after its line went a lender is still waited for: a dead connection is noticed and made anew within that.
    package static let lostMilliseconds: UInt64 = 60_000
    /// Bytes of a message that is sent: an e-mail of a hundred pages.
    package static let messageBytesMax = 256 << 10
    /// Messages that a held draft is shown, and characters of each: what a person reads before they send it anyway.
    package static let newerMax = 5
    package static let newerTextMax = 500
    /// Parcels of gone devices in which something waits: a hub that was put back gets a day's from each of a store's kiosks.
    package static let parcelsMax = 4_096
    /// When a device was last seen is written once a day, or when it moved.
    package static let seenMilliseconds: UInt64 = 86_400_000
    /// How long a hub that was put back waits for units of an order that somebody brought: whose line went has come again by then, and
    /// said what gives them back.
    package static let recallMilliseconds: UInt64 = 60_000
    /// Where devices are is written by itself when nothing else was for so long: an answer seldom waits for it, and a hub that
    /// is killed asks them anew.
    package static let standingsMilliseconds: UInt64 = 1_000
    /// Bytes of a book or a key that is read: a book of 100,000 tokens has ten million.
    package static let fileBytesMax = 64 << 20
}
