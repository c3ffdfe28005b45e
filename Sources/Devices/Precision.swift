/// The type in which a device keeps feature maps and their gradients, and the one in which it multiplies in
/// convolutions.
///
/// Sums, parameters, momentum, statistics and logits are single-precision floats in any case.
public enum Precision: String, CaseIterable, Hashable, Sendable {
  case float32 = "fp32"
  /// Stored in single precision, multiplied with 10 bits behind the point by a GPU's matrix units.
  case tensorFloat32 = "tf32"
  /// 8 significant bits in the range of single precision; on GPUs, and on processors with AVX512-BF16.
  case bfloat16 = "bf16"
  /// 11 significant bits up to 65504; on GPUs, for evaluation only: small gradients would be lost.
  case float16 = "fp16"

  /// Of one stored value.
  public var bytes: Int { 4 / valuesPerWord }

  /// Whether gradients survive in this type.
  public var canTrain: Bool { self != .float16 }

  /// How many stored values a 32-bit word holds.
  var valuesPerWord: Int {
    switch self {
    case .float32, .tensorFloat32: 1
    case .bfloat16, .float16: 2
    }
  }

  /// Whether feature maps are stored as they are computed, in single precision.
  package var storesExactly: Bool { valuesPerWord == 1 }

  /// The largest relative error of rounding a value to nearest.
  package var unitRoundoff: Double {
    switch self {
    case .float32: 0x1p-24
    case .tensorFloat32, .float16: 0x1p-11
    case .bfloat16: 0x1p-8
    }
  }

  /// By how much a product may make a sum smaller, relative to it: matrix units add 8 products in tf32 or 16 in bf16 at a
  /// time, and cut off what a float does not hold. Others round.
  package var truncationPerProduct: Double {
    switch self {
    case .float32, .float16: 0
    case .tensorFloat32: 0x1p-23 / 8
    case .bfloat16: 0x1p-23 / 16
    }
  }

  /// `value` as a device multiplies it: rounded to nearest, ties to even, but away from zero in tf32.
  package func rounded(_ value: Float) -> Float {
    guard value.isFinite else { return value }
    let bits = value.bitPattern
    return switch self {
    case .float32: value
    case .tensorFloat32: Float(bitPattern: (bits + 0x1000) & 0xFFFF_E000)
    case .bfloat16: Float(bitPattern: (bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF_0000)
    case .float16: Float(Float16(value))
    }
  }
}
