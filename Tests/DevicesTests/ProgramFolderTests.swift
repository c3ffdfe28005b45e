import Devices
import Foundation
import XCTest

/// Compiled programs that outlive the process.
final class ProgramFolderTests: XCTestCase {
  private var path = ""

  override func setUpWithError() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("programs-\(UUID().uuidString)")
    path = url.path
    addTeardownBlock { try? FileManager.default.removeItem(at: url) }
  }

  private func openCL(_ folder: ProgramFolder?) throws -> any Device {
    try XCTSkipIf(OpenCLDevices.list().isEmpty, "no OpenCL device; install pocl-opencl-icd to run this test")
    return try OpenCLDevices.open(0, family: .gpu, configuration: OpenCLConfiguration(programFolder: folder))
  }

  /// How many programs a device compiled, and what a linear layer gave on it.
  private func use(_ device: any Device) throws -> (builds: Int, output: [Float]) {
    var schedule = Schedule()
    schedule.append(
      .linearForward(
        LinearProblem(batch: 2, inputs: 3, outputs: 4),
        input: schedule.external("input", "input", count: 6),
        weights: schedule.external("weights", "weights", count: 12), bias: nil,
        output: schedule.external("output", "output", count: 8)))
    let buffers: [BufferName: Buffer] = [
      "input": try device.makeBuffer(count: 6, name: "input"),
      "weights": try device.makeBuffer(count: 12, name: "weights"),
      "output": try device.makeBuffer(count: 8, name: "output"),
    ]
    try buffers["input"]?.write([1, 2, 3, 4, 5, 6] as [Float])
    try buffers["weights"]?.write((0..<12).map { Float($0) })
    try device.compile(schedule, buffers: buffers).run()
    return (device.programBuilds, try XCTUnwrap(buffers["output"]).read())
  }

  private let expected: [Float] = [8, 26, 44, 62, 17, 62, 107, 152]

  private func check(_ folder: ProgramFolder?, compiles: Bool, _ context: String) throws {
    let (builds, output) = try use(openCL(folder))
    XCTAssertEqual(builds > 0, compiles, context)
    XCTAssertEqual(output, expected, context)
  }

  private func files() throws -> [URL] {
    try FileManager.default.contentsOfDirectory(
      at: URL(fileURLWithPath: path), includingPropertiesForKeys: nil)
  }

  func testTheSecondOpeningCompilesNothing() throws {
    try check(nil, compiles: true, "no folder")
    let folder = ProgramFolder("\(path)/deep/below")
    try check(folder, compiles: true, "an empty folder")
    try check(folder, compiles: false, "a full folder")
    try check(folder, compiles: false, "a full folder once more")
    try check(nil, compiles: true, "no folder again")
  }

  func testDamagedFilesAreReplaced() throws {
    let folder = ProgramFolder(path)
    try check(folder, compiles: true, "first")
    let damages: [(String, (Data) -> Data)] = [
      ("empty", { _ in Data() }),
      ("cut in the header", { $0.prefix(40) }),
      ("without a binary", { Data($0.prefix { $0 != 10 } + [10]) }),
      ("cut at the end", { $0.dropLast() }),
      ("longer", { $0 + [0] }),
      ("another byte", { data in data.dropLast() + [~(data.last ?? 0)] }),
      ("of another format", { Data("espalier-program-0".utf8) + $0.dropFirst(18) }),
    ]
    for (name, damage) in damages {
      for file in try files() { try damage(Data(contentsOf: file)).write(to: file) }
      try check(folder, compiles: true, name)
      try check(folder, compiles: false, "after \(name)")
    }
  }

  /// A file may be whole and yet nothing that the driver takes.
  func testARejectedBinaryIsReplaced() throws {
    let folder = ProgramFolder(path)
    try check(folder, compiles: true, "first")
    for garbage: [UInt8] in [[], [1, 2, 3], Array("no program".utf8)] {
      let names = try files().map { $0.deletingPathExtension().lastPathComponent }
      XCTAssertFalse(names.isEmpty)
      for name in names { folder.store(garbage, for: ProgramKey(digest: name)) }
      try check(folder, compiles: true, "\(garbage)")
      try check(folder, compiles: false, "after \(garbage)")
    }
  }

  func testFoldersThatTakeNoFiles() throws {
    try Data().write(to: URL(fileURLWithPath: path))
    for folder in [ProgramFolder("\(path)/in/a/file"), ProgramFolder("/proc/none")] {
      for _ in 0..<2 { try check(folder, compiles: true, "\(folder)") }
    }
    // A folder where a file should be.
    try FileManager.default.removeItem(atPath: path)
    let folder = ProgramFolder(path)
    try check(folder, compiles: true, "first")
    for file in try files() {
      try FileManager.default.removeItem(at: file)
      try FileManager.default.createDirectory(at: file, withIntermediateDirectories: false)
    }
    for _ in 0..<2 { try check(folder, compiles: true, "folders for files") }
  }

  func testEverythingThatMattersIsInTheKey() throws {
    try XCTSkipIf(OpenCLDevices.list().isEmpty, "no OpenCL device; install pocl-opencl-icd to run this test")
    let device = OpenCLDevices.list()[0]
    func key(
      _ source: String = "a", _ options: String = "b",
      _ change: (inout OpenCLDeviceDescription) -> Void = { _ in }
    ) -> ProgramKey {
      var changed = device
      change(&changed)
      return ProgramKey(source: source, options: options, device: changed)
    }
    let keys = [
      key(), key("a "), key("a", "b "), key("", "ab"), key("a1:b", ""),
      key { $0.driverVersion += "1" }, key { $0.name += "1" }, key { $0.vendor += "1" },
      key { $0.platform += "1" }, key { $0.openCLCVersion += "1" },
    ]
    XCTAssertEqual(Set(keys).count, keys.count)
    XCTAssertEqual(key(), key { $0.index += 1 })
    let folder = ProgramFolder(path)
    folder.store([1, 2, 3], for: keys[0])
    XCTAssertEqual(folder.binary(for: keys[0]), [1, 2, 3])
    for other in keys.dropFirst() { XCTAssertNil(folder.binary(for: other)) }
    // What was stored for one program is none for another, whatever its name says.
    let (from, to) = ("\(path)/\(keys[0].digest).program", "\(path)/\(keys[1].digest).program")
    try FileManager.default.copyItem(atPath: from, toPath: to)
    XCTAssertNil(folder.binary(for: keys[1]))
  }

  func testTheUsersFolder() {
    let cases: [([String: String], ProgramFolder?)] = [
      (["HOME": "/h", "XDG_CACHE_HOME": "/c"], ProgramFolder("/c/espalier/programs")),
      (["HOME": "/h"], ProgramFolder("/h/.cache/espalier/programs")),
      (["HOME": "/h", "XDG_CACHE_HOME": ""], ProgramFolder("/h/.cache/espalier/programs")),
      (["HOME": "/h", "XDG_CACHE_HOME": "c"], ProgramFolder("/h/.cache/espalier/programs")),
      (["HOME": ""], nil), ([:], nil),
    ]
    for (environment, folder) in cases {
      XCTAssertEqual(ProgramFolder.standard(in: environment), folder, "\(environment)")
    }
  }

  func testDriversThatKeepProgramsGetNoFolder() throws {
    try XCTSkipIf(OpenCLDevices.list().isEmpty, "no OpenCL device; install pocl-opencl-icd to run this test")
    var device = OpenCLDevices.list()[0]
    for (platform, kind, keeps, parallel) in [
      ("Portable Computing Language", DeviceInformation.Kind.cpu, true, false),
      ("NVIDIA CUDA", .gpu, true, true), ("rusticl", .gpu, true, true),
      ("AMD Accelerated Parallel Processing", .gpu, false, true),
      ("Intel(R) OpenCL Graphics", .gpu, false, true), ("Intel(R) OpenCL", .cpu, false, false),
    ] {
      device.platform = platform
      device.kind = kind
      let configuration = OpenCLConfiguration(
        suiting: device, environment: ["XDG_CACHE_HOME": "/c"])
      XCTAssertEqual(configuration.programFolder == nil, keeps, platform)
      XCTAssertEqual(configuration.uploadsInParallel, parallel, platform)
    }
  }

  /// The examples of FIPS 180-4, and lengths around a block's end.
  func testTheHash() {
    let values: KeyValuePairs = [
      "": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      "abc": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq":
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
      String(repeating: "a", count: 1_000_000):
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
    ]
    for (text, digest) in values { XCTAssertEqual(SHA256.hexadecimal(text.utf8), digest) }
    let lengths: KeyValuePairs = [
      55: "d5e285683cd4efc02d021a5c62014694958901005d6f71e89e0989fac77e4072",
      56: "04c26261370ee7541549d16dee320c723e3fd14671e66a099afe0a377c16888e",
      63: "75220b47218278e656f2013bb8f0c455a25eaf01e86c64924e9d48d89776d6f2",
      64: "7ce100971f64e7001e8fe5a51973ecdfe1ced42befe7ee8d5fd6219506b5393c",
      65: "9537c5fdf120482f7d58d25e9ed583f52c02b4e304ea814db1633ad565aed7e9",
      119: "000b48d4edf0fa7bee3c6236ecd2785baa5db4eeb8bb54341b029e0d9fa5fb0c",
      120: "13f05a0b594787f5ecd315edc96141bd3243203d1b7d4f0836f37308b276ba98",
    ]
    for (count, digest) in lengths {
      XCTAssertEqual(
        SHA256.hexadecimal([UInt8](repeating: UInt8(ascii: "x"), count: count)), digest, "\(count)")
    }
  }
}
