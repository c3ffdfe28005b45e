/// The type in which a device keeps feature maps and their gradients, and multiplies in convolutions.
///
/// Sums, parameters, momentum, statistics and logits are single-precision floats in any case.
public enum Precision: String, CaseIterable, Hashable, Sendable {
  case float32 = "fp32"
  /// 8 significant bits in the range of single precision; on processors with AVX512-BF16.
  case bfloat16 = "bf16"

  /// Of one value.
  public var bytes: Int { 4 / valuesPerWord }

  /// How many values a 32-bit word holds.
  var valuesPerWord: Int {
    switch self {
    case .float32: 1
    case .bfloat16: 2
    }
  }

  /// The largest relative error of rounding a value to nearest.
  package var unitRoundoff: Double {
    switch self {
    case .float32: 0x1p-24
    case .bfloat16: 0x1p-8
    }
  }

  /// `value` as a device stores it: rounded to nearest, ties to even.
  package func rounded(_ value: Float) -> Float {
    guard self == .bfloat16, value.isFinite else { return value }
    let bits = value.bitPattern
    return Float(bitPattern: (bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF_0000)
  }
}
