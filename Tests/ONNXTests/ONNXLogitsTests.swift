import NetworkOracle
import Networks
import ONNX
import XCTest

/// What an exported file computes is what the network computes.
final class ONNXLogitsTests: XCTestCase {
  func testEveryLayer() throws {
    for (seed, network) in try SampleNetworks.all().enumerated() {
      let state = try ModelState.random(for: network, seed: UInt64(seed))
      let images = OracleTensor.images(2, for: network, seed: UInt64(seed))
      let expected = try NetworkOracle.logits(network, state, images: images)
      XCTAssertGreaterThan(expected.values.map(abs).max() ?? 0, 0.01, network.name)
      for foldBatchNorm in [false, true] {
        let file = try ONNXFile(ONNXExporter.encode(network, state: state, foldBatchNorm: foldBatchNorm))
        let found = try ONNXInterpreter.logits(file, images: images)
        XCTAssertEqual(found.shape, [2, network.classes])
        // Folding rounds weights to 32 bits; all else is the same arithmetic.
        XCTAssertLessThan(
          found.maximumDifference(from: expected), foldBatchNorm ? 1e-4 : 1e-12,
          "\(network.name), folded: \(foldBatchNorm)")
      }
    }
  }

  func testShortcutsTakeNoMoreOperationsThanTheyNeed() throws {
    let network = SampleNetworks.shortcuts
    let file = try ONNXFile(
      ONNXExporter.encode(network, state: ModelState.random(for: network, seed: 1)))
    let expected: [[String]] = [
      ["Identity"], ["Slice"], ["Pad"], ["Slice", "Pad"], ["Slice"], ["Slice"], ["Slice"],
      ["Identity"], ["Slice"], ["Slice"], ["Slice", "Pad"],
      ["Slice", "Pad"], ["Gather"], ["Slice", "Pad", "Gather"], ["Pad", "Gather"],
      ["Pad", "Gather"], ["Slice", "Pad", "Gather"], ["Slice", "Pad"],
    ]
    for (index, types) in expected.enumerated() {
      let operations = file.operations.filter {
        $0.name == "skip\(index)" || $0.name.hasPrefix("skip\(index).")
      }
      XCTAssertEqual(operations.map(\.type), types, "skip\(index)")
    }
  }
}
