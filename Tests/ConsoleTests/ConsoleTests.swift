// What people and scripts read: JSON both ways, tables, suggestions, times.
import Commands
import Bytes
import Console
import Glibc
import Support
import Testing

@Suite struct ConsoleTests {
    @Test(arguments: [#"{"a":[1,-2,3.5,true,false,null],"b":{"c":"é\n\"\\"}}"#, "[]", "{}", #""🧦""#, "-9223372036854775808"])
    func `JSON that is read is written again as it was`(text: String) throws {
        #expect(try JSON(parsing: text).encoded() == text)
    }

    @Test(arguments: ["", "{", "[1,]", #"{"a":1,}"#, "01", "nul", #""\x""#, "\"\u{1}\"", "1 2", String(repeating: "[", count: 100)])
    func `what is no JSON is refused`(text: String) {
        #expect(throws: JSONError.self) { try JSON(parsing: text) }
    }

    @Test func `five hundred mutated texts are read or refused`() throws {
        var random = SeededGenerator(seed: 12)
        let original = Array(#"{"id":"m1","from":"ana","at":1700000000000,"text":"Grüße \u00e9 🧦","list":[1,2.5e3,null]}"#.utf8)
        var refused = 0
        for _ in 0..<500 {
            var bytes = original
            for _ in 0...random.below(3) { bytes[random.below(bytes.count)] = UInt8(random.below(256)) }
            do throws(JSONError) {
                let value = try JSON(parsing: String(decoding: bytes, as: UTF8.self))
                #expect(try JSON(parsing: value.encoded()) == value)
            } catch { refused += 1 }
        }
        #expect(refused > 100)
    }

    @Test func `surrogate pairs are one character`() throws {
        #expect(try JSON(parsing: #""\ud83e\udde6""#) == .string("🧦"))
        #expect(try JSON(parsing: #""\ud800""#) == .string("\u{FFFD}"), "a lone one is no character")
    }

    @Test func `columns line up in cells, wide characters and all`() {
        var table = Table([.text("Name"), .number("Count")])
        table.add("返品", "7")
        table.add("tent", "1200")
        #expect(table.rendered(.plain) == "Name  Count\n返品      7\ntent   1200")
        var long = Table([.text("Text")])
        long.add(String(repeating: "x", count: 300))
        #expect(long.rendered(Style(isColoured: false, width: 40)).split(separator: "\n").allSatisfy { $0.count <= 40 })
    }

    @Test func `control characters of others don't reach the terminal`() {
        var table = Table([.text("Text")])
        table.add("\u{1B}[31mred\u{7}")
        #expect(!table.rendered(.plain).unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
    }

    @Test(arguments: [true, false]) func `what others wrote moves nothing on the terminal, and colours of this program's stay`(isColoured: Bool) {
        let style = Style(isColoured: isColoured)
        let theirs = "Hi \u{1B}[2J\u{1B}[31m\u{9B}2J\r\u{7} \u{202E}dlo\u{2066}"
        let shown = style.finished(style.bold("ana") + "\n  " + theirs + style.red(theirs))
        #expect(shown.contains("\n  Hi \u{FFFD}[2J\u{FFFD}[31m\u{FFFD}2J\u{FFFD}\u{FFFD} \u{FFFD}dlo\u{FFFD}"))
        #expect(shown.hasPrefix(isColoured ? "\u{1B}[1mana\u{1B}[0m" : "ana"))
        #expect(shown.unicodeScalars.filter { $0 == "\u{1B}" }.count == (isColoured ? 4 : 0))
        #expect(Terminal.clean("שלום\u{200F} 🧦\tx\n") == "שלום\u{200F} 🧦\tx\n")
    }

    @Test func `colour only where it is wanted`() {
        #expect(Style.plain.red("x") == "x")
        #expect(Style(isColoured: true).red("x") != "x")
    }

    @Test func `a mistyped word is told what it may have been`() {
        #expect(Suggestion.nearest(to: "crat", among: ["cart", "draft", "session"]) == "cart")
        #expect(Suggestion.nearest(to: "frobnicate", among: ["cart", "draft"]) == nil)
    }

    @Test(arguments: [(0, "1970-01-01T00:00:00.000Z"), (1_700_000_000_123, "2023-11-14T22:13:20.123Z"), (-1, "1969-12-31T23:59:59.999Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z")])
    func `times`(milliseconds: Int64, text: String) {
        #expect(TimeText.iso(milliseconds) == text)
        #expect(TimeText.milliseconds(text) == milliseconds)
    }

    @Test(arguments: ["2026-13-01", "yesterday", "2026-01-01T25:00:00Z", "2026-01-01T10:00:00+1", ""])
    func `what is no time`(text: String) { #expect(TimeText.milliseconds(text) == nil) }

    @Test func `offsets count`() { #expect(TimeText.milliseconds("1970-01-01T02:00:00+02:00") == 0) }

    @Test(arguments: [0, 1, 65_536, 65_537]) func `a file is read up to a bound, and not beyond`(size: Int) throws {
        let path = "/tmp/baton-bounded-\(getpid())-\(size)"
        try Files.write([UInt8](repeating: 7, count: size), to: path, replaces: true)
        defer { unlink(path) }
        #expect(try BoundedFile.read(path, bytesMax: size).count == size)
        if size > 0 { #expect(throws: BoundedFile.Failure.tooLarge) { try BoundedFile.read(path, bytesMax: size - 1) } }
    }

    @Test func `what never ends is too large, and what can't be read says why`() {
        #expect(throws: BoundedFile.Failure.tooLarge) { try BoundedFile.read("/dev/zero", bytesMax: 1 << 20) }
        #expect(throws: BoundedFile.Failure.system(number: ENOENT)) { try BoundedFile.read("/nowhere", bytesMax: 1) }
        #expect(throws: BoundedFile.Failure.system(number: EISDIR)) { try BoundedFile.read("/tmp", bytesMax: 1) }
        #expect(BoundedFile.Failure.reason(ENOENT) == "No such file or directory")
    }
}
