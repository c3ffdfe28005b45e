import Devices
import XCTest

final class DeviceRequestTests: XCTestCase {
  func testGrammar() throws {
    let expected: [String: DeviceRequest] = [
      "auto": .automatic, "cpu": .cpu(nil), "cpu:avx512": .cpu(.avx512), "cpu:avx2": .cpu(.avx2),
      "cpu:baseline": .cpu(.baseline), "opencl": .openCL(index: nil, family: nil),
      "opencl:2": .openCL(index: 2, family: nil), "opencl/gpu": .openCL(index: nil, family: .gpu),
      "opencl:0/cpu": .openCL(index: 0, family: .cpu),
    ]
    for (text, request) in expected { XCTAssertEqual(try DeviceRequest(parsing: text), request, text) }
  }

  func testWhatIsNoDevice() {
    for text in [
      "", "gpu", "cpu:", "cpu:sse", "cpu/gpu", "opencl:", "opencl:-1", "opencl:x", "opencl/", "opencl/tpu",
      "auto:1",
    ] {
      XCTAssertThrowsError(try DeviceRequest(parsing: text), text)
    }
  }

  func testAutomaticNeverTakesAnOpenCLImplementationForCPUs() throws {
    let selection = try DeviceCatalog.open(.automatic, threads: 1)
    XCTAssertTrue([.fallback, .gpu].contains(selection.device.information.kind))
    XCTAssertTrue(selection.notice.contains(selection.device.information.identifier))
  }

  func testAMissingOpenCLDeviceSaysWhatToDo() throws {
    XCTAssertThrowsError(try DeviceCatalog.open(.openCL(index: 99, family: nil))) { error in
      let message = "\(error)"
      XCTAssertTrue(message.contains("opencl"), message)
      XCTAssertTrue(message.contains("pocl-opencl-icd") || message.contains("espalier devices"), message)
    }
  }

  func testMemoryLimitIsReportedWithNumbers() throws {
    let device = try DeviceCatalog.open(.cpu(nil), threads: 1, memoryLimitBytes: 1 << 20).device
    for _ in 0..<3 { _ = try device.makeBuffer(count: 1 << 17, name: "freed again") }
    let half = try device.makeBuffer(count: 1 << 17, name: "half")
    XCTAssertThrowsError(try device.makeBuffer(count: 1 << 18, name: "feature maps")) { error in
      guard case .outOfMemory(_, "feature maps", 1_048_576, 524_288) = error as? DeviceError else {
        return XCTFail("\(error)")
      }
      XCTAssertTrue("\(error)".contains("--batch-size"))
    }
    XCTAssertEqual(half.count, 1 << 17)
  }
}
