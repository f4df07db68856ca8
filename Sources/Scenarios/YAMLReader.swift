// YAML with line numbers: every error says the file, the line, what is wrong, and what was near.
internal import Console
internal import Yams

struct YAMLReader {
    let file: String

    func error(_ node: Node, _ message: String) -> ScenarioError { ScenarioError(file: file, line: YAMLReader.line(node), message: message) }

    static func line(_ node: Node) -> Int { node.mark?.line ?? 0 }

    func root(_ text: String) throws -> Node {
        do {
            guard let node = try Yams.compose(yaml: text) else { throw ScenarioError(file: file, line: 1, message: "The file is empty: a scenario has `scenario`, `nodes` and `steps`.") }
            return node
        } catch let error as ScenarioError {
            throw error
        } catch let error as YamlError {
            switch error {
            case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _), .composer(_, let problem, let mark, _):
                throw ScenarioError(file: file, line: mark.line, message: "This is no YAML: \(problem).")
            case .duplicatedKeysInMapping(let duplicates, let context):
                throw ScenarioError(file: file, line: context.mark.line, message: "\(duplicates.map { "\($0)" }.joined(separator: ", ")) stands twice in one mapping.")
            default: throw ScenarioError(file: file, line: 1, message: "This is no YAML: \(error).")
            }
        }
    }

    /// The pairs of a mapping whose keys are texts.
    /// - Parameter known: the keys that may be there; nil for any.
    func fields(_ node: Node, _ what: String, known: [String]?) throws -> [(key: String, keyNode: Node, value: Node)] {
        guard let mapping = node.mapping else { throw error(node, "\(what) is a mapping, for example {\(known?.first ?? "name"): …}.") }
        return try mapping.map { key, value in
            guard let name = key.scalar?.string else { throw error(key, "A key of \(what) is a text.") }
            if let known, !known.contains(name) { throw error(key, "\(what) has no \(name).\(hint(name, known))") }
            return (name, key, value)
        }
    }

    func hint(_ word: String, _ known: [String]) -> String {
        Suggestion.nearest(to: word, among: known).map { " Did you mean \($0)?" } ?? " There are \(known.joined(separator: ", "))."
    }

    func text(_ node: Node, _ what: String) throws -> String {
        guard let scalar = node.scalar, !scalar.string.isEmpty else { throw error(node, "\(what) is a text.") }
        return scalar.string
    }

    func texts(_ node: Node, _ what: String) throws -> [String] {
        if node.scalar != nil { return [try text(node, what)] }
        guard let sequence = node.sequence else { throw error(node, "\(what) is a text, or a list of texts.") }
        return try sequence.map { try text($0, what) }
    }

    func duration(_ node: Node, _ what: String) throws -> Int64 {
        let text = try text(node, what)
        guard let milliseconds = DurationText.parse(text) else {
            throw error(node, "\(what) is a time, for example 15m, 9d, 500ms or -26h, not \"\(text)\".")
        }
        return milliseconds
    }

    func number(_ node: Node, _ what: String, in range: ClosedRange<Int>) throws -> Int {
        let text = try text(node, what)
        guard let number = Int(text), range.contains(number) else { throw error(node, "\(what) is a number from \(range.lowerBound) to \(range.upperBound), not \"\(text)\".") }
        return number
    }

    func probability(_ node: Node, _ what: String) throws -> Double {
        let text = try text(node, what)
        guard let number = Double(text), (0...1).contains(number) else { throw error(node, "\(what) is a probability from 0 to 1, not \"\(text)\".") }
        return number
    }

    func flag(_ node: Node, _ what: String) throws -> Bool {
        guard let flag = node.bool else { throw error(node, "\(what) is true or false.") }
        return flag
    }

    func choice<Choice: RawRepresentable & CaseIterable>(_ node: Node, _ what: String, _: Choice.Type) throws -> Choice where Choice.RawValue == String {
        let text = try text(node, what)
        guard let choice = Choice(rawValue: text) else { throw error(node, "There is no \(what) \(text).\(hint(text, Choice.allCases.map(\.rawValue)))") }
        return choice
    }

    func json(_ node: Node) throws -> JSON {
        if let mapping = node.mapping { return .object(try mapping.map { (key: try text($0, "A key"), value: try json($1)) }) }
        if let sequence = node.sequence { return .array(try sequence.map(json)) }
        guard let scalar = node.scalar else { throw error(node, "An alias can't stand here.") }
        guard scalar.style == .plain || scalar.style == .any else { return .string(scalar.string) }
        if node.null != nil { return .null }
        if let flag = node.bool { return .bool(flag) }
        if let number = node.int { return .int(Int64(number)) }
        if let number = node.float, !scalar.string.hasPrefix(".") { return .double(number) }
        return .string(scalar.string)
    }
}
