/// What one position of a feature map can see of the input, along each axis.
public struct ReceptiveField: Hashable, Sendable {
  public let height: FieldAxis
  public let width: FieldAxis

  /// That of the images themselves.
  public static let pixel = ReceptiveField(height: .pixel, width: .pixel)

  public init(height: FieldAxis, width: FieldAxis) {
    self.height = height
    self.width = width
  }

  /// Vertical and horizontal.
  public var axes: [FieldAxis] { [height, width] }

  /// r_max of the longer side; nil where every position sees everything.
  public var longestSide: Int? {
    guard let height = height.longest, let width = width.longest else { return nil }
    return max(height, width)
  }
}

/// A receptive field along one axis, in pixels of the input.
public struct FieldAxis: Hashable, Sendable {
  /// Along the path with the smallest windows: r_min.
  public let shortest: Int
  /// From the first to the last pixel that position 0 can depend on by any path, the padding included; nil where it
  /// depends on the whole image.
  public let extent: ClosedRange<Int>?
  /// Pixels between two neighbouring positions: the product of all strides on the way.
  public let jump: Int

  static let pixel = FieldAxis(shortest: 1, extent: 0...0, jump: 1)

  public init(shortest: Int, extent: ClosedRange<Int>?, jump: Int) {
    self.shortest = shortest
    self.extent = extent
    self.jump = jump
  }

  /// Pixels in the field along the path with the largest windows: r_max; nil where everything is seen.
  ///
  /// Paths that are not centred on each other see more together than each alone; this is together.
  public var longest: Int? { extent.map { $0.upperBound - $0.lowerBound + 1 } }

  /// The middle of position 0's field, where pixel 0 has its centre at 0; nil where everything is seen.
  public var centre: Double? { extent.map { Double($0.lowerBound + $0.upperBound) / 2 } }
}

extension Network {
  /// The receptive field of every node that has feature maps. Vectors see the whole image and are not in the result.
  ///
  /// r' = r + (K - 1) · j and j' = j · s for a window of K positions at a stride of s, along each axis; where paths meet, the
  /// extremes of both. It takes one look at each node.
  ///
  /// - Throws: ``NetworkError`` where the network's shapes do not fit, or a field is larger than can be counted.
  public func receptiveFields() throws -> [String: ReceptiveField] { try receptiveFields(shapes: shapes()) }

  /// The same with the network's shapes at hand.
  package func receptiveFields(shapes: [String: FeatureShape]) throws -> [String: ReceptiveField] {
    var fields = [Self.inputName: ReceptiveField.pixel]
    for node in nodes {
      guard case .maps = shapes[node.name] else { continue }
      let inputs = node.inputs.compactMap { fields[$0] }
      let windows = node.layer.windows
      // What is left of the image in a vector that scales maps is everything.
      let seesAll = inputs.count < node.inputs.count
      fields[node.name] = ReceptiveField(
        height: try FieldAxis(joining: inputs.map(\.height))
          .seen(through: windows[0], seesAll: seesAll, node: node.name),
        width: try FieldAxis(joining: inputs.map(\.width))
          .seen(through: windows[1], seesAll: seesAll, node: node.name))
    }
    fields[Self.inputName] = nil
    return fields
  }
}

/// A window along one axis: how many positions of its input it spans, how far apart two of them lie, and how many
/// positions the first begins before the input does.
private struct Window {
  var span = 1
  var stride = 1
  var padding = 0
}

extension Layer {
  /// Vertical and horizontal.
  fileprivate var windows: [Window] {
    switch self {
    case .convolution(let layer):
      (0...1).map {
        Window(
          span: layer.dilation[$0] * (layer.kernel[$0] - 1) + 1, stride: layer.stride[$0],
          padding: layer.padding[$0])
      }
    case .pooling(let layer):
      [Window](
        repeating: .init(span: layer.kernel, stride: layer.stride, padding: layer.padding), count: 2)
    case .shortcut(let layer): [Window](repeating: .init(stride: layer.stride), count: 2)
    case .batchNorm, .relu, .add, .gate, .globalAveragePool, .flatten, .linear, .concatenate, .scaleChannels:
      [Window(), Window()]
    }
  }
}

extension FieldAxis {
  /// What paths see together that meet. Their positions lie equally far apart in any network that makes sense; of others the
  /// largest distance counts.
  fileprivate init(joining paths: [FieldAxis]) {
    let extents = paths.compactMap(\.extent)
    var extent: ClosedRange<Int>?
    if extents.count == paths.count, let first = extents.first {
      extent = extents.dropFirst().reduce(first) {
        min($0.lowerBound, $1.lowerBound)...max($0.upperBound, $1.upperBound)
      }
    }
    self.init(shortest: paths.map(\.shortest).min() ?? 1, extent: extent, jump: paths.map(\.jump).max() ?? 1)
  }

  fileprivate func seen(through window: Window, seesAll: Bool, node: String) throws -> FieldAxis {
    let what = "pixels in the receptive field"
    func product(_ first: Int, _ second: Int) throws -> Int {
      try CheckedSizes.product([first, second], limit: Self.largest, of: what, node: node)
    }
    func sum(_ first: Int, _ second: Int) throws -> Int {
      try CheckedSizes.sum(first, second, limit: Self.largest, of: what, node: node)
    }
    let growth = try product(window.span - 1, jump)
    // What padding shifts the field by, the growth that it takes in front.
    let shift = try product(window.padding, jump)
    var extent: ClosedRange<Int>?
    if !seesAll, let before = self.extent {
      let before = (lower: before.lowerBound, upper: before.upperBound)
      _ = try sum(-before.lower, shift)
      extent = (before.lower - shift)...(try sum(before.upper, growth - shift))
    }
    return FieldAxis(
      shortest: try sum(shortest, growth), extent: extent, jump: try product(jump, window.stride))
  }
  /// Pixels beyond which nothing is counted, so that arithmetic with positions stays exact.
  private static let largest = 1 << 30
}
