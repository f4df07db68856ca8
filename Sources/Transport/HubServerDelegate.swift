// What a hub's core is told, and the names used for it.
//
// Everything is called on the server's single event loop, one call at a time: the core needs no
// lock. Order for one connection: opened, then received and writable in any number, then closed.

/// One WebSocket connection for as long as the process runs; numbers are not used twice.
package struct ConnectionID: Hashable, Sendable, CustomStringConvertible {
    package let value: UInt64
    package var description: String { "#\(value)" }
    package init(value: UInt64) { self.value = value }
}

/// An answer to a plain GET.
package struct HTTPAnswer: Sendable {
    package var status: Int
    package var contentType: String
    package var body: [UInt8]

    package init(status: Int, contentType: String, body: [UInt8]) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }

    package init(status: Int, text: String) {
        self.init(status: status, contentType: "text/plain; charset=utf-8", body: Array(text.utf8))
    }
}

package protocol HubServerDelegate: AnyObject {
    func opened(_ connection: ConnectionID, remoteAddress: String)
    func received(_ connection: ConnectionID, _ bytes: [UInt8])
    /// Back below the low-water mark.
    func writable(_ connection: ConnectionID)
    /// The socket is gone, whoever ended it. Called once for each `opened`.
    func closed(_ connection: ConnectionID)
    /// All input of this turn of the loop has been handed over: commit now, then send.
    func readComplete()
    /// About every 100 ms, by the monotonic clock.
    func tick(nowMilliseconds: UInt64)
}
