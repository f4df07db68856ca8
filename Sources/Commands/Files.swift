// The files that a person names on a command line.
package import Console
internal import CRDT
internal import Glibc

package enum Files {
    /// Where the line came from, if from another process: its files are named from there.
    @TaskLocal package static var folder: String?

    /// Files that a scenario brings along: with these, no other is read, and none is written.
    @TaskLocal package static var provided: [String: String]?

    private static func resolved(_ path: String) -> String { path.hasPrefix("/") ? path : folder.map { "\($0)/\(path)" } ?? path }

    /// Of a file that is taken in: as much as a batch of changes may come to.
    package static let bytesMax = Limits.batchBytesMax

    /// - Parameters:
    ///   - path: - for standard input.
    ///   - limit: for what this program wrote itself, there is none.
    /// - Throws: `invalid-value` with the system's reason; `too-large`, having read no more than that.
    package static func read(_ path: String, limit: Int = bytesMax) throws(CommandError) -> [UInt8] {
        if let provided {
            guard let text = provided[path] else { throw CommandError("invalid-value", "The scenario brings no file \(path): its `files` does.") }
            return Array(text.utf8)
        }
        guard path != "-" || folder == nil else {
            throw CommandError("usage", "Another process holds this device and can't read standard input from here: give a file.")
        }
        do throws(BoundedFile.Failure) { return try BoundedFile.read(path == "-" ? path : resolved(path), bytesMax: limit) } catch {
            switch error {
            case .system(let number): throw failure("read", path, number)
            case .tooLarge: throw CommandError("too-large", "\(path == "-" ? "Standard input" : path) has more than \(limit >> 20) MiB, the limit of a file that is read: nothing was taken. Make it in smaller parts.")
            }
        }
    }

    /// - Throws: `invalid-value` where a file is no JSON, with where; else as `read`.
    package static func json(_ path: String) throws(CommandError) -> JSON {
        let name = path == "-" ? "Standard input" : path
        guard let text = String(validating: try read(path), as: UTF8.self) else { throw CommandError("invalid-value", "\(name) isn't text in UTF-8.") }
        do throws(JSONError) { return try JSON(parsing: text) } catch {
            let isCut = error.offset >= text.utf8.count
            throw CommandError("invalid-value", "\(name) isn't JSON\(isCut ? ": it ends too early, as if it was cut off" : ", from its byte \(error.offset) on") (\(error.rule)). Nothing was taken.")
        }
    }

    /// A new file, whole and on the disk, or none.
    /// - Parameter replaces: else one that is there already stays as it is.
    package static func write(_ bytes: [UInt8], to path: String, replaces: Bool = false) throws(CommandError) {
        if provided != nil { throw CommandError("invalid-value", "A scenario writes no files, so not \(path) either.") }
        let file = open(resolved(path), O_WRONLY | O_CREAT | (replaces ? O_TRUNC : O_EXCL) | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure("write", path) }
        defer { close(file) }
        var count = 0
        while count < bytes.count {
            let written = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress?.advanced(by: count), $0.count - count) }
            guard written > 0 else {
                let failure = failure("write", path)
                unlink(resolved(path))
                throw failure
            }
            count += written
        }
        fsync(file)
    }

    /// A path's full name, without links; nil for what isn't there.
    package static func absolute(_ path: String) -> String? {
        guard let full = realpath(path, nil) else { return nil }
        defer { free(full) }
        return String(cString: full)
    }

    /// What is in a folder, by name; nothing where it can't be read.
    package static func names(in folder: String) -> [String] {
        guard let open = opendir(folder) else { return [] }
        defer { closedir(open) }
        var names: [String] = []
        while let entry = readdir(open) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    private static func failure(_ verb: String, _ path: String, _ number: Int32 = errno) -> CommandError {
        CommandError(number == ENOSPC ? "disk-full" : "invalid-value", "Can't \(verb) \(path): \(BoundedFile.Failure.reason(number)).")
    }
}
