// Options from the environment: BATON_HUB_PORT is `--port`.
internal import Foundation

enum Setting {
    static func value(_ name: String) -> String? {
        guard let text = ProcessInfo.processInfo.environment["BATON_HUB_" + name], !text.isEmpty else { return nil }
        return text
    }

    static var home: String { ProcessInfo.processInfo.environment["HOME"] ?? "." }
}
