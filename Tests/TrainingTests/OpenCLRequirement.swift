import Devices
import XCTest

extension XCTestCase {
  /// Skips the test where no OpenCL device is there.
  func requireOpenCL() throws {
    try XCTSkipIf(OpenCLDevices.list().isEmpty, "no OpenCL device; install pocl-opencl-icd to run this test")
  }
}
