// A file that a person names, or what is piped in, read up to a bound: a pipe that never ends, or a file that is none of ours,
// costs no more memory than that. What is said of a failure is its reader's affair.
internal import Glibc

package enum BoundedFile {
    package enum Failure: Error, Equatable {
        /// The system's own number and reason.
        case system(number: Int32)
        /// It has more bytes than the bound; no more of it was read.
        case tooLarge

        /// Of the first, in the system's words.
        package static func reason(_ number: Int32) -> String { String(cString: strerror(number)) }
    }

    /// - Parameter path: - for standard input.
    /// - Complexity: O(bytes); at most `bytesMax` and 64 KiB in memory.
    package static func read(_ path: String, bytesMax: Int) throws(Failure) -> [UInt8] {
        let file = path == "-" ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw .system(number: errno) }
        defer { close(file) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(file, &part, part.count)
            if count < 0, errno == EINTR { continue }
            if count < 0 { throw .system(number: errno) }
            if count == 0 { return bytes }
            guard count <= bytesMax - bytes.count else { throw .tooLarge }
            bytes.append(contentsOf: part[..<count])
        }
    }
}
