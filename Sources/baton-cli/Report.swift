// What a command prints: its result on standard output, a refusal on standard error.
internal import ArgumentParser
internal import Baton
internal import Commands
internal import Console
internal import Documents
internal import Glibc
internal import Replica
internal import Store

enum Report {
    static func success(_ output: Output, isJSON: Bool) {
        write((isJSON ? output.json.encoded() : output.text(.of(STDOUT_FILENO))) + "\n")
    }

    /// - Parameter full: what a person sees instead of the sentence alone: usage and help.
    static func failure(_ error: CommandError, isJSON: Bool, full: String? = nil) {
        if isJSON {
            write(JSON.fields(["error": .fields(["code": .string(error.code), "message": .string(error.message)])]).encoded() + "\n")
        }
        note(full ?? "\(Style.of(STDERR_FILENO).red("error:")) \(error.message)")
    }

    /// A line on standard error.
    static func note(_ text: String) { write(text + "\n", to: STDERR_FILENO) }

    /// Written at once: a reader at the other end of a pipe waits for it.
    static func write(_ text: String, to descriptor: Int32 = STDOUT_FILENO) {
        var text = text
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
                if count < 0, errno != EINTR { return }
                rest = .init(rebasing: rest.dropFirst(max(0, count)))
            }
        }
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
        default: Root.exitCode(for: error).rawValue == 64 || Root.exitCode(for: error) == .success
            ? CommandError("usage", Root.message(for: error)) : CommandError("internal", "\(error)")
        }
    }
}
