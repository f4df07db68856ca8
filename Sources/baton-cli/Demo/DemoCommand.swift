// `baton demo`: the main job on real input, on processes and sockets of their own.
internal import ArgumentParser
internal import Commands
internal import Console
internal import Processes
internal import Glibc

struct DemoCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "Replay shoppers' carts and support conversations on five devices and a hub, and run an errand in a store.",
        discussion: """
            Starts a hub, a phone, a laptop, a watch, an agent's desk and the agent's tablet as processes with \
            folders of their own; they edit in turn, go offline and come back, one of them is killed; then the \
            session is resumed on another device. Fails if digests or totals differ, or if anything that was \
            acknowledged is missing.

            Then one errand, from the web at home to the till of a store whose hub has lost its line: a cart goes from \
            the laptop to the phone, an order is asked for several times and placed once, is paid with the line cut, and \
            the phone hears of it when the line is back. Each step is said as it happens; fails if any value is another.

            Without --data it replays a small sample of our own. The real sets are published as UCI Online Retail \
            (archive.ics.uci.edu, 352), Taskmaster-4 (github.com/google-research-datasets/Taskmaster), ABCD \
            (github.com/asappresearch/abcd) and IRC disentanglement (github.com/jkkummerfeld/irc-disentanglement).
            """)
    @OptionGroup var global: GlobalOptions
    @Option(help: ArgumentHelp("A folder with carts/, orders_dialogs/ and chat_threads/.", valueName: "dir")) var data: String?
    @Option(help: ArgumentHelp("Keep the devices' folders here, to look into.", valueName: "dir")) var keep: String?

    func run(in profile: Profile) async throws -> Output? {
        let material = try DemoData(folder: data ?? DemoCommand.sample())
        let folder = try keep.map(DemoCommand.newFolder) ?? DemoCommand.temporaryFolder()
        let isQuiet = global.json
        let journey = try DemoJourney(material: material, folder: folder) { if !isQuiet { Report.note($0) } }
        do {
            let report = try journey.run()
            if keep == nil { DemoCommand.remove(folder) }
            return report.output(sample: data == nil)
        } catch {
            journey.stopAll()
            let failure = CommandError(explaining: error)
            throw CommandError(failure.code, "\(failure.message) The devices' folders are in \(folder).")
        }
    }

    /// The sample that the project carries, beside the program or in a folder above it.
    private static func sample() throws -> String {
        var folder = DeviceProcess.programs
        while let end = folder.lastIndex(of: "/") {
            if access(folder + "/Samples/carts", R_OK) == 0 { return folder + "/Samples" }
            folder = String(folder[..<end])
        }
        throw CommandError("invalid-value", "The folder Samples is not beside the program. Give a folder of data with --data.")
    }

    private static func newFolder(_ path: String) throws -> String {
        guard mkdir(path, 0o700) == 0 else { throw CommandError("usage", "Can't make \(path): \(String(cString: strerror(errno))). Give a folder that isn't there yet.") }
        return Files.absolute(path) ?? path
    }

    private static func temporaryFolder() throws -> String {
        var template = Array("/tmp/baton-demo-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw CommandError("disk-full", "Can't make a folder under /tmp: \(String(cString: strerror(errno))).") }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Only what the demo made: folders of devices and the hub, two deep.
    private static func remove(_ path: String) {
        for name in Files.names(in: path) where unlink(path + "/" + name) != 0 { remove(path + "/" + name) }
        rmdir(path)
    }
}
