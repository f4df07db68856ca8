// What a command is: a line that a person types, a script reads as JSON, and a scenario replays.
//
// A local command works on the replica and is done. An intent asks; its answer is what is known when the
// hub has decided, or that it is queued. Neither does any I/O: whoever runs it writes, sends and waits.
package import ArgumentParser
package import Console
package import Replica
package import Sync

/// Options of every command.
package struct GlobalOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The device: a folder under $BATON_HOME, else ~/.local/share/baton.", valueName: "name"))
    package var profile: String?

    @Flag(help: "Print one JSON value and nothing else.")
    package var json = false

    package init() {}
}

package struct Output: Sendable {
    package let json: JSON
    /// For people.
    package let text: @Sendable (Style) -> String

    package init(_ json: JSON, text: @escaping @Sendable (Style) -> String) {
        self.json = json
        self.text = text
    }
}

package protocol BatonCommand: ParsableCommand, Sendable {
    var global: GlobalOptions { get }
}

package protocol LocalCommand: BatonCommand {
    func run(on replica: Replica) throws -> Output
}

package protocol IntentCommand: BatonCommand {
    /// Whether the newest state that can be had is looked for before it is asked.
    var looksFirst: Bool { get }
    /// How long the answer is waited for once the hub is reached: others may have to be asked first.
    var waitSeconds: Double { get }
    /// - Returns: the intent that is on the disk once the replica is flushed; nil where nothing is to be asked.
    func ask(_ replica: Replica) throws -> IntentID?
    func answer(_ replica: Replica, _ intent: IntentID?) throws -> Output
}

extension IntentCommand {
    package var looksFirst: Bool { true }
    package var waitSeconds: Double { 2 }
}

extension Replica {
    /// What became of an intent; nil while it is queued, and where nothing was asked.
    func outcome(of intent: IntentID?) throws -> Outcome? { try intent.flatMap { try self.intent($0) }?.outcome }
}

/// A refusal: a code of the list in Protocol/README.md, and a sentence.
package struct CommandError: Error, Equatable {
    package let code: String
    package let message: String
    /// What is known beside: with `--json` it stands beside the error, and a scenario can expect it.
    package let details: JSON

    package init(_ code: String, _ message: String, _ details: JSON = .object([])) {
        self.code = code
        self.message = message
        self.details = details
    }
}

/// `K=V` on the command line.
package struct Pair: ExpressibleByArgument, Equatable {
    package let key: String
    package let value: String

    package init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty else { return nil }
        key = String(parts[0])
        value = String(parts[1])
    }
}

extension [Pair] {
    /// - Throws: `usage` where a key comes twice.
    package func dictionary() throws -> [String: String] {
        var result: [String: String] = [:]
        for pair in self {
            guard result.updateValue(pair.value, forKey: pair.key) == nil else {
                throw CommandError("usage", "\(pair.key) is given twice: give each once.")
            }
        }
        return result
    }
}
