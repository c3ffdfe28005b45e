/// The pixels of the input, in height and width, that one output position can depend on: 1×1 for the images
/// themselves.
public struct ReceptiveField: Hashable, Sendable {
  public var height: Int
  public var width: Int

  public init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }

  /// The longer side.
  public var longestSide: Int { max(height, width) }
}

extension Network {
  /// The receptive field of every node that has feature maps, along the longest path that leads there.
  /// Vectors see the whole image and are not in the result.
  ///
  /// Padding does not count: near the border, a part of the field lies outside the image.
  ///
  /// - Throws: ``NetworkError`` where the network's shapes do not fit.
  public func receptiveFields() throws -> [String: ReceptiveField] {
    let shapes = try shapes()
    var axes = [Self.inputName: [FieldAxis(), FieldAxis()]]
    for node in nodes {
      guard case .maps = shapes[node.name] else { continue }
      let inputs = node.inputs.compactMap { axes[$0] }
      let windows = node.layer.windows
      axes[node.name] = try windows.indices.map { axis in
        try FieldAxis(longestOf: inputs.map { $0[axis] }).seen(through: windows[axis], node: node.name)
      }
    }
    return axes.filter { $0.key != Self.inputName }.mapValues {
      ReceptiveField(height: $0[0].size, width: $0[1].size)
    }
  }
}

/// A window along one axis: how many positions of its input it spans, and how far apart two of them lie.
private struct Window {
  var span = 1
  var stride = 1
}

extension Layer {
  /// Vertical and horizontal.
  fileprivate var windows: [Window] {
    switch self {
    case .convolution(let layer):
      (0...1).map { Window(span: layer.dilation[$0] * (layer.kernel[$0] - 1) + 1, stride: layer.stride[$0]) }
    case .pooling(let layer): [Window](repeating: .init(span: layer.kernel, stride: layer.stride), count: 2)
    case .shortcut(let layer): [Window](repeating: .init(stride: layer.stride), count: 2)
    case .batchNorm, .relu, .add, .gate, .globalAveragePool, .flatten, .linear: [Window(), Window()]
    }
  }
}

/// The recursion along one axis: r' = r + (K - 1) · j, j' = j · s.
private struct FieldAxis {
  var size = 1
  /// Pixels between two neighbouring positions.
  var jump = 1

  init() {}

  /// Paths that meet agree in their jump, but for maps of one pixel.
  init(longestOf axes: [FieldAxis]) {
    size = axes.map(\.size).max() ?? 1
    jump = axes.map(\.jump).max() ?? 1
  }

  func seen(through window: Window, node: String) throws -> FieldAxis {
    let what = "pixels in the receptive field"
    let growth = try CheckedSizes.product([window.span - 1, jump], limit: .max, of: what, node: node)
    var next = self
    next.size = try CheckedSizes.sum(size, growth, limit: .max, of: what, node: node)
    next.jump = try CheckedSizes.product([jump, window.stride], limit: .max, of: what, node: node)
    return next
  }
}
