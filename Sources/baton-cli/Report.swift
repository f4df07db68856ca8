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
    /// What a command says: on standard output, on standard error, and with its exit code.
    struct Said {
        var code: Int32 = 0
        var output = ""
        var error = ""
    }

    static func said(_ result: Result<Output, any Error>, isJSON: Bool, _ style: Style) -> Said {
        switch result {
        case .success(let output): return Said(output: (isJSON ? output.json.encoded() : style.finished(output.text(style))) + "\n")
        case .failure(let error):
            // Help that was asked for is no failure where a person asks.
            if !isJSON, Root.exitCode(for: error) == .success { return Said(output: Root.fullMessage(for: error) + "\n") }
            let failure = CommandError(explaining: error)
            let json = JSON.fields(["error": .fields(["code": .string(failure.code), "message": .string(failure.message)])]).with(failure.details)
            let isUsage = Root.exitCode(for: error) == .validationFailure
            return Said(code: failure.code == "usage" ? 2 : 1, output: isJSON ? json.encoded() + "\n" : "",
                        error: style.finished(isUsage ? Root.fullMessage(for: error) : "\(style.red("error:")) \(failure.message)") + "\n")
        }
    }

    static func say(_ result: Result<Output, any Error>, isJSON: Bool) {
        // Each is coloured for where it goes.
        var end = STDOUT_FILENO
        if case .failure = result { end = STDERR_FILENO }
        say(said(result, isJSON: isJSON, .of(end)))
    }

    static func say(_ said: Said) {
        write(said.output)
        write(said.error, to: STDERR_FILENO)
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
        if let refusal = CommandError(refusal: error) { self = refusal; return }
        self = switch error {
        case let error as BatonError: CommandError(error.code, error.message)
        default: Root.exitCode(for: error) == .validationFailure || Root.exitCode(for: error) == .success
            ? CommandError("usage", Root.message(for: error)) : CommandError("internal", "\(error)")
        }
    }
}
