// `baton preferences` and `baton consent`: what a person likes, and what they allow.
package import ArgumentParser
internal import Console
internal import CRDT
internal import Documents
package import Replica

package struct PreferencesCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "preferences", abstract: "Show and change preferences: everywhere, for a store, or for this device.",
        subcommands: [Set.self, Unset.self, Get.self, Show.self])
    package init() {}

    package struct Set: LocalCommand {
        package static let configuration = CommandConfiguration(abstract: "Set a preference.")
        @OptionGroup package var global: GlobalOptions
        @Argument var key: String
        @Argument var value: String
        @Option(help: ArgumentHelp("tenant (everywhere, the default), store:S, or device.", valueName: "scope")) var scope: String?
        package init() {}

        package func run(on replica: Replica) throws -> Output {
            let scope = try Preferences.scope(scope, device: replica.device.description)
            let author = replica.author
            try replica.edit(replica.preferences()) { document throws in try Preferences.set(key, value, scope: scope, by: author, &document) }
            return PreferenceView.output(try PreferenceView.get(key, replica), key)
        }
    }

    package struct Unset: LocalCommand {
        package static let configuration = CommandConfiguration(abstract: "Remove a preference; a wider scope's value shows then.")
        @OptionGroup package var global: GlobalOptions
        @Argument var key: String
        @Option(help: ArgumentHelp("tenant (everywhere, the default), store:S, or device.", valueName: "scope")) var scope: String?
        package init() {}

        package func run(on replica: Replica) throws -> Output {
            let scope = try Preferences.scope(scope, device: replica.device.description)
            try replica.edit(replica.preferences()) { document throws in Preferences.unset(key, scope: scope, &document) }
            return PreferenceView.output(try PreferenceView.get(key, replica), key)
        }
    }

    package struct Get: LocalCommand {
        package static let configuration = CommandConfiguration(abstract: "Show the value that holds here, and who set it.")
        @OptionGroup package var global: GlobalOptions
        @Argument var key: String
        package init() {}

        package func run(on replica: Replica) throws -> Output { PreferenceView.output(try PreferenceView.get(key, replica), key) }
    }

    package struct Show: LocalCommand {
        package static let configuration = CommandConfiguration(abstract: "Show all that hold here.")
        @OptionGroup package var global: GlobalOptions
        package init() {}

        package func run(on replica: Replica) throws -> Output {
            let all = Preferences.all(scopes: PreferenceView.scopes(replica), try replica.document(replica.preferences()))
            return Output(.array(all.map(PreferenceView.json))) { style in
                if all.isEmpty { return "No preferences are set." }
                var table = Table([.text("Key"), .text("Value"), .text("Scope"), .text("By"), .text("At")])
                for item in all {
                    table.add(item.key, item.value, PreferenceView.scope(item), item.person.isEmpty ? item.channel : "\(item.person) (\(item.channel))", TimeText.short(item.at))
                }
                return table.rendered(style)
            }
        }
    }
}

enum PreferenceView {
    static func scopes(_ replica: Replica) -> [String] {
        Preferences.scopes(store: replica.profile.store.isEmpty ? nil : replica.profile.store, device: replica.device.description)
    }

    static func get(_ key: String, _ replica: Replica) throws -> Preference? {
        Preferences.get(key, scopes: scopes(replica), try replica.document(replica.preferences()))
    }

    /// As it is written on the command line.
    static func scope(_ preference: Preference) -> String { preference.scope.hasPrefix("device:") ? "device" : preference.scope }

    static func json(_ preference: Preference) -> JSON {
        .fields(["key": .string(preference.key), "value": .string(preference.value), "scope": .string(scope(preference)),
                 "by": .fields(["person": .string(preference.person), "device": .string(preference.device), "channel": .string(preference.channel),
                                "at": .string(TimeText.iso(preference.at))])])
    }

    static func output(_ preference: Preference?, _ key: String) -> Output {
        let nothing = JSON.fields(["key": .string(key), "value": .null, "scope": .null, "by": .null])
        return Output(preference.map(json) ?? nothing) { style in
            guard let preference else { return "\(key) is not set." }
            return "\(style.bold(preference.key)) = \(preference.value)  \(style.dim(scope(preference)))"
        }
    }
}

package struct ConsentCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "consent", abstract: "Grant, withdraw and show consent; a withdrawal wins over a concurrent grant.",
        subcommands: [Grant.self, Withdraw.self, Show.self])
    package init() {}

    package struct Grant: LocalCommand {
        package static let configuration = CommandConfiguration(abstract: "Allow a purpose on a channel.")
        @OptionGroup package var global: GlobalOptions
        @Argument(help: "For example: marketing.") var purpose: String
        @Argument(help: "For example: email.") var channel: String
        package init() {}

        package func run(on replica: Replica) throws -> Output { try ConsentView.set(purpose, channel, true, replica) }
    }

    package struct Withdraw: LocalCommand {
        package static let configuration = CommandConfiguration(abstract: "Withdraw consent.")
        @OptionGroup package var global: GlobalOptions
        @Argument(help: "For example: marketing.") var purpose: String
        @Argument(help: "For example: email.") var channel: String
        package init() {}

        package func run(on replica: Replica) throws -> Output { try ConsentView.set(purpose, channel, false, replica) }
    }

    package struct Show: LocalCommand {
        package static let configuration = CommandConfiguration(abstract: "Show what is allowed.")
        @OptionGroup package var global: GlobalOptions
        package init() {}

        package func run(on replica: Replica) throws -> Output {
            let all = Preferences.consents(try replica.document(replica.preferences()))
            return Output(.array(all.map(ConsentView.json))) { style in
                if all.isEmpty { return "Nothing was asked for: nothing is granted." }
                var table = Table([.text("Purpose"), .text("Channel"), .text("Granted")])
                for consent in all { table.add(consent.purpose, consent.channel, consent.isGranted ? "yes" : "no") }
                return table.rendered(style)
            }
        }
    }
}

enum ConsentView {
    static func set(_ purpose: String, _ channel: String, _ isGranted: Bool, _ replica: Replica) throws -> Output {
        let all = try replica.edit(replica.preferences()) { document throws in
            try Preferences.setConsent(purpose, channel, isGranted, &document)
            return Preferences.consents(document)
        }
        let consent = all.first { $0.purpose == purpose && $0.channel == channel } ?? Consent(purpose: purpose, channel: channel, isGranted: isGranted)
        return Output(json(consent)) { _ in "\(purpose) on \(channel): \(consent.isGranted ? "granted" : "withdrawn")" }
    }

    static func json(_ consent: Consent) -> JSON {
        .fields(["purpose": .string(consent.purpose), "channel": .string(consent.channel), "granted": .bool(consent.isGranted)])
    }
}
