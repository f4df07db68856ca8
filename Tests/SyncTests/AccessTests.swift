// Who sees and writes what: the table of Protocol/access.md, and refusals that change nothing.
import CRDT
import HubCore
import Sync
import Testing

@Suite struct AccessTests {
    private final class Book: TokenBook {
        var isOpen: Bool { false }
        let grants = ["ana's": Grant(role: .customer, person: "ana"), "anyone's": Grant(role: .customer), "agent's": Grant(role: .agent)]
        func grant(for token: String) -> Grant? { grants[token] }
    }

    private func hello(_ role: String, _ token: String) -> Hello { Hello(publicKey: [UInt8](repeating: 1, count: 32), name: "n", kind: "phone", role: role, token: token) }
    private func space(_ name: String) throws -> SpaceID { try #require(SpaceID(name)) }

    @Test(arguments: [("customer", "ana's", true), ("customer", "", false), ("customer", "nobody's", false), ("agent", "ana's", false), ("agent", "agent's", true), ("king", "agent's", false)])
    func `a token lets in, as its role only`(role: String, token: String, isAdmitted: Bool) {
        let peer = try? Access.admit(hello(role, token), Book())
        #expect((peer != nil) == isAdmitted)
    }

    @Test func `a customer reaches what is theirs, staff every person`() throws {
        let book = Book()
        let ana = try Access.admit(hello("customer", "ana's"), book)
        let agent = try Access.admit(hello("agent", "agent's"), book)
        let rows: [(peer: Peer, space: String, proof: String, may: Bool)] = [
            (ana, "person:ana", "", true), (ana, "person:bob", "", false), (ana, "person:bob", "ana's", false), (ana, "person:*", "", false),
            (ana, "device:\(ana.device)", "", true), (ana, "device:00000000000000000000000000000000", "", false),
            (agent, "person:ana", "", true), (agent, "person:*", "", true), (agent, "device:00000000000000000000000000000000", "", false),
        ]
        for row in rows { #expect(Access.maySubscribe(row.peer, to: try space(row.space), proof: row.proof, book) == row.may, "\(row.space) \(row.proof)") }
        let hub = try Access.admit(Hello(publicKey: [UInt8](repeating: 4, count: 32), name: "sh1", kind: "hub", role: Hello.storeHub, store: "S1", token: ""), OpenTokenBook())
        for (name, may) in [("store:S1", true), ("store:S2", false), ("store:*", false), ("person:ana", true), ("device:00000000000000000000000000000000", true), ("tenant:books", true)] {
            #expect(Access.maySubscribe(hub, to: try space(name), proof: "", book) == may, "\(name)")
        }
        let kiosk = try Access.admit(hello("customer", "anyone's"), book)
        #expect(!Access.maySubscribe(kiosk, to: try space("person:ana"), proof: "", book))
        #expect(Access.maySubscribe(kiosk, to: try space("person:ana"), proof: "ana's", book))
    }

    @Test(arguments: Role.allCases)
    func `kinds of documents, and what was decided about them`(role: Role) {
        for kind in ["cart", "session", "conversation", "draft"] { #expect(Access.maySee(role, kind) && Access.mayWrite(role, kind)) }
        for kind in ["notes", "reply"] { #expect(Access.maySee(role, kind) == role.isStaff && Access.mayWrite(role, kind) == role.isStaff) }
        for resource in ["session", "cart/1", "order/1", "share/1", "sent/draft/1", "sent/", "sent", "assigned"] { #expect(Access.maySee(role, fact: resource), "\(resource)") }
        for resource in ["assigned/ana", "assigned/", "sent/reply/1", "sent/reply"] { #expect(Access.maySee(role, fact: resource) == role.isStaff, "\(resource)") }
        // A store's hub carries what a customer's own devices see.
        let isCarried = !role.isStaff || role == .storeHub
        #expect(Access.maySee(role, "preferences") == isCarried && Access.mayWrite(role, "preferences") == isCarried)
    }
}
