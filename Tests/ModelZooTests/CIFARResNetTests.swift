import ModelZoo
import Networks
import XCTest

final class CIFARResNetTests: XCTestCase {
  private let image = ImageShape(channels: 3, height: 32, width: 32)

  /// Parameters and multiply-accumulates at 32×32 for 10 and 100 classes: ResNet-20 to -56 option A from the published weight
  /// files, the others from the papers' tables.
  func testParametersAndMultiplyAccumulatesToTheUnit() throws {
    let expected: [(model: String, classes: Int, parameters: Int, macs: Int)] = [
      ("resnet20", 10, 269_722, 40_551_040), ("resnet20", 100, 275_572, 40_556_800),
      ("resnet20:shortcut=b", 10, 272_474, 40_813_184), ("resnet20:shortcut=b", 100, 278_324, 40_818_944),
      ("resnet32", 10, 464_154, 68_862_592), ("resnet32:shortcut=b", 10, 466_906, 69_124_736),
      ("resnet44", 10, 658_586, 97_174_144), ("resnet44:shortcut=b", 10, 661_338, 97_436_288),
      ("resnet56", 10, 853_018, 125_485_696), ("resnet56", 100, 858_868, 125_491_456),
      ("resnet56:shortcut=b", 10, 855_770, 125_747_840),
      ("resnet110", 10, 1_727_962, 252_887_680), ("resnet110:shortcut=b", 100, 1_736_564, 253_155_584),
    ]
    for (model, classes, parameters, macs) in expected {
      let complexity = try Complexity(ModelZoo.network(model, input: image, classes: classes))
      XCTAssertEqual(complexity.parameters, parameters, "parameters of \(model)")
      XCTAssertEqual(complexity.multiplyAccumulates, macs, "multiply-accumulates of \(model)")
    }
  }

  func testTensorNamesAndRunningStatistics() throws {
    let table = try ParameterTable(ModelZoo.network("resnet20", input: image, classes: 10))
    // The published ResNet-20 file has 97 entries and 1,376 numbers of batch-norm state.
    XCTAssertEqual(table.parameters.count + table.statistics.count, 97)
    XCTAssertEqual(table.statisticsCount, 1_376)
    XCTAssertEqual(table["layer2.0.conv1.weight"]?.shape, [32, 16, 3, 3])
    XCTAssertEqual(table["layer3.2.bn2.running_var"]?.shape, [64])
    XCTAssertEqual(table["linear.bias"]?.shape, [10])
    let optionB = try ParameterTable(ModelZoo.network("resnet20:shortcut=b", input: image, classes: 10))
    XCTAssertEqual(optionB["layer3.0.shortcut.0.weight"]?.shape, [64, 32, 1, 1])
    XCTAssertNotNil(optionB["layer3.0.shortcut.1.running_mean"])
  }

  func testWidthScalesHiddenChannelsOnly() throws {
    let table = try ParameterTable(ModelZoo.network("resnet20:width=0.3", input: image, classes: 7))
    XCTAssertEqual(table["conv1.weight"]?.shape, [5, 3, 3, 3])
    XCTAssertEqual(table["layer3.0.conv1.weight"]?.shape, [19, 10, 3, 3])
    XCTAssertEqual(table["linear.weight"]?.shape, [7, 19])
    let thin = try ParameterTable(ModelZoo.network("resnet20:width=0.01", input: image, classes: 2))
    XCTAssertEqual(thin["layer3.2.conv2.weight"]?.shape, [1, 1, 3, 3])
  }

  func testDescriptionsThatAreNoModel() {
    for text in [
      "", "resnet", "resnet21", "ResNet20", "resnet20:", "resnet20:width", "resnet20:width=",
      "resnet20:width=0",
      "resnet20:width=-1", "resnet20:width=nan", "resnet20:shortcut=c", "resnet20:depth=3",
      "resnet20:width=1,width=2", "resnet20:,",
    ] {
      XCTAssertThrowsError(try ModelZoo.network(text, input: image, classes: 10), text) { error in
        XCTAssertTrue(error is ModelError, "\(text): \(error)")
      }
    }
  }

  func testUnknownModelNamesTheKnownOnes() {
    XCTAssertThrowsError(try ModelZoo.network("alexnet", input: image, classes: 10)) { error in
      XCTAssertTrue("\(error)".contains("resnet20"), "\(error)")
    }
  }
}
