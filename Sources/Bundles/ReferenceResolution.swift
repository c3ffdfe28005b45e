/// Which activations a weight update can tell apart, by the authors' test: q = fl(ω − fl(fl(a·η)·(1/B))), three
/// separate roundings, is compared for equality.
///
/// The test in single precision is that of the authors' public code (arXiv 2011.02956 and 2103.04331), which multiplies by
/// η and divides by B: the same where B is a power of two. That it computes in the format that training uses is ours: the
/// public code always takes single precision.
public struct ReferenceResolution: Hashable, Sendable {
  /// ω: the size of the weights that the update is seen against. See ``ReferenceVersion``.
  public let amplitude: Double
  /// η.
  public let learningRate: Double
  /// B.
  public let batchSize: Int
  public let format: FloatFormat

  // The operands in the format; `Float` holds them exactly but for double precision, which has its own.
  private let shortAmplitude: Float
  private let shortRate: Float
  private let shortInverseBatch: Float
  private let wideInverseBatch: Double

  /// - Throws: `BundleError.outOfRange` for an amplitude below 0 or not finite, a learning rate not above 0, a batch size
  ///   below 1, and for numbers that the format rounds to 0 or to infinity.
  public init(
    amplitude: Double, learningRate: Double, batchSize: Int, format: FloatFormat = .float32
  ) throws {
    func check(_ value: Double, _ parameter: String, isZeroFine: Bool = false) throws {
      let inFormat = format.rounded(value)
      guard value >= 0, inFormat.isFinite, inFormat > 0 || isZeroFine else {
        throw BundleError.outOfRange(
          parameter: parameter,
          expected: "a finite number \(isZeroFine ? "from" : "above") 0 in \(format.rawValue)",
          found: "\(value)")
      }
    }
    try check(amplitude, "amplitude", isZeroFine: true)
    try check(learningRate, "learning rate")
    guard batchSize > 0 else {
      throw BundleError.outOfRange(parameter: "batch size", expected: "at least 1", found: "\(batchSize)")
    }
    try check(1 / Double(batchSize), "1 / batch size")
    self.amplitude = amplitude
    self.learningRate = learningRate
    self.batchSize = batchSize
    self.format = format
    wideInverseBatch = 1 / Double(batchSize)
    shortAmplitude = Float(format.rounded(amplitude))
    shortRate = Float(format.rounded(learningRate))
    shortInverseBatch = Float(format.rounded(wideInverseBatch))
  }

  /// γ = ulp(ω) · B / η: activations that differ by less may be in one cell. Exact for ω and activations from 0.
  public var cellWidth: Double {
    format.spacing(below: format.rounded(amplitude)) * Double(batchSize) / learningRate
  }
}

extension ReferenceResolution {
  /// The bits of q + 0, which makes −0 and 0 the same: as single precision, which holds all of the short formats; of
  /// double precision folded to 32 bits. All NaN have one word.
  @inline(__always)
  func word(_ activation: Float) -> UInt32 {
    let (amplitude, rate, inverseBatch) = (shortAmplitude, shortRate, shortInverseBatch)
    switch format {
    case .float32:
      let step = activation * rate
      let update = step * inverseBatch
      return ResolutionModel.bits(amplitude - update)
    case .float16:
      let step = ShortRounding.toFloat16(ShortRounding.toFloat16(activation) * rate)
      let update = ShortRounding.toFloat16(step * inverseBatch)
      return ResolutionModel.bits(ShortRounding.toFloat16(amplitude - update))
    case .bfloat16:
      let step = ShortRounding.toBFloat16(ShortRounding.toBFloat16(activation) * rate)
      let update = ShortRounding.toBFloat16(step * inverseBatch)
      return ResolutionModel.bits(ShortRounding.toBFloat16(amplitude - update))
    case .float64:
      let step = Double(activation) * learningRate
      let update = step * wideInverseBatch
      return Self.folded(self.amplitude - update)
    }
  }

  /// 64 bits to 32: the upper half of the product with 2^64 over the golden ratio. Neighbours get different words; two
  /// arbitrary numbers get the same one with a probability of 2^-32, which must happen in every differing element.
  private static func folded(_ q: Double) -> UInt32 {
    guard !q.isNaN else { return ResolutionModel.notANumberWord }
    return UInt32(truncatingIfNeeded: ((q + 0).bitPattern &* 0x9E37_79B9_7F4A_7C15) >> 32)
  }
}
