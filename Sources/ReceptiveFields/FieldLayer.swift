import Networks

/// One node of a network and what its positions see.
public struct FieldLayer: Hashable, Sendable {
  public let name: String
  public let layer: Layer
  public let inputs: [String]
  public let outputShape: FeatureShape
  /// nil for vectors, which see everything.
  public let field: ReceptiveField?
  /// nil for vectors.
  public let cover: Cover?
  /// nil for what is not judged: all but convolutions, and 1×1 ones unless the rule says so.
  public let verdict: FieldVerdict?
  /// Trainable parameters.
  public let parameters: Int
  /// Per image.
  public let multiplyAccumulates: Int

  /// Whether it is a convolution that adds context: one with a window of more than one position.
  public var isSpatial: Bool { layer.isSpatial }

  /// Whether it costs something or changes what is seen: all but batch norms, ReLUs and the like.
  public var isNotable: Bool {
    switch layer {
    case .batchNorm, .relu, .gate, .flatten: false
    case .convolution, .add, .pooling, .globalAveragePool, .shortcut, .linear, .concatenate, .scaleChannels:
      true
    }
  }

  /// The smallest r_min of both axes, which decides; nil for vectors.
  public var shortest: Int? { field?.axes.map(\.shortest).min() }
}

extension Layer {
  var isSpatial: Bool {
    if case .convolution(let convolution) = self { convolution.kernel.contains { $0 > 1 } } else { false }
  }

  var isConvolution: Bool { if case .convolution = self { true } else { false } }
}

/// How much of the image the positions of a map see, as shares of each axis, in height and width.
public struct Cover: Hashable, Sendable {
  /// Over all positions.
  public let mean: [Double]
  /// Of the position that sees least: at a corner.
  public let minimum: [Double]

  /// - Parameters:
  ///   - positions: Of the map, in height and width.
  ///   - size: Of the image.
  init(_ field: ReceptiveField, positions: [Int], size: [Int]) {
    let shares = zip(field.axes, zip(positions, size)).map { axis, sizes in
      axis.cover(positions: sizes.0, of: sizes.1)
    }
    mean = shares.map(\.mean)
    minimum = shares.map(\.minimum)
  }

  /// Whether every position sees everything.
  public var isFull: Bool { minimum.allSatisfy { $0 == 1 } }
}

extension FieldAxis {
  /// What the positions see of an axis.
  ///
  /// From position to position it changes by the same number of pixels but at four bends: where fields begin and cease to
  /// reach into the image, and where they begin and cease to lie in it.
  fileprivate func cover(positions: Int, of size: Int) -> (mean: Double, minimum: Double) {
    guard let extent else { return (1, 1) }
    func seen(_ position: Int) -> Int {
      let first = max(0, extent.lowerBound + position * jump)
      let last = min(size - 1, extent.upperBound + position * jump)
      return max(0, last - first + 1)
    }
    let bends = [
      -Self.floor(extent.upperBound, over: jump), -Self.floor(extent.lowerBound, over: jump),
      Self.floor(size - 1 - extent.upperBound, over: jump) + 1,
      Self.floor(size - 1 - extent.lowerBound, over: jump) + 1,
    ]
    let cuts = ([0, positions] + bends.map { min(max($0, 0), positions) }).sorted()
    var sum = 0.0
    for (start, end) in zip(cuts, cuts.dropFirst()) where start < end {
      sum += Double(seen(start) + seen(end - 1)) * Double(end - start) / 2
    }
    // It rises before it falls.
    let least = min(seen(0), seen(positions - 1))
    return (sum / Double(positions) / Double(size), Double(least) / Double(size))
  }

  private static func floor(_ number: Int, over divisor: Int) -> Int {
    number >= 0 ? number / divisor : -((divisor - 1 - number) / divisor)
  }
}
