import ModelZoo
import Networks
import XCTest

/// Whole blocks go from networks of the zoo.
final class BlockRemovalTests: XCTestCase {
  private func network(_ name: String, channels: Int = 3, side: Int = 32) throws -> Network {
    try ModelZoo.network(
      name, input: ImageShape(channels: channels, height: side, width: side), classes: 10)
  }

  private func names(_ stage: Int, _ range: Range<Int>) -> Set<String> {
    Set(range.map { "layer\(stage).\($0)" })
  }

  func testChainsHaveTheBlocksOfTheirFamilies() throws {
    let deep = try network("bundle-vgg50")
    let blocks = deep.chainBlocks()
    XCTAssertEqual(blocks.count, 24)
    XCTAssertEqual(blocks.first?.name, "layer1.0")
    XCTAssertEqual(blocks.first?.source, "relu")
    XCTAssertEqual(
      blocks[3].nodes,
      ["conv1", "bn1", "relu1", "conv2", "bn2", "relu2"].map { "layer2.0.\($0)" })
    XCTAssertEqual(try network("bundle-vgg10:bn=0").chainBlocks()[1].nodes.count, 4)
    XCTAssertEqual(
      try network("mlp:width=7,depth=4,bn=1").chainBlocks().map(\.name), ["hidden.1", "hidden.2", "hidden.3"])
    // 16 layers less the stem and what ends without ReLU.
    XCTAssertEqual(try network("vgg16:head=3").chainBlocks().count, 14)
    XCTAssertEqual(try network("vgg16").chainBlocks().first?.name, "features.3")
    XCTAssertEqual(try network("resnet20").chainBlocks(), [])
    let removable = try deep.removableBlocks()
    XCTAssertEqual(
      removable.filter { $0.input != $0.output }.map(\.name), ["layer2.0", "layer3.0", "layer4.0"])
    XCTAssertEqual(try network("resnet20").removableBlocks().map(\.name).count, 9)
  }

  /// Whichever block of a type goes, what is left is the family's network with one less of it.
  func testWhatIsLeftIsTheFamilysSmallerNetwork() throws {
    for family in ["bundle-vgg", "bundle-vgg:bn=0"] {
      let options = family.hasSuffix("bn=0") ? ",bn=0" : ""
      let full = try network("bundle-vgg120:width=0.25\(options)")
      let cases: [(Set<String>, String)] = [
        (names(1, 2..<3), "2.12.41.3"), (names(2, 0..<1), "3.11.41.3"), (names(3, 5..<41), "3.12.5.3"),
        (names(3, 0..<40), "3.12.1.3"), (names(2, 0..<4).union(names(4, 0..<2)), "3.8.41.1"),
      ]
      for (removed, counts) in cases {
        let left = try full.withoutBlocks(removed)
        let expected = try network("bundle-vgg120:width=0.25,blocks=\(counts)\(options)")
        XCTAssertEqual(try Complexity(left), try Complexity(expected), counts)
        XCTAssertEqual(
          try left.removableBlocks().map { "\($0.input) \($0.output)" },
          try expected.removableBlocks().map { "\($0.input) \($0.output)" }, counts)
      }
    }
  }

  /// A type that goes whole takes its stride along: section 4.5 of the specification has these numbers.
  func testWithoutATypeMapsStayLarge() throws {
    let full = try network("bundle-vgg120")
    func millions(_ removed: Set<String>) throws -> Double {
      (Double(try Complexity(full.withoutBlocks(removed)).multiplyAccumulates) / 1e6).rounded()
    }
    XCTAssertEqual(try millions([]), 1102)
    XCTAssertEqual(try millions(names(2, 0..<12)), 3334)
    XCTAssertEqual(try millions(names(3, 0..<41)), 479)
    XCTAssertEqual(try millions(names(3, 5..<41)), 422)
  }

  func testPerceptronsAndResidualNetworks() throws {
    let perceptron = try network("mlp:width=9,depth=6,bn=1", channels: 1, side: 8)
    let left = try perceptron.withoutBlocks(["hidden.1", "hidden.4"])
    XCTAssertEqual(
      try Complexity(left), try Complexity(network("mlp:width=9,depth=4,bn=1", channels: 1, side: 8)))
    XCTAssertEqual(left.nodes.first { $0.name == "hidden.2" }?.inputs, ["hidden.0.relu"])
    XCTAssertEqual(left.nodes.last?.inputs, ["hidden.5.relu"])
    let residual = try network("resnet20")
    XCTAssertEqual(
      try residual.withoutBlocks(["layer1.1"]), try residual.removing(Removal(blocks: ["layer1.1"])).network)
    XCTAssertThrowsError(try perceptron.withoutBlocks(["hidden.0"])) {
      XCTAssertTrue("\($0)".contains("hidden.0"), "\($0)")
    }
  }
}
