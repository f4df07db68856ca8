// One process holds a device's store at a time. While it is `shell` or `sync --watch`, it listens on a socket
// in the device's folder, and other commands pass their line to it: one line of JSON each way.
//
//     {"arguments": [...], "folder": "/home/ana", "coloured": false, "width": 100}   →   {"code": 0, "output": "...", "error": "..."}
//
// Only who may read the folder reaches the socket. A client that goes away costs its own line only.
internal import ArgumentParser
internal import Baton
internal import Commands
internal import Console
internal import Dispatch
internal import Glibc

enum Holder {
    /// A request's bytes: a line of a draft, and what surrounds it.
    private static let requestBytesMax = 2 << 20

    /// Answers lines until the process ends. The caller holds the store.
    static func serve(_ folder: String, _ baton: Baton) {
        let socket = makeSocket()
        guard socket >= 0, withAddress(folder, { unlink(path(folder)); return bind(socket, $0, $1) == 0 && listen(socket, 16) == 0 }) else {
            return Report.note("Other commands can't reach this device while it is held: no socket in \(folder).")
        }
        // One thread that accepts; each line is run by the device, one after the other.
        DispatchQueue(label: "holder").async {
            while true {
                let client = accept(socket, nil, nil)
                guard client >= 0 else { if errno == EINTR || errno == ECONNABORTED { continue } else { return } }
                var limit = timeval(tv_sec: 5, tv_usec: 0)
                setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
                guard let request = readLine(client), let json = try? JSON(parsing: request), let words = json["arguments"]?.items?.compactMap(\.text) else {
                    close(client)
                    continue
                }
                let folder = json["folder"]?.text ?? "/"
                let style = Style(isColoured: json["coloured"]?.encoded() == "true", width: Int(json["width"]?.number ?? 100))
                Task {
                    let said = await Files.$folder.withValue(folder) { await run(words, on: baton, style) }
                    Report.write(JSON.fields(["code": .int(Int64(said.code)), "output": .string(said.output), "error": .string(said.error)]).encoded() + "\n", to: client)
                    close(client)
                }
            }
        }
    }

    private static func run(_ words: [String], on baton: Baton, _ style: Style) async -> Report.Said {
        let isJSON = words.contains("--json")
        do {
            return Report.said(.success(try await Runner.run(Root.parse(words), on: baton)), isJSON: isJSON, style)
        } catch {
            return Report.said(.failure(error), isJSON: isJSON, style)
        }
    }

    /// Whether a process that holds the device takes lines.
    static func isThere(_ folder: String) -> Bool {
        let socket = makeSocket()
        defer { close(socket) }
        return socket >= 0 && withAddress(folder) { connect(socket, $0, $1) == 0 }
    }

    /// Passes a line to the process that holds the device.
    /// - Returns: nil where no such process listens.
    static func pass(_ words: [String], _ folder: String) -> Report.Said? {
        let socket = makeSocket()
        defer { close(socket) }
        guard socket >= 0, withAddress(folder, { connect(socket, $0, $1) == 0 }) else { return nil }
        let style = Style.of(STDOUT_FILENO)
        let request = JSON.fields(["arguments": .array(words.map(JSON.string)), "folder": .string(Files.absolute(".") ?? "/"), "coloured": .bool(style.isColoured), "width": .int(Int64(style.width))])
        Report.write(request.encoded() + "\n", to: socket)
        guard let answer = readLine(socket), let json = try? JSON(parsing: answer), let code = json["code"]?.number else {
            return Report.said(.failure(CommandError("internal", "The process that holds this device went away before it answered; `baton status` shows what was done.")), isJSON: words.contains("--json"), .plain)
        }
        return Report.Said(code: Int32(clamping: code), output: json["output"]?.text ?? "", error: json["error"]?.text ?? "")
    }

    // MARK: Sockets

    private static func path(_ folder: String) -> String { folder + "/holder.socket" }

    private static func makeSocket() -> Int32 { socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0) }

    /// A socket's address has 107 bytes; a folder's path may have more, so the folder is named by its descriptor.
    private static func withAddress(_ folder: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Bool) -> Bool {
        let directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { return false }
        defer { close(directory) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array("/proc/self/fd/\(directory)/holder.socket".utf8)) }
        return withUnsafeBytes(of: address) { raw in
            raw.withMemoryRebound(to: sockaddr.self) { $0.baseAddress.map { body($0, socklen_t(raw.count)) } ?? false }
        }
    }

    private static func readLine(_ socket: Int32) -> String? {
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.count <= requestBytesMax {
            let count = read(socket, &part, part.count)
            guard count > 0 else { return nil }
            bytes += part[..<count]
            if bytes.last == 10 { return String(decoding: bytes.dropLast(), as: UTF8.self) }
        }
        return nil
    }
}
