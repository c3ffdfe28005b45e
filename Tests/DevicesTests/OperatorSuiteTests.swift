import Devices
import Foundation
import Verification
import XCTest

/// The operator suite on every device that this machine has. `ESPALIER_TEST_LEVEL=fast` takes the small subset.
final class OperatorSuiteTests: XCTestCase {
  private var isFast: Bool { ProcessInfo.processInfo.environment["ESPALIER_TEST_LEVEL"] == "fast" }

  private func verify(
    _ request: DeviceRequest, precision: Precision = .float32, threads: Int = 2, small: Bool
  ) throws {
    let device = try DeviceCatalog.open(request, precision: precision, threads: threads).device
    let report = try OperatorSuite(small: small).run(on: device)
    for result in report.cases where !result.passed {
      XCTFail("\(result.name): \(result.message)")
    }
    XCTAssertGreaterThan(report.passed, 20)
  }

  func testFallbackAVX512() throws {
    try XCTSkipUnless(InstructionSet.avx512.isAvailable, "this processor has no AVX-512")
    try verify(.cpu(.avx512), small: isFast)
  }

  func testFallbackBFloat16() throws {
    try XCTSkipUnless(InstructionSet.best.supports(.bfloat16), "this processor has no AVX512-BF16")
    try verify(.cpu(nil), precision: .bfloat16, small: isFast)
  }

  func testFallbackAVX2() throws {
    try XCTSkipUnless(InstructionSet.avx2.isAvailable, "this processor has no AVX2")
    try verify(.cpu(.avx2), small: isFast)
  }

  func testFallbackBaseline() throws { try verify(.cpu(.baseline), small: isFast) }

  func testOpenCLWithTheCPUFamily() throws {
    try requireOpenCL()
    try verify(.openCL(index: nil, family: .cpu), small: true)
  }

  func testOpenCLWithTheGPUFamily() throws {
    try requireOpenCL()
    try verify(.openCL(index: nil, family: .gpu), small: true)
  }

  /// Other types of feature maps on the gpu family, which has no matrix units here.
  func testOpenCLWithHalfTheMemory() throws {
    try requireOpenCL()
    for precision in [Precision.bfloat16, .float16] {
      try verify(.openCL(index: nil, family: .gpu), precision: precision, small: true)
    }
  }

  private func requireOpenCL() throws {
    try XCTSkipIf(OpenCLDevices.list().isEmpty, "no OpenCL device; install pocl-opencl-icd to run this test")
  }
}
