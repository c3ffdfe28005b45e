import Networks
import Randomness

/// What networks compute, in float64.
package enum NetworkOracle {
  /// - Parameters:
  ///   - state: all tensors of the network.
  ///   - images: `[batch, channels, height, width]`.
  /// - Returns: `[batch, classes]`.
  package static func logits(_ network: Network, _ state: ModelState, images: OracleTensor) throws
    -> OracleTensor
  {
    let values = try values(network, state, images: images)
    return network.nodes.last.flatMap { values[$0.name] } ?? images
  }

  /// Of every node by name, and of the images by that of the input.
  ///
  /// - Parameters: As of ``logits(_:_:images:)``.
  package static func values(_ network: Network, _ state: ModelState, images: OracleTensor) throws
    -> [String: OracleTensor]
  {
    let table = try ParameterTable(network)
    var tensors: [String: OracleTensor] = [:]
    for entry in table.parameters + table.statistics {
      tensors[entry.name] = OracleTensor(entry.shape, try state.values(of: entry))
    }
    var values = [Network.inputName: images]
    for node in network.nodes {
      values[node.name] = output(of: node, inputs: node.inputs.compactMap { values[$0] }) {
        tensors["\(node.name).\($0)"]
      }
    }
    return values
  }

  private static func output(
    of node: Node, inputs: [OracleTensor], _ parameter: (String) -> OracleTensor?
  ) -> OracleTensor {
    func values(_ name: String) -> [Double] { parameter(name)?.values ?? [] }
    let input = inputs[0]
    switch node.layer {
    case .convolution(let layer):
      return input.convolved(
        parameter("weight") ?? input, bias: parameter("bias")?.values, groups: layer.groups,
        window: OracleWindow(
          kernel: layer.kernel, stride: layer.stride, pads: layer.padding + layer.padding,
          dilation: layer.dilation))
    case .linear: return input.multiplied(parameter("weight") ?? input, bias: parameter("bias")?.values)
    case .batchNorm:
      return input.normalised(
        mean: values("running_mean"), variance: values("running_var"), scale: values("weight"),
        shift: values("bias"), epsilon: 1e-5)
    case .relu: return input.map { max($0, 0) }
    case .add: return inputs[0] + inputs[1]
    case .pooling(let layer):
      let window = OracleWindow(
        kernel: [layer.kernel, layer.kernel], stride: [layer.stride, layer.stride],
        pads: [Int](repeating: layer.padding, count: 4))
      return layer.kind == .maximum ? input.maximumPooled(window) : input.averagePooled(window)
    case .globalAveragePool: return input.globallyAveraged().flattened()
    case .flatten: return input.flattened()
    case .shortcut(let layer): return input.shortcut(layer)
    case .gate: return input
    case .concatenate, .scaleChannels: preconditionFailure("\(node.name) is for analysis only")
    }
  }
}

extension OracleTensor {
  fileprivate func shortcut(_ layer: Layer.Shortcut) -> OracleTensor {
    let rows = stride(from: 0, to: shape[2], by: layer.stride)
    let columns = stride(from: 0, to: shape[3], by: layer.stride)
    var values: [Double] = []
    for image in 0..<shape[0] {
      for source in layer.sources(inputs: shape[1]) {
        for row in rows {
          for column in columns {
            let plane = image * shape[1] + source
            values.append(source < 0 ? 0 : self.values[(plane * shape[2] + row) * shape[3] + column])
          }
        }
      }
    }
    return OracleTensor([shape[0], layer.outputs, Array(rows).count, Array(columns).count], values)
  }
}

extension ModelState {
  /// Random tensors of a network; running variances are positive.
  package static func random(for network: Network, seed: UInt64) throws -> ModelState {
    let table = try ParameterTable(network)
    var random = RandomStream(seed: seed, stream: .test)
    func values(_ entry: Parameter) -> [Float] {
      (0..<entry.count).map { _ in
        let normal = random.standardNormal()
        return switch entry.role {
        case .convolutionWeight, .linearWeight: Float(normal * (2 / Double(entry.fanIn)).squareRoot())
        // Below 1, so that sums over many residual blocks stay small.
        case .scale: Float(0.5 + 0.2 * normal)
        case .runningVariance: Float(0.3 + abs(normal))
        default: Float(0.3 * normal)
        }
      }
    }
    var state = ModelState(parameters: [:], statistics: [:], momentum: [:])
    for entry in table.parameters {
      state.parameters[entry.name] = values(entry)
      state.momentum[entry.name] = values(entry)
    }
    for entry in table.statistics { state.statistics[entry.name] = values(entry) }
    return state
  }
}

extension OracleTensor {
  /// Random images for a network.
  package static func images(_ count: Int, for network: Network, seed: UInt64) -> OracleTensor {
    var random = RandomStream(seed: seed, stream: .test, index: 1)
    let shape = [count, network.input.channels, network.input.height, network.input.width]
    return OracleTensor(shape, (0..<shape.reduce(1, *)).map { _ in Float(random.standardNormal()) })
  }
}
