// The decoders that take bytes from elsewhere, each with what it promises of any bytes: it throws or succeeds, within
// its allowance, and what it took in is written again as the same.
import Bytes
import CRDT
import Console
import Replica
import Store
import Sync
import Transport

enum Target: String, CaseIterable, Sendable {
    /// A batch or a small change, into an empty document.
    case changes
    /// Several, into a document that others wrote in.
    case document
    /// The same, and then all that shows of it as a cart, a draft and so on.
    case views
    /// A document's file, from anyone.
    case file
    case block, actor, frame, intent
    /// A signed cut: what it says of the history; its baseline is read as `file` is.
    case cut
    /// What a store keeps of documents and devices, and its keys.
    case record
    /// A head of HTTP, and the addresses in it.
    case http
    /// A stream of WebSocket frames.
    case websocket
    case json
    case gzip

    func run(_ bytes: [UInt8]) {
        // An error is a good answer: what must not be is a stop, a broken promise or too much memory.
        do { try check(bytes) } catch {}
    }

    private func check(_ bytes: [UInt8]) throws {
        switch self {
        case .changes: try DocumentTarget.changes(bytes)
        case .document: DocumentTarget.document(bytes)
        case .views: DocumentTarget.views(bytes)
        case .file: try DocumentTarget.file(bytes)
        case .block: try Target.block(bytes)
        case .actor:
            var reader = ByteReader(bytes)
            let record = try Allowance.of(bytes.count) { try ActorRecord(&reader) }
            try reader.finish()
            promise(written { record.write(to: &$0) } == bytes, "an actor's record is written as it was read")
            _ = (record.actor, record.device)
        case .frame:
            let frame = try Allowance.of(bytes.count) { try Frame(decoding: bytes) }
            promise(frame.bytes == bytes, "a frame is written as it was read")
        case .intent: try Target.intent(bytes)
        case .cut:
            let cut = try Allowance.of(bytes.count) { try SignedCut(decoding: bytes) }
            promise(cut.bytes == bytes, "a signed cut is written as it was read")
            let inflated = DocumentTarget.inflated([0] + cut.baseline)
            let document = try Allowance.of(bytes.count + inflated, each: Allowance.bytesPerByteOfDocuments) { try cut.document() }
            promise(document.isShallow && document.baselineHashes?.baseline == cut.block.cut?.baseline, "a cut's baseline is the one that its block names")
            document.checkInvariants()
        case .record: try Target.record(bytes)
        case .http: try TransportTarget.http(bytes)
        case .websocket: try TransportTarget.webSocket(bytes)
        case .json:
            let text = String(decoding: bytes, as: UTF8.self)
            let json = try Allowance.of(bytes.count) { try JSON(parsing: text) }
            let again = json.encoded()
            promise((try? JSON(parsing: again))?.encoded() == again, "JSON is read as it was written")
        case .gzip:
            guard let size = bytes.suffix(4).reversed().reduce(0 as Int?, { ($0 ?? 0) << 8 | Int($1) }) else { return }
            let content = Allowance.of(bytes.count + min(size, bytes.count * 1_032)) { Gzip.content(of: bytes) }
            if let content { promise(content.count == size, "a file inflates to what it says") }
        }
    }

    private static func block(_ bytes: [UInt8]) throws {
        let block = try Allowance.of(bytes.count) { try Block(decoding: bytes) }
        promise(block.bytes == bytes, "a block is written as it was read")
        let inflated = block.payload.first == ChangeFormat.version ? try ChangeFormat.body(of: block.payload).count : 0
        let set = try Allowance.of(bytes.count + inflated) { try block.open() }
        var document = Document()
        let count = try document.apply(set)
        promise(count == Int(block.count) && document.operationCount(of: block.actor) == block.end, "a block holds what its head says")
    }

    private static func intent(_ bytes: [UInt8]) throws {
        var reader = ByteReader(bytes)
        let kind = try reader.byte()
        let again = try Allowance.of(bytes.count) { () -> [UInt8] in
            switch kind {
            case 0: try Intent(&reader).bytes
            case 1: try Outcome(&reader).bytes
            case 2: try Fact(&reader).bytes
            default: []
            }
        }
        try reader.finish()
        promise(again == Array(bytes.dropFirst()), "an intent, its outcome and a fact are written as they were read")
    }

    private static func record(_ bytes: [UInt8]) throws {
        let rest = Array(bytes.dropFirst())
        switch bytes.first {
        case 0:
            let record = try Allowance.of(rest.count) { try DocumentRecord(decoding: rest) }
            promise(record.bytes == rest, "a document's record is written as it was read")
        case 1:
            guard let id = Allowance.of(rest.count, { DocumentKeys.documentID(rest) }) else { return }
            promise(DocumentKeys.document(id) == rest, "a key names one document, and a document one key")
        case 2:
            let profile = try Allowance.of(rest.count) { try DeviceProfile(decoding: rest) }
            promise(profile.bytes == rest, "a device's profile is written as it was read")
        case 3:
            guard let id = OperationID(String(decoding: rest, as: UTF8.self)) else { return }
            promise(OperationID(id.description) == id, "an operation's name is read as it was written")
        default: break
        }
    }
}

func written(_ body: (inout ByteWriter) -> Void) -> [UInt8] {
    var writer = ByteWriter()
    body(&writer)
    return writer.bytes
}
