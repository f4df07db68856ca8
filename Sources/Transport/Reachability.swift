// Turns the errors of the socket layer into a few words for a person.
internal import Glibc
internal import NIOCore
internal import NIOPosix

enum Reachability {
    /// "connection refused" and the like; without a trailing full stop.
    static func cause(of error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            if let failure = error.connectionErrors.first { return cause(of: failure.error) }
            if error.dnsAError != nil || error.dnsAAAAError != nil { return "the name \(error.host) is not known" }
            return "no address could be tried"
        case let error as IOError:
            switch error.errnoCode {
            case ECONNREFUSED: return "connection refused"
            case EHOSTUNREACH: return "no route to that machine"
            case ENETUNREACH: return "the network is unreachable"
            case ETIMEDOUT: return "no answer"
            case ECONNRESET, EPIPE: return "the connection was reset"
            case EADDRINUSE: return "the address is in use"
            case EADDRNOTAVAIL: return "this machine does not have that address"
            case EACCES: return "permission denied"
            default: return "system error \(error.errnoCode)"
            }
        case ChannelError.ioOnClosedChannel, ChannelError.alreadyClosed, ChannelError.eof: return "the connection was closed at once"
        default: return "\(error)"
        }
    }

    static func isTimeout(_ error: any Error) -> Bool {
        switch error {
        case let error as NIOConnectionError: error.connectionErrors.contains { isTimeout($0.error) }
        case ChannelError.connectTimeout: true
        default: false
        }
    }
}
