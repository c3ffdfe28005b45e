import Bundles
import XCTest

final class DegenerateInputTests: BundlesTestCase {
  private func measure(
    _ rows: [[Float]], _ labels: [Int], _ model: ResolutionModel = .exact
  ) throws -> BundlePartition {
    try BundlePartition(keys: model.keys(of: ActivationMatrix(rows)), labels: labels)
  }

  func testNoSamples() throws {
    let partition = try BundlePartition(keys: [], labels: [])
    XCTAssertEqual(partition.status, .empty)
    XCTAssertEqual(partition.bundles, 0)
    XCTAssertEqual(partition.entropy, 0)
    XCTAssertNil(partition.accuracyCeiling)
    XCTAssertEqual(partition.labelEntropy, 0)
  }

  func testOneSample() throws {
    for value: Float in [0, 3] {
      let partition = try measure([[value, value]], [5])
      XCTAssertEqual(partition.status, .singleSample)
      XCTAssertEqual(partition.bundles, 1)
      XCTAssertEqual(partition.entropy, 0)
      XCTAssertEqual(partition.accuracyCeiling, 1)
    }
  }

  func testOneClass() throws {
    let partition = try measure([[1], [1], [2]], [3, 3, 3])
    XCTAssertEqual(partition.status, .singleClass)
    XCTAssertEqual(partition.bundles, 2)
    XCTAssertEqual(partition.entropy, 0)
    XCTAssertEqual(partition.isConflicting, false)
    XCTAssertEqual(partition.labelEntropy, 0)
  }

  func testDeadAndConstantLayers() throws {
    let labels = [0, 1, 1, 1]
    let expected = -(0.25 * log(0.25) + 0.75 * log(0.75))
    let model = ResolutionModel.reference(
      try ReferenceResolution(amplitude: 1, learningRate: 1e-3, batchSize: 64))
    let cases: [([Float], ResolutionModel, BundleStatus)] = [
      ([0, 0, 0], .exact, .dead), ([0, 2, 0], .exact, .constant), ([1e-4, 0, 1e-3], model, .dead),
      ([1e-4, 1, 1e-3], model, .constant),
    ]
    for (row, model, status) in cases {
      let partition = try measure(.init(repeating: row, count: 4), labels, model)
      XCTAssertEqual(partition.status, status, "\(row)")
      XCTAssertEqual(partition.bundles, 1)
      XCTAssertEqual(try XCTUnwrap(partition.entropy), expected, accuracy: 1e-12)
      XCTAssertEqual(partition.isConflicting, true)
      XCTAssertEqual(partition.accuracyCeiling, 0.75)
    }
    XCTAssertEqual(try measure([[0], [0]], [1, 1]).status, .dead)
  }

  /// Some NaN, all NaN, and NaN with the same bits: a status and no number.
  func testNaN() throws {
    for model in try models(scale: 1, features: 2) {
      for rows in [
        [[1, .nan], [1, .nan], [1, 2]], [[.nan, .nan], [.nan, .nan], [.nan, .nan]],
        [[.nan, 0], [.infinity, 1], [0, 0]],
      ] as [[[Float]]] {
        let partition = try measure(rows, [0, 1, 0], model)
        XCTAssertEqual(partition.status, .notANumber)
        XCTAssertNil(partition.entropy)
        XCTAssertNil(partition.bundles)
        XCTAssertNil(partition.accuracyCeiling)
        XCTAssertNil(partition.isConflicting)
        XCTAssertEqual(partition.conflictingBundles, [])
        XCTAssertEqual(partition.mixedClasses, [])
        let layer = LayerBundles(name: "x", partition, inputEntropy: 0)
        XCTAssertEqual(layer.status, .notANumber)
        XCTAssertNil(layer.entropy)
        XCTAssertNil(layer.entropyAboveInput)
        XCTAssertEqual(try ConflictRule().verdict([layer]), .unknown)
      }
    }
  }

  func testInfinity() throws {
    for model in try models(scale: 1, features: 2) {
      let partition = try measure(
        [[.infinity, 0], [.infinity, 0], [1, 0], [50, 0]], [0, 1, 0, 0], model)
      XCTAssertEqual(partition.status, .infinite)
      XCTAssertEqual(partition.infiniteSamples, 2)
      XCTAssertEqual(partition.isConflicting, true)
      XCTAssertEqual(try XCTUnwrap(partition.entropy), 2 * ln2 / 4, accuracy: 1e-12)
    }
  }

  /// One image with two labels conflicts in the input already, and in no layer more than there.
  func testOneImageWithTwoLabels() throws {
    let inputs: [[Float]] = [[0.1, 0.9], [0.1, 0.9], [0.5, 0.5], [0.7, 0.2]]
    let labels = [0, 1, 2, 3]
    let input = try measure(inputs, labels)
    let inputEntropy = try XCTUnwrap(input.entropy)
    XCTAssertEqual(inputEntropy, 2 * ln2 / 4, accuracy: 1e-12)
    // A layer that keeps everything apart that the input does, and one that does not.
    let layer = try measure(inputs.map { [$0[0] + $0[1] * 10] }, labels)
    let measured = LayerBundles(name: "a", layer, inputEntropy: inputEntropy)
    XCTAssertEqual(measured.status, .conflicting)
    XCTAssertEqual(measured.entropyAboveInput, 0)
    XCTAssertEqual(try ConflictRule().verdict([measured]), .notConflicting)
    let coarse = try measure([[1], [1], [1], [2]], labels)
    let conflicting = LayerBundles(name: "b", coarse, inputEntropy: inputEntropy)
    XCTAssertEqual(
      try XCTUnwrap(conflicting.entropyAboveInput), 3 * ln3 / 4 - 2 * ln2 / 4, accuracy: 1e-12)
    XCTAssertEqual(try ConflictRule().verdict([conflicting]), .conflicting)
  }
}
