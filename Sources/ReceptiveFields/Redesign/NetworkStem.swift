import Networks

/// A network's first convolution, and the pooling behind it if there is one.
struct NetworkStem {
  let convolution: String
  let layer: Layer.Convolution
  let pooling: String?

  /// nil where the images are read by something else, or by several nodes.
  init?(_ network: Network) {
    let readers = network.nodes.filter { $0.inputs.contains(Network.inputName) }
    guard readers.count == 1, case .convolution(let layer) = readers[0].layer else { return nil }
    convolution = readers[0].name
    self.layer = layer
    var last = convolution
    var pooling: String?
    search: while true {
      let readers = network.nodes.filter { $0.inputs.contains(last) }
      guard readers.count == 1 else { break }
      switch readers[0].layer {
      case .batchNorm, .relu: last = readers[0].name
      case .pooling:
        pooling = readers[0].name
        break search
      default: break search
      }
    }
    self.pooling = pooling
  }

  /// Whether it is made for images larger than those of small data sets: a window of more than 3×3.
  var isLarge: Bool { layer.kernel.contains { $0 > 3 } }
}

extension Network {
  /// The network with a small window and another stride at its stem, and without the stem's pooling if that is to go.
  ///
  /// The window is 3 wide, or so much more that a stride skips no pixel.
  func replacingStem(_ stem: NetworkStem, stride: [Int], keepsPooling: Bool) throws -> Network {
    guard let index = nodes.firstIndex(where: { $0.name == stem.convolution }) else {
      throw RedesignError.unknownNode(stem.convolution, network: name)
    }
    var result = self
    var layer = stem.layer
    layer.kernel = stride.map { max(3, $0 / 2 * 2 + 1) }
    layer.stride = stride
    layer.padding = layer.kernel.map { $0 / 2 }
    layer.dilation = [1, 1]
    result.nodes[index].layer = .convolution(layer)
    if let pooling = stem.pooling, !keepsPooling { return try result.keepingResolution(at: pooling) }
    _ = try result.shapes()
    return result
  }
}
