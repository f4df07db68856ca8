// Random edits of every kind of container, for the tests of convergence at every level.
package import Bytes
package import CRDT

/// One to four random operations; call it inside of `change`.
package func editRandomly(_ document: inout Document, _ random: inout SeededGenerator) throws {
    let words = ["a", "bc", "Grüße ", "🧦👟", "naïve", "x", "hello world ", "\u{1F9E5}"]
    for _ in 0...random.below(3) {
        switch random.below(10) {
        case 0...3:
            let text = document.container(.text, "text")
            let count = document.count(text)
            if count > 0, random.chance(20) {
                let from = random.below(count)
                let value: Value = [.bool(true), .string("u"), .null][random.below(3)]
                try document.mark(from..<from + 1 + random.below(count - from), ["bold", "link"][random.below(2)], value,
                                  expand: Document.Expand.allCases[random.below(4)], in: text)
            } else if count > 0, random.chance(35) {
                let at = random.below(count)
                try document.delete(at: at, count: 1 + random.below(min(6, count - at)), in: text)
            } else {
                let at = random.chance(50) ? count : random.below(count + 1)
                try document.insert(words[random.below(words.count)], at: at, in: text)
            }
        case 4:
            let list = document.container(.list, "list")
            let count = document.count(list)
            if count > 0, random.chance(25) {
                let at = random.below(count)
                try document.delete(at: at, count: 1 + random.below(min(2, count - at)), in: list)
            } else if count > 1, random.chance(50) {
                try document.move(at: random.below(count), to: random.below(count), in: list)
            } else {
                try document.insert(.int(Int64(random.below(1_000))), at: random.below(count + 1), in: list)
            }
        case 5:
            let key = "key\(random.below(4))"
            if random.chance(25) { document.remove(key) } else {
                document.set(key, to: .map([("n", .int(Int64(random.below(9)))), ("s", .string("v"))]))
            }
        case 6, 7:
            let lines = document.container(.map, "lines")
            let line = document.container(.map, "SKU-\(random.below(3))", in: lines)
            let quantity = document.container(.quantity, "quantity", in: line)
            let count = UInt64(random.below(6))
            switch random.below(4) {
            case 0: try document.edit(.more(count), in: quantity)
            case 1: try document.edit(.less(count), in: quantity)
            case 2: try document.edit(.set(count), in: quantity)
            default: try document.edit(.remove, in: quantity)
            }
        case 8: document.raise(to: Int64(random.below(50)), in: document.container(.max, "read"))
        default: document.setFlag(random.chance(50), in: document.container(.flag, "consent"))
        }
    }
}
