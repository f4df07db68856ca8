// Throws bytes at every decoder. Built by tools/fuzz/run with libFuzzer and the address sanitizer; built like any
// other program, it runs the kept files again, which tools/test does.
//
//     fuzz [FOLDER]            every kept input and crash in FOLDER (tools/fuzz), each at its target
//     fuzz --seeds FOLDER      writes the first inputs of each target, from Protocol/vectors and small documents
//     fuzz --targets           their names
//
// In the fuzzing build the target is BATON_FUZZ_TARGET, and the arguments are libFuzzer's; or --crafted: see `Crafted`.
import Foundation
#if BATON_FUZZING
import CFuzzer

guard let target = ProcessInfo.processInfo.environment["BATON_FUZZ_TARGET"].flatMap(Target.init) else { fatalError("BATON_FUZZ_TARGET names none of \(Target.allCases)") }
let chosen = target
Allowance.begin()
if CommandLine.arguments.dropFirst().first == "--crafted" { exit(Crafted.measure(Array(CommandLine.arguments.dropFirst(2)))) }
exit(fuzzer_run(CommandLine.argc, CommandLine.unsafeArgv) { data, size in
    chosen.run(Array(UnsafeBufferPointer(start: data, count: size)))
})
#else
let words = Array(CommandLine.arguments.dropFirst())
switch words.first {
case "--targets": for target in Target.allCases { print(target.rawValue) }
case "--seeds": try Seeds.write(to: words.count > 1 ? words[1] : "tools/fuzz/corpus")
default: try replay(words.first ?? "tools/fuzz")
}

/// A promise that is broken stops the program, after the file's name was said.
func replay(_ folder: String) throws {
    for target in Target.allCases {
        var count = 0
        for kind in ["corpus", "crashes"] {
            let place = "\(folder)/\(kind)/\(target)"
            for name in (try? FileManager.default.contentsOfDirectory(atPath: place))?.sorted() ?? [] {
                guard let bytes = FileManager.default.contents(atPath: "\(place)/\(name)") else { continue }
                if kind == "crashes" { FileHandle.standardError.write(Data("\(place)/\(name)\n".utf8)) }
                target.run(Array(bytes))
                count += 1
            }
        }
        print("\(target): \(count) kept inputs hold")
        guard count > 0 else { fatalError("\(folder) holds nothing for \(target)") }
    }
}
#endif
