// Whether a store is the one its last batch was written to, or a copy of it that must not go on under
// the same writer id: two stores that number their edits alike would give two edits one name.
//
// No byte inside a database tells it from its copy, so the database keeps a proof of things outside of
// it, and each opening holds that proof against what it finds:
//
//     witness                         what changes it, and stays unseen without it
//     machine id, boot id             a disk image, a volume or a VM's disk taken elsewhere or rolled back
//     <path>.lock: dev, inode, ctime  a copied folder (other inodes), and one restored in place with cp:
//                                     the inode stays, but writing to the file moves its ctime, which no
//                                     program can set back. So the lock is written once, when it's made.
//     <path>.witness: dev, inode      a restore with rsync: it skips the lock, which didn't change, and
//                                     renames a new witness into place
//     <path>.witness: count           the database alone replaced by an older one: it counts fewer commits
//
// The count goes up in the database within each batch and in the witness after it. The witness isn't
// fsynced: a crash of the process leaves it whole, and after a crash of the machine the boot id speaks.
// A process killed in between leaves the witness one behind; any other difference is a replaced file.
//
// The proof is written with batches only. An opening that commits nothing changes neither proof nor
// count, hence no verdict. A false alarm (chmod on the lock, a moved mount) costs a new writer id.
//
// Not seen: within one boot of one machine, blocks rolled back under a mounted file system, a VM resumed
// from a snapshot with its memory, and a restore that rewrites database and witness in place and leaves
// the lock alone (rsync --inplace).
internal import Bytes
internal import Glibc
internal import Store

/// The machine and its boot. Passed in, so that a test can pretend another.
package struct Machine: Equatable, Sendable {
    package let id: String
    package let boot: String

    package init(id: String, boot: String) {
        self.id = id
        self.boot = boot
    }

    /// As Linux tells them; empty where it doesn't.
    package static func current() -> Machine {
        Machine(id: firstLine(of: "/etc/machine-id"), boot: firstLine(of: "/proc/sys/kernel/random/boot_id"))
    }

    private static func firstLine(of path: String) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { Glibc.close(descriptor) }
        return String(decoding: bytes(of: descriptor, atMost: 64).prefix { $0 != 10 }, as: UTF8.self)
    }
}

/// What the database says of its last batch.
enum LastCommit {
    /// Nothing was ever committed: the store is new.
    case none
    /// There was one, but who wrote it isn't known.
    case unknown
    case by(proof: [UInt8], count: Int64)
}

/// The two files beside the database, held open while the store is.
struct Witnesses {
    private let lock: Int32
    private let witness: Int32
    /// The count that the witness had; nil where it was lost and made anew.
    private let countFound: Int64?
    /// What the next batch writes into the database: compared, never decoded.
    let proof: [UInt8]
    private let isBootKnown: Bool

    /// Takes the lock and leaves the witness's count as it is.
    /// - Throws: `.locked` with the holder's pid, `.failed`.
    init(path: String, machine: Machine) throws(StoreError) {
        lock = try Witnesses.takeLock(path)
        witness = open(path + ".witness", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        var (lockState, witnessState) = (stat(), stat())
        guard witness >= 0, fstat(lock, &lockState) == 0, fstat(witness, &witnessState) == 0 else {
            let failure = Witnesses.failure(path, at: ".witness")
            if witness >= 0 { Glibc.close(witness) }
            Glibc.close(lock)
            throw failure
        }
        countFound = Witnesses.read(witness).count
        isBootKnown = !machine.boot.isEmpty

        var writer = ByteWriter()
        writer.string(machine.id)
        writer.string(machine.boot)
        for number in [UInt64(lockState.st_dev), UInt64(lockState.st_ino), UInt64(witnessState.st_dev), UInt64(witnessState.st_ino)] {
            writer.varint(number)
        }
        writer.signed(Int64(lockState.st_ctim.tv_sec))
        writer.signed(Int64(lockState.st_ctim.tv_nsec))
        proof = writer.bytes
        write(countFound)
    }

    /// The verdict: whether these files stood by when the database's last batch was committed.
    func vouch(for last: LastCommit) -> Bool {
        switch last {
        case .none: true
        case .unknown: false
        case .by(let recorded, let count):
            // The second difference is the process killed after its commit and before `committed`.
            isBootKnown && recorded == proof && countFound != nil && (count == countFound || count &- 1 == countFound)
        }
    }

    /// Says so to the witness. A write that fails leaves it behind, and the next opening careful.
    func committed(_ count: Int64) { write(count) }

    func close() {
        Glibc.close(witness)
        // Let go by name: a child that this process is just starting has the descriptor until it runs its program.
        flock(lock, LOCK_UN)
        Glibc.close(lock)
    }

    /// What the system last said of a file beside the database.
    private static func failure(_ path: String, at end: String) -> StoreError {
        if errno == ENOSPC { return StoreError(.diskFull, "The disk of the store at \(path) is full: its \(end) can't be made. Make room and try again.") }
        return StoreError(.failed, "Can't open the store at \(path): \(String(cString: strerror(errno))) at its \(end). Check the folder and its rights.")
    }

    private static func takeLock(_ path: String) throws(StoreError) -> Int32 {
        let descriptor = open(path + ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw failure(path, at: ".lock")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            Glibc.close(descriptor)
            let holder = open(path + ".witness", O_RDONLY | O_CLOEXEC)
            let pid = holder < 0 ? nil : read(holder).pid
            if holder >= 0 { Glibc.close(holder) }
            let name = pid.map { " (pid \($0))" } ?? ""
            throw StoreError(.locked, "Can't open the store at \(path): another process holds it\(name). Close it, or use another profile.")
        }
        // Not empty, so that every way of overwriting it changes it. Written by the one who made it only.
        if bytes(of: descriptor, atMost: 1).isEmpty {
            overwrite(descriptor, with: "Locked while the store is open. Written once: a copy is told by its age.\n")
        }
        return descriptor
    }

    /// "4121 17" and spaces: always as long, so that a shorter number leaves nothing of a longer one.
    private func write(_ count: Int64?) {
        let text = "\(getpid()) \(count.map(String.init) ?? "lost")"
        overwrite(witness, with: text + String(repeating: " ", count: max(0, 31 - text.utf8.count)) + "\n")
    }

    private static func read(_ witness: Int32) -> (pid: Int32?, count: Int64?) {
        let words = bytes(of: witness, atMost: 64).split { $0 == 32 || $0 == 10 }.map { String(decoding: $0, as: UTF8.self) }
        return (words.first.flatMap { Int32($0) }, words.count == 2 ? Int64(words[1]) : nil)
    }
}

private func bytes(of descriptor: Int32, atMost limit: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
        count = max(0, pread(descriptor, buffer.baseAddress, limit, 0))
    }
}

private func overwrite(_ descriptor: Int32, with text: String) {
    var text = text
    _ = text.withUTF8 { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
}
