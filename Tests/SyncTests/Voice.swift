// Says frames on connections in the place of one end, numbered as the other wants them.
import Sync

final class Voice {
    private var sequencers: [UInt64: Sequencer] = [:]

    func connected(_ id: UInt64 = 0) { sequencers[id] = Sequencer() }
    func say(_ frame: Frame, on id: UInt64 = 0) -> [UInt8] { sequencers[id, default: Sequencer()].say(frame) }
}

extension Frame {
    init(numbered bytes: [UInt8]) throws { self = try NumberedFrame(decoding: bytes).frame }
}
