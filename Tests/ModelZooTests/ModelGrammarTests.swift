import ModelZoo
import Networks
import XCTest

final class ModelGrammarTests: ZooTestCase {
  func testEveryNameMakesANetwork() throws {
    XCTAssertEqual(Set(ModelZoo.names).count, ModelZoo.names.count)
    for name in ModelZoo.names {
      let network = try network(name, classes: 7)
      XCTAssertEqual(network.name, name)
      XCTAssertEqual(network.nodes.count, Set(network.nodes.map(\.name)).count)
    }
  }

  /// A default that a family prints makes the network that leaving the option out makes.
  func testEveryDefaultIsWhatIsPrinted() throws {
    for family in ModelZoo.families {
      let name = family.names[0]
      let expected = try network(name).nodes
      XCTAssertFalse(family.summary.isEmpty)
      for option in family.options {
        XCTAssertFalse(option.help.isEmpty, option.name)
        guard let fallback = option.fallback else { continue }
        XCTAssertEqual(try network("\(name):\(option.name)=\(fallback)").nodes, expected, option.name)
      }
    }
  }

  func testDescriptionsThatAreNoModel() {
    for text in [
      "", ":", "resnet", "resnet21", "ResNet20", "resnet020", "resnet20 ", "mlp2", "vgg", "bundle-vgg",
      "resnet20:", "resnet20:width", "resnet20:width=", "resnet20:=1", "resnet20:,", "resnet20:width=1,",
      "resnet20:width=0", "resnet20:width=-1", "resnet20:width=nan", "resnet20:width=inf",
      "resnet20:width=65", "resnet20:width=1,width=2", "resnet20:shortcut=c", "resnet20:shortcut=A",
      "resnet20:depth=3", "resnet20:head=1", "resnet20:stem=0", "resnet20:stem=cifar",
      "resnet20:stages=16.32", "resnet20:stages=16.32.64.128", "resnet20:stages=16..64",
      "resnet20:stages=16.0.64", "resnet20:inner=1.2.65537", "resnet20:blocks=-1.1.1",
      "resnet20:blocks=1.1.1001", "resnet20:blocks=9223372036854775808.1.1", "resnet18:stem=16",
      "resnet18:shortcut=b", "resnet18:blocks=1.1.1", "vgg16:head=4", "vgg16:bias=yes", "vgg16:skips=2",
      "bundle-vgg10:blocks=1.1.1", "bundle-vgg12", "mlp:width=0", "mlp:width=1.5", "mlp:depth=-1",
      "mlp:depth=10001", "mlp:bn=true",
    ] {
      XCTAssertThrowsError(try network(text), text) { error in
        XCTAssertTrue(error is ModelError, "\(text): \(error)")
      }
    }
  }

  func testMessagesNameTheNearest() {
    for (text, expected) in [
      ("resnet21", "'resnet20'"), ("resnet57", "'resnet56'"), ("vgg-16", "'vgg16'"), ("MLP", "'mlp'"),
      ("bundle_resnet120", "'bundle-resnet120'"), ("resnet20:widht=2", "'width'"),
      ("resnet20:stage=1.2.3", "'stages'"), ("vgg16:skip=1", "'skips'"),
      ("resnet20:shortcut=c", "a or b, found 'c'"), ("vgg16:head=4", "1 or 2 or 3 or imagenet, found '4'"),
      ("resnet20:stages=1.2", "3 whole numbers"), ("mlp:depth=x", "0…10000, found 'x'"),
      ("resnet20:width=0", "above 0"),
    ] {
      XCTAssertThrowsError(try network(text), text) { error in
        XCTAssertTrue("\(error)".contains(expected), "\(text): \(error)")
      }
    }
  }

  /// Sizes that the grammar allows but no device can hold end in an error.
  func testNetworksThatAreTooLarge() {
    for text in ["resnet20:stem=65536,width=64", "mlp:width=65536,depth=1", "vgg16:width=64,head=imagenet"] {
      XCTAssertThrowsError(
        try Complexity(
          ModelZoo.network(
            text, input: ImageShape(channels: 3, height: 512, width: 512), classes: 10)), text
      ) { error in
        XCTAssertTrue("\(error)".contains("too many"), "\(text): \(error)")
      }
    }
  }
}
