import Foundation
import XCTest

final class TuneKernelsCommandTests: CommandTestCase {
  private var environment: [String: String] { ["XDG_CACHE_HOME": path("cache")] }

  private func skipWithoutOpenCL() throws {
    let devices = try espalier("devices", "--json")
    try XCTSkipUnless(devices.output.contains("\"opencl:0/"), "no OpenCL device; install pocl-opencl-icd")
  }

  private func methods(_ path: String) throws -> [String: String] {
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    let object = try XCTUnwrap(JSONSerialization.jsonObject(with: data) as? [String: Any])
    let products = try XCTUnwrap(object["products"] as? [String: [String: Any]])
    return products.compactMapValues { $0["method"] as? String }
  }

  /// What is found is kept, a training takes it and copies it, and goes on with its copy when the cache says something
  /// else.
  func testATrainingUsesWhatWasFound() throws {
    try skipWithoutOpenCL()
    let outcome = try espalier(
      "tune-kernels", "--model", "mlp:width=6,depth=2", "--input", "1x8x8", "--batch-size", "16", "--device",
      "opencl:0/gpu", "--seconds", "3", "--json", environment: environment)
    XCTAssertEqual(outcome.status, 0, outcome.errors)
    let report = try XCTUnwrap(
      JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    let file = try XCTUnwrap(report["file"] as? String)
    XCTAssertTrue(file.hasPrefix(path("cache") + "/espalier/tuning/"), file)
    let problems = try XCTUnwrap(report["problems"] as? [[String: Any]])
    XCTAssertNotNil(report["library"], "null where CLBlast computes nothing")
    let found = try methods(file)
    XCTAssertEqual(found.count, problems.count)
    XCTAssertTrue(found.keys.contains("matrices mb1m16n6k64tb"), "\(found.keys.sorted())")

    // A method that is neither the default nor likely to be found.
    let text = try String(contentsOfFile: file, encoding: .utf8)
    try Data(text.replacing(/"method" : "[^"]*"/) { _ in "\"method\" : \"8x4:1x2x16\"" }.utf8)
      .write(to: URL(fileURLWithPath: file))
    let data = try smallImages()
    let training = [
      "train", "--model", "mlp:width=6,depth=2", "--data", data, "--batch-size", "16", "--device",
      "opencl:0/gpu", "--out", path("run"), "--augment", "none",
    ]
    let first = try start(training + ["--epochs", "1"], environment: environment).end()
    XCTAssertEqual(first.status, 0, first.errors)
    XCTAssertFalse(first.errors.contains("products are tuned"), first.errors)
    let used = try methods(path("run/tuning.json"))
    XCTAssertEqual(Set(used.values), ["8x4:1x2x16"])
    XCTAssertEqual(Set(used.keys), Set(found.keys))

    // Another batch size is another problem.
    let other = try start(
      training.map { $0 == "16" ? "32" : $0 == path("run") ? path("other") : $0 } + ["--epochs", "1"],
      environment: environment
    ).end()
    XCTAssertEqual(other.status, 0, other.errors)
    XCTAssertTrue(other.errors.contains("0 of 9 matrix products are tuned at these sizes"), other.errors)
    XCTAssertTrue(
      other.errors.contains(
        "`espalier tune-kernels --model mlp:width=6,depth=2 --input 1x8x8 --classes 10 --batch-size 32 --precision fp32 "
          + "--device opencl:0/gpu` tunes the others"), other.errors)

    let untuned = try start(
      training.map { $0 == path("run") ? path("untuned") : $0 } + ["--epochs", "1", "--untuned"],
      environment: environment
    ).end()
    XCTAssertEqual(untuned.status, 0, untuned.errors)
    XCTAssertEqual(try methods(path("untuned/tuning.json")), [:])

    try FileManager.default.removeItem(atPath: file)
    let second = try start(training + ["--epochs", "2", "--resume"], environment: environment).end()
    XCTAssertEqual(second.status, 0, second.errors)
    XCTAssertEqual(try methods(path("run/tuning.json")), used)

    try FileManager.default.removeItem(atPath: path("run/tuning.json"))
    let bare = try start(training + ["--epochs", "3", "--resume"], environment: environment).end()
    XCTAssertEqual(bare.status, 0, bare.errors)
    XCTAssertTrue(bare.errors.contains("tuning.json is missing: the defaults compute"), bare.errors)
    XCTAssertEqual(try methods(path("run/tuning.json")), [:])

    try write(Array("{".utf8), to: "run/tuning.json")
    let third = try start(training + ["--epochs", "4", "--resume"], environment: environment).end()
    XCTAssertEqual(third.status, 65, third.errors)
    XCTAssertTrue(third.errors.contains("is no tuning file"), third.errors)
  }

  func testBadInput() throws {
    assertFails(try espalier("tune-kernels", "--device", "cpu"), 69, "need no tuning", "opencl:N/gpu")
    assertFails(try espalier("tune-kernels", "--device", "opencl:99"), 69, "opencl")
    assertFails(try espalier("tune-kernels", "--seconds", "0"), 64, "--seconds")
    assertFails(try espalier("tune-kernels", "--model", "resnet21"), 64, "resnet21")
    let nowhere = ["XDG_CACHE_HOME": "", "HOME": ""]
    assertFails(try espalier("tune-kernels", environment: nowhere), 64, "--store")
  }
}
