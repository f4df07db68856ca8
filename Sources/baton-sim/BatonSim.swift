// `baton-sim`: journeys as files, replayed on simulated devices under every fault. Exit code 0 only if all
// hold, 1 if something doesn't, 2 wrong usage.
internal import ArgumentParser
internal import Commands
internal import CRDT
internal import Glibc
internal import Scenarios

@main
struct BatonSim: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "baton-sim", abstract: "Replays journeys on simulated devices, under every fault.",
        discussion: "Begin with `baton-sim run Tests/Scenarios/*.yaml`. The format is in Protocol/scenarios.md.",
        version: "baton-sim 0.1.0", subcommands: [RunCommand.self, RandomCommand.self, MinimiseCommand.self, CheckCommand.self, ShowCommand.self, ConformCommand.self, ReplayCommand.self])

    static func main() {
        SignatureMemo.isOn = true
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch let error as CommandError {
            note("error: \(error.message)")
            Glibc.exit(error.code == "usage" ? 2 : 1)
        } catch let error as ScenarioError {
            note("\(error)")
            Glibc.exit(1)
        } catch {
            let code = exitCode(for: error)
            if code == .validationFailure {
                note(fullMessage(for: error))
                Glibc.exit(2)
            }
            exit(withError: error)
        }
    }

    static func note(_ text: String) {
        let bytes = Array((text + "\n").utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
    }
}

/// `1-1000`, or one number.
struct SeedRange: ExpressibleByArgument {
    let range: ClosedRange<UInt64>

    init?(argument: String) {
        let parts = argument.split(separator: "-", omittingEmptySubsequences: false).map { UInt64($0) }
        guard let first = parts.first ?? nil, let last = parts.last ?? nil, parts.count <= 2, first <= last else { return nil }
        range = first...last
    }
}
