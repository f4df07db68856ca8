// Catching up over loopback with a hub that is a process of its own: a device was away while another
// made so many small changes in a cart of 50 lines, each a change of its own.
internal import Baton
internal import CRDT
internal import Documents
internal import Foundation
internal import Processes
internal import Replica

struct SyncBenchmark {
    struct Figures: Encodable {
        struct Row: Encodable {
            var changes: Int
            /// From the call of `sync` of a new device, connecting included, until both ends are alike.
            var catchUpMilliseconds: Double
            var catchUpBytes: Int
            var roundTrips: Int
            /// The other device's way to the hub, where each change is durable.
            var uploadMilliseconds: Double
            var uploadBytes: Int
        }

        var cart: [Row] = []
    }

    func run() async throws -> Figures {
        let place = try BenchPlace()
        let hub = try HubProcess(folder: place.folder)
        try hub.start()
        defer { hub.stop() }
        var figures = Figures()
        for count in [100, 1_000, 10_000] {
            figures.cart.append(try await row(count, place, hub.url, "cart-\(count)"))
        }
        return figures
    }

    private func row(_ count: Int, _ place: BenchPlace, _ url: String, _ person: String) async throws -> Figures.Row {
        let writer = try Baton.open(place.folder + "/writer-\(person)", hub: url)
        try await writer.signIn(person)
        try await writer.step(count)
        let (upload, up) = try await timed { try await writer.sync() }
        let reader = try Baton.open(place.folder + "/reader-\(person)", hub: url)
        try await reader.signIn(person)
        let (catchUp, down) = try await timed { try await reader.sync() }
        guard down.isCaughtUp, down.received == count, try await reader.cart() == writer.cart() else { throw BenchPlace.Problem("the reader did not get all \(count) changes") }
        await writer.close()
        await reader.close()
        return .init(changes: count, catchUpMilliseconds: catchUp, catchUpBytes: down.bytesReceived, roundTrips: down.roundTrips,
                     uploadMilliseconds: upload, uploadBytes: up.bytesSent)
    }
}

extension SyncBenchmark.Figures {
    var table: String {
        cart.map { "\($0.changes) changes: caught up in \(rounded($0.catchUpMilliseconds)) ms, \($0.catchUpBytes) bytes, \($0.roundTrips) round trip; uploaded in \(rounded($0.uploadMilliseconds)) ms, \($0.uploadBytes) bytes" }
            .joined(separator: "\n")
    }
}

extension Baton {
    /// So many changes, durable together: what is measured is what follows.
    fileprivate func step(_ count: Int) throws {
        try perform { replica in
            let cart = try replica.cart()
            for number in 0..<count {
                let key = try LineKey(sku: "SKU-\(number % 50)")
                _ = try replica.edit(cart) { document throws in try Cart.add(key, 1, &document) }
            }
        }
    }
}
