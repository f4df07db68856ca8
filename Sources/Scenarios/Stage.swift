// Plays a scenario's steps on whatever stage there is: a simulated world, or real processes.
//
// A stage says how a line runs and how trouble is made; what a step means, what is expected and what failed are
// here, the same for all.
internal import Commands
package import Console

/// What did not hold, and the values that steps have named.
package struct Record: Sendable {
    package struct Failure: Equatable, Sendable {
        /// Where in the file; 0 for what always holds.
        package let line: Int
        package let message: String

        package init(line: Int, message: String) { (self.line, self.message) = (line, message) }
    }

    package var failures: [Failure] = []
    var names: [String: JSON] = [:]

    package init() {}

    mutating func fail(_ line: Int, _ message: String) { failures.append(Failure(line: line, message: message)) }
}

package protocol Stage: AnyObject {
    var record: Record { get set }

    /// What shows the hub that somebody is this person.
    func proof(of person: String) throws -> String
    /// - Throws: what the command refuses.
    func execute(_ line: String, on node: String) throws -> JSON
    /// Concurrently: each on what its device has now, before anything of it is delivered.
    func together(_ list: [(node: String, line: String)]) throws
    func settle() throws
    func advance(_ milliseconds: UInt64) throws
    func setOnline(_ name: String, _ isOnline: Bool) throws
    /// - Parameter ends: a device and a hub, or two hubs.
    func setCut(_ ends: [String], _ isCut: Bool) throws
    func crash(_ name: String, _ point: Scenario.CrashPoint?, _ times: Int) throws
    func restart(_ name: String) throws
    func reboot(_ name: String) throws
    /// - Parameter offset: milliseconds ahead.
    func setClock(_ name: String, _ offset: Int64) throws
    func save(_ name: String, as image: String) throws
    func restore(_ name: String, from image: String, isNoticed: Bool) throws
    /// A hub's disk is lost, and it begins again with its key.
    func recover(_ name: String, awaiting: [String: Int]) throws
    func setFull(_ name: String, _ isFull: Bool) throws
    func setRevoked(_ name: String, _ isRevoked: Bool) throws
    /// - Parameter live: milliseconds for which a device that isn't seen is waited for.
    func cutHistories(after blocks: Int, live: UInt64) throws
    func setProvider(delay: UInt64?, times: Int?, declines: Bool?, isSilent: Bool?) throws
    /// - Parameter amount: `99.80 EUR`.
    func pay(intent: String, store: String, person: String?, amount: String, times: Int) throws
    func setFaults(_ list: [(name: String, probability: Double)], delay: UInt64?) throws
    func heal() throws
    func differences(among names: [String]) throws -> [String]
    /// What always holds.
    func check() throws
    /// After every step: failures that the stage itself has found.
    func took(_ line: Int)
}

extension Stage {
    func perform(_ steps: [Scenario.Step]) {
        for step in steps where record.failures.count < 20 {
            do { try perform(step) } catch { record.fail(step.line, CommandError.text(of: error)) }
            took(step.line)
        }
    }

    private func perform(_ step: Scenario.Step) throws {
        switch step.action {
        case .run(let node, let lines, let name):
            var last: JSON?
            for line in lines { last = try execute(line, on: node) }
            if let name, let last { record.names[name] = last }
        case .attempt(let node, let line, let name):
            do {
                let json = try execute(line, on: node)
                if let name { record.names[name] = json }
            } catch where ["internal", "store-damaged"].contains(CommandError.code(of: error)) {
                throw error
            } catch {}
        case .together(let list): try together(list)
        case .settle: try settle()
        case .advance(let milliseconds): try advance(milliseconds)
        case .online(let name, let isOnline): try setOnline(name, isOnline)
        case .link(let ends, let isCut): try setCut(ends, isCut)
        case .crash(let name, let point, let times): try crash(name, point, times)
        case .restart(let name): try restart(name)
        case .reboot(let name): try reboot(name)
        case .clock(let name, let offset): try setClock(name, offset)
        case .save(let node, let name): try save(node, as: name)
        case .restore(let node, let name, let isNoticed): try restore(node, from: name, isNoticed: isNoticed)
        case .recover(let node, let awaited): try recover(node, awaiting: awaited)
        case .disk(let node, let isFull): try setFull(node, isFull)
        case .revoke(let node, let isRevoked): try setRevoked(node, isRevoked)
        case .cutHistories(let blocks, let live): try cutHistories(after: blocks, live: live)
        case .provider(let delay, let times, let declines, let isSilent): try setProvider(delay: delay, times: times, declines: declines, isSilent: isSilent)
        case .payment(let intent, let store, let person, let amount, let times): try pay(intent: intent, store: store, person: person, amount: amount, times: times)
        case .faults(let list, let delay): try setFaults(list, delay: delay)
        case .heal: try heal()
        case .repeat(let times, let steps): for _ in 0..<times { perform(steps) }
        case .expect(let expectation): try check(expectation, step.line)
        }
    }

    /// A line as it is run: with the values that steps have named, and with a proof.
    func resolved(_ line: String) throws -> String {
        var line = line
        if line.contains("$") { line = Substitution.resolve(line, record.names) }
        // People prove who they are, unless the line says otherwise.
        if line.hasPrefix("sign-in "), !line.contains("--proof") { line += try " --proof " + proof(of: String(line.dropFirst(8).prefix { $0 != " " })) }
        return line
    }

    /// What a command says, also where it is refused with an answer.
    private func answer(_ line: String, on node: String) throws -> JSON {
        do { return try execute(line, on: node) } catch let error as CommandError where error.details != .object([]) { return error.details }
    }

    private func check(_ expectation: Scenario.Expectation, _ line: Int) throws {
        switch expectation.kind {
        case .json(let node, let run, let expected):
            let seen = try answer(run, on: node)
            if let difference = Substitution.difference(seen, Substitution.resolve(expected, record.names), at: "") {
                record.fail(line, "`\(run)` on \(node): \(difference). It says \(seen.encoded())")
            }
        case .error(let node, let run, let code):
            do {
                let seen = try execute(run, on: node)
                record.fail(line, "`\(run)` on \(node) was not refused as \(code). It says \(seen.encoded())")
            } catch {
                let seen = CommandError.code(of: error)
                if seen != code { record.fail(line, "`\(run)` on \(node) was refused as \(seen), not as \(code): \(CommandError.text(of: error))") }
            }
        case .lacks(let node, let run, let texts):
            let seen = try execute(run, on: node).encoded()
            for text in texts where seen.contains(text) { record.fail(line, "`\(run)` on \(node) has \(text). It says \(seen)") }
        case .equal(let names): for message in try differences(among: names) { record.fail(line, message) }
        case .invariants: try check()
        }
    }
}

extension CommandError {
    static func text(of error: any Error) -> String { CommandError(refusal: error)?.message ?? "\(error)" }
    static func code(of error: any Error) -> String { CommandError(refusal: error)?.code ?? "internal" }
}
