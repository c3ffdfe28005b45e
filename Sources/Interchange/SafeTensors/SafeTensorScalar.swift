import Foundation

#if _endian(big)
  #error("safetensors files are little endian, and this module copies bytes as they are")
#endif

/// A Swift type that tensors can be read to and written from.
public protocol SafeTensorScalar: Sendable {
  /// The type it is written as.
  static var dtype: SafeTensor.DType { get }
  /// The bytes of `values` in a file.
  static func encode(_ values: [Self]) -> Data
  /// The values of a tensor of type `dtype`, nil if `Self` cannot hold them.
  static func decode(_ bytes: UnsafeRawBufferPointer, dtype: SafeTensor.DType) -> [Self]?
}

extension SafeTensorScalar where Self: BitwiseCopyable {
  public static func encode(_ values: [Self]) -> Data { values.withUnsafeBytes { Data($0) } }

  public static func decode(_ bytes: UnsafeRawBufferPointer, dtype: SafeTensor.DType) -> [Self]? {
    dtype == Self.dtype ? copy(bytes) : nil
  }

  /// The values whose memory is `bytes`, which need not be aligned.
  fileprivate static func copy(_ bytes: UnsafeRawBufferPointer) -> [Self] {
    let count = bytes.count / MemoryLayout<Self>.stride
    return [Self](unsafeUninitializedCapacity: count) { values, initialized in
      UnsafeMutableRawBufferPointer(values).copyMemory(from: bytes)
      initialized = count
    }
  }
}

extension Double: SafeTensorScalar {
  public static var dtype: SafeTensor.DType { .f64 }
}

extension Int64: SafeTensorScalar {
  public static var dtype: SafeTensor.DType { .i64 }
}

extension Int32: SafeTensorScalar {
  public static var dtype: SafeTensor.DType { .i32 }
}

extension UInt8: SafeTensorScalar {
  public static var dtype: SafeTensor.DType { .u8 }
}

extension Float: SafeTensorScalar {
  public static var dtype: SafeTensor.DType { .f32 }

  /// Takes F32, F16 and BF16; each of their values has an exact `Float`.
  public static func decode(_ bytes: UnsafeRawBufferPointer, dtype: SafeTensor.DType) -> [Float]? {
    switch dtype {
    case .f32: copy(bytes)
    case .f16: UInt16.copyBits(bytes).map { Float(Float16(bitPattern: $0)) }
    case .bf16: UInt16.copyBits(bytes).map { Float(bitPattern: UInt32($0) << 16) }
    default: nil
    }
  }
}

extension Bool: SafeTensorScalar {
  public static var dtype: SafeTensor.DType { .bool }

  public static func encode(_ values: [Bool]) -> Data { Data(values.map { $0 ? 1 : 0 }) }

  /// Any byte but 0 is true.
  public static func decode(_ bytes: UnsafeRawBufferPointer, dtype: SafeTensor.DType) -> [Bool]? {
    dtype == .bool ? bytes.map { $0 != 0 } : nil
  }
}

extension UInt16 {
  /// The 16-bit words of `bytes`, which need not be aligned.
  fileprivate static func copyBits(_ bytes: UnsafeRawBufferPointer) -> [UInt16] {
    (0..<bytes.count / 2).map { bytes.loadUnaligned(fromByteOffset: 2 * $0, as: UInt16.self) }
  }
}
