// `baton-hub token`: who may connect.
internal import ArgumentParser
internal import Foundation
internal import HubCore

struct TokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Make, list and revoke the tokens that devices register with, and carry them to a store's own hub.",
        subcommands: [Create.self, List.self, Revoke.self, Export.self, Import.self])

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make a token and print it: it is shown this once.")
        @OptionGroup var data: DataOption
        @Option(help: "customer, agent, associate, manager, operator, or store-hub for a store's own hub.") var role = "customer"
        @Option(help: "Of a customer's token: whose it is.") var person: String?
        @Option(help: "Of staff's and of a store's hub: the one store that it is for.") var store: String?
        @Option(help: "A note for `token list`.") var label = ""

        func validate() throws {
            guard Role(rawValue: role) != nil else {
                throw ValidationError("There is no role \(role): use \(Role.allCases.map(\.rawValue).joined(separator: ", ")).")
            }
            if person != nil, role != "customer" { throw ValidationError("Only a customer's token belongs to a person: leave --person out.") }
            if store == nil, role == Role.storeHub.rawValue { throw ValidationError("A store's hub is for one store: say which with --store.") }
            if store != nil, role == "customer" { throw ValidationError("A customer's token is for no store: leave --store out.") }
            if let store, store.isEmpty || store.contains(" ") { throw ValidationError("A store is named without spaces.") }
            if let person, person.isEmpty || person.contains(" ") || person.hasPrefix("@") { throw ValidationError("A person is named without spaces, and not with @ in front.") }
        }

        func run() throws {
            let file = TokenFile(folder: data.folder, isLoopback: false)
            print(try file.create(role: Role(rawValue: role) ?? .customer, person: person, store: store, label: label))
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List tokens: their id, role, person or store, and label.")
        @OptionGroup var data: DataOption

        func run() throws {
            let lines = try TokenFile(folder: data.folder, isLoopback: false).all()
            if lines.isEmpty { print("There are no tokens. A hub on loopback lets everyone in until one is made.") }
            for line in lines { print(line.id, line.role.rawValue, line.person ?? line.store ?? "-", line.label) }
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

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the book of tokens for a store's own hub.",
            discussion: "There: `baton-hub token import --store STORE FILE`. It has hashes, and no token. Those of other stores and of stores' hubs stay out. Carry it again when a token was made or revoked.")
        @OptionGroup var data: DataOption
        @Option(help: "The store.") var store: String

        func validate() throws {
            if store.isEmpty || store.contains(where: \.isWhitespace) { throw ValidationError("A store is named without spaces.") }
        }

        func run() throws { print(TokenBookFile(of: try TokenFile(folder: data.folder, isLoopback: false).all(), for: store).text) }
    }

    struct Import: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take over the central hub's book of tokens, in place of this hub's own.",
            discussion: "What was revoked there is revoked here: devices that use it are cut off at once. A book of another store is refused.")
        @OptionGroup var data: DataOption
        @Argument(help: "What `baton-hub token export` printed at the central hub; - for standard input.") var file: String
        @Option(help: ArgumentHelp("The store whose hub this is (BATON_HUB_STORE); else the one for which it last ran.", valueName: "store"))
        var store: String = Setting.value("STORE") ?? ""

        func run() throws {
            let bytes = try HubFolder.read(file)
            let book: TokenBookFile
            do { book = try TokenBookFile(reading: String(decoding: bytes, as: UTF8.self)) } catch { throw ValidationError("\(error)") }
            if let own = store.isEmpty ? HubFolder.store(data.folder) : store, own != book.store {
                throw ValidationError("This is the book for the store \(book.store), and the hub in \(data.folder) is \(own)'s: get its own with `baton-hub token export --store \(own)`. Nothing was taken over.")
            }
            try TokenFile(folder: data.folder, isLoopback: false).replace(by: book)
            print("\(book.lines.count) token\(book.lines.count == 1 ? " is" : "s are") good here, for the store \(book.store).")
        }
    }
}
