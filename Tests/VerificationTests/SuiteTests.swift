import Devices
import Foundation
import Verification
import XCTest

final class SuiteTests: XCTestCase {
  func testNamesAreUniqueAndSmallSubsetHasEveryOperation() throws {
    let all = try OperatorSuite().caseNames
    XCTAssertEqual(Set(all).count, all.count)
    let small = try OperatorSuite(small: true).caseNames
    XCTAssertEqual(operations(small), operations(all))
    XCTAssertLessThan(small.count, all.count / 4)
  }

  func testFilterSelectsBySubstring() throws {
    let names = try OperatorSuite(filter: "poolingBackward/golden").caseNames
    XCTAssertFalse(names.isEmpty)
    XCTAssertTrue(names.allSatisfy { $0.contains("poolingBackward/golden") })
  }

  func testErrorsOfTheDeviceFailTheirCaseOnly() throws {
    let suite = try OperatorSuite(filter: "labelRanks")
    var calls = 0
    let report = suite.run(on: try BrokenDevice()) { _, done, total in
      calls += 1
      XCTAssertEqual(done, calls)
      XCTAssertEqual(total, suite.caseNames.count)
    }
    XCTAssertEqual(report.failed, suite.caseNames.count)
    XCTAssertEqual(calls, report.failed)
    XCTAssertTrue(report.cases.allSatisfy { $0.message.contains("out of memory") && $0.tensors.isEmpty })
  }

  func testReportEncodes() throws {
    let report = try OperatorSuite(filter: "labelRanks/golden").run(on: try BrokenDevice())
    let object = try JSONSerialization.jsonObject(with: JSONEncoder().encode(report)) as? [String: Any]
    XCTAssertEqual(object?.keys.sorted(), ["cases", "failed", "passed"])
  }

  func testComparison() {
    XCTAssertEqual(TensorComparison([1, -2], expected: [1, -2]).error, 0)
    XCTAssertEqual(TensorComparison([1, -1], expected: [1, -2]).error, 0.5)
    XCTAssertEqual(TensorComparison([1, -1], expected: [1, -2]).worst, 1)
    XCTAssertEqual(TensorComparison([0, 0], expected: [0, 0]).error, 0)
    XCTAssertEqual(TensorComparison([0, 1e-30], expected: [0, 0]).error, .infinity)
    XCTAssertEqual(TensorComparison([.nan, 1], expected: [0, 1]).error, .infinity)
    XCTAssertEqual(TensorComparison([.nan, 1], expected: [.nan, 1]).error, 0)
    XCTAssertEqual(TensorComparison([.infinity, 1], expected: [0, 1]).error, .infinity)
    XCTAssertEqual(TensorComparison([1], expected: [1, 1]).error, .infinity)
  }

  private func operations(_ names: [String]) -> Set<Substring> {
    Set(names.map { $0.prefix { $0 != "/" } })
  }
}

/// A device without any memory.
private final class BrokenDevice: Device {
  let information: DeviceInformation
  let programBuilds = 0
  let tuning = KernelTuning.none

  /// It looks like the fallback.
  init() throws { information = try CPUFallback.make(threads: 1).information }

  func makeBuffer(count: Int, name: String) throws -> Buffer {
    throw DeviceError.outOfMemory(
      device: "broken", name: name, requestedBytes: 4 * count, availableBytes: 0)
  }

  func makeInputBuffer(count: Int, name: String) throws -> Buffer {
    try makeBuffer(count: count, name: name)
  }

  func compile(
    _ schedule: Schedule, buffers: [BufferName: Buffer], sharingMemoryOf other: Executable?
  ) throws -> Executable {
    throw DeviceError.notBound(buffer: "anything")
  }
}
