import ModelZoo
import Networks
import XCTest

/// Operations of whole networks by every convention, to the unit.
final class CountingConventionTests: ZooTestCase {
  private func operations(
    _ model: String, _ convention: CountingConvention, side: Int, classes: Int
  ) throws -> Int {
    let summary = try NetworkSummary(
      network(model, side: side, classes: classes), convention: convention)
    XCTAssertEqual(summary.rows.reduce(0) { $0 + $1.operations }, summary.operations)
    return summary.operations
  }

  /// Of these, thop's ResNet-50 and Torch-Pruning's ResNet-18 are what those tools print.
  func testTheSameNetworksByEveryConvention() throws {
    let rows: [(model: String, side: Int, classes: Int, batchNormElements: Int, counts: [Int])] = [
      (
        "resnet50", 224, 1000, 11_113_984,
        [4_089_184_256, 4_111_512_576, 4_121_925_096, 4_133_742_592, 8_178_368_512]
      ),
      (
        "resnet18", 224, 1000, 2_483_712,
        [1_814_073_344, 1_819_065_856, 1_822_177_768, 1_824_033_792, 3_628_146_688]
      ),
      (
        "resnet56", 32, 10, 532_480,
        [125_485_696, 126_554_752, 127_087_242, 127_619_776, 250_971_392]
      ),
      (
        "resnet56:shortcut=b", 32, 10, 544_768,
        [125_747_840, 126_841_472, 127_373_962, 127_931_072, 251_495_680]
      ),
    ]
    let conventions: [CountingConvention] = [.multiplyAccumulates, .fvcore, .torchPruning, .thop, .twice]
    for row in rows {
      for (convention, expected) in zip(conventions, row.counts) {
        XCTAssertEqual(
          try operations(row.model, convention, side: row.side, classes: row.classes), expected,
          "\(row.model), \(convention)")
      }
      XCTAssertEqual(
        try operations(row.model, .oldThop, side: row.side, classes: row.classes),
        row.counts[0] + 2 * row.batchNormElements)
    }
  }

  /// Torch-Pruning's own ResNet-56 is option B with one ReLU of each block a function, which it does not see.
  func testFunctionalReLUsAreWhatIsMissingFromThePrintedCount() throws {
    let network = try network("resnet56:shortcut=b")
    let shapes = try network.shapes()
    let functional = network.nodes.filter { $0.name.hasSuffix(".relu2") }
      .reduce(0) { $0 + (shapes[$1.name]?.count ?? 0) }
    XCTAssertEqual(
      try operations("resnet56:shortcut=b", .torchPruning, side: 32, classes: 10) - functional, 127_115_914)
  }
}
