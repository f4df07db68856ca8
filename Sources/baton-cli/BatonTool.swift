// `baton`: a device on the command line. Exit code 0 done, 1 refused or failed, 2 wrong usage.
internal import ArgumentParser
internal import Baton
internal import Commands
internal import Console
internal import Glibc
internal import Replica
internal import Sync

struct Root: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "baton", abstract: "A device that works with and without a network.",
        discussion: "Begin with `baton init --hub ws://127.0.0.1:7400`, then `baton cart add SHOE-42` and `baton sync`. A command that asks for something waits two seconds for the outcome, or $BATON_WAIT seconds; `baton intents` says it later.",
        version: "baton 0.1.0 (protocol \(Frame.version))",
        subcommands: [InitCommand.self, SyncCommand.self] + Vocabulary.commands + [ProfilesCommand.self, ShellCommand.self, DemoCommand.self])

    /// What commands are called on the line.
    static func names(of commands: [any ParsableCommand.Type]) -> [String] { commands.map(Vocabulary.name) }

    /// - Throws: `usage` for a command that there isn't, with the nearest one; else as the parser does.
    static func parse(_ words: [String]) throws -> any ParsableCommand {
        do { return try parseAsRoot(words) } catch { throw Vocabulary.unknown(words, of: configuration.subcommands) ?? error }
    }
}

@main
enum BatonTool {
    static func main() async {
        signal(SIGPIPE, SIG_IGN)
        let words = Array(CommandLine.arguments.dropFirst())
        let isJSON = words.contains("--json")
        do {
            let command = try Root.parse(words)
            guard let output = try await run(command, words) else { return }
            Report.say(.success(output), isJSON: isJSON)
        } catch let said as Passed {
            finish(said.said)
        } catch {
            finish(Report.said(.failure(error), isJSON: isJSON, .of(STDERR_FILENO)))
        }
    }

    private static func finish(_ said: Report.Said) -> Never {
        Report.say(said)
        exit(said.code)
    }

    /// Another process ran the line.
    private struct Passed: Error { let said: Report.Said }

    private static func run(_ command: any ParsableCommand, _ words: [String]) async throws -> Output? {
        if let command = command as? any ToolCommand { return try await command.run(in: Profile(command.global.profile)) }
        guard let device = command as? any BatonCommand else { throw Runner.help(command) }
        let profile = Profile(device.global.profile)
        let baton: Baton
        do {
            baton = try await profile.open()
        } catch let error as BatonError where error.code == "store-locked" && (command as? SyncCommand)?.watch != true {
            guard let said = Holder.pass(words, profile.folder) else { throw error }
            throw Passed(said: said)
        }
        let output = try await Runner.run(command, on: baton)
        await baton.close()
        return output
    }
}
