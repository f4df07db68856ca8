// Conversations: messages come in at the desk; what the agents answered is typed by the desk and the tablet into
// one draft, at times without a connection; the customer reads on three devices.
internal import Commands
internal import Console
internal import Processes
internal import Glibc

extension DemoJourney {
    private static let conversationsAtOnce = 40

    func replayConversations() throws {
        let all = material.conversations
        mkdir(folder + "/messages", 0o700)
        for (number, start) in stride(from: 0, to: all.count, by: DemoJourney.conversationsAtOnce).enumerated() {
            let group = Array(all[start..<min(start + DemoJourney.conversationsAtOnce, all.count)])
            let drafts = try takeIn(group)
            try typeAnswers(group, drafts, isTabletAway: number % 2 == 0)
            try checkDrafts(group, drafts)
            try read(group)
            report.conversations += group.count
            say("conversations: \(report.conversations) of \(all.count)")
        }
        remove(folder + "/messages")
    }

    private func remove(_ path: String) {
        for conversation in material.conversations { unlink(path + "/" + conversation.person) }
        rmdir(path)
    }

    /// - Returns: the draft of each.
    private func takeIn(_ group: [DemoData.Conversation]) throws -> [String] {
        var lines: [[String]] = []
        for conversation in group {
            let path = folder + "/messages/" + conversation.person
            let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
            guard file >= 0 else { throw CommandError("disk-full", "Can't write \(path): \(String(cString: strerror(errno))).") }
            Report.write(conversation.messages.map { $0.encoded() + "\n" }.joined(), to: file)
            close(file)
            lines += [["conversation", "import", path, "--person", conversation.person], ["draft", "new", "--conversation", conversation.person]]
            report.messages += conversation.messages.count
        }
        let answers = try DeviceProcess.exchange([(staff[0], lines + [["sync"]])])[0]
        report.devices[3].edits += 2 * group.count
        _ = try DeviceProcess.exchange([(staff[1], [["sync"]])])
        return group.indices.map { answers[2 * $0 + 1]["draft"]?.text ?? "" }
    }

    private func typeAnswers(_ group: [DemoData.Conversation], _ drafts: [String], isTabletAway: Bool) throws {
        var parts: [(process: DeviceProcess, lines: [[String]])] = []
        for (number, device) in staff.enumerated() {
            let isAway = number == 1 && isTabletAway
            var lines: [[String]] = isAway ? [["offline"]] : []
            var edits = 0
            for (conversation, draft) in zip(group, drafts) {
                for (index, answer) in conversation.answers.enumerated() where index % 2 == number {
                    // In two parts, as it is written: not at once.
                    let text = Array(("\(answer)\n").unicodeScalars)
                    for part in [text.prefix(text.count / 2), text.dropFirst(text.count / 2)] where !part.isEmpty {
                        lines.append(["draft", "type", draft, "--", String(String.UnicodeScalarView(part))])
                        edits += 1
                    }
                }
            }
            report.devices[3 + number].edits += edits
            report.devices[3 + number].offlineEdits += isAway ? edits : 0
            parts.append((device, lines + [["sync"]]))
        }
        _ = try DeviceProcess.exchange(parts)
    }

    /// Both have the same text, and every answer is in it in one piece.
    private func checkDrafts(_ group: [DemoData.Conversation], _ drafts: [String]) throws {
        let answers = try DeviceProcess.exchange(staff.map { ($0, [["sync"]] + drafts.map { ["draft", "show", $0] }) })
        for (position, conversation) in group.enumerated() {
            let texts = answers.map { $0[position + 1]["text"]?.text ?? "" }
            let length = conversation.answers.map { $0.unicodeScalars.count + 1 }.reduce(0, +)
            let lines = texts[0].unicodeScalars.split(separator: "\n").map { String($0) }.sorted()
            let expected = conversation.answers.flatMap { $0.unicodeScalars.split(separator: "\n").map { String($0) } }.sorted()
            guard texts[0] == texts[1], texts[0].unicodeScalars.count == length, lines == expected else {
                throw CommandError("internal", "The draft for \(conversation.person) is not what was typed: \(texts[0].debugDescription) and \(texts[1].debugDescription).")
            }
            report.answers += conversation.answers.count
        }
    }

    private func read(_ group: [DemoData.Conversation]) throws {
        func lines(_ command: (String) -> [String]) -> [[String]] { group.flatMap { [["sign-in", $0.person], ["sync"], command($0.person), ["sync"]] } }
        let phone = try DeviceProcess.exchange([(customers[0], lines { ["conversation", "read", $0] })])[0]
        report.devices[0].edits += group.count
        let others = try DeviceProcess.exchange(customers.dropFirst().map { ($0, lines { ["conversation", "show", $0] }) })
        for (position, conversation) in group.enumerated() {
            let expected = conversation.messages.map { $0["text"]?.text ?? "" }
            for (device, answers) in zip(customers, [phone] + others) {
                let shown = answers[4 * position + 2]
                guard shown["messages"]?.items?.map({ $0["text"]?.text ?? "" }) == expected, shown["readUpTo"]?.number == Int64(expected.count) else {
                    throw CommandError("internal", "The conversation \(conversation.person) on the \(device.name) is \(shown.encoded().prefix(400)).")
                }
            }
        }
    }
}
