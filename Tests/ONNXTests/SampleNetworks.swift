import ModelZoo
import Networks
import Randomness

/// Small networks that together have every layer.
enum SampleNetworks {
  static func all() throws -> [Network] {
    try zoo() + [shrunk(1), shrunk(2), pooling, heads, convolutions, shortcuts, takenNames]
      + (0..<12).map(random)
  }

  private static func zoo() throws -> [Network] {
    let image = ImageShape(channels: 3, height: 12, width: 10)
    return try ["resnet20:width=0.2", "resnet20:width=0.2,shortcut=b"].map {
      try ModelZoo.network($0, input: image, classes: 5)
    }
  }

  /// A ResNet-56 that lost units and blocks at random.
  private static func shrunk(_ seed: UInt64) throws -> Network {
    let image = ImageShape(channels: 3, height: 12, width: 10)
    let network = try ModelZoo.network("resnet56:width=0.3", input: image, classes: 5)
    var random = RandomStream(seed: seed, stream: .test, index: 3)
    var removal = Removal()
    for group in try network.unitGroups() {
      let kept = Int(random.nextWord()) % group.count
      removal.units[group.name] = Set((0..<group.count).filter { $0 != kept && random.nextWord() % 2 == 0 })
    }
    for block in network.residualBlocks() where random.nextWord() % 3 == 0 {
      removal.blocks.insert(block.name)
    }
    return try network.removing(removal).network
  }

  static func network(_ name: String, channels: Int = 3, classes: Int = 5, _ nodes: [Node]) -> Network {
    Network(
      name: name, input: ImageShape(channels: channels, height: 11, width: 9), classes: classes, nodes: nodes)
  }

  static let pooling = network(
    "pooling",
    [
      Node("conv", .convolution(.init(6, kernel: 3)), "input"),
      Node("max", .pooling(.init(.maximum, kernel: 3, stride: 2, padding: 1)), "conv"),
      Node("average", .pooling(.init(.average, kernel: 3, stride: 1, padding: 1)), "max"),
      Node("max2", .pooling(.init(.maximum, kernel: 2, stride: 2)), "average"),
      Node("average2", .pooling(.init(.average, kernel: 2, stride: 1)), "max2"),
      Node("pool", .globalAveragePool, "average2"), Node("linear", .linear(.init(5)), "pool"),
    ])

  /// Several linear layers with batch norm of vectors, ending in one.
  static let heads = network(
    "heads",
    [
      Node("features.0", .convolution(.init(4, kernel: 3, stride: 2, bias: true)), "input"),
      Node("features.1", .batchNorm, "features.0"), Node("features.2", .relu, "features.1"),
      Node("flatten", .flatten, "features.2"), Node("flatten2", .flatten, "flatten"),
      Node("fc1", .linear(.init(7, bias: false)), "flatten2"), Node("norm1", .batchNorm, "fc1"),
      Node("relu1", .relu, "norm1"), Node("fc2", .linear(.init(5)), "relu1"),
      Node("norm2", .batchNorm, "fc2"),
    ])

  /// Rectangles, dilation, groups, and one result that two layers read.
  static let convolutions: Network = {
    var rectangle = Layer.Convolution(8, kernel: 3, bias: true)
    rectangle.kernel = [3, 1]
    rectangle.stride = [1, 2]
    rectangle.padding = [2, 0]
    return network(
      "convolutions",
      [
        Node("first", .batchNorm, "input"),
        Node("rectangle", .convolution(rectangle), "first"),
        Node("dilated", .convolution(.init(8, kernel: 3, dilation: 2)), "rectangle"),
        Node("bn1", .batchNorm, "dilated"), Node("add", .add, "bn1", "dilated"),
        Node("grouped", .convolution(.init(12, kernel: 3, groups: 4)), "add"),
        Node("depthwise", .convolution(.init(12, kernel: 3, stride: 2, groups: 12, bias: true)), "grouped"),
        Node("bn2", .batchNorm, "depthwise"), Node("relu", .relu, "bn2"),
        Node("pool", .globalAveragePool, "relu"), Node("linear", .linear(.init(5, bias: false)), "pool"),
      ])
  }()

  /// Each kind of channel map, with and without stride.
  static let shortcuts: Network = {
    let maps: [(outputs: Int, stride: Int, channels: [Int]?)] = [
      (4, 1, nil), (4, 2, nil), (9, 1, nil), (6, 2, nil), (3, 1, nil), (2, 2, nil), (1, 1, nil),
      (4, 1, [0, 1, 2, 3]), (3, 1, [1, 2, 3]), (3, 2, [0, 1, 2]), (4, 1, [-1, 2, 3, -1]),
      (5, 2, [-1, -1, 0, -1, -1]), (4, 1, [3, 1, 0, 2]), (4, 2, [1, 3, -1, 0]), (3, 1, [0, -1, 1]),
      (2, 1, [-1, -1]), (2, 2, [-1, -1]), (4, 1, [-1, -1, -1, 0]),
    ]
    // Each is pooled to its own vector; linear layers bring them to one size, and their sum is the result.
    var nodes: [Node] = [Node("stem", .convolution(.init(4, kernel: 3)), "input")]
    var sum: String?
    for (index, map) in maps.enumerated() {
      nodes += [
        Node(
          "skip\(index)",
          .shortcut(.init(outputs: map.outputs, stride: map.stride, channels: map.channels)), "stem"),
        Node("flat\(index)", .flatten, "skip\(index)"),
        Node("linear\(index)", .linear(.init(5)), "flat\(index)"),
      ]
      if let before = sum {
        nodes.append(Node("sum\(index)", .add, before, "linear\(index)"))
        sum = "sum\(index)"
      } else {
        sum = "linear\(index)"
      }
    }
    return network("shortcuts", nodes)
  }()

  /// Names that the file needs for something else.
  static let takenNames = network(
    "",
    [
      Node("logits", .convolution(.init(4, kernel: 3)), "input"),
      Node("bn.weight", .relu, "logits"), Node("bn", .batchNorm, "bn.weight"), Node("", .relu, "bn"),
      Node("skip", .shortcut(.init(outputs: 6, stride: 2)), ""), Node("skip.slice", .relu, "skip"),
      Node("skip.pads", .relu, "skip.slice"), Node("pool.maps", .relu, "skip.pads"),
      Node("pool", .globalAveragePool, "pool.maps"), Node("fc", .linear(.init(5)), "pool"),
    ])

  /// Residual blocks of irregular widths, as shrinking leaves them, made up from a seed.
  static func random(_ seed: Int) -> Network {
    var random = RandomStream(seed: UInt64(seed), stream: .test, index: 2)
    func below(_ limit: Int) -> Int { Int(random.nextWord() % UInt32(limit)) }
    var channels = 1 + below(5)
    var nodes = [Node("stem", .convolution(.init(channels, kernel: 3)), "input")]
    var value = "stem"
    for block in 0..<3 {
      let (inner, outputs, stride) = (1 + below(6), 1 + below(7), 1 + below(2))
      let chosen = (0..<outputs).map { _ in below(channels + 2) - 2 }
      var seen: Set<Int> = []
      let map = chosen.map { $0 >= 0 && seen.insert($0).inserted ? $0 : -1 }
      nodes += [
        Node(
          "b\(block).conv1", .convolution(.init(inner, kernel: 3, stride: stride, bias: below(2) == 0)), value
        ),
        Node("b\(block).bn1", .batchNorm, "b\(block).conv1"),
        Node("b\(block).relu1", .relu, "b\(block).bn1"),
        Node("b\(block).conv2", .convolution(.init(outputs, kernel: 1 + 2 * below(2))), "b\(block).relu1"),
        Node("b\(block).bn2", .batchNorm, "b\(block).conv2"),
        Node(
          "b\(block).skip",
          .shortcut(.init(outputs: outputs, stride: stride, channels: below(3) == 0 ? nil : map)), value),
        Node("b\(block).add", .add, "b\(block).bn2", "b\(block).skip"),
        Node("b\(block).relu2", .relu, "b\(block).add"),
      ]
      value = "b\(block).relu2"
      channels = outputs
    }
    nodes += [Node("pool", .globalAveragePool, value), Node("fc", .linear(.init(5)), "pool")]
    return network("random\(seed)", nodes)
  }
}
