// `baton session share`, `join`, `unshare`: somebody else on what is mine, for as long as I want.
package import ArgumentParser
internal import Bytes
internal import Commerce
internal import Console
internal import CRDT
package import Replica
package import Sync

extension SessionCommand {
    package struct Share: IntentCommand {
        package static let configuration = CommandConfiguration(
            abstract: "Make a token by which somebody else sees, copies or edits what is yours.",
            discussion: "view: they read the session. fork: they go on by themselves from where you are. co-control: they edit the cart too. `baton session unshare TOKEN` ends it at once.")
        @OptionGroup package var global: GlobalOptions
        @Option(help: "view, fork or co-control.") var mode = "fork"
        @Option(name: .customLong("for"), help: ArgumentHelp("For how long.", valueName: "seconds")) var seconds = CommerceLimits.shareSeconds
        package init() {}

        package func ask(_ replica: Replica) throws -> IntentID? {
            _ = try ShareView.owner(replica)
            return try replica.askWithSecret("share-make", in: replica.space) { .map([("share", .string($0)), ("mode", .string(mode)), ("seconds", .int(seconds))]) }
        }

        package func answer(_ replica: Replica, _ intent: IntentID?) throws -> Output {
            let value = try ShareView.done(replica, intent)
            guard let intent, let token = try replica.token(of: intent, owner: ShareView.owner(replica)), case .int(let until)? = value["until"] else {
                throw CommandError("internal", "The token's secret isn't here any more: make another.")
            }
            let expires = TimeText.iso(until)
            return Output(.fields(["token": .string(token.text), "mode": .string(mode), "expires": .string(expires)])) { style in
                "\(style.bold(token.text))\nWho has it joins with `baton session join TOKEN`, until \(TimeText.short(until))."
            }
        }
    }

    package struct Join: IntentCommand {
        package static let configuration = CommandConfiguration(
            abstract: "Join what somebody shares, by their token.",
            discussion: "What was shared for reading shows with `baton session show --person OWNER`; a cart that may be edited with `baton cart … --person OWNER`, also offline.")
        @OptionGroup package var global: GlobalOptions
        @Argument(help: "The token, as `baton session share` printed it.") var token: String
        package init() {}

        package func ask(_ replica: Replica) throws -> IntentID? {
            let token = try ShareView.token(token)
            return try replica.ask("share-join", .map([("secret", .string(Hex.encode(token.secret))), ("owner", .string(token.owner))]), in: replica.space)
        }

        package func answer(_ replica: Replica, _ intent: IntentID?) throws -> Output {
            let value = try ShareView.done(replica, intent)
            guard case .string(let owner)? = value["owner"], case .string(let mode)? = value["mode"], case .int(let until)? = value["until"] else {
                throw CommandError("internal", "The hub's answer names no share.")
            }
            return Output(.fields(["owner": .string(owner), "mode": .string(mode), "expires": .string(TimeText.iso(until))])) { style in
                switch mode {
                case "fork": "You go on from where \(style.bold(owner)) was: `baton session show`."
                case "view": "You read along: `baton session show --person \(owner)`."
                default: "You edit \(style.bold(owner))'s cart: `baton cart show --person \(owner)`, until \(TimeText.short(until))."
                }
            }
        }
    }

    package struct Unshare: IntentCommand {
        package static let configuration = CommandConfiguration(abstract: "Take a token back: whoever has it is out at once.")
        @OptionGroup package var global: GlobalOptions
        @Argument(help: "The token, as `baton session share` printed it.") var token: String
        package init() {}

        package func ask(_ replica: Replica) throws -> IntentID? {
            let (token, owner) = (try ShareView.token(token), try ShareView.owner(replica))
            guard token.owner == owner else { throw CommandError("forbidden", "The token is \(token.owner)'s, who can take it back.") }
            return try replica.ask("share-revoke", .map([("share", .string(token.hash))]), in: replica.space)
        }

        package func answer(_ replica: Replica, _ intent: IntentID?) throws -> Output {
            guard let outcome = try replica.outcome(of: intent) else {
                return Output(.fields(["status": "queued"])) { $0.yellow("asked; the token is taken back once the hub is reached") }
            }
            guard outcome.isDone else { throw CommandError(outcome.status, outcome.message) }
            return Output(.fields(["status": "revoked"])) { _ in "It is shared no longer. What was seen until now can't be taken back." }
        }
    }
}

enum ShareView {
    static func owner(_ replica: Replica) throws -> String {
        guard let person = replica.signIn?.person, !replica.isStaff else { throw CommandError("not-signed-in", "What is shared is a person's: `baton sign-in PERSON` first.") }
        return person
    }

    static func token(_ text: String) throws -> SecretToken {
        guard let token = SecretToken(text) else { throw CommandError("invalid-value", "\"\(text.prefix(60))\" is no token: it has \(2 * SecretToken.secretBytes) hex digits, a dot and a name.") }
        return token
    }

    /// What was answered to something that needs the hub.
    static func done(_ replica: Replica, _ intent: IntentID?) throws -> Value {
        guard let outcome = try replica.outcome(of: intent) else { throw CommandError("offline", "The hub couldn't be asked now. It is asked once it is reached, and `baton intents` shows the answer.") }
        guard outcome.isDone else { throw CommandError(outcome.status, outcome.message) }
        return outcome.value
    }
}
