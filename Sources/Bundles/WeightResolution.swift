/// Cells as wide as the weights that read them make them: γ_k = min or median over j of ulp(w_jk) · B / (η · s_jk).
///
/// A bound from a single network-wide amplitude presumes plain gradient descent and looks at the largest weights alone;
/// this looks at each channel's own readers, at the optimiser's step and at the format that weights are kept in. Ours.
public struct WeightResolution: Hashable, Sendable {
  /// Which of a channel's readers decides.
  public enum Reader: String, CaseIterable, Hashable, Sendable, Codable {
    /// The weight that can resolve the most.
    case minimum
    case median
  }

  /// s: what the optimiser multiplies a gradient by, beside η.
  public enum StepFactor: Hashable, Sendable {
    /// 1.
    case gradientDescent
    /// 1 / (√v + ε). The second moments v are corrected for their bias and have the weights' order.
    case adam(secondMoments: [Float], epsilon: Double)
  }

  public var learningRate: Double
  public var batchSize: Int
  /// The format that weights are kept in, which need not be that of activations.
  public var format: FloatFormat
  public var reader: Reader

  public init(
    learningRate: Double, batchSize: Int, format: FloatFormat = .float32, reader: Reader = .minimum
  ) {
    self.learningRate = learningRate
    self.batchSize = batchSize
    self.format = format
    self.reader = reader
  }

  /// γ per channel.
  ///
  /// - Parameters:
  ///   - weights: Of the layer that reads the activations, `[outputs, channels, taps]`; a linear layer has one tap.
  ///   - outputs, channels: At least 1.
  /// - Throws: `BundleError` for weights or second moments that are not so many or not finite, and for a learning rate,
  ///   batch size or ε out of range.
  public func cellWidths(
    readBy weights: [Float], outputs: Int, channels: Int, factor: StepFactor = .gradientDescent
  ) throws -> CellWidths {
    let taps = try check(weights, outputs: outputs, channels: channels, factor: factor)
    let scale = Double(batchSize) / learningRate
    let widths = (0..<channels).map { channel -> Float in
      var candidates: [Double] = []
      candidates.reserveCapacity(outputs * taps)
      for output in 0..<outputs {
        let start = (output * channels + channel) * taps
        for position in start..<(start + taps) {
          let spacing = format.spacing(below: format.rounded(Double(weights[position])))
          candidates.append(spacing * scale * factor.inverse(position))
        }
      }
      let width = reader == .minimum ? candidates.min() ?? 0 : Self.median(&candidates)
      let limits = (Double(Float.leastNonzeroMagnitude), Double(Float.greatestFiniteMagnitude))
      return Float(min(max(width, limits.0), limits.1))
    }
    return try CellWidths(widths)
  }

  /// The number of taps.
  private func check(_ weights: [Float], outputs: Int, channels: Int, factor: StepFactor) throws -> Int {
    guard learningRate > 0, learningRate.isFinite, batchSize > 0 else {
      throw BundleError.outOfRange(
        parameter: "learning rate and batch size", expected: "finite numbers above 0",
        found: "\(learningRate) and \(batchSize)")
    }
    let (pairs, overflow) = outputs.multipliedReportingOverflow(by: channels)
    guard outputs > 0, channels > 0, !overflow, !weights.isEmpty, weights.count.isMultiple(of: pairs) else {
      throw BundleError.wrongCount(
        of: "weights, or a multiple, of \(outputs) outputs by \(channels) channels",
        expected: overflow ? .max : pairs, found: weights.count)
    }
    if let wrong = weights.first(where: { !format.rounded(Double($0)).isFinite }) {
      throw BundleError.outOfRange(
        parameter: "weight", expected: "a finite number in \(format.rawValue)", found: "\(wrong)")
    }
    guard case .adam(let moments, let epsilon) = factor else { return weights.count / pairs }
    guard moments.count == weights.count else {
      throw BundleError.wrongCount(of: "second moments", expected: weights.count, found: moments.count)
    }
    guard epsilon >= 0, epsilon.isFinite, moments.allSatisfy({ $0 >= 0 && $0.isFinite }) else {
      throw BundleError.outOfRange(
        parameter: "second moments and epsilon", expected: "finite numbers from 0",
        found: "\(moments.first { !($0 >= 0 && $0.isFinite) }.map(Double.init) ?? epsilon)")
    }
    return weights.count / pairs
  }

  private static func median(_ values: inout [Double]) -> Double {
    values.sort()
    let middle = values.count / 2
    return values.count.isMultiple(of: 2) ? (values[middle - 1] + values[middle]) / 2 : values[middle]
  }
}

extension WeightResolution.StepFactor {
  /// 1 / s of one weight.
  fileprivate func inverse(_ position: Int) -> Double {
    switch self {
    case .gradientDescent: 1
    case .adam(let moments, let epsilon): Double(moments[position]).squareRoot() + epsilon
    }
  }
}
