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

    @Test func `an order whose context can't be read is refused`() throws {
        let room = try Room()
        _ = try room.bring("cart/1", by: room.ana, "x")
        for (index, context) in BadIntentTests.contexts.enumerated() {
            let answer = try ask("order-place", .map([("now", .bool(false)), ("try", .bool(false))]), context: context, in: "person:ana", room, number: UInt8(index + 1))
            #expect(answer.status == "invalid-value" && answer.closed.isEmpty)
        }
    }
}
