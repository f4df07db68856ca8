// `baton-hub recover`: a hub whose disk is lost, from its key.
internal import ArgumentParser
internal import Foundation
internal import HubCore
internal import SQLiteStore
internal import Store

struct RecoverCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recover", abstract: "Begin a hub whose disk is lost again, from the hub.key that was kept of it.",
        discussion: """
            A backup of the whole folder is better, however old: what no device and no other hub has is gone.
            Put the file `tokens` beside the new store too, or no device is let in (a store's hub gets it with `token import`).

            The hub collects what its devices and the other hubs know. Until the staff devices that stand in a store have
            told it, it sells nothing that it may have sold already, and orders there wait. Say how many those are:

                baton-hub recover --data NEW --key hub.key --await S1=3

            Run it again, with the hub stopped, where one of them won't come back.
            """)
    @OptionGroup var data: DataOption
    @Option(help: ArgumentHelp("The file hub.key, or - for standard input.", valueName: "file")) var key: String
    @Option(name: .customLong("await"), help: ArgumentHelp("How many staff devices stand in a store, a store's own hub among them; once for each store.", valueName: "store=number"))
    var awaited: [String] = []

    func validate() throws { _ = try stores() }

    func run() throws {
        let bytes = try HubFolder.read(key)
        guard let recovered = RecoveryKey(String(decoding: bytes, as: UTF8.self)) else {
            throw ValidationError("\(key) holds no hub's key: it begins with bhk_ and 72 more characters, and was mistyped or cut off.")
        }
        let folder = data.folder
        try HubFolder.make(folder)
        do {
            let store = try SQLiteStore(path: folder + "/hub.db")
            defer { store.close() }
            try HubCore.recover(recovered, in: store, awaiting: stores())
        } catch let error as StoreError {
            throw ValidationError(error.message)
        }
        print("\(folder) is that hub now. Start it as it was started, under the same name.")
        if awaited.isEmpty { print("It awaits no staff device: with --await STORE=NUMBER it waits for those that stand in a store.") }
    }

    private func stores() throws -> [String: Int] {
        var stores: [String: Int] = [:]
        for text in awaited {
            let parts = text.split(separator: "=", omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty, let count = Int(parts[1]), (0...10_000).contains(count) else {
                throw ValidationError("--await \(text): say a store and how many staff devices stand there, for example S1=3.")
            }
            stores[String(parts[0])] = count
        }
        return stores
    }
}
