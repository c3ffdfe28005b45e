import Devices

extension Oracle {
  /// Means and variances, `[groups, channels]` or `[channels]`.
  public struct Statistics: Hashable, Sendable {
    public var mean: [Double]
    public var variance: [Double]

    public init(mean: [Double], variance: [Double]) {
      self.mean = mean
      self.variance = variance
    }
  }

  /// Mean and biased variance of each channel over each of `groups` equal parts of the batch.
  public static func batchNormStatistics(
    _ shape: ActivationShape, groups: Int, input: [Double]
  ) -> Statistics {
    let rows = Groups(shape, groups)
    let mean = rows.sums(input).map { $0 / Double(rows.elements) }
    var squares = [Double](repeating: 0, count: mean.count)
    for index in input.indices {
      let row = rows.row(index)
      squares[row] += (input[index] - mean[row]) * (input[index] - mean[row])
    }
    return Statistics(mean: mean, variance: squares.map { $0 / Double(rows.elements) })
  }

  /// Running statistics after a batch: `(1 − momentum) · running + momentum · batch`, with unbiased variances and the
  /// mean over groups for `batch`.
  public static func runningStatistics(
    _ shape: ActivationShape, groups: Int, momentum: Float, batch: Statistics, running: Statistics
  ) -> Statistics {
    let elements = Double(Groups(shape, groups).elements)
    // The variance of a single value is zero, biased or not.
    let unbiased = elements / max(elements - 1, 1)
    let weight = Double(momentum)
    var result = running
    for c in 0..<shape.channels {
      let rows = (0..<groups).map { $0 * shape.channels + c }
      let mean = rows.reduce(0) { $0 + batch.mean[$1] } / Double(groups)
      let variance = rows.reduce(0) { $0 + batch.variance[$1] } / Double(groups)
      result.mean[c] = (1 - weight) * running.mean[c] + weight * mean
      result.variance[c] =
        (1 - weight) * running.variance[c] + weight * variance * unbiased
    }
    return result
  }

  /// How a batch's elements belong to the rows of a `[groups, channels]` array: image n is in group n · groups / batch.
  struct Groups {
    private let shape: ActivationShape
    private let area: Int
    private let groups: Int
    /// Elements per row.
    let elements: Int

    init(_ shape: ActivationShape, _ groups: Int) {
      self.shape = shape
      self.groups = groups
      area = shape.height * shape.width
      elements = shape.batch / groups * area
    }

    func channel(_ index: Int) -> Int { index / area % shape.channels }
    func group(_ index: Int) -> Int { index / area / shape.channels * groups / shape.batch }
    func row(_ index: Int) -> Int { group(index) * shape.channels + channel(index) }

    func sums(_ values: [Double]) -> [Double] {
      var sums = [Double](repeating: 0, count: groups * shape.channels)
      for index in values.indices { sums[row(index)] += values[index] }
      return sums
    }
  }
}
