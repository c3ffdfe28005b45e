import Networks
import Pruning

/// Counts what a masked network costs node by node, also where nothing of a layer is left and no network could be built.
struct CostCounter {
  private let layers: [CountedLayer]

  /// A node whose cost depends on gates.
  private struct CountedLayer {
    var input: Channels
    var output: Channels
    /// The gates of the branches that it lies in.
    var blocks: [Int]
    /// Multiply-accumulates of one input with one output.
    var products: Int
    /// Weights of one input with one output.
    var weights: Int
    /// Parameters that each output has besides.
    var perOutput: Int
  }

  /// The values at a node.
  private struct Channels {
    /// The gates of its units; nil where there are none.
    var gates: Range<Int>?
    /// Values per unit, or in all.
    var values: Int

    func live(_ mask: [Bool]) -> Int {
      guard let gates else { return values }
      var live = 0
      for gate in gates where mask[gate] { live += values }
      return live
    }
  }

  init(_ layout: GateLayout) throws {
    let shapes = try layout.network.shapes()
    var channels = [Network.inputName: Channels(values: layout.network.input.channels)]
    var layers: [CountedLayer] = []
    for node in layout.network.nodes {
      guard var input = channels[node.inputs[0]], let shape = shapes[node.name],
        let inputShape = shapes[node.inputs[0]]
      else { continue }
      let set = layout.sets.first { $0.kind != .block && $0.nodes.contains(node.name) }
      let fresh = Channels(gates: set?.range, values: set == nil ? shape.channels : 1)
      let blocks = layout.sets.filter { $0.kind == .block && $0.nodes.contains(node.name) }
        .map(\.range.lowerBound)
      switch node.layer {
      case .convolution(let convolution):
        // A grouped convolution's output reads a share of the inputs; neither side has gates then.
        input.values /= convolution.groups
        let taps = convolution.kernel[0] * convolution.kernel[1]
        layers.append(
          CountedLayer(
            input: input, output: fresh, blocks: blocks, products: taps * shape.count / shape.channels,
            weights: taps, perOutput: convolution.bias ? 1 : 0))
        channels[node.name] = fresh
      case .linear(let linear):
        layers.append(
          CountedLayer(
            input: input, output: fresh, blocks: blocks, products: 1, weights: 1,
            perOutput: linear.bias ? 1 : 0))
        channels[node.name] = fresh
      case .batchNorm:
        layers.append(
          CountedLayer(input: input, output: input, blocks: blocks, products: 0, weights: 0, perOutput: 2))
        channels[node.name] = input
      case .flatten:
        input.values *= inputShape.count / inputShape.channels
        channels[node.name] = input
      case .shortcut, .concatenate, .scaleChannels: channels[node.name] = fresh
      case .relu, .add, .pooling, .globalAveragePool, .gate: channels[node.name] = input
      }
    }
    self.layers = layers
  }

  func cost(_ mask: [Bool]) -> (macs: Int, parameters: Int) {
    var (macs, parameters) = (0, 0)
    for layer in layers where layer.blocks.allSatisfy({ mask[$0] }) {
      let (inputs, outputs) = (layer.input.live(mask), layer.output.live(mask))
      macs += inputs * outputs * layer.products
      parameters += inputs * outputs * layer.weights + outputs * layer.perOutput
    }
    return (macs, parameters)
  }
}

/// Expected values by going through all masks.
enum Enumeration {
  /// Calls `body` with every mask and its probability.
  static func forEach(_ theta: [Double], _ body: ([Bool], Double) -> Void) {
    for code in 0..<(1 << theta.count) {
      let mask = theta.indices.map { code >> $0 & 1 == 1 }
      body(mask, zip(theta, mask).reduce(1) { $0 * ($1.1 ? $1.0 : 1 - $1.0) })
    }
  }

  static func mean(_ theta: [Double], _ value: ([Bool]) -> Double) -> Double {
    var mean = 0.0
    forEach(theta) { mask, probability in mean += probability * value(mask) }
    return mean
  }
}
