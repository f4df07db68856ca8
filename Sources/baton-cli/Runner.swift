// Runs a command on a device. A local one is done when it is on the disk; an intent tries the hub for up to
// two seconds, and is queued if that fails. Where the hub is there and somebody else decides, BATON_WAIT says how long
// that is waited for.
internal import ArgumentParser
internal import Baton
internal import Commands
internal import Console
internal import Replica
internal import Sync

/// A command of the tool itself: it needs more than an open device.
protocol ToolCommand: BatonCommand {
    /// - Returns: nil where everything was said already.
    func run(in profile: Profile) async throws -> Output?
}

/// A command that talks to the hub.
protocol ConnectedCommand: BatonCommand {
    func run(on baton: Baton) async throws -> Output
}

enum Runner {
    private static let intentSeconds = 2.0
    /// Longer than anyone decides; the hub's answer is heard whenever it comes.
    private static let waitSecondsMax = 3_600.0

    /// $BATON_WAIT: seconds; else what the command says.
    private static func waitSeconds(for command: any IntentCommand) throws -> Double {
        guard let text = Profile.variable("BATON_WAIT") else { return command.waitSeconds }
        guard let seconds = Double(text), (0...waitSecondsMax).contains(seconds) else { throw CommandError("usage", "BATON_WAIT is a number of seconds from 0 to \(Int(waitSecondsMax)), not \(text).") }
        return seconds
    }

    static func run(_ command: any ParsableCommand, on baton: Baton) async throws -> Output {
        if let command = command as? any LocalCommand { return try await baton.local([command])[0].get() }
        if let command = command as? any ConnectedCommand { return try await command.run(on: baton) }
        guard let command = command as? any IntentCommand else {
            if command is any ToolCommand { throw CommandError("usage", "This command works on a device of its own: leave the shell first.") }
            throw help(command)
        }
        let waitSeconds = try waitSeconds(for: command)
        // The state that is asked about is the newest that can be had.
        if command.looksFirst { _ = try? await baton.sync(timeoutSeconds: intentSeconds) }
        let intent = try await baton.ask(command)
        var refusal: BatonError?
        if let intent {
            let start = ContinuousClock.now
            do { _ = try await baton.sync(timeoutSeconds: intentSeconds) } catch let error as BatonError where error.code == "forbidden" { refusal = error } catch {}
            // Who decides may be another hub than the one that answered.
            while await baton.isUndecided(intent), start.duration(to: .now) < .seconds(waitSeconds) { try await Task.sleep(for: .milliseconds(10)) }
        }
        let output = try await baton.answer(command, intent)
        // It's asked again on every connection, and this hub takes none: who waits for it to be reached waits for ever.
        guard let refusal, let intent, await !baton.isDecided(intent) else { return output }
        return Output(output.json) { style in "\(output.text(style))\n\(style.yellow(refusal.message))" }
    }
}

extension Runner {
    /// What `--help` and a group without a subcommand end with: the parser's own commands say it by running.
    static func help(_ command: any ParsableCommand) -> any Error {
        var command = command
        do { try command.run() } catch { return error }
        return CleanExit.helpRequest(command)
    }
}

extension Baton {
    /// Runs commands, and puts what they did on the disk with one write.
    func local(_ commands: [any LocalCommand]) -> [Result<Output, any Error>] {
        do {
            var results: [Result<Output, any Error>] = []
            for command in commands {
                results.append(Result { try command.run(on: replica) })
                // What comes behind a customer's end is the next one's.
                if replica.hasEnded { try settle() }
            }
            try settle()
            return results
        } catch {
            return commands.map { _ in .failure(error) }
        }
    }

    func ask(_ command: any IntentCommand) throws -> IntentID? {
        let intent = try command.ask(replica)
        try settle()
        return intent
    }

    func isDecided(_ intent: IntentID) -> Bool { (try? replica.intent(intent))?.outcome != nil }
    func isUndecided(_ intent: IntentID) -> Bool { isOnline && !isDecided(intent) }

    func answer(_ command: any IntentCommand, _ intent: IntentID?) throws -> Output { try command.answer(replica, intent) }
}
