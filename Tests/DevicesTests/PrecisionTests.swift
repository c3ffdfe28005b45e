import Devices
import XCTest

final class PrecisionTests: XCTestCase {
  func testRoundingIsToNearestEven() {
    let cases: [(Float, Float)] = [
      (0, 0), (-0.0, -0.0), (1, 1), (1 + 0x1p-8, 1), (1 + 0x1p-8 + 0x1p-20, 1 + 0x1p-7),
      (1 + 3 * 0x1p-8, 1 + 0x1p-6), (-1 - 0x1p-8, -1), (3.140625, 3.140625), (.infinity, .infinity),
      (.greatestFiniteMagnitude, .infinity),
    ]
    for (value, rounded) in cases {
      XCTAssertEqual(Precision.bfloat16.rounded(value).bitPattern, rounded.bitPattern, "\(value)")
      XCTAssertEqual(Precision.float32.rounded(value).bitPattern, value.bitPattern)
    }
    XCTAssertTrue(Precision.bfloat16.rounded(.nan).isNaN)
  }

  func testDevicesWithoutItRefuse() {
    for request in [DeviceRequest.cpu(.avx2), .cpu(.baseline), .openCL(index: nil, family: nil)] {
      XCTAssertThrowsError(try DeviceCatalog.open(request, precision: .bfloat16)) { error in
        guard case .unavailable(_, _, let advice) = error as? DeviceError else {
          return XCTFail("\(error)")
        }
        let suggests = advice.contains("--precision fp32") || advice.contains("--device cpu")
        XCTAssertTrue(suggests, advice)
      }
    }
  }

  func testProcessorsWithoutItRefuse() throws {
    try XCTSkipIf(InstructionSet.best.supports(.bfloat16), "this processor has AVX512-BF16")
    for request in [DeviceRequest.automatic, .cpu(nil)] {
      XCTAssertThrowsError(try DeviceCatalog.open(request, precision: .bfloat16)) { error in
        XCTAssertTrue("\(error)".contains("use --precision fp32"), "\(error)")
      }
    }
  }

  func testTheDeviceSaysWhatItComputesIn() throws {
    try requireBFloat16()
    let selection = try DeviceCatalog.open(.automatic, precision: .bfloat16, threads: 1)
    XCTAssertEqual(selection.device.information.precision, .bfloat16)
    XCTAssertEqual(selection.device.information.kind, .fallback)
    XCTAssertTrue(selection.notice.contains("bf16"), selection.notice)
    let other = try DeviceCatalog.open(.cpu(nil), threads: 1)
    XCTAssertEqual(other.device.information.precision, .float32)
    XCTAssertFalse(other.notice.contains("bf16"), other.notice)
  }

  func testFeatureMapsTakeHalfTheMemory() throws {
    try requireBFloat16()
    func bytes(_ precision: Precision) throws -> Int {
      let device = try DeviceCatalog.open(.cpu(nil), precision: precision, threads: 1).device
      let shape = ActivationShape(batch: 3, channels: 33, height: 20, width: 20)
      var schedule = Schedule()
      let plain = schedule.external("plain", "plain", count: shape.count)
      let maps = schedule.activation("maps", shape)
      schedule.append(.importActivation(from: plain, to: maps))
      schedule.append(.exportActivation(from: maps, to: plain))
      let buffer = try device.makeBuffer(count: shape.count, name: "plain")
      return try device.compile(schedule, buffers: ["plain": buffer]).arenaBytes
    }
    XCTAssertEqual(try bytes(.bfloat16) * 2, try bytes(.float32))
  }

  /// What goes in comes out rounded, to the same value as on the host.
  func testImportRoundsAsTheHostDoes() throws {
    try requireBFloat16()
    let device = try DeviceCatalog.open(.cpu(nil), precision: .bfloat16, threads: 1).device
    let shape = ActivationShape(batch: 1, channels: 17, height: 8, width: 32)
    var bits: UInt32 = 1
    let values = (0..<shape.count).map { _ in
      bits = bits &* 1_664_525 &+ 1_013_904_223
      // Exponents of every normal number.
      return Float(bitPattern: bits & 0x80FF_FFFF | (1 + (bits >> 9) % 253) << 23)
    }
    var schedule = Schedule()
    let input = schedule.external("input", "input", count: shape.count)
    let output = schedule.external("output", "output", count: shape.count)
    let maps = schedule.activation("maps", shape)
    schedule.append(.importActivation(from: input, to: maps))
    schedule.append(.exportActivation(from: maps, to: output))
    let buffers: [BufferName: Buffer] = [
      "input": try device.makeBuffer(count: shape.count, name: "input"),
      "output": try device.makeBuffer(count: shape.count, name: "output"),
    ]
    try buffers["input"]?.write(values)
    let executable = try device.compile(schedule, buffers: buffers)
    try executable.run()
    try executable.finish()
    XCTAssertEqual(try buffers["output"]?.read(), values.map(Precision.bfloat16.rounded))
  }

  private func requireBFloat16() throws {
    try XCTSkipUnless(InstructionSet.best.supports(.bfloat16), "this processor has no AVX512-BF16")
  }
}
