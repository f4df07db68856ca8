// `baton-hub token`: who may connect.
internal import ArgumentParser
internal import HubCore

struct TokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Make, list and revoke the tokens that devices register with.",
        subcommands: [Create.self, List.self, Revoke.self])

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make a token and print it: it is shown this once.")
        @OptionGroup var data: DataOption
        @Option(help: "customer, agent, associate, manager or operator.") var role = "customer"
        @Option(help: "Of a customer's token: whose it is.") var person: String?
        @Option(help: "A note for `token list`.") var label = ""

        func validate() throws {
            guard Role(rawValue: role) != nil else {
                throw ValidationError("There is no role \(role): use \(Role.allCases.map(\.rawValue).joined(separator: ", ")).")
            }
            if person != nil, role != "customer" { throw ValidationError("Only a customer's token belongs to a person: leave --person out.") }
            if let person, person.isEmpty || person.contains(" ") { throw ValidationError("A person is named without spaces.") }
        }

        func run() throws {
            let file = TokenFile(folder: data.folder, isLoopback: false)
            print(try file.create(role: Role(rawValue: role) ?? .customer, person: person, label: label))
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List tokens: their id, role, person and label.")
        @OptionGroup var data: DataOption

        func run() throws {
            let lines = try TokenFile(folder: data.folder, isLoopback: false).all()
            if lines.isEmpty { print("There are no tokens. A hub on loopback lets everyone in until one is made.") }
            for line in lines { print(line.id, line.role.rawValue, line.person ?? "-", line.label) }
        }
    }

    struct Revoke: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Revoke a token: devices that use it are cut off at once, and not let in again.")
        @OptionGroup var data: DataOption
        @Argument(help: "The id that `token list` shows.") var id: String

        func validate() throws {
            guard id.count >= 4 else { throw ValidationError("Give at least four characters of the token's id, as `token list` shows it.") }
        }

        func run() throws {
            guard try TokenFile(folder: data.folder, isLoopback: false).revoke(id) > 0 else {
                throw ValidationError("There is no token with the id \(id). `baton-hub token list` shows them.")
            }
        }
    }
}
