// `baton`: a device on the command line. Exit code 0 done, 1 refused or failed, 2 wrong usage.
internal import ArgumentParser
internal import Baton
internal import Commands
internal import Console
internal import Documents
internal import Glibc
internal import Replica
internal import Store

struct Root: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "baton", abstract: "A device that works with and without a network.",
        discussion: "Begin with `baton init --hub ws://127.0.0.1:7400`, then `baton cart add SHOE-42` and `baton sync`.",
        version: "baton 0.1.0 (protocol 1)",
        subcommands: [InitCommand.self, SignInCommand.self, SignOutCommand.self, SyncCommand.self, StatusCommand.self, CartCommand.self,
                      PreferencesCommand.self, ConsentCommand.self, ConversationCommand.self, DraftCommand.self, SessionCommand.self,
                      ExplainCommand.self, HistoryCommand.self, DocumentsCommand.self, IntentsCommand.self, DevicesCommand.self, ProfilesCommand.self, ShellCommand.self, DemoCommand.self])
}

@main
enum BatonTool {
    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        let isJSON = arguments.contains("--json")
        let command: any ParsableCommand
        do {
            command = try Root.parseAsRoot(arguments)
        } catch {
            let code = Root.exitCode(for: error)
            if code == .success { Root.exit(withError: error) }
            Report.failure(CommandError("usage", Root.message(for: error)), isJSON: isJSON, full: Root.fullMessage(for: error))
            exit(2)
        }
        do {
            if let output = try await run(command) { Report.success(output, isJSON: isJSON) }
        } catch {
            if Root.exitCode(for: error) == .success { Root.exit(withError: error) }
            let failure = CommandError(explaining: error)
            Report.failure(failure, isJSON: isJSON)
            exit(failure.code == "usage" ? 2 : 1)
        }
    }

    private static func run(_ command: any ParsableCommand) async throws -> Output? {
        if let command = command as? any ToolCommand { return try await command.run(in: Profile(command.global.profile)) }
        // A group without a subcommand shows its help.
        guard let device = command as? any BatonCommand else { throw CleanExit.helpRequest(command) }
        let baton = try Profile(device.global.profile).open()
        let output = try await Runner.run(command, on: baton)
        await baton.close()
        return output
    }
}
