// `baton shell`: the same commands, line by line, in one process that stays connected.
//
// Lines that are there already are run together and share one write to the disk; each is answered, in
// order, after that write. So a program that pipes lines in gets one answer a line (with --json, one
// value a line), and what was answered is on the disk. All lines are the one device's: one that names another is refused.
internal import ArgumentParser
internal import Baton
internal import Commands
internal import Console
internal import Dispatch
internal import Glibc
internal import Replica

struct ShellCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "shell", abstract: "Type commands at a prompt that stays connected.",
        discussion: "Beside the commands of `baton`: online, offline, help, exit. All work on this device; --profile with another is refused. A line may also be a JSON array of words. With --json every line is answered in JSON, and a line that has it in any case.")
    @OptionGroup var global: GlobalOptions
    @Flag(help: "Begin without a connection.") var offline = false

    func run(in profile: Profile) async throws -> Output? {
        let baton = try await profile.open()
        Holder.serve(profile.folder, baton)
        if !offline { await baton.goOnline() }
        let shell = Shell(baton: baton, profile: profile.name, isJSON: global.json)
        guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1, !global.json else {
            await shell.run()
            await baton.close()
            return nil
        }
        // The next customer at a kiosk reads no line of the one before.
        let isKiosk = try await baton.perform { $0.profile.isKiosk }
        let editor = LineEditor(remembers: !isKiosk, completions: Shell.completions)
        let live = Task { await shell.showChanges(editor) }
        while let line = await editor.line(prompt: "\(profile.name)> "), await shell.run([line]) {}
        live.cancel()
        await baton.close()
        return nil
    }
}

struct Shell {
    /// Lines that share one write to the disk: enough that the write is no longer what takes the time.
    private static let linesAtOnceMax = 256
    /// Bytes of one line; a draft of this length is typed in parts.
    private static let lineBytesMax = 1 << 20

    let baton: Baton
    let profile: String
    let isJSON: Bool

    /// Lines that are piped in.
    func run() async {
        var buffer: [UInt8] = []
        while true {
            let part = await Shell.readInput()
            guard !part.isEmpty else { break }
            buffer += part
            guard let end = buffer.lastIndex(of: 10) else {
                guard buffer.count <= Shell.lineBytesMax else { return fail(CommandError("too-large", "A line is at most \(Shell.lineBytesMax) bytes.")) }
                continue
            }
            let lines = buffer[..<end].split(separator: 10).map { String(decoding: $0, as: UTF8.self) }
            buffer.removeSubrange(...end)
            guard await run(lines) else { return }
        }
        if !buffer.isEmpty { _ = await run([String(decoding: buffer, as: UTF8.self)]) }
    }

    /// - Returns: false after `exit`.
    func run(_ lines: [String]) async -> Bool {
        var together: [any LocalCommand] = []
        for line in lines {
            let command: any ParsableCommand
            var isJSON = self.isJSON
            do {
                let words = try Words.split(line)
                isJSON = isJSON || words.contains("--json")
                guard let first = words.first else { continue }
                if words.count == 1, ["exit", "quit", "online", "offline", "help"].contains(first) {
                    await answer(&together)
                    if first == "exit" || first == "quit" { return false }
                    await own(first)
                    continue
                }
                command = try Root.parse(words)
                if let other = (command as? any BatonCommand)?.global.profile, other != profile {
                    throw CommandError("usage", "This shell is of the device \(profile), so nothing was done on \(other): leave out --profile, or leave the shell with `exit` first.")
                }
            } catch {
                await answer(&together)
                fail(error, isJSON)
                continue
            }
            if let local = command as? any LocalCommand {
                together.append(local)
                if together.count == Shell.linesAtOnceMax { await answer(&together) }
                continue
            }
            await answer(&together)
            if (command as? SyncCommand)?.watch == true {
                fail(CommandError("usage", "The shell stays connected and says what comes in: `online` connects it."), isJSON)
                continue
            }
            await report(isJSON) { try await Runner.run(command, on: baton) }
        }
        await answer(&together)
        return true
    }

    private func answer(_ commands: inout [any LocalCommand]) async {
        guard !commands.isEmpty else { return }
        let results = await baton.local(commands)
        let done = commands
        commands = []
        for (command, result) in zip(done, results) { await report(isJSON || command.global.json) { try result.get() } }
    }

    private func report(_ isJSON: Bool, _ body: () async throws -> Output) async {
        do { Report.say(.success(try await body()), isJSON: isJSON) } catch { fail(error, isJSON) }
    }

    /// - Parameter isJSON: whether the line itself wants that.
    private func fail(_ error: any Error, _ isJSON: Bool = false) { Report.say(.failure(error), isJSON: isJSON || self.isJSON) }

    private func own(_ word: String) async {
        switch word {
        case "online": await baton.goOnline()
        case "offline": await baton.goOffline()
        default: return Report.write(Root.helpMessage() + "\n\nBeside these: online, offline, help, exit.\n")
        }
        let isOnline = word == "online"
        Report.say(.success(Output(.fields(["online": .bool(isOnline)])) { _ in isOnline ? "Connecting to the hub." : "Offline: edits are kept." }), isJSON: isJSON)
    }

    func showChanges(_ editor: LineEditor) async {
        let style = Style.of(STDOUT_FILENO)
        for await change in await baton.changes() {
            let said = switch change {
            case .document(let name): "· \(name) changed"
            case .decided: "· decided by the hub; `intents` shows the outcome"
            case .online(let isOnline): isOnline ? "· online" : "· offline"
            }
            editor.show(style.finished(style.dim(said)))
        }
    }

    /// The commands that may stand in place of the last word.
    static func completions(_ words: [String]) -> [String] {
        let all = Root.configuration.subcommands
        if words.count <= 1 { return Root.names(of: all) + ["online", "offline", "help", "exit"] }
        guard words.count == 2, let group = all.first(where: { $0.configuration.commandName == words[0] }) else { return ["--help", "--json"] }
        return Root.names(of: group.configuration.subcommands)
    }

    /// - Returns: nothing at the end of the input.
    private static func readInput() async -> [UInt8] {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                var part = [UInt8](repeating: 0, count: 1 << 16)
                let count = read(STDIN_FILENO, &part, part.count)
                continuation.resume(returning: Array(part.prefix(max(0, count))))
            }
        }
    }
}
