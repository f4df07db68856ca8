// What a command prints: its result on standard output, a refusal on standard error.
internal import Baton
internal import Commands
internal import Console
internal import Documents
internal import Glibc
internal import Replica
internal import Store

enum Report {
    static func success(_ output: Output, isJSON: Bool) {
        print(isJSON ? output.json.encoded() : output.text(.of(STDOUT_FILENO)))
    }

    /// - Parameter full: what a person sees instead of the sentence alone: usage and help.
    static func failure(_ error: CommandError, isJSON: Bool, full: String? = nil) {
        if isJSON {
            print(JSON.fields(["error": .fields(["code": .string(error.code), "message": .string(error.message)])]).encoded())
        }
        note(full ?? "\(Style.of(STDERR_FILENO).red("error:")) \(error.message)")
    }

    /// A line on standard error.
    static func note(_ text: String) {
        var line = text + "\n"
        _ = line.withUTF8 { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}

extension CommandError {
    /// Every refusal of the layers below, as the one that people see.
    init(explaining error: any Error) {
        self = switch error {
        case let error as CommandError: error
        case let error as DocumentError: CommandError(error.code, error.message)
        case let error as ReplicaError: CommandError(error.code, error.message)
        case let error as StoreError: CommandError(error.code.name, error.message)
        case let error as BatonError: CommandError(error.code, error.message)
        default: CommandError("internal", "\(error)")
        }
    }
}
