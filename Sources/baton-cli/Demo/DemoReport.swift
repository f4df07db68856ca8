// What the demo says at its end.
internal import Commands
internal import Console

struct DemoReport {
    struct Device {
        let name: String
        var edits = 0
        var offlineEdits = 0
        /// Changes that it holds and others made.
        var received = 0
        var digest = ""
    }

    var devices: [Device] = []
    var carts = 0, units: Int64 = 0, conversations = 0, messages = 0, answers = 0
    /// The device that was killed, the answers it had given, and the edits found after its restart.
    var killed = (name: "", acknowledged: 0, found: 0)
    var resumed = (place: "", device: "", text: "", caret: Int64(0))
    var errand = DemoErrand.Report()
    var seconds = 0.0

    func output(sample: Bool) -> Output {
        let json = JSON.fields([
            "carts": .int(Int64(carts)), "units": .int(units), "conversations": .int(Int64(conversations)), "messages": .int(Int64(messages)), "answers": .int(Int64(answers)),
            "devices": .array(devices.map { .fields(["device": .string($0.name), "edits": .int(Int64($0.edits)), "offlineEdits": .int(Int64($0.offlineEdits)),
                                                     "received": .int(Int64($0.received)), "digest": .string($0.digest)]) }),
            "killed": .fields(["device": .string(killed.name), "acknowledged": .int(Int64(killed.acknowledged)), "found": .int(Int64(killed.found))]),
            "resumed": .fields(["at": .string(resumed.place), "on": .string(resumed.device), "draft": .string(resumed.text), "caret": .int(resumed.caret)]),
            "errand": errand.json, "equal": .bool(true), "seconds": .double((seconds * 10).rounded() / 10),
        ])
        return Output(json) { style in
            var table = Table([.text("Device"), .number("Edits"), .number("of these offline"), .number("Received"), .text("Digest")])
            for device in devices { table.add(device.name, "\(device.edits)", "\(device.offlineEdits)", "\(device.received)", String(device.digest.prefix(16))) }
            var lines = [
                table.rendered(style), "",
                "\(carts) carts, \(units) units: every total is as the data say, on every device.",
                "\(conversations) conversations: \(messages) messages came in, \(answers) answers were typed as drafts by two devices.",
                "The \(killed.name) was killed after \(killed.acknowledged) edits were acknowledged; \(killed.found) were there when it came back.",
                "Customers' devices have equal digests, and so have the staff's, who see other documents.",
            ]
            lines.append("Errand: order \(errand.number), asked for \(errand.asked) times, was placed once, paid once with the store's line cut, and is \(errand.fulfilment); \(errand.onHand) on hand, \(errand.held) held.")
            if sample { lines.append(style.dim("This was a small sample. `baton demo --help` says where the real sets are; replay them with --data DIR.")) }
            lines.append(style.green("resumed at \(resumed.place) on \(resumed.device)") + ", with the caret at \(resumed.caret) of \"\(resumed.text)\"")
            return lines.joined(separator: "\n")
        }
    }
}
