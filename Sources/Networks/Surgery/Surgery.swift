/// A smaller network, and how its tensors are cut out of the larger one's.
public struct Surgery: Hashable, Sendable {
  public let network: Network
  /// One per parameter and running statistic of ``network``.
  public let slices: [TensorSlice]

  /// The state of the smaller network: weights, statistics, momentum and second moments alike.
  /// - Throws: ``ModelStateError`` where a tensor is missing or of another size than the larger network's.
  public func apply(to state: ModelState) throws(ModelStateError) -> ModelState {
    var adaptive = state.adaptive
    if let moments = state.adaptive?.secondMoments {
      adaptive?.secondMoments = try cut(moments, statistics: false)
    }
    return ModelState(
      parameters: try cut(state.parameters, statistics: false),
      statistics: try cut(state.statistics, statistics: true),
      momentum: try cut(state.momentum, statistics: false), adaptive: adaptive)
  }

  private func cut(
    _ tensors: [String: [Float]], statistics: Bool
  ) throws(ModelStateError) -> [String: [Float]] {
    var result: [String: [Float]] = [:]
    for slice in slices where slice.isStatistic == statistics {
      guard let values = tensors[slice.name], values.count == slice.shape.reduce(1, *) else {
        throw ModelStateError(
          tensor: slice.name, expectedShape: slice.shape, foundCount: tensors[slice.name]?.count)
      }
      result[slice.name] = slice.apply(to: values)
    }
    return result
  }
}

/// What remains of a tensor: it keeps its name, and some indices along each dimension.
public struct TensorSlice: Hashable, Sendable {
  public let name: String
  /// Whether it is a running statistic rather than a parameter.
  public let isStatistic: Bool
  /// Of the larger tensor.
  public let shape: [Int]
  /// The indices that stay along each dimension, in order; nil for all.
  public let kept: [[Int]?]

  /// Of the smaller tensor.
  public var keptShape: [Int] { zip(shape, kept).map { $1?.count ?? $0 } }

  /// The values that stay.
  /// - Precondition: `values` are as many as ``shape`` says.
  public func apply<Value>(to values: [Value]) -> [Value] {
    var result = values
    var inner = 1
    // From the last dimension to the first, so that what lies within an index is already as small as it gets.
    for (size, indices) in zip(shape, kept).reversed() {
      if let indices { result = Self.select(indices, of: size, inner: inner, from: result) }
      inner *= indices?.count ?? size
    }
    return result
  }

  private static func select<Value>(
    _ indices: [Int], of size: Int, inner: Int, from values: [Value]
  ) -> [Value] {
    var result: [Value] = []
    let outer = size * inner == 0 ? 0 : values.count / (size * inner)
    result.reserveCapacity(outer * indices.count * inner)
    for row in 0..<outer {
      for index in indices {
        let start = (row * size + index) * inner
        result += values[start..<(start + inner)]
      }
    }
    return result
  }
}
