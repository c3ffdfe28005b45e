import Devices
import Foundation
import Verification
import XCTest

/// Layers whose matrix products CLBlast computes, on the first OpenCL device, whatever it is: everywhere but on GPUs
/// our own kernel multiplies.
final class MatrixLibraryTests: XCTestCase {
  func testALinearLayerAndAPointwiseConvolution() throws {
    try XCTSkipUnless(
      ProcessInfo.processInfo.environment["ESPALIER_TEST_LEVEL"] == "all",
      "CLBlast compiles its kernels for tens of seconds; ESPALIER_TEST_LEVEL=all runs this test")
    try XCTSkipIf(OpenCLDevices.list().isEmpty, "no OpenCL device; install pocl-opencl-icd to run this test")
    var notices: [String] = []
    let device = try OpenCLDevices.openWithMatrixLibrary(0) { notices.append($0) }
    for problem in ["/oracle/33x17 to 100", "/oracle/mb5ic15ih16oc15kh1"] {
      let report = try OperatorSuite(filter: problem).run(on: device)
      for result in report.cases where !result.passed { XCTFail("\(result.name): \(result.message)") }
      XCTAssertGreaterThanOrEqual(report.passed, 3, problem)
    }
    XCTAssertEqual(notices, [], "the library was given up")
  }
}
