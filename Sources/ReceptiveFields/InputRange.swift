import Networks

/// The image sizes that suit a network, in pixels along one axis.
public struct InputRange: Hashable, Sendable {
  /// Below it, some layer can add nothing.
  public let minimum: Int
  /// Above it, some of an image's patterns are seen by no position; nil where positions see everything.
  public let maximum: Int?
  /// The node that decides on the minimum.
  public let limitedBy: String?

  /// Which nodes decide, and how.
  public enum Convention: String, CaseIterable, Hashable, Sendable {
    /// Ours: one pixel more than any spatial convolution's input sees on the shortest path.
    case spatial
    /// The toolbox's default (rfa_toolbox 1.7.0): the largest r_min of any node.
    case toolbox
    /// Its `filter_all_inf_rf=False`: the largest r_min that any node reads.
    case toolboxInputs = "toolbox-inputs"
    /// Its `lower_bound=True`: the largest r_min that a convolution or pooling with a window reads.
    case toolboxLowerBound = "toolbox-lower-bound"
  }
}

extension FieldAnalysis {
  /// The image sizes that suit the network, of height and width.
  ///
  /// The toolbox's conventions also ask for images as large as the product of a window and all strides up to it.
  public func inputRanges(_ convention: InputRange.Convention = .spatial) -> [InputRange] {
    (0...1).map { inputRange(convention, axis: $0) }
  }

  private func inputRange(_ convention: InputRange.Convention, axis: Int) -> InputRange {
    var (minimum, limit): (Int, String?) = (1, nil)
    let shortest = layers.reduce(into: [Network.inputName: 1]) { $0[$1.name] = $1.field?.axes[axis].shortest }
    for layer in layers {
      let inputs = layer.inputs.compactMap { shortest[$0] }
      guard let needed = needed(by: layer, inputs, convention, axis), needed > minimum else { continue }
      (minimum, limit) = (needed, layer.name)
    }
    let extents = layers.compactMap(\.field).map { $0.axes[axis].longest }
    let maximum = extents.contains(nil) ? nil : extents.compactMap(\.self).max()
    return InputRange(minimum: minimum, maximum: maximum ?? (extents.isEmpty ? 1 : nil), limitedBy: limit)
  }

  /// The smallest size at which a layer can add something; nil for what sets no limit.
  ///
  /// - Parameter inputs: The r_min of what it reads.
  private func needed(
    by layer: FieldLayer, _ inputs: [Int], _ convention: InputRange.Convention, _ axis: Int
  ) -> Int? {
    guard let field = layer.field?.axes[axis], let read = inputs.min(), let longest = inputs.max() else {
      return nil
    }
    let window = layer.layer.window[axis]
    /// As large as the window, with the strides up to and including its own.
    var coarsest: Int { window * field.jump }
    switch convention {
    case .spatial: return layer.isSpatial && window > 1 ? read + 1 : nil
    case .toolbox: return max(coarsest, field.shortest)
    case .toolboxInputs: return max(coarsest, longest)
    case .toolboxLowerBound: return max(coarsest, window > 1 ? read : 1)
    }
  }
}

extension Layer {
  /// The positions that a window spans, without dilation, in height and width.
  fileprivate var window: [Int] {
    switch self {
    case .convolution(let layer): layer.kernel
    case .pooling(let layer): [layer.kernel, layer.kernel]
    default: [1, 1]
    }
  }
}
