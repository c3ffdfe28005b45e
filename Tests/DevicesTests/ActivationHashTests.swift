import Bundles
import Devices
import Randomness
import XCTest

/// Hashes of feature maps on every device: the bits that the plain loop gives.
final class ActivationHashTests: XCTestCase {
  private static let shapes = [
    ActivationShape(batch: 1, channels: 1, height: 1, width: 1),
    ActivationShape(batch: 5, channels: 15, height: 3, width: 1),
    ActivationShape(batch: 4, channels: 16, height: 5, width: 4),
    ActivationShape(batch: 3, channels: 17, height: 1, width: 7),
    ActivationShape(batch: 2, channels: 50, height: 16, width: 9),
  ]

  func testFallback() throws {
    for set in InstructionSet.allCases where set.isAvailable {
      try check(DeviceCatalog.open(.cpu(set), threads: 2).device)
    }
  }

  func testBFloat16() throws {
    try XCTSkipUnless(InstructionSet.best.supports(.bfloat16), "this processor has no AVX512-BF16")
    try check(DeviceCatalog.open(.cpu(nil), precision: .bfloat16, threads: 2).device, significantBits: 8)
  }

  func testOpenCL() throws {
    try XCTSkipIf(OpenCLDevices.list().isEmpty, "no OpenCL device; install pocl-opencl-icd to run this test")
    for family in DeviceRequest.Family.allCases {
      try check(DeviceCatalog.open(.openCL(index: nil, family: family)).device)
    }
  }

  private func check(_ device: any Device, significantBits: Int = 24) throws {
    for shape in Self.shapes {
      let activations = Self.activations(shape).map {
        Float(bitPattern: $0.bitPattern & ~((1 << (24 - UInt32(significantBits))) - 1))
      }
      let widths = (0..<shape.channels).map { 0.01 * Float($0 % 7 + 1) }
      let update = try ReferenceResolution(amplitude: 0.775, learningRate: 1e-3, batchSize: 64)
      for (resolution, model, scales) in [
        (.exact, .exact, []), (.update, .reference(update), [0.775, 1e-3, 1 / 64]),
        (.cells, .tolerance(try CellWidths(widths)), widths.map { 1 / $0 }),
      ] as [(ActivationHashProblem.Resolution, ResolutionModel, [Float])] {
        let matrix = try ActivationMatrix(
          samples: shape.batch, features: shape.count / shape.batch, values: activations)
        XCTAssertEqual(
          try keys(activations, shape, resolution, scales, on: device), try model.keys(of: matrix),
          "\(resolution) \(shape) on \(device.information.identifier)")
      }
    }
  }

  /// Rectified numbers of many sizes: zeros of both signs, tiny, huge; later images hold something infinite and NaN.
  private static func activations(_ shape: ActivationShape) -> [Float] {
    var random = RandomStream(seed: 5, stream: .test)
    let features = shape.count / shape.batch
    return (0..<shape.count).map { index in
      let value =
        Float(random.standardNormal()) * Float([1e-9, 1e-3, 1, 1e5, 1e12][random.integer(below: 5)])
      switch (index / features, index % features) {
      case (1, 3): return .infinity
      case (2, 5): return .nan
      case (3, _): return index % 2 == 0 ? 0 : -0.0
      default: return random.integer(below: 4) == 0 ? -0.0 : value
      }
    }
  }

  private func keys(
    _ activations: [Float], _ shape: ActivationShape, _ resolution: ActivationHashProblem.Resolution,
    _ scales: [Float], on device: any Device
  ) throws -> [BundleKey] {
    let problem = ActivationHashProblem(shape: shape, resolution: resolution)
    XCTAssertEqual(problem.scaleCount, scales.count)
    var schedule = Schedule()
    let maps = schedule.activation("maps", shape)
    schedule.append(
      .importActivation(from: schedule.external("images", "images", count: shape.count), to: maps))
    schedule.append(
      .activationHash(
        problem, input: maps,
        scales: scales.isEmpty ? nil : schedule.external("scales", "scales", count: scales.count),
        keys: schedule.external("keys", "keys", count: 4 * shape.batch)))
    let images = try device.makeBuffer(count: shape.count, name: "images")
    let keys = try device.makeBuffer(count: 4 * shape.batch, name: "keys")
    let values = try device.makeBuffer(count: max(1, scales.count), name: "scales")
    try images.write(activations)
    if !scales.isEmpty { try values.write(scales) }
    let executable = try device.compile(
      schedule, buffers: ["images": images, "keys": keys, "scales": values])
    try executable.run()
    let words = try keys.read(as: UInt32.self)
    return (0..<shape.batch).map {
      BundleKey(words[4 * $0], words[4 * $0 + 1], words[4 * $0 + 2], words[4 * $0 + 3])
    }
  }
}
