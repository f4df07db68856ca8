// The hub's folder and the small files in it, with errors that say which file, what is wrong with it, and what helps.
internal import ArgumentParser
internal import Console
internal import Foundation
internal import HubCore

enum HubFolder {
    /// - Throws: `ValidationError` where it can't be made, or is no folder that this process may write in.
    static func make(_ folder: String) throws {
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        var isFolder: ObjCBool = false
        let isThere = FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder)
        let why: String? = if isThere, !isFolder.boolValue { "it is a file" } else if !isThere { "it isn't there and can't be made" } else if access(folder, W_OK | X_OK) != 0 { "this user may not write in it" } else { nil }
        if let why { throw ValidationError("\(folder) can't be the hub's folder: \(why). Give another with --data.") }
    }

    /// Whole or not at all, and never readable by others, not even before its rights are set.
    /// - Throws: `ValidationError`.
    static func write(_ text: String, to path: String) throws {
        let mask = umask(0o077)
        defer { umask(mask) }
        do { try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic) } catch {
            throw ValidationError("Can't write \(path): is there room on its disk, and may this user write there?")
        }
        chmod(path, 0o600)
    }

    /// - Parameter path: - for standard input.
    /// - Throws: `ValidationError`.
    static func read(_ path: String) throws -> [UInt8] {
        do throws(BoundedFile.Failure) { return try BoundedFile.read(path, bytesMax: HubLimits.fileBytesMax) } catch {
            switch error {
            case .system(let number): throw ValidationError("Can't read \(path): \(BoundedFile.Failure.reason(number)).")
            case .tooLarge: throw ValidationError("\(path) has more than \(HubLimits.fileBytesMax) bytes: it is none of a hub's files.")
            }
        }
    }

    // MARK: Whose it is

    /// The store whose hub last ran here; nil for the central one, and before the first start.
    static func store(_ folder: String) -> String? {
        guard let text = try? String(contentsOfFile: folder + "/store", encoding: .utf8).trimmingCharacters(in: .newlines), !text.isEmpty else { return nil }
        return text
    }

    /// - Parameter store: empty for none.
    static func remember(store name: String, in folder: String) throws {
        if name != store(folder) ?? "" { try write(name + "\n", to: folder + "/store") }
    }
}
