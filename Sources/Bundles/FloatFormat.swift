/// A binary floating-point format in which training may compute or keep its weights.
public enum FloatFormat: String, CaseIterable, Hashable, Sendable, Codable {
  case float16 = "fp16"
  case bfloat16 = "bf16"
  case float32 = "fp32"
  case float64 = "fp64"

  /// Bits of the significand, the leading 1 included: p.
  public var significandBits: Int {
    switch self {
    case .float16: 11
    case .bfloat16: 8
    case .float32: 24
    case .float64: 53
    }
  }

  /// The exponent of the smallest normal number.
  private var smallestExponent: Int {
    switch self {
    case .float16: -14
    case .bfloat16, .float32: -126
    case .float64: -1022
    }
  }

  /// The largest finite number.
  public var largest: Double {
    switch self {
    case .float16: 65504
    case .bfloat16: 0x1.FEp127
    case .float32: Double(Float.greatestFiniteMagnitude)
    case .float64: .greatestFiniteMagnitude
    }
  }

  /// ulp(x): the gap between |x| and its neighbour towards zero, for an x of this format. 2^(e − p + 1) for |x| in
  /// (2^e, 2^(e+1)], never below the smallest positive number, which it is for 0. NaN and infinity give NaN.
  public func spacing(below x: Double) -> Double {
    guard x.isFinite else { return .nan }
    let floor = smallestExponent - significandBits + 1
    guard x != 0 else { return .init(sign: .plus, exponent: floor, significand: 1) }
    // A power of two belongs to the octave below.
    let octave = Int(x.exponent) - (x.significand == 1 ? 1 : 0)
    return .init(sign: .plus, exponent: max(octave - significandBits + 1, floor), significand: 1)
  }

  /// The nearest number of this format, ties to even; beyond the largest, infinity.
  public func rounded(_ x: Double) -> Double {
    guard self != .float64, self != .float32 else { return self == .float32 ? Double(Float(x)) : x }
    guard x.isFinite, x != 0 else { return x }
    // Multiplying and dividing by a power of two is exact here, so there is one rounding.
    let exponent = max(Int(x.exponent), smallestExponent) - significandBits + 1
    let unit = Double(sign: .plus, exponent: exponent, significand: 1)
    let result = (x / unit).rounded(.toNearestOrEven) * unit
    return abs(result) > largest ? .init(signOf: x, magnitudeOf: .infinity) : result
  }
}

/// Rounding of single-precision numbers to the two short formats, by their bits: what a device can do as fast.
///
/// A sum or a product of two numbers of a short format, rounded to single precision and then to the format, is what one
/// rounding would give: 24 ≥ 2 p + 2 for both (below 2^-126, where single precision itself gets coarse, it may be the
/// neighbour).
enum ShortRounding {
  @inline(__always)
  static func toBFloat16(_ x: Float) -> Float {
    guard !x.isNaN else { return .nan }
    let bits = x.bitPattern
    return Float(bitPattern: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) & 0xFFFF_0000)
  }

  @inline(__always)
  static func toFloat16(_ x: Float) -> Float {
    guard !x.isNaN else { return .nan }
    let magnitude = x.magnitude
    // From ½ on single precision has the spacing of half precision's subnormal numbers: 2^-24.
    if magnitude < 0x1p-14 { return Float(signOf: x, magnitudeOf: (magnitude + 0.5) - 0.5) }
    let bits = magnitude.bitPattern
    let rounded = Float(bitPattern: (bits &+ 0xFFF &+ (bits >> 13 & 1)) & 0xFFFF_E000)
    return Float(signOf: x, magnitudeOf: rounded > 65504 ? .infinity : rounded)
  }
}
