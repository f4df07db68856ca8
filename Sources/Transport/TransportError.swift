// What can go wrong on the way to a hub, for programs (`code`) and for people (`message`).
//
// A message says what happened, at which address, and what to do next where that is known.
// The code is an open struct: a new one does not break a caller's `switch`.

package struct TransportError: Error, Sendable, CustomStringConvertible {
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        package let description: String

        /// No TCP connection: refused, no route, unknown name.
        package static let unreachable = Code(description: "unreachable")
        /// Something answered, but not with a WebSocket; `httpStatus` says with what.
        package static let refused = Code(description: "refused")
        package static let timeout = Code(description: "timeout")
        package static let badURL = Code(description: "badURL")
        /// A request header that cannot be sent as given.
        package static let badHeader = Code(description: "badHeader")
        /// The connection is over; `closeCode` says how (1006: without a word).
        package static let closed = Code(description: "closed")
        /// One side broke the WebSocket rules (close codes 1002, 1003, 1007, 1009).
        package static let protocolViolation = Code(description: "protocolViolation")
        package static let messageTooLarge = Code(description: "messageTooLarge")
        /// The hub cannot open its listening socket.
        package static let cannotListen = Code(description: "cannotListen")
    }

    package let code: Code
    package let message: String
    package let httpStatus: Int?
    package let closeCode: UInt16?
    /// Where in our sources the error was made, for logs; never shown to a person.
    package let origin: String

    package var description: String { message }

    package init(
        _ code: Code, _ message: String, httpStatus: Int? = nil, closeCode: UInt16? = nil,
        fileID: String = #fileID, line: Int = #line
    ) {
        self.code = code
        self.message = message
        self.httpStatus = httpStatus
        self.closeCode = closeCode
        self.origin = "\(fileID):\(line)"
    }
}

/// Why a WebSocket ended, as its session saw it.
struct CloseReason: Sendable {
    var code: UInt16
    var text: String
    var byPeer: Bool

    static let lost = CloseReason(code: CloseCode.lost, text: "the connection was lost", byPeer: true)
}
