// A person's preferences: of several scopes the narrowest that has a value shows, with who set it.
//
//     values / "SCOPE KEY"   register {value, person, device, channel, at}
//     consent / "PURPOSE CHANNEL"   flag: of a concurrent grant and withdrawal, withdrawal wins
package import CRDT

public struct Preference: Equatable, Sendable {
    public let key: String
    public let value: String
    /// `tenant`, `store:S` or `device:ID`.
    public let scope: String
    public let person: String
    public let device: String
    public let channel: String
    /// Milliseconds since 1970, by the clock of who set it.
    public let at: Int64
}

public struct Consent: Equatable, Sendable {
    public let purpose: String
    public let channel: String
    public let isGranted: Bool

    package init(purpose: String, channel: String, isGranted: Bool) {
        self.purpose = purpose
        self.channel = channel
        self.isGranted = isGranted
    }
}

public enum Preferences {
    /// Widest first: `tenant` holds everywhere, a store's there, a device's only on it.
    package static func scopes(store: String?, device: String) -> [String] {
        ["tenant"] + (store.map { ["store:\($0)"] } ?? []) + ["device:\(device)"]
    }

    /// - Parameter scope: as it is written: tenant, store:S, or device for this one.
    package static func scope(_ scope: String?, device: String) throws(DocumentError) -> String {
        switch scope {
        case nil, "tenant": return "tenant"
        case "device": return "device:\(device)"
        case let scope?:
            guard scope.hasPrefix("store:"), scope.count > 6, !scope.contains(" ") else {
                throw .invalid("The scope", scope, "it is tenant, store:S or device")
            }
            return scope
        }
    }

    package static func set(_ key: String, _ value: String, scope: String, by author: Author, _ document: inout Document) throws(DocumentError) {
        try checkName("The key", key)
        try checkText("The value", value)
        let fields: Value = .map([("value", .string(value)), ("person", .string(author.person)), ("device", .string(author.device)),
                                  ("channel", .string(author.channel)), ("at", .int(author.at))])
        document.set("\(scope) \(key)", to: fields, in: document.container(.map, "values"))
    }

    package static func unset(_ key: String, scope: String, _ document: inout Document) {
        document.remove("\(scope) \(key)", in: document.container(.map, "values"))
    }

    /// What shows for a key here: the narrowest scope's value.
    package static func get(_ key: String, scopes: [String], _ document: Document) -> Preference? {
        scopes.reversed().lazy.compactMap { preference($0, key, document) }.first
    }

    /// Every key that shows here, by name.
    package static func all(scopes: [String], _ document: Document) -> [Preference] {
        guard let values = document.existingContainer(.map, "values") else { return [] }
        let keys = Set(document.keys(in: values).compactMap { $0.split(separator: " ", maxSplits: 1).last.map(String.init) })
        return keys.sorted().compactMap { get($0, scopes: scopes, document) }
    }

    private static func preference(_ scope: String, _ key: String, _ document: Document) -> Preference? {
        guard let values = document.existingContainer(.map, "values"), let fields = document.value("\(scope) \(key)", in: values) else { return nil }
        return Preference(key: key, value: fields.text("value"), scope: scope, person: fields.text("person"), device: fields.text("device"),
                          channel: fields.text("channel"), at: fields.number("at"))
    }

    // MARK: Consent

    package static func setConsent(_ purpose: String, _ channel: String, _ isGranted: Bool, _ document: inout Document) throws(DocumentError) {
        try checkName("The purpose", purpose)
        try checkName("The channel", channel)
        guard !purpose.contains(" ") else { throw .invalid("The purpose", purpose, "it must have no spaces") }
        let consent = document.container(.map, "consent")
        document.setFlag(isGranted, in: document.container(.flag, "\(purpose) \(channel)", in: consent))
    }

    /// Not granted unless somebody did.
    package static func consents(_ document: Document) -> [Consent] {
        guard let consent = document.existingContainer(.map, "consent") else { return [] }
        return document.containers(of: .flag, in: consent).compactMap { name in
            guard let flag = document.existingContainer(.flag, name, in: consent) else { return nil }
            let parts = name.split(separator: " ", maxSplits: 1)
            return Consent(purpose: String(parts.first ?? ""), channel: parts.count > 1 ? String(parts[1]) : "", isGranted: document.flag(flag))
        }
    }
}

/// Who makes an edit, where it is kept beside what they set.
public struct Author: Equatable, Sendable {
    public let person: String
    public let device: String
    public let channel: String
    /// Milliseconds since 1970.
    public let at: Int64

    public init(person: String, device: String, channel: String, at: Int64) {
        self.person = person
        self.device = device
        self.channel = channel
        self.at = at
    }
}

extension Value {
    /// The text under a key, or nothing.
    func text(_ key: String) -> String {
        if case .string(let text)? = self[key] { return text }
        return ""
    }

    func number(_ key: String) -> Int64 {
        if case .int(let number)? = self[key] { return number }
        return 0
    }
}
