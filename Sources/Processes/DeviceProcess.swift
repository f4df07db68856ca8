// Programs as processes of their own, spoken to through pipes: what the demo, the benchmarks and the tests start.
internal import Commands
package import Console
internal import Glibc

/// `baton shell --json` on a device: a line in, a value out.
package final class DeviceProcess {
    package let name: String
    package private(set) var pid: Int32 = 0
    /// More than a parent with a dozen devices and their sockets has open.
    private static let descriptorsMax: Int32 = 512

    private var input: Int32 = -1
    private var output: Int32 = -1
    private var unread: [UInt8] = []

    package init(name: String) { self.name = name }

    /// Where the programs are: beside this one.
    package static var programs: String {
        guard let text = Files.absolute("/proc/self/exe") else { return "." }
        return String(text[..<(text.lastIndex(of: "/") ?? text.startIndex)])
    }

    /// Makes the device that this process will be.
    /// - Parameter kind: default: its name, where that is a kind.
    package func begin(in folder: String, hub: String, kind: String? = nil, role: String = "customer", store: String = "", token: String = "") throws {
        let kind = kind ?? (["phone", "laptop", "watch", "desk", "tablet"].contains(name) ? name : "phone")
        try DeviceProcess.run("baton", ["init", "--profile", name, "--kind", kind, "--role", role, "--hub", hub] + (store.isEmpty ? [] : ["--store", store]) + (token.isEmpty ? [] : ["--token", token]), log: folder + "/\(name).log")
    }

    /// Starts its shell.
    /// - Parameter home: where it finds files that a line names; default: where this process does.
    package func open(in folder: String, workingIn home: String? = nil) throws {
        try start(DeviceProcess.programs + "/baton", ["shell", "--json", "--offline", "--profile", name], log: folder + "/\(name).log", workingIn: home)
    }

    /// Starts a program with pipes at its ends; what it says on standard error goes to a file.
    package func start(_ program: String, _ arguments: [String], log: String, workingIn home: String? = nil) throws {
        // `env` changes the folder and becomes the program: the same process.
        if let home { return try start("/usr/bin/env", ["-C", home, program] + arguments, log: log) }
        var toChild: [Int32] = [0, 0], fromChild: [Int32] = [0, 0]
        guard pipe(&toChild) == 0, pipe(&fromChild) == 0 else { throw CommandError("internal", "No pipe: \(String(cString: strerror(errno))).") }
        for end in toChild + fromChild { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, toChild[0], STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, fromChild[1], STDOUT_FILENO)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        // A socket of this process that a child kept would stay open when it is closed here; closing none is no error.
        for other in STDERR_FILENO + 1..<DeviceProcess.descriptorsMax { posix_spawn_file_actions_addclose(&actions, other) }
        var words = ([program] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        let code = posix_spawn(&pid, program, &actions, nil, &words, environ)
        close(toChild[0])
        close(fromChild[1])
        guard code == 0 else { throw CommandError("internal", "Can't start \(program): \(String(cString: strerror(code))). Build it with `swift build -c release`.") }
        (input, output) = (toChild[1], fromChild[0])
        unread = []
        for end in [input, output] { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
    }

    /// - Returns: the exit code, or minus the signal that ended it.
    @discardableResult
    package func wait() -> Int32 {
        close(input)
        // What it still says is taken, or it would die of a closed pipe.
        _ = fcntl(output, F_SETFL, 0)
        var part = [UInt8](repeating: 0, count: 1 << 12)
        while case let count = read(output, &part, part.count), count > 0 { unread += part[..<count] }
        close(output)
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        pid = 0
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : -(status & 0x7F)
    }

    package func signal(_ number: Int32) { if pid > 0 { kill(pid, number) } }

    /// Gives each of several processes its lines, and takes one answer a line; they work at the same time.
    /// - Parameter killing: a process that gets SIGKILL as soon as it gave so many answers; its answers end there.
    /// - Parameter isStrict: an answer that is an error ends everything.
    /// - Parameter seconds: for so long nobody may say anything.
    package static func exchange(_ parts: [(process: DeviceProcess, lines: [[String]])], killing: (name: String, after: Int)? = nil, isStrict: Bool = true, seconds: Int32 = 60) throws -> [[JSON]] {
        var waiting = parts.map { part in Array(part.lines.map { JSON.array($0.map(JSON.string)).encoded() + "\n" }.joined().utf8)[...] }
        var answers: [[JSON]] = parts.map { _ in [] }
        var isDone = parts.map(\.lines.isEmpty)
        while isDone.contains(false) {
            var ends: [pollfd] = []
            for (index, part) in parts.enumerated() {
                ends.append(pollfd(fd: isDone[index] ? -1 : part.process.output, events: Int16(POLLIN), revents: 0))
                ends.append(pollfd(fd: isDone[index] || waiting[index].isEmpty ? -1 : part.process.input, events: Int16(POLLOUT), revents: 0))
            }
            guard poll(&ends, nfds_t(ends.count), seconds * 1_000) > 0 else { throw CommandError("internal", "A device didn't answer for \(seconds) seconds.") }
            for (index, part) in parts.enumerated() where !isDone[index] {
                if ends[2 * index + 1].revents != 0 {
                    let count = waiting[index].withUnsafeBytes { write(part.process.input, $0.baseAddress, $0.count) }
                    if count > 0 { waiting[index] = waiting[index].dropFirst(count) }
                }
                guard ends[2 * index].revents != 0 else { continue }
                try answers[index] += part.process.readAnswers()
                if let killing, killing.name == part.process.name, answers[index].count >= killing.after {
                    part.process.signal(SIGKILL)
                    part.process.wait()
                    isDone[index] = true
                } else {
                    isDone[index] = answers[index].count >= part.lines.count
                }
            }
        }
        for (part, answers) in zip(parts, answers) where isStrict {
            for (line, answer) in zip(part.lines, answers) {
                if let error = answer["error"] { throw CommandError("internal", "\(part.process.name): \(line.joined(separator: " ")): \(error["message"]?.text ?? "")") }
            }
        }
        return answers
    }

    private func readAnswers() throws -> [JSON] {
        var part = [UInt8](repeating: 0, count: 1 << 16)
        let count = read(output, &part, part.count)
        guard count > 0 else { throw CommandError("internal", "\(name) ended early; its folder has a log.") }
        unread += part[..<count]
        guard let end = unread.lastIndex(of: 10) else { return [] }
        defer { unread.removeSubrange(...end) }
        return try unread[..<end].split(separator: 10).map { try JSON(parsing: String(decoding: $0, as: UTF8.self)) }
    }

    /// Runs a program to its end: one of ours, or one named by its full path.
    /// - Returns: what it said, without the last end of line.
    /// - Throws: `internal` unless it exits with 0.
    @discardableResult
    package static func run(_ program: String, _ arguments: [String], log: String) throws -> String {
        let process = DeviceProcess(name: program)
        try process.start(program.hasPrefix("/") ? program : programs + "/" + program, arguments, log: log)
        let code = process.wait()
        guard code == 0 else { throw CommandError("internal", "\(program) \(arguments.joined(separator: " ")) ended with \(code); \(log) says why.") }
        return String(decoding: process.unread.last == 10 ? process.unread.dropLast() : process.unread[...], as: UTF8.self)
    }
}
