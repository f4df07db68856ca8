// A line of the CLI, as a scenario runs it: read by the same parser, into the same commands.
internal import ArgumentParser
internal import Commands
internal import Console
internal import Synchronization

/// The root that scenario lines are read under: all commands of a device, and `sync`.
struct ScenarioRoot: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "baton", subcommands: Vocabulary.commands + [ScenarioSync.self])
}

/// `sync` in simulated time: waits until the hub has said everything.
struct ScenarioSync: BatonCommand {
    static let configuration = CommandConfiguration(commandName: "sync")
    @OptionGroup var global: GlobalOptions
    @Option var timeout: Double = 30
}

enum ScenarioLine {
    /// - Throws: `usage`, with the nearest command where one is near.
    static func parse(_ line: String) throws -> any BatonCommand {
        if let known = known.withLock({ $0[line] }) { return known }
        let command = try read(line)
        known.withLock { $0.count < knownMax ? $0[line] = command : $0.removeAll() }
        return command
    }

    /// Lines that were read: a wrapper runs the same ones a thousand times, and reading one costs more than running it.
    private static let known = Mutex<[String: any BatonCommand]>([:])
    private static let knownMax = 50_000

    private static func read(_ line: String) throws -> any BatonCommand {
        do {
            let command = try ScenarioRoot.parseAsRoot(Words.split(line))
            guard let command = command as? any BatonCommand, command is any LocalCommand || command is any IntentCommand || command is ScenarioSync else {
                throw CommandError("usage", "\"\(line)\" is no whole command: see `baton \(line) --help`.")
            }
            return command
        } catch let error as CommandError {
            throw error
        } catch {
            let message = ScenarioRoot.message(for: error)
            let first = line.split(separator: " ").first.map(String.init) ?? ""
            let known = ScenarioRoot.configuration.subcommands.map(Vocabulary.name)
            if !known.contains(first) {
                let hint = Suggestion.nearest(to: first, among: known).map { "Did you mean \($0)?" } ?? "There are \(known.joined(separator: ", "))."
                throw CommandError("usage", "There is no command \(first). \(hint)")
            }
            throw CommandError("usage", message)
        }
    }
}
