import Foundation
import XCTest

final class BenchDeviceCommandTests: CommandTestCase {
  func testFigures() throws {
    let outcome = try espalier("bench", "device", "--device", "opencl/gpu", "--json")
    // 69: there is no OpenCL device here.
    try XCTSkipIf(outcome.status == 69 && outcome.errors.contains("no OpenCL platform"), outcome.errors)
    XCTAssertEqual(outcome.status, 0, outcome.errors)
    let result = try XCTUnwrap(
      JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    let numbers = [
      "launchMicroseconds", "bufferMicroseconds", "overlap", "coldBuildSeconds", "warmBuildSeconds", "gflops",
      "gigabytesPerSecond",
    ]
    XCTAssertEqual(Set(result.keys), Set(numbers + ["device", "program", "copyGigabytesPerSecond"]))
    for key in numbers { XCTAssertGreaterThan(try XCTUnwrap(result[key] as? Double), 0, key) }
    let copies = try XCTUnwrap(result["copyGigabytesPerSecond"] as? [String: Double])
    XCTAssertEqual(
      Set(copies.keys), ["pageableToDevice", "pageableFromDevice", "pinnedToDevice", "pinnedFromDevice"])
    for (key, value) in copies { XCTAssertGreaterThan(value, 0, key) }
    let text = try espalier("bench", "device", "--device", "opencl/gpu")
    XCTAssertEqual(text.status, 0, text.errors)
    XCTAssertTrue(text.output.contains("gpu/convolution, compiled again"), text.output)
  }

  func testBadInput() throws {
    assertFails(try espalier("bench", "device", "--device", "cpu"), 69, "cpu:", "--device opencl:N")
    assertFails(try espalier("bench", "device", "--device", "opencl:99"), 69, "opencl")
    assertFails(try espalier("bench", "device", "--device", "gpu"), 69, "opencl[:N]")
  }

  func testTooLittleMemory() throws {
    let outcome = try espalier("bench", "device", "--device", "opencl", "--memory-limit", "1000000")
    try XCTSkipIf(outcome.errors.contains("no OpenCL platform"), outcome.errors)
    assertFails(outcome, 69, "out of memory")
  }
}
