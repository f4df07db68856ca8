// Who uses this device, and which others there are.
package import ArgumentParser
internal import CRDT
internal import Console
package import Replica
internal import Store

package struct SignInCommand: LocalCommand {
    package static let configuration = CommandConfiguration(
        commandName: "sign-in", abstract: "Bind this device to a person.",
        discussion: "What was put into the cart before stays in the device's own space, untouched, and is there again after sign-out.")
    @OptionGroup package var global: GlobalOptions
    @Argument(help: "The person.") var person: String
    @Option(help: "A token that shows the hub who it is.") var proof: String?
    package init() {}

    package func run(on replica: Replica) throws -> Output {
        _ = try replica.personSpace(person)
        replica.signIn(SignIn(person: person, proof: proof ?? ""))
        return Output(.fields(["person": .string(person), "merged": .bool(false)])) { style in "Signed in as \(style.bold(person))." }
    }
}

package struct SignOutCommand: LocalCommand {
    package static let configuration = CommandConfiguration(commandName: "sign-out", abstract: "Let the person go; the device has its own cart again.")
    @OptionGroup package var global: GlobalOptions
    package init() {}

    package func run(on replica: Replica) throws -> Output {
        replica.signIn(nil)
        return Output(.fields(["person": .null, "merged": .bool(false)])) { _ in "Signed out." }
    }
}

package struct DevicesCommand: LocalCommand {
    package static let configuration = CommandConfiguration(commandName: "devices", abstract: "List the devices that made something that is here.")
    @OptionGroup package var global: GlobalOptions
    package init() {}

    package func run(on replica: Replica) throws -> Output {
        let devices = replica.knownDevices.sorted { $0.key < $1.key }
        // Whether another device is online this one isn't told.
        func isOnline(_ id: DeviceID) -> JSON { id == replica.device ? .bool(replica.isOnline) : .null }
        var lastSeen: [DeviceID: UInt64] = [:]
        for (document, _) in try replica.documents.records() {
            for change in try replica.document(document).changeSummaries() {
                guard let maker = replica.author(change.id.actor)?.device else { continue }
                lastSeen[maker] = max(lastSeen[maker] ?? 0, change.time)
            }
        }
        func time(_ id: DeviceID) -> Int64? { lastSeen[id].map { Int64(clamping: $0) } }
        let json = devices.map { id, record in
            JSON.fields(["device": .string(id.description), "name": .string(record.name), "kind": .string(record.kind), "online": isOnline(id), "lastSeen": time(id).map { .string(TimeText.iso($0)) } ?? .null])
        }
        var table = Table([.text("Device"), .text("Name"), .text("Kind"), .text("Last change"), .text("")])
        for (id, record) in devices { table.add(id.description, record.name, record.kind, time(id).map(TimeText.short) ?? "", id == replica.device ? "this device" : "") }
        return Output(.array(json)) { [table] style in table.rendered(style) }
    }
}
