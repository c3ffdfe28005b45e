import Networks
import XCTest

final class ActivationMemoryTests: XCTestCase {
  private func network(_ nodes: [Node]) -> Network {
    Network(
      name: "test", input: ImageShape(channels: 1, height: 4, width: 4), classes: 3,
      nodes: nodes + [Node("linear", .linear(.init(3)), nodes.last?.name ?? Network.inputName)])
  }

  private func assertMemory(
    _ nodes: [Node], inference: Int, training: Int, batchSize: Int = 1, line: UInt = #line
  ) throws {
    let memory = try ActivationMemory(network(nodes), batchSize: batchSize)
    XCTAssertEqual(memory.inferenceBytes, 4 * inference * batchSize, "inference", line: line)
    XCTAssertEqual(memory.trainingBytes, 4 * training * batchSize, "training", line: line)
    XCTAssertEqual(memory.batchSize, batchSize, line: line)
  }

  /// The images have 16 values, the convolutions' outputs 32.
  func testChainsShareOneOutput() throws {
    let stem = [
      Node("conv", .convolution(.init(2, kernel: 3)), "input"), Node("bn", .batchNorm, "conv"),
      Node("relu", .relu, "bn"), Node("gate", .gate, "relu"), Node("mean", .globalAveragePool, "gate"),
    ]
    try assertMemory(stem, inference: 32 + 32, training: 16 + 32 + 32 + 2 + 3)
    try assertMemory(stem, inference: 32 + 32, training: 16 + 32 + 32 + 2 + 3, batchSize: 7)
  }

  /// A residual block keeps its input until the sum, which takes the place of the branch's batch norm.
  func testSkipsStayAlive() throws {
    let block = [
      Node("conv1", .convolution(.init(2, kernel: 3)), "input"), Node("relu1", .relu, "conv1"),
      Node("conv2", .convolution(.init(2, kernel: 3)), "relu1"), Node("bn2", .batchNorm, "conv2"),
      Node("add", .add, "bn2", "relu1"), Node("relu2", .relu, "add"),
      Node("mean", .globalAveragePool, "relu2"),
    ]
    try assertMemory(block, inference: 3 * 32, training: 16 + 4 * 32 + 2 + 3)
  }

  /// What two nodes read cannot be overwritten by one of them.
  func testOutputsReadTwiceAreKept() throws {
    let nodes = [
      Node("bn", .batchNorm, "input"), Node("relu", .relu, "bn"), Node("add", .add, "relu", "bn"),
      Node("flatten", .flatten, "add"),
    ]
    // relu cannot take bn's place; add takes relu's, and flatten is the same values.
    try assertMemory(nodes, inference: 16 + 16, training: 16 + 16 + 16 + 3)
  }

  func testFlatteningMakesNoOutput() throws {
    try assertMemory([Node("flatten", .flatten, "input")], inference: 16 + 3, training: 16 + 3)
  }

  func testMemoryIsThatOfASimulation() throws {
    var random = RandomNetworks(seed: 3)
    for _ in 0..<300 {
      let network = random.next()
      let memory = try ActivationMemory(network, batchSize: 2)
      let (peak, total) = try network.simulatedMemory()
      XCTAssertEqual(memory.inferenceBytes, 8 * peak, "\(network)")
      XCTAssertEqual(memory.trainingBytes, 8 * total, "\(network)")
    }
  }

  func testBatchesThatAreTooLarge() {
    XCTAssertThrowsError(try ActivationMemory(network([Node("flatten", .flatten, "input")]), batchSize: .max))
    {
      XCTAssertTrue("\($0)".contains("too many bytes"), "\($0)")
    }
  }
}

extension Network {
  /// The definition taken literally: before each node, drop what no later node reads.
  fileprivate func simulatedMemory() throws -> (peak: Int, total: Int) {
    let shapes = try shapes()
    func readers(_ name: String) -> [Int] { nodes.indices.filter { nodes[$0].inputs.contains(name) } }
    let elementwise: [Layer] = [.batchNorm, .relu, .add, .gate]
    // Which output a node's name stands for.
    var alias = [Self.inputName: Self.inputName]
    for node in nodes {
      let place = node.inputs.first { input in
        guard let writer = nodes.first(where: { $0.name == input }) else { return node.layer == .flatten }
        return node.layer == .flatten
          || elementwise.contains(node.layer) && elementwise.contains(writer.layer)
            && nodes.flatMap(\.inputs).count { $0 == input } == 1
      }
      alias[node.name] = place.flatMap { alias[$0] } ?? node.name
    }
    var alive: Set<String> = [Self.inputName]
    var peak = 0
    func size(_ names: Set<String>) -> Int { names.reduce(0) { $0 + (shapes[$1]?.count ?? 0) } }
    for (index, node) in nodes.enumerated() {
      if let output = alias[node.name] { alive.insert(output) }
      peak = max(peak, size(alive))
      alive = alive.filter { output in
        alias.contains { name, place in place == output && readers(name).contains { $0 > index } }
      }
    }
    return (peak, size(Set(alias.values)))
  }
}
