// Runs a command on a device. A local one is done when it is on the disk; an intent tries the hub for up to
// two seconds, and is queued if that fails.
internal import Baton
internal import Commands
internal import Replica
internal import Sync

enum Runner {
    private static let intentSeconds = 2.0

    static func run(_ command: any BatonCommand, on baton: Baton) async throws -> Output {
        if let command = command as? any LocalCommand { return try await baton.local(command) }
        guard let command = command as? any IntentCommand else { throw CommandError("internal", "This command can't be run here.") }
        // The state that is asked about is the newest that can be had.
        _ = try? await baton.sync(timeoutSeconds: intentSeconds)
        let intent = try await baton.ask(command)
        if intent != nil { _ = try? await baton.sync(timeoutSeconds: intentSeconds) }
        return try await baton.answer(command, intent)
    }
}

extension Baton {
    func local(_ command: any LocalCommand) throws -> Output {
        let output = try command.run(on: replica)
        try settle()
        return output
    }

    func ask(_ command: any IntentCommand) throws -> IntentID? {
        let intent = try command.ask(replica)
        try settle()
        return intent
    }

    func answer(_ command: any IntentCommand, _ intent: IntentID?) throws -> Output { try command.answer(replica, intent) }
}
