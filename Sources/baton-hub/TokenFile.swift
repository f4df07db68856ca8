// The tokens of a hub: one line each, in a file beside its store. The hub reads the file again when it
// has changed, so a token is good, or revoked, without a restart. Only hashes are kept.
//
//     SHA-256 of the token · role · person, @ and a store, or - · label
internal import Bytes
internal import CRDT
internal import Foundation
internal import HubCore

final class TokenFile: TokenBook {
    struct Line: Equatable {
        var hash: String
        var role: Role
        var person: String?
        var store: String?
        var label: String

        /// What a person names it by: enough of the hash to be the only one.
        var id: String { String(hash.prefix(8)) }

        var text: String { "\(hash) \(role.rawValue) \(person ?? store.map { "@" + $0 } ?? "-") \(label)" }
    }

    private let path: String
    /// Nobody but this machine reaches the hub.
    private let isLoopback: Bool
    private var lines: [Line] = []
    private var stamp: Stamp?
    private var stampTold: Stamp?

    /// Tells a file from the one that replaced it, even within one tick of the clock.
    private struct Stamp: Equatable {
        let time: Date
        let inode: UInt64
    }

    init(folder: String, isLoopback: Bool) {
        path = folder + "/tokens"
        self.isLoopback = isLoopback
    }

    private func refresh() {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        let found = (attributes?[.modificationDate] as? Date).map { Stamp(time: $0, inode: attributes?[.systemFileNumber] as? UInt64 ?? 0) }
        guard found != stamp else { return }
        stamp = found
        lines = (try? all()) ?? []
    }

    /// Whether it is another book than at the last call.
    func hasChanged() -> Bool {
        refresh()
        defer { stampTold = stamp }
        return stamp != stampTold
    }

    var isOpen: Bool {
        refresh()
        return isLoopback && stamp == nil
    }

    func grant(for token: String) -> Grant? {
        refresh()
        guard !token.isEmpty else { return nil }
        let hash = TokenFile.hash(token)
        return lines.first { $0.hash == hash }.map { Grant(role: $0.role, person: $0.person, store: $0.store) }
    }

    // MARK: For `baton-hub token`

    /// - Throws: where the file is there and can't be read.
    func all() throws -> [Line] {
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        return try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").compactMap { Line($0) }
    }

    /// - Returns: the token, which nobody can read anywhere after this.
    func create(role: Role, person: String?, store: String?, label: String) throws -> String {
        var generator = SystemRandomNumberGenerator()
        let token = "bt_" + Hex.encode((0..<20).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
        try write(all() + [Line(hash: TokenFile.hash(token), role: role, person: person, store: store, label: label)])
        return token
    }

    /// - Returns: how many were revoked.
    func revoke(_ id: String) throws -> Int {
        let before = try all()
        let rest = before.filter { !$0.hash.hasPrefix(id) }
        if rest.count != before.count { try write(rest) }
        return before.count - rest.count
    }

    /// Another hub's book in place of this one.
    func replace(by book: TokenBookFile) throws { try write(book.lines) }

    private func write(_ lines: [Line]) throws {
        let text = lines.map { $0.text + "\n" }.joined()
        try HubFolder.make((path as NSString).deletingLastPathComponent)
        try HubFolder.write(text, to: path)
    }

    private static func hash(_ token: String) -> String { Hex.encode(Digest.sha256(Array(token.utf8))) }
}

extension TokenFile.Line {
    /// nil for what is no line of a book.
    init?(_ text: Substring) {
        let parts = text.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4, let role = Role(rawValue: parts[1]) else { return nil }
        let store = parts[2].hasPrefix("@") ? String(parts[2].dropFirst()) : nil
        self.init(hash: parts[0], role: role, person: store != nil || parts[2] == "-" ? nil : parts[2], store: store, label: parts[3])
    }
}
