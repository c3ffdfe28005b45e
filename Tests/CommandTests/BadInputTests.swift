import Foundation
import XCTest

/// Every bad input ends in a clear line, a status that says what kind of fault it was, and no partial file.
final class BadInputTests: CommandTestCase {
  private func train(_ arguments: String...) throws -> Outcome {
    try start(["train", "--out", path("out"), "--device", "cpu"] + arguments).end()
  }

  func testUnknownFlagsAndMissingOnes() throws {
    assertFails(try train("--lrs", "1"), 64, "Unknown option '--lrs'", "--lr")
    assertFails(try espalier("train"), 64, "--out")
    assertFails(try espalier("trian"), 64, "trian")
  }

  func testWrongValues() throws {
    assertFails(try train("--lr", "fast"), 64, "--lr", "a number above 0", "'fast'")
    assertFails(try train("--epochs", "0"), 64, "--epochs", "a whole number in 1…1000000000", "'0'")
    assertFails(try train("--data", "cifar11=x"), 64, "--data", "cifar10")
    assertFails(try train("--nesterov", "--momentum", "0"), 64, "momentum")
    assertFails(try train("--nesterov", "--optimizer", "adam"), 64, "nesterov is for sgd", "leave it out")
    assertFails(try train("--optimizer", "rmsprop"), 64, "--optimizer", "sgd or adam or adamw", "'rmsprop'")
    assertFails(try train("--initialization", "zero"), 64, "--initialization", "he-normal", "'zero'")
  }

  func testHugeNumbers() throws {
    for (flag, value) in [
      ("--epochs", "\(Int.max)"), ("--schedule", "step:\(Int.max)"), ("--batch-size", "\(Int.max)"),
      ("--threads", "1025"),
    ] {
      assertFails(try train(flag, value), 64, flag, "'\(value)'")
    }
    for value in ["1e30", "10.5"] {
      assertFails(try train("--lr-warmup-epochs", value), 64, "lr-warmup-epochs within the 10 epochs")
    }
    assertFails(try espalier("verify", "--threads", "1000000000"), 64, "--threads", "1…1024")
    assertFails(try espalier("eval", path("a"), "--batch-size", "\(Int.max)"), 64, "--batch-size")
  }

  func testAFullStandardOutputIsAnError() throws {
    #if os(Linux)
      let full = try XCTUnwrap(FileHandle(forWritingAtPath: "/dev/full"))
      for arguments in [["models"], ["models", "--json"]] {
        let outcome = try start(arguments, output: full).end()
        assertFails(outcome, 73, "cannot write standard output", "ENOSPC")
      }
    #else
      throw XCTSkip("/dev/full is on Linux only")
    #endif
  }

  func testASparseFileIsRefusedUnread() throws {
    for name in ["huge.safetensors", "huge.yaml"] {
      try write([], to: name)
      XCTAssertEqual(truncate(path(name), 1 << 42), 0)
    }
    assertFails(try espalier("eval", path("huge.safetensors"), "--data", "sample"), 65, "expected '{'")
    assertFails(try train("--config", path("huge.yaml")), 66, "huge.yaml", "EFBIG", "right file")
  }

  func testUnknownModelsAndOptions() throws {
    assertFails(try train("--model", "resnet21"), 64, "resnet21", "resnet20")
    assertFails(try train("--model", "resnet20:depth=3"), 64, "depth", "did you mean 'width'")
  }

  func testUnknownKeysOfAConfigurationNameTheNearest() throws {
    try write(Array("lr: 0.1\nmomentun: 0.5\n".utf8), to: "a.yaml")
    assertFails(
      try train("--config", path("a.yaml")), 65, "a.yaml:2: momentun: unknown key", "'momentum'")
    assertFails(try train("--config", path("none.yaml")), 66, "none.yaml")
  }

  func testMissingData() throws {
    assertFails(try train("--data", "mnist=\(path("nowhere"))"), 66, "nowhere", "train-images-idx3-ubyte")
  }

  func testTruncatedData() throws {
    let data = try smallImages()
    let name = "images/train-images-idx3-ubyte"
    try write(Array(try bytes(name).dropLast()), to: name)
    assertFails(try train("--data", data), 65, name)
  }

  func testWrongMagicNumber() throws {
    let data = try smallImages()
    let name = "images/train-images-idx3-ubyte"
    try write([1] + Array(try bytes(name).dropFirst()), to: name)
    assertFails(try train("--data", data), 65, name, "magic number")
  }

  func testLabelsOutOfRange() throws {
    let data = try smallImages(labels: [UInt8](repeating: 10, count: 128))
    assertFails(try train("--data", data), 65, "train-labels-idx1-ubyte", "a label in 0…9", "found 10")
  }

  func testBatchLargerThanTheData() throws {
    assertFails(try train("--data", smallImages(), "--batch-size", "129"), 64, "128", "129")
  }

  func testTooLittleDeviceMemory() throws {
    let outcome = try train("--data", smallImages(), "--batch-size", "32", "--memory-limit", "2000000")
    assertFails(outcome, 69, "out of memory", "batch size 32 needs", "--batch-size")
  }

  func testUnavailableDevices() throws {
    let none = ["OCL_ICD_VENDORS": "/nonexistent"]
    assertFails(
      try espalier("train", "--out", path("out"), "--device", "opencl", environment: none), 69,
      "apt-get install")
    assertFails(try espalier("train", "--out", path("out"), "--device", "cuda"), 69, "opencl[:N]")
    let automatic = try espalier("devices", "--json", environment: none)
    XCTAssertEqual(automatic.status, 0)
    XCTAssertTrue(automatic.output.contains("\"selected\": \"cpu:"), automatic.output)
  }

  func testUnwritableOutput() throws {
    try write([], to: "file")
    let outcome = try espalier(
      "train", "--out", path("file/out"), "--device", "cpu", "--data", smallImages(), "--batch-size", "32")
    assertFails(outcome, 73, "file/out")
  }

  func testFullOutput() throws {
    #if os(Linux)
      let data = try smallImages()
      let disk = path("disk")
      try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
      guard mount("tmpfs", disk, "tmpfs", 0, "size=64k") == 0 else {
        throw XCTSkip("mounting a tiny disk needs root: \(String(cString: strerror(errno)))")
      }
      defer { umount2(disk, Int32(MNT_DETACH)) }
      let outcome = try espalier(
        "train", "--out", "\(disk)/a", "--device", "cpu", "--data", data, "--batch-size", "32",
        "--epochs", "1")
      assertFails(outcome, 73, "ENOSPC", "free some space")
      XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: "\(disk)/a/checkpoints"), [])
    #else
      throw XCTSkip("mounting a tiny disk is written for Linux only")
    #endif
  }

  func testAFolderInUse() throws {
    try write([1], to: "other/file")
    let outcome = try espalier("train", "--out", path("other"))
    assertFails(outcome, 73, "other", "--resume")
    XCTAssertEqual(try bytes("other/file"), Data([1]))
  }

  func testNothingToEvaluate() throws {
    assertFails(try espalier("eval", path("none"), "--data", "sample"), 66, "none")
    assertFails(try espalier("eval", path("none")), 66, "none", "No such file")
    try write([], to: "empty.safetensors")
    assertFails(try espalier("eval", path("empty.safetensors")), 64, "--data")
    assertFails(try espalier("eval", path("empty.safetensors"), "--data", "sample"), 65, "empty.safetensors")
  }
}
