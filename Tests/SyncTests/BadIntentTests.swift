// What is asked in a way that can't be is refused to who asked, by a code, and nobody else is closed.
import Bytes
import Commerce
import CRDT
import HubCore
import Sync
import Testing

@Suite struct BadIntentTests {
    /// - Returns: what became of it, and who was closed.
    private func ask(_ kind: String, _ payload: Value, context: Value, in name: String, _ room: Room, number: UInt8) throws -> (status: String?, closed: [UInt64]) {
        let intent = Intent(id: IntentID(random: [UInt8](repeating: number, count: 16)), space: try room.space(name), kind: kind, payload: payload, context: context, key: try room.key(room.ana))
        let turn = try room.say(.intent(intent), room.ana)
        return (turn.said[room.ana]?.lazy.compactMap { if case .outcome(let outcome) = $0 { outcome.status } else { nil } }.first, turn.closed)
    }

    private static let contexts: [Value] = [.null, .int(1), .map([("holds", .int(1))]), .map([("holds", .list([.int(1)]))]), .map([("holds", .list([.map([("hold", .int(1)), ("store", .null)])]))]),
                                            .map([("holds", .list([.map([("hold", .string("x")), ("store", .string(""))])]))])]

    @Test func `a context that says nothing is passed over where nobody needs it`() throws {
        let room = try Room()
        for (index, context) in BadIntentTests.contexts.enumerated() {
            let wish = Value.map([("sku", .string("nothing")), ("quantity", .int(1)), ("seconds", .int(60)), ("person", .string("ana"))])
            let answer = try ask("stock-hold", wish, context: context, in: "store:S1", room, number: UInt8(index + 1))
            #expect(answer.status == "no-rights" && answer.closed.isEmpty)
        }
        #expect(room.hub.connectionIDs == [room.ana, room.bruno])
    }

    @Test func `who quotes a character of thousands of bytes is answered, twice the same`() throws {
        let room = try Room()
        let draft = Value.map([("draft", .string("a" + String(repeating: "\u{301}", count: 3_000))), ("epoch", .int(0)), ("anyway", .bool(false)), ("by", .string("ana"))])
        for _ in 0..<2 {
            let answer = try ask("draft-send", draft, context: .null, in: "person:ana", room, number: 1)
            #expect(answer.status.map { $0 != "done" && $0 != "internal" } == true && answer.closed.isEmpty)
        }
        let outcome = Outcome(intent: IntentID(named: "x"), status: "used", message: "a" + String(repeating: "\u{301}", count: 3_000) + "b", value: .null)
        #expect(outcome.message.isEmpty && Refusal(thing: String(repeating: "é", count: 300), code: "used", message: "m").thing.utf8.count == 512)
    }

    @Test func `what is too large to be passed on is refused`() throws {
        let room = try Room()
        let answer = try ask("stock-release", .map([("hold", .string(String(repeating: "x", count: HubLimits.intentBytesMax)))]), context: .null, in: "store:S1", room, number: 1)
        #expect(answer.status == "too-large" && answer.closed.isEmpty)
    }

    @Test func `what a tenant publishes is for nobody else to write, and nothing else is a tenant's`() throws {
        let room = try Room()
        let said = try room.say(.subscribe([Subscription(space: try room.space("tenant:other")), Subscription(space: try room.space("tenant:books"))]), room.ana).said[room.ana] ?? []
        #expect(Room.refusals(said) == ["forbidden"])
        #expect(try Room.refusals(room.bring("cart/1", in: "tenant:books", by: room.ana, "x").said[room.ana]) == ["forbidden"])
        #expect(try ask("cart-merge", .null, context: .null, in: "tenant:books", room, number: 1).status == "forbidden")
    }

    @Test func `names that look alike are two`() throws {
        let (kelvin, letter) = (try #require(SpaceID("person:\u{212A}")), try #require(SpaceID("person:K")))
        #expect(kelvin != letter && Set([kelvin, letter]).count == 2)
        let (one, other) = (try #require(DocumentID(letter, "cart/é")), try #require(DocumentID(letter, "cart/e\u{301}")))
        #expect(one != other && Set([one, other]).count == 2 && (one < other) != (other < one))
    }

    @Test func `a frame of more entries than it has room for is malformed`() throws {
        let empty = Frame.upload([Entry](repeating: .block([]), count: 1_000)).bytes
        #expect { try Frame(decoding: empty) } throws: { ($0 as? CloseReason)?.name == "malformed" }
    }

    @Test func `an order whose context can't be read is refused`() throws {
        let room = try Room()
        _ = try room.bring("cart/1", by: room.ana, "x")
        let carts = Value.list([.map([("path", .string("cart/1")), ("frontier", .string("start"))])])
        let named = BadIntentTests.contexts.compactMap { $0["holds"].map { Value.map([("holds", $0), ("carts", carts)]) } }
        for (index, context) in (BadIntentTests.contexts + named).enumerated() {
            let answer = try ask("order-place", .map([("now", .bool(false)), ("try", .bool(false))]), context: context, in: "person:ana", room, number: UInt8(index + 1))
            #expect(answer.status == "invalid-value" && answer.closed.isEmpty)
        }
    }
}
