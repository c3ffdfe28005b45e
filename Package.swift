// swift-tools-version: 6.2
import PackageDescription

let strictSwift: [SwiftSetting] = [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]
let strictC: [CSetting] = [.treatAllWarnings(as: .error)]
let strictCXX: [CXXSetting] = [.treatAllWarnings(as: .error)]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

/// What `import Espalier` brings. Programs name these modules too: the build would not compile them anew for a change in
/// one that they see through `Espalier` only.
let library: [Target.Dependency] = [
  "Bundles", "Charts", "Datasets", "Devices", "Interchange", "ModelZoo", "Networks", "ONNX", "Probes",
  "Pruning", "Randomness", "ReceptiveFields", "Training",
  "Verification",
]

/// One of our own Swift modules, under `Sources/<name>`.
func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strictSwift)
}

/// The tests of one module, under `Tests/<name>Tests`.
func tests(
  _ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []
) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: [.target(name: name)] + dependencies, exclude: exclude,
    swiftSettings: strictSwift)
}

let package = Package(
  name: "Espalier",
  products: [
    .library(name: "Espalier", targets: ["Espalier"]),
    .executable(name: "espalier", targets: ["espalier-cli"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    .systemLibrary(name: "COpenCL"),
    .systemLibrary(name: "CCLBlast"),
    .systemLibrary(name: "CZlib"),
    .target(
      name: "CLBlastParameters", cxxSettings: strictCXX, linkerSettings: [.linkedLibrary("clblast")]),
    .target(
      name: "Kernels", path: "Kernels", exclude: ["common", "cpu", "gpu"], sources: ["kernels.c"],
      cSettings: strictC),
    .target(name: "CPUKernels", cSettings: strictC + [.headerSearchPath("../../Kernels")]),

    .target(
      name: "ImageCodecs", cSettings: strictC,
      linkerSettings: [.linkedLibrary("jpeg"), .linkedLibrary("png")]),

    module("Bundles", ["Randomness"]),
    module("Charts"),
    module("Randomness"),
    module("Spelling"),
    module("Devices", ["COpenCL", "CCLBlast", "CLBlastParameters", "Kernels", "CPUKernels", "Randomness"]),
    module("Networks"),
    module("ModelZoo", ["Networks", "Spelling"]),
    module("Pruning", ["Networks", "Randomness"]),
    module("ReceptiveFields", ["Charts", "Networks"]),
    module("Probes", ["Randomness"]),
    module("Processes"),
    module("YAMLDocuments", [yams]),
    module("Sweeps", ["Charts", "Interchange", "Processes", "Spelling", "YAMLDocuments", yams]),
    module("Interchange", ["CZlib"]),
    .target(
      name: "ONNX", dependencies: ["Networks", protobuf], exclude: ["onnx_subset.proto"],
      swiftSettings: strictSwift),
    module(
      "Datasets",
      ["CZlib", "EmbeddedData", "ImageCodecs", "Interchange", "Processes", "Randomness", "Spelling"]),
    module("Verification", ["Devices", "EmbeddedData", "Interchange", "Randomness"]),
    .target(name: "EmbeddedData", exclude: ["goldens", "sample"], cSettings: strictC),
    module(
      "Training",
      [
        "Bundles", "Charts", "Datasets", "Devices", "Interchange", "ModelZoo", "Networks", "Probes",
        "Pruning", "Randomness", "ReceptiveFields", "Spelling", "YAMLDocuments", yams,
      ]),
    module("Espalier", library),
    .executableTarget(
      name: "espalier-cli", dependencies: ["Espalier", "Sweeps", argumentParser] + library,
      swiftSettings: strictSwift),
    .target(name: "AllocationMeter", cSettings: strictC),
    .executableTarget(
      name: "espalier-fuzz",
      dependencies: [
        "AllocationMeter", "CZlib", "Datasets", "Interchange", "Networks", "Randomness", "ReceptiveFields",
        "Training", argumentParser,
      ], swiftSettings: strictSwift),
    .executableTarget(
      name: "TrainSmallResNet", dependencies: ["Espalier"] + library, path: "Examples/TrainSmallResNet",
      swiftSettings: strictSwift),
    .executableTarget(
      name: "PruneSmallResNet", dependencies: ["Espalier"] + library, path: "Examples/PruneSmallResNet",
      swiftSettings: strictSwift),
    .executableTarget(
      name: "MapPerceptrons", dependencies: ["Espalier"] + library, path: "Examples/MapPerceptrons",
      swiftSettings: strictSwift),
    .executableTarget(
      name: "RemoveAtRandom", dependencies: ["Espalier"] + library, path: "Examples/RemoveAtRandom",
      swiftSettings: strictSwift),

    tests("Charts"),
    tests("Randomness"),
    tests("Bundles", ["Randomness"]),
    tests("Devices", ["Bundles", "Randomness", "Verification"]),
    .target(
      name: "NetworkOracle", dependencies: ["Networks", "Randomness"], path: "Tests/NetworkOracle",
      swiftSettings: strictSwift),
    tests("Networks", ["NetworkOracle"]),
    tests("ONNX", ["Interchange", "ModelZoo", "NetworkOracle", "Networks", "Randomness"]),
    tests("ModelZoo", ["Networks"]),
    tests("Probes", ["Randomness"], exclude: ["Fixtures"]),
    tests("Processes"),
    tests("Sweeps", ["Charts", "Interchange"]),
    tests("Pruning", ["ModelZoo", "Networks", "Randomness"]),
    tests("ReceptiveFields", ["Devices", "ModelZoo", "Networks"], exclude: ["Fixtures"]),
    tests("Datasets", ["EmbeddedData", "Randomness"], exclude: ["Fixtures"]),
    tests("Interchange", exclude: ["Fixtures"]),
    tests("Verification", ["Devices", "Interchange"]),
    tests(
      "Training",
      [
        "AllocationMeter", "Bundles", "Datasets", "Devices", "Interchange", "ModelZoo", "NetworkOracle",
        "Networks", "Probes", "Pruning", "Randomness", "ReceptiveFields", "Verification",
      ]),
    .testTarget(
      name: "CommandTests", dependencies: ["espalier-cli", "Interchange"], swiftSettings: strictSwift),
  ]
)
