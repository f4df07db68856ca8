// The address of a hub as a person types it, checked and taken apart without Foundation.
//
// Accepted: ws://host[:port][/path], http://host[:port][/path], host[:port][/path]; IPv6 literals in
// brackets. An empty path means /sync. Without a scheme the port defaults to 7400 (the hub's own),
// with one to 80 (what the scheme says). wss:// and https:// are refused by name, not mistyped.

package struct HubURL: Hashable, Sendable, CustomStringConvertible {
    package let host: String
    package let port: Int
    package let path: String

    package static let defaultPath = "/sync"
    package static let defaultPort = 7400

    /// What errors and logs call the hub: the path is left out, nobody chose it.
    package var description: String { "ws://\(hostHeader)" }
    /// Value of the `Host` header.
    var hostHeader: String { (host.contains(":") ? "[\(host)]" : host) + ":\(port)" }

    package init(parsing text: String) throws(TransportError) {
        func bad(_ why: String) -> TransportError {
            TransportError(.badURL, "\"\(text.filter { $0.isASCII && $0 >= " " })\" is not a hub address: \(why). Write it like ws://127.0.0.1:7400.")
        }
        guard text.utf8.count <= 2048 else { throw bad("it is too long") }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw bad("it contains spaces or characters outside ASCII")
        }
        var rest = text[...]
        var portIfAbsent = Self.defaultPort
        if let scheme = text.firstRange(of: "://") {
            rest = text[scheme.upperBound...]
            switch text[..<scheme.lowerBound].lowercased() {
            case "ws", "http": portIfAbsent = 80
            case "wss", "https":
                throw TransportError(.badURL, "\"\(text)\" asks for TLS, which is not in this build. Use ws:// through a tunnel or a local proxy.")
            default: throw bad("only ws:// and http:// are known")
            }
        }
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        let path = String(rest[slash...])
        guard !path.contains("#") else { throw bad("it has a fragment (#)") }
        guard let authority = Authority(parsing: String(rest[..<slash])) else {
            throw bad("the host or the port is malformed")
        }
        self.host = authority.host
        self.port = authority.port ?? portIfAbsent
        self.path = path.isEmpty || path == "/" ? Self.defaultPath : path
    }
}

/// `host[:port]` with the host in lower case; nil when it is malformed.
struct Authority {
    let host: String
    let port: Int?

    init?(parsing text: String) {
        var host = text[...]
        var portText: Substring?
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            host = text[text.index(after: text.startIndex)..<end]
            let after = text[text.index(after: end)...]
            guard after.isEmpty || after.hasPrefix(":") else { return nil }
            portText = after.isEmpty ? nil : after.dropFirst()
            guard host.utf8.allSatisfy({ Self.isHexDigit($0) || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") })
            else { return nil }
        } else {
            if let colon = text.firstIndex(of: ":") {
                host = text[..<colon]
                portText = text[text.index(after: colon)...]
            }
            guard host.utf8.allSatisfy({ Self.isLetterOrDigit($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "_") })
            else { return nil }
        }
        guard !host.isEmpty, host.utf8.count <= 255 else { return nil }
        if let portText {
            guard portText.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(portText),
                (1...65535).contains(number)
            else { return nil }
            port = number
        } else {
            port = nil
        }
        self.host = host.lowercased()
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte & 0xDF)
    }
    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF)
    }
}

/// Decides whether a request that names an `Origin` may open a WebSocket.
///
/// Browsers let any page open a WebSocket to any host, with no same-origin rule of their own
/// (cross-site WebSocket hijacking), but they always say from where. Programs send no `Origin`.
package enum OriginRule {
    package static func allows(_ origins: [String], hosts: Set<String>) -> Bool {
        if origins.isEmpty { return true }
        guard origins.count == 1, let origin = origins.first, let scheme = origin.firstRange(of: "://"),
            let authority = Authority(parsing: String(origin[scheme.upperBound...]))
        else { return false }
        return hosts.contains { $0.lowercased() == authority.host }
    }
}
