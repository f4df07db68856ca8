// `baton-sim show TRACE`: what `run --trace` wrote, drawn.
internal import ArgumentParser
internal import Commands
internal import Console
internal import Glibc
internal import Scenarios

struct ShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Draw a trace: lanes for nodes, arrows for messages, red for what went wrong.")
    @Argument(help: "A file that `run --trace` wrote.") var trace: String
    @Option(help: ArgumentHelp("Write one HTML page instead.", valueName: "file")) var html: String?

    func run() throws {
        let content = try TraceFile.read(trace)
        if let html {
            try Files.write(Array(TracePage.draw(content).utf8), to: html, replaces: true)
        } else {
            let style = Style.of(STDOUT_FILENO)
            print(style.finished(TraceText.draw(content, style)))
        }
    }
}
