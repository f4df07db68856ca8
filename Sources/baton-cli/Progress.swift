// What is going on, where a person waits for more than a second at a terminal; wiped when it is over.
internal import Baton
internal import Glibc
internal import Replica

struct Progress {
    private let task: Task<Void, Never>?

    /// - Parameter text: asked for twice a second.
    init(_ text: @escaping @Sendable () async -> String) {
        guard isatty(STDERR_FILENO) == 1 else {
            task = nil
            return
        }
        task = Task {
            try? await Task.sleep(for: .seconds(1))
            while !Task.isCancelled {
                Report.write("\r\u{1B}[K\(await text())", to: STDERR_FILENO)
                try? await Task.sleep(for: .milliseconds(500))
            }
            Report.write("\r\u{1B}[K", to: STDERR_FILENO)
        }
    }

    func stop() { task?.cancel() }
}

extension Baton {
    var progress: String { "sent \(replica.metrics.changesSent) and received \(replica.metrics.changesReceived) changes so far" }
}
