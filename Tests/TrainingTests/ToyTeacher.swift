import Datasets
import Networks
import Randomness
import Training

/// Ten classes made by a small residual network with random weights, and a larger one to learn them: the units and blocks
/// that are needed are known to be few.
enum ToyTeacher {
  private static let inputs = 16
  private static let width = 32

  /// `width` values, `blocks` residual blocks of `units` units, without batch norm.
  static func student(blocks: Int, units: Int = 32) -> Network {
    var nodes = [
      Node("flatten", .flatten, Network.inputName), Node("stem", .linear(.init(width)), "flatten"),
    ]
    var last = "stem"
    for block in 0..<blocks {
      nodes += [
        Node("block\(block).linear1", .linear(.init(units)), last),
        Node("block\(block).relu", .relu, "block\(block).linear1"),
        Node("block\(block).linear2", .linear(.init(width)), "block\(block).relu"),
        Node("block\(block).add", .add, "block\(block).linear2", last),
      ]
      last = "block\(block).add"
    }
    nodes.append(Node("head", .linear(.init(10)), last))
    return Network(
      name: "toy", input: ImageShape(channels: 1, height: 4, width: 4), classes: 10, nodes: nodes)
  }

  /// Random inputs with the classes that the teacher gives them.
  static func data(training: Int, test: Int) throws -> TrainingData {
    try TrainingData(training: dataset(training, part: 0), test: dataset(test, part: 1))
  }

  private static func dataset(_ count: Int, part: UInt32) throws -> ImageDataset {
    let teacher = Weights(seed: 3)
    var random = RandomStream(seed: 4, stream: .test, epoch: part)
    var images: [UInt8] = []
    var labels: [Int32] = []
    for _ in 0..<count {
      let bytes = (0..<inputs).map { _ in UInt8(min(max(128 + 40 * random.standardNormal(), 0), 255)) }
      images += bytes
      labels.append(Int32(teacher.label(bytes.map { (Double($0) - 128) / 40 })))
    }
    return try ImageDataset(
      name: "toy", classes: (0..<10).map { "class \($0)" }, channels: 1, height: 4, width: 4, images: images,
      labels: labels)
  }

  /// A stem, two residual blocks of six units, and a head.
  private struct Weights {
    private var stem: [[Double]]
    private var blocks: [(inner: [[Double]], outer: [[Double]])]
    private var head: [[Double]]

    init(seed: UInt64) {
      var random = RandomStream(seed: seed, stream: .test)
      func matrix(_ rows: Int, _ columns: Int, _ scale: Double) -> [[Double]] {
        (0..<rows).map { _ in
          (0..<columns).map { _ in scale * random.standardNormal() / Double(columns).squareRoot() }
        }
      }
      stem = matrix(width, inputs, 1)
      blocks = (0..<2).map { _ in (matrix(6, width, 2), matrix(width, 6, 3)) }
      head = matrix(10, width, 1)
    }

    func label(_ input: [Double]) -> Int {
      var stream = product(stem, input)
      for block in blocks {
        let inner = product(block.inner, stream).map { max($0, 0) }
        stream = zip(stream, product(block.outer, inner)).map(+)
      }
      let logits = product(head, stream)
      return logits.indices.max { logits[$0] < logits[$1] } ?? 0
    }

    private func product(_ matrix: [[Double]], _ vector: [Double]) -> [Double] {
      matrix.map { row in zip(row, vector).reduce(0) { $0 + $1.0 * $1.1 } }
    }
  }
}
