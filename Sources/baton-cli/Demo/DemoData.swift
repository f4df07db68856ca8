// What the demo replays: carts and conversations, read in the formats in which the real sets are published
// (UCI Online Retail as carts of events, Taskmaster-4, ABCD, IRC disentanglement), plain or gzipped.
internal import Bytes
internal import Commands
internal import Console

struct DemoData {
    struct Cart {
        let person: String
        /// The device is a number from 0; a return takes units out again (its quantity is negative in the set).
        let events: [(device: Int, isReturn: Bool, sku: String, quantity: Int64)]
        let expected: [String: Int64]
    }

    struct Conversation {
        let person: String
        /// What came in, as `conversation import` reads it.
        let messages: [JSON]
        /// What the agents answered.
        let answers: [String]
    }

    var carts: [Cart] = []
    var conversations: [Conversation] = []

    /// Conversations of one demo: replaying more takes longer and shows nothing else.
    private static let conversationsMax = 240
    private static let threadsMax = 60

    init() {}

    /// - Parameter folder: laid out as the sets are: carts/, orders_dialogs/, chat_threads/.
    init(folder: String) throws {
        for line in try DemoData.lines(folder + "/carts/cart_replay.jsonl") { try carts.append(DemoData.cart(line)) }
        if let all = try DemoData.file(folder + "/orders_dialogs/abcd_sample.json", isOptional: true) {
            for item in try DemoData.parse(all).items ?? [] { add(DemoData.supportCall(item)) }
        }
        for log in try DemoData.lines(folder + "/chat_threads/irc_threads.jsonl", isOptional: true) {
            for thread in DemoData.threads(log).prefix(DemoData.threadsMax - conversations.count + 3) { add(thread) }
        }
        for line in try DemoData.lines(folder + "/orders_dialogs/taskmaster4.jsonl", isOptional: true) { add(DemoData.orderDialog(line)) }
    }

    private mutating func add(_ conversation: Conversation?) {
        guard let conversation, !conversation.messages.isEmpty, !conversation.answers.isEmpty, conversations.count < DemoData.conversationsMax else { return }
        conversations.append(conversation)
    }

    // MARK: The formats

    private static func cart(_ value: JSON) throws -> Cart {
        guard let person = value["cart"]?.text, let events = value["events"]?.items, case .object(let expected)? = value["expect"] else {
            throw CommandError("invalid-value", "A cart has the keys cart, events and expect; one hasn't.")
        }
        return Cart(person: person, events: try events.map { event in
            guard let device = event["device"]?.text.flatMap({ Int($0.dropFirst()) }), let sku = event["sku"]?.text, let quantity = event["qty"]?.number?.magnitude, quantity > 0 else {
                throw CommandError("invalid-value", "An event of the cart \(person) has no device, sku or quantity.")
            }
            return (device, event["op"]?.text == "return", sku, Int64(clamping: quantity))
        }, expected: Dictionary(expected.compactMap { item in item.value.number.map { (item.key, $0) } }) { $1 })
    }

    private static func orderDialog(_ value: JSON) -> Conversation? {
        guard let id = value["conversation_id"]?.text, let turns = value["turns"]?.items else { return nil }
        return conversation("tm-" + id.filter { $0.isLetter || $0.isNumber }.suffix(12), "chat", turns.map { ($0["speaker"]?.text == "user", $0["speaker"]?.text ?? "", $0["text"]?.text ?? "", nil) })
    }

    private static func supportCall(_ value: JSON) -> Conversation? {
        guard let id = value["convo_id"]?.number, let turns = value["original"]?.items else { return nil }
        return conversation("abcd-\(id)", "chat", turns.compactMap { turn in
            guard let pair = turn.items, pair.count == 2, let speaker = pair[0].text, let text = pair[1].text, speaker != "action" else { return nil }
            return (speaker == "customer", speaker, text, nil)
        })
    }

    /// A thread is what leads back to one message; who began it asks, and the others answer.
    private static func threads(_ log: JSON) -> [Conversation] {
        guard let name = log["log"]?.text, let channel = log["channel"]?.text, let messages = log["messages"]?.items else { return [] }
        var rootOf: [Int64: Int64] = [:]
        var members: [Int64: [JSON]] = [:]
        for message in messages {
            guard message["kind"]?.text == "msg", let index = message["i"]?.number, let replies = message["reply_to"]?.items else { continue }
            let root = replies.compactMap { $0.number.flatMap { rootOf[$0] } }.first ?? index
            rootOf[index] = root
            members[root, default: []].append(message)
        }
        return members.sorted { $0.key < $1.key }.compactMap { root, messages in
            let asker = messages[0]["user"]?.text
            return conversation("\(name)-\(root)", channel, messages.map { ($0["user"]?.text == asker, $0["user"]?.text ?? "", $0["text"]?.text ?? "", $0["ts"]?.text) })
        }
    }

    private static func conversation(_ person: String, _ channel: String, _ turns: [(isCustomer: Bool, from: String, text: String, at: String?)]) -> Conversation? {
        var messages: [JSON] = []
        for (index, turn) in turns.enumerated() where turn.isCustomer {
            let at = turn.at.flatMap { TimeText.milliseconds($0) } ?? Int64(index) * 1_000
            messages.append(.fields(["id": .string("\(person)-\(index)"), "from": .string(turn.from), "channel": .string(channel), "at": .int(at), "text": .string(turn.text)]))
        }
        return Conversation(person: person, messages: messages, answers: turns.filter { !$0.isCustomer && !$0.text.isEmpty }.map(\.text))
    }

    // MARK: Files

    private static func lines(_ path: String, isOptional: Bool = false) throws -> [JSON] {
        try (file(path, isOptional: isOptional) ?? "").split(separator: "\n").map(parse)
    }

    private static func parse(_ text: some StringProtocol) throws -> JSON {
        do { return try JSON(parsing: text) } catch { throw CommandError("invalid-value", "The demo's data: \(error.rule), at byte \(error.offset) of a line.") }
    }

    private static func file(_ path: String, isOptional: Bool) throws -> String? {
        if let bytes = try? Files.read(path) { return String(decoding: bytes, as: UTF8.self) }
        if let bytes = try? Files.read(path + ".gz") {
            guard let content = Gzip.content(of: bytes) else { throw CommandError("invalid-value", "\(path).gz is damaged: get it again.") }
            return String(decoding: content, as: UTF8.self)
        }
        if isOptional { return nil }
        throw CommandError("invalid-value", "There is no \(path) and no \(path).gz. Give the folder that has carts/, orders_dialogs/ and chat_threads/.")
    }
}
