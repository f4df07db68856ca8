// swift-tools-version: 6.2
// The rings of the project, from the inside out. An arrow points inwards only: a target names
// what it may import, and `tools/check-imports` fails when a target of ring 1 or 2 reaches for I/O.
import PackageDescription

// libFuzzer's library, for the build that tools/fuzz/run makes: it alone is made with the sanitizers.
let fuzzer = Context.environment["BATON_FUZZER"]
// What tools/fuzz/CFuzzer/counters.c puts itself before.
let wrapped = ["8bit_counters_init", "pcs_init", "trace_cmp1", "trace_cmp2", "trace_const_cmp1", "trace_const_cmp2"].flatMap { ["-Xlinker", "--wrap=__sanitizer_cov_\($0)"] }

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
] + (fuzzer == nil ? [] : [.unsafeFlags(["-sanitize=fuzzer,address"]), .define("BATON_FUZZING")])

let package = Package(
    name: "baton",
    products: [
        .library(name: "Baton", targets: ["Baton"]),
        .executable(name: "baton", targets: ["baton-cli"]),
        .executable(name: "baton-hub", targets: ["baton-hub"]),
        .executable(name: "baton-bench", targets: ["baton-bench"]),
        .executable(name: "baton-sim", targets: ["baton-sim"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // Ring 0: doors to C libraries.
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CQREncode", pkgConfig: "libqrencode", providers: [.apt(["libqrencode-dev"])]),

        // Ring 1: what a document is. Computes, and does no I/O.
        .target(name: "Bytes", dependencies: ["CZlib"], swiftSettings: strict),
        .target(name: "CRDT", dependencies: ["Bytes", .product(name: "Crypto", package: "swift-crypto")],
                swiftSettings: strict),
        .target(name: "Documents", dependencies: ["CRDT"], swiftSettings: strict),
        .target(name: "Commerce", dependencies: ["Bytes", "CRDT"], swiftSettings: strict),

        // Ring 2: what a device and a hub decide. No I/O either.
        .target(name: "Store", dependencies: ["Bytes", "CRDT"], swiftSettings: strict),
        .target(name: "Sync", dependencies: ["Bytes", "CRDT"], swiftSettings: strict),
        .target(name: "Replica", dependencies: ["Bytes", "Commerce", "CRDT", "Documents", "Store", "Sync"], swiftSettings: strict),
        .target(name: "HubCore", dependencies: ["Bytes", "Commerce", "CRDT", "Documents", "Store", "Sync"], swiftSettings: strict),

        .target(name: "Simulation", dependencies: ["Bytes", "Commerce", "CRDT", "Documents", "Store", "Sync", "Replica", "HubCore"], swiftSettings: strict),

        // Ring 3: the outside world.
        .target(name: "SQLiteStore", dependencies: ["Store", "Bytes", "CSQLite"], swiftSettings: strict),
        .target(name: "Transport", dependencies: [
            .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
            .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "NIOWebSocket", package: "swift-nio"),
        ], swiftSettings: strict),

        .target(name: "Baton", dependencies: ["Commerce", "CRDT", "Documents", "Store", "Replica", "SQLiteStore", "Sync", "Transport"], swiftSettings: strict),
        .target(name: "Console", swiftSettings: strict),
        .target(name: "QR", dependencies: ["Bytes", "CQREncode"], swiftSettings: strict),
        .target(name: "Commands", dependencies: ["Bytes", "Commerce", "CRDT", "Documents", "Store", "Sync", "Replica", "Console", "QR",
            .product(name: "ArgumentParser", package: "swift-argument-parser")], swiftSettings: strict),

        .target(name: "Processes", dependencies: ["Bytes", "Commands", "Console",
            .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio")], swiftSettings: strict),

        .target(name: "Scenarios", dependencies: ["Bytes", "Commerce", "CRDT", "Documents", "Store", "Sync", "Replica", "HubCore", "Console", "Commands", "Processes", "Simulation",
            .product(name: "ArgumentParser", package: "swift-argument-parser"), .product(name: "Yams", package: "Yams")], swiftSettings: strict),

        .target(name: "Conformance", dependencies: ["Bytes", "CRDT", "Commands", "Console"], swiftSettings: strict),

        // Ring 4: programs.
        .executableTarget(name: "baton-cli", dependencies: ["Baton", "Bytes", "Commands", "Console", "CRDT", "Documents", "Processes", "Replica", "Store", "SQLiteStore", "Sync",
            .product(name: "ArgumentParser", package: "swift-argument-parser")], swiftSettings: strict),
        .executableTarget(name: "baton-hub", dependencies: ["Bytes", "Commerce", "Console", "CRDT", "HubCore", "Store", "Sync", "SQLiteStore", "Transport",
            .product(name: "ArgumentParser", package: "swift-argument-parser"), .product(name: "Logging", package: "swift-log"),
            .product(name: "UnixSignals", package: "swift-service-lifecycle")], swiftSettings: strict),
        .executableTarget(name: "baton-bench", dependencies: ["Baton", "Bytes", "Commerce", "CRDT", "Documents", "HubCore", "Processes", "Replica", "Scenarios", "Simulation", "SQLiteStore", "Store", "Sync"], swiftSettings: strict),

        .executableTarget(name: "baton-sim", dependencies: ["Bytes", "CRDT", "Commands", "Conformance", "Console", "Processes", "Scenarios", "Simulation",
            .product(name: "ArgumentParser", package: "swift-argument-parser")], swiftSettings: strict),

        .executableTarget(name: "errand", dependencies: ["Baton"], path: "Examples/Errand", swiftSettings: strict),

        // Only for tests: the one program that plants bugs.
        .executableTarget(name: "plants", dependencies: ["Bytes", "CRDT", "Scenarios", "Simulation"], path: "Tests/Plants", swiftSettings: strict),

        .executableTarget(name: "laws", dependencies: ["CRDT", "Support"], path: "Tests/Laws", swiftSettings: strict),

        .target(name: "CFuzzer", path: "tools/fuzz/CFuzzer", cSettings: fuzzer == nil ? [] : [.define("BATON_FUZZING")]),
        .executableTarget(name: "fuzz", dependencies: ["Bytes", "CFuzzer", "Console", "CRDT", "Documents", "Replica", "Store", "Support", "Sync", "Transport",
            .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOEmbedded", package: "swift-nio"), .product(name: "NIOWebSocket", package: "swift-nio")],
            path: "tools/fuzz/Sources", swiftSettings: strict,
            linkerSettings: fuzzer.map { [.unsafeFlags(["-sanitize=address", "-lstdc++", $0] + wrapped)] } ?? []),

        .executableTarget(name: "power-loss", dependencies: ["Bytes", "CRDT", "HubCore", "Replica", "SQLiteStore", "Store", "Sync"], path: "Tests/PowerLoss",
                          exclude: ["powerloss.c"], swiftSettings: strict),

        // What tests of several targets share.
        .target(name: "Support", dependencies: ["Bytes", "CRDT"], path: "Tests/Support", swiftSettings: strict),
        .testTarget(name: "BytesTests", dependencies: ["Bytes"], swiftSettings: strict),
        .testTarget(name: "CRDTTests", dependencies: ["Bytes", "CRDT", "Support"], swiftSettings: strict),
        .testTarget(name: "SyncTests", dependencies: ["Bytes", "CRDT", "Store", "Sync", "Replica", "HubCore", "Simulation", "Support"], swiftSettings: strict),
        .testTarget(name: "ConsoleTests", dependencies: ["Bytes", "Commands", "Console", "CRDT", "QR", "Support"], swiftSettings: strict),
        .testTarget(name: "CommerceTests", dependencies: ["Bytes", "Commerce", "CRDT", "Support"], swiftSettings: strict),
        .testTarget(name: "DocumentsTests", dependencies: ["CRDT", "Documents"], swiftSettings: strict),
        .testTarget(name: "JourneyTests", dependencies: ["Baton", "Bytes", "baton-cli", "baton-hub", "Console", "CRDT", "Documents", "Processes", "Replica", "Store", "Support", "Sync", "Transport"], swiftSettings: strict),
        .testTarget(name: "StoreTests", dependencies: ["Store", "SQLiteStore", "CSQLite"], swiftSettings: strict),
        .testTarget(name: "ScenarioTests", dependencies: ["Bytes", "Console", "Scenarios", "Simulation", "Store"], swiftSettings: strict),
        .testTarget(name: "TransportTests", dependencies: ["Transport",
            .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio")],
            swiftSettings: strict),
    ]
)
