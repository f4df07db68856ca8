// Who uses this device: sign-in and sign-out.
package import ArgumentParser
internal import Console
package import Replica

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
