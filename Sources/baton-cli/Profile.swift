// A device's folder: $BATON_HOME/NAME, else ~/.local/share/baton/NAME.
internal import Baton
internal import Commands
internal import Glibc
internal import Store

struct Profile {
    let name: String

    init(_ name: String?) { self.name = name ?? Profile.variable("BATON_PROFILE") ?? "default" }

    static var home: String { variable("BATON_HOME") ?? (variable("HOME") ?? ".") + "/.local/share/baton" }

    var folder: String { Profile.home + "/" + name }

    var exists: Bool { access(folder + "/store.db", F_OK) == 0 }

    static func variable(_ name: String) -> String? {
        guard let text = getenv(name).map({ String(cString: $0) }), !text.isEmpty else { return nil }
        return text
    }

    /// - Throws: `usage` for a name that is no folder's.
    func check() throws {
        guard !name.isEmpty, !name.hasPrefix("."), !name.contains("/"), name.utf8.count <= 100 else {
            throw CommandError("usage", "\"\(name)\" can't name a profile: use letters, digits and dashes.")
        }
    }

    /// Opens the device. Where another command has it, that is waited for; a process that takes lines has it for as long as it runs.
    /// - Throws: `store-locked`, naming who holds it.
    func open() async throws -> Baton {
        try check()
        guard exists else {
            throw CommandError("unknown-document", "There is no device \(name) in \(Profile.home). Begin one with `baton init --hub ws://127.0.0.1:7400\(name == "default" ? "" : " --profile \(name)")`.")
        }
        let start = ContinuousClock.now
        while true {
            do {
                return try Baton.open(existing: folder)
            } catch let error as BatonError where error.code == "store-locked" && !Holder.isThere(folder) {
                guard start.duration(to: .now) < .milliseconds(StoreLimits.lockedMilliseconds) else {
                    throw BatonError(error.code, "\(error.message) It was waited for \(StoreLimits.lockedMilliseconds / 1_000) seconds.")
                }
                // By chance, so that of many none comes last each time.
                try await Task.sleep(for: .milliseconds(.random(in: 5...20)))
            }
        }
    }

    static func all() -> [String] { Files.names(in: home).filter { !$0.hasPrefix(".") && Profile($0).exists } }
}
