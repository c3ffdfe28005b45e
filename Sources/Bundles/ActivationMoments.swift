/// Mean squares and variances of a layer's activations over samples that come in batches: 24 bytes per element.
///
/// Samples are added one by one in their order, in double precision, so that the size of batches makes no difference in any
/// bit.
public struct ActivationMoments: Hashable, Sendable {
  /// Elements per sample: channels · height · width.
  public let features: Int
  public private(set) var samples = 0
  /// The first sample: what is added up is the distance from it, which cancels less.
  private var origin: [Double]
  private var sums: [Double]
  private var squares: [Double]

  /// - Parameter features: At least 1.
  public init(features: Int) {
    self.features = features
    origin = []
    sums = [Double](repeating: 0, count: features)
    squares = sums
  }

  /// - Throws: `BundleError.wrongCount` for samples of another number of elements.
  public mutating func add(_ activations: ActivationMatrix) throws {
    guard activations.features == features else {
      throw BundleError.wrongCount(of: "elements per sample", expected: features, found: activations.features)
    }
    if origin.isEmpty { origin = activations.values.prefix(features).map(Double.init) }
    let (samples, features, origin) = (activations.samples, features, origin)
    var (sums, squares) = (sums, squares)
    activations.values.withUnsafeBufferPointer { values in
      origin.withUnsafeBufferPointer { origin in
        sums.withUnsafeMutableBufferPointer { sums in
          squares.withUnsafeMutableBufferPointer { squares in
            for sample in 0..<samples {
              let first = sample &* features
              for element in 0..<features {
                let distance = Double(values[first &+ element]) - origin[element]
                sums[element] += distance
                squares[element] += distance * distance
              }
            }
          }
        }
      }
    }
    (self.sums, self.squares) = (sums, squares)
    self.samples += samples
  }

  /// σ² of each element: mean squared distance from its mean. Not finite where an activation is not; none without samples.
  public var variances: [Double] {
    guard samples > 0 else { return [] }
    let count = Double(samples)
    return zip(sums, squares).map { sum, square in
      let variance = (square - sum * sum / count) / count
      // Only rounding makes it negative.
      return variance < 0 ? 0 : variance
    }
  }

  /// √(mean of a²) over samples and elements, but for elements that are not finite in every sample; 0 without any.
  public var rootMeanSquare: Double {
    guard samples > 0 else { return 0 }
    var (total, elements) = (0.0, 0)
    for element in 0..<features {
      let square =
        squares[element] + 2 * origin[element] * sums[element]
        + Double(samples) * origin[element] * origin[element]
      guard square.isFinite else { continue }
      total += max(0, square)
      elements += 1
    }
    return elements > 0 ? (total / Double(samples) / Double(elements)).squareRoot() : 0
  }

  /// Cells of one width: a share of ``rootMeanSquare``. Where that is 0, so is every activation, and any width will do.
  ///
  /// - Throws: `BundleError.outOfRange` for a share that is not above 0 or not finite.
  public func cells(share: Float) throws -> CellWidths {
    guard share > 0, share.isFinite else {
      throw BundleError.outOfRange(
        parameter: "relative tolerance", expected: "a finite number above 0", found: "\(share)")
    }
    let width = Double(share) * rootMeanSquare
    return try CellWidths(
      Float(min(max(width, Double(Float.leastNormalMagnitude)), Double(Float.greatestFiniteMagnitude))))
  }
}
