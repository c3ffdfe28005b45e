import Datasets
import Foundation
import Interchange
import Networks
import Training
import XCTest

/// A test that converts made-up tensors.
class ConversionTestCase: TrainingTestCase {
  let image = ImageShape(channels: 3, height: 32, width: 32)

  func target(_ model: String = "resnet20:shortcut=b,width=0.2") throws -> ConversionTarget {
    try ConversionTarget(model: model, input: image, labels: ClassLabels(count: 10))
  }

  /// A tensor of different values for each entry of a network, under the network's names.
  func tensors(of network: Network) throws -> [SafeTensor] {
    let table = try ParameterTable(network)
    var value: Float = 0
    return try (table.parameters + table.statistics).map { entry in
      let values = (0..<entry.count).map { _ -> Float in
        value += 0.25
        return value
      }
      return try SafeTensor(name: entry.name, shape: entry.shape, values: values)
    }
  }

  func renamed(_ tensor: SafeTensor, _ name: String) throws -> SafeTensor {
    try SafeTensor(name: name, dtype: tensor.dtype, shape: tensor.shape, bytes: tensor.bytes)
  }

  func convert(_ tensors: [SafeTensor], to target: ConversionTarget) throws -> Conversion {
    try Conversion(of: tensors, source: "x", to: target)
  }

  func assertThrows(
    _ problem: ConversionError.Problem, in sourceFile: String? = "x", file: StaticString = #filePath,
    line: UInt = #line, _ body: () throws -> Void
  ) {
    XCTAssertThrowsError(try body(), file: file, line: line) { error in
      XCTAssertEqual(
        error as? ConversionError, ConversionError(problem, file: sourceFile), "\(error)", file: file,
        line: line)
    }
  }
}
