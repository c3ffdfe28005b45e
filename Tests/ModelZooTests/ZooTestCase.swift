import ModelZoo
import Networks
import XCTest

/// A test of the zoo's networks, on images of 3×32×32 pixels unless said otherwise.
class ZooTestCase: XCTestCase {
  func network(_ model: String, side: Int = 32, classes: Int = 10) throws -> Network {
    try ModelZoo.network(
      model, input: ImageShape(channels: 3, height: side, width: side), classes: classes)
  }

  func complexity(_ model: String, side: Int = 32, classes: Int = 10) throws -> Complexity {
    try Complexity(network(model, side: side, classes: classes))
  }

  func assertCosts(
    _ model: String, side: Int = 32, classes: Int = 10, _ parameters: Int, _ macs: Int, line: UInt = #line
  ) throws {
    let complexity = try complexity(model, side: side, classes: classes)
    XCTAssertEqual(complexity.parameters, parameters, "parameters of \(model)", line: line)
    XCTAssertEqual(complexity.multiplyAccumulates, macs, "multiply-accumulates of \(model)", line: line)
  }

  /// Entries of a state dict without `num_batches_tracked`.
  func entries(_ network: Network) throws -> Int {
    let table = try ParameterTable(network)
    return table.parameters.count + table.statistics.count
  }
}

extension Network {
  func count(where isCounted: (Layer) -> Bool) -> Int { nodes.count { isCounted($0.layer) } }

  var convolutions: Int {
    count { if case .convolution = $0 { true } else { false } }
  }

  var batchNorms: Int { count { $0 == .batchNorm } }

  subscript(name: String) -> Node? { nodes.first { $0.name == name } }
}
