import Devices
import XCTest

final class MachinePeakTests: XCTestCase {
  func testEveryInstructionSetOfTheFallbackHasALimit() throws {
    for set in InstructionSet.allCases where set.isAvailable {
      let device = try DeviceCatalog.open(.cpu(set), threads: 1).device
      let peak = try XCTUnwrap(MachinePeak.measured(on: device))
      // Between a slow clock without vectors and more than any core has.
      XCTAssertGreaterThan(peak.gflops, 0.1, set.rawValue)
      XCTAssertLessThan(peak.gflops, 2_000, set.rawValue)
      XCTAssertGreaterThan(peak.gigabytesPerSecond, 0.05, set.rawValue)
      XCTAssertLessThan(peak.gigabytesPerSecond, 2_000, set.rawValue)
    }
  }

  func testOpenCLOnTheCPUHasTheHostsLimit() throws {
    guard let device = OpenCLDevices.list().first(where: { $0.kind == .cpu }) else {
      throw XCTSkip("no OpenCL implementation on the CPU; install pocl-opencl-icd to run this test")
    }
    XCTAssertNotNil(
      try MachinePeak.measured(on: DeviceCatalog.open(.openCL(index: device.index, family: .cpu)).device))
  }
}
