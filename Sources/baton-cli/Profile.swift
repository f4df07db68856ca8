// A device's folder: $BATON_HOME/NAME, else ~/.local/share/baton/NAME.
internal import Baton
internal import Commands
internal import Glibc

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

    func open() throws -> Baton {
        try check()
        guard exists else {
            throw CommandError("unknown-document", "There is no device \(name) in \(Profile.home). Begin one with `baton init --hub ws://127.0.0.1:7400\(name == "default" ? "" : " --profile \(name)")`.")
        }
        return try Baton.open(existing: folder)
    }

    static func all() -> [String] { Files.names(in: home).filter { !$0.hasPrefix(".") && Profile($0).exists } }
}
