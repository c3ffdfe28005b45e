import Networks

/// Networks of a random shape: convolutions and poolings one behind another, with sums over some of them.
struct RandomNetworks {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> Network {
    var nodes: [Node] = []
    var last = Network.inputName
    for index in 0..<(1 + number(8)) {
      let name = "n\(index)"
      switch number(7) {
      case 0: append(Node(name, .batchNorm, last))
      case 1: append(Node(name, .relu, last))
      case 2: append(Node(name, .gate, last))
      case 3:
        append(Node(name, .convolution(.init(4, kernel: 1 + 2 * number(2), stride: 1 + number(2))), last))
      case 4: append(Node(name, .pooling(.init(.maximum, kernel: 3, stride: 2, padding: 1)), last))
      default:
        let source = last
        append(Node("\(name).conv", .convolution(.init(4, kernel: 3, dilation: 1 + number(2))), source))
        if number(2) == 0 { append(Node("\(name).bn", .batchNorm, "\(name).conv")) }
        append(Node(name, .add, last, source))
      }
    }
    if number(2) == 0 {
      append(Node("flatten", .flatten, last))
    } else {
      append(Node("mean", .globalAveragePool, last))
    }
    append(Node("linear", .linear(.init(3)), last))
    return Network(
      name: "random", input: ImageShape(channels: 4, height: 9 + number(9), width: 9 + number(9)), classes: 3,
      nodes: nodes)

    func append(_ node: Node) {
      nodes.append(node)
      last = node.name
    }
  }

  private mutating func number(_ bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(state >> 33) % bound
  }
}
