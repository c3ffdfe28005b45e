import Networks

/// A value of a network that is probed.
public struct ProbedLayer: Hashable, Sendable, Codable {
  public enum Kind: String, CaseIterable, Hashable, Sendable, Codable {
    /// What a convolution gives, before batch norm, activation and addition.
    case convolution
    /// What a linear layer gives; the last one's are the logits.
    case linear
    /// The sum of two paths, before its activation: what a block passes on.
    case sum
  }

  /// The node's.
  public let name: String
  public let kind: Kind
  public let channels: Int
  /// 1 for vectors, as ``width``.
  public let height: Int
  public let width: Int
  /// Whether the node gives a vector, not feature maps of one pixel.
  public let isVector: Bool

  public init(name: String, kind: Kind, shape: FeatureShape) {
    (self.name, self.kind) = (name, kind)
    switch shape {
    case .maps(let maps):
      (channels, height, width, isVector) = (maps.channels, maps.height, maps.width, false)
    case .vector(let count): (channels, height, width, isVector) = (count, 1, 1, true)
    }
  }

  public var positions: Int { height * width }
  /// Values per image.
  public var count: Int { channels * positions }
}

extension Network {
  /// Every convolution, linear layer and sum, from the images to the logits.
  ///
  /// - Throws: `NetworkError` for a network whose layers do not fit.
  public func probedLayers() throws -> [ProbedLayer] {
    let shapes = try shapes()
    return nodes.compactMap { node in
      let kind: ProbedLayer.Kind
      switch node.layer {
      case .convolution: kind = .convolution
      case .linear: kind = .linear
      case .add: kind = .sum
      default: return nil
      }
      return shapes[node.name].map { ProbedLayer(name: node.name, kind: kind, shape: $0) }
    }
  }
}
