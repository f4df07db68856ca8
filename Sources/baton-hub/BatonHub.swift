// `baton-hub`: one process, one SQLite file, one port. Every flag has an environment variable.
internal import ArgumentParser
internal import Sync

@main
struct BatonHub: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "baton-hub",
        abstract: "The hub that keeps a customer's carts, drafts and sessions alike on every device.",
        discussion: """
            Without a token made, a hub on this machine's loopback lets everyone in, and says so.
            `baton-hub token create --role customer --person ana` ends that.

            Every option can be given as an environment variable: --port as BATON_HUB_PORT.
            """,
        version: "baton-hub 0.1.0 (protocol \(Frame.version))",
        subcommands: [Serve.self, TokenCommand.self, RecoverCommand.self],
        defaultSubcommand: Serve.self)
}

/// Where the hub's files are.
struct DataOption: ParsableArguments {
    @Option(help: ArgumentHelp("Folder of the hub's store and tokens.", discussion: "BATON_HUB_DATA; else ~/.local/share/baton-hub.", valueName: "folder"))
    var data: String?

    var folder: String { data ?? Setting.value("DATA") ?? Setting.home + "/.local/share/baton-hub" }
}
