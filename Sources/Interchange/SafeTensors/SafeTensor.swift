import Foundation

/// One named tensor of a safetensors file: row-major, little endian.
public struct SafeTensor: Equatable, Sendable {
  /// The element types we read and write, by their names in the file. Wider alignment sorts first in a file, and
  /// within one alignment the cases stand in the format's order.
  public enum DType: String, CaseIterable, Sendable {
    case i64 = "I64"
    case f64 = "F64"
    case f32 = "F32"
    case i32 = "I32"
    case bf16 = "BF16"
    case f16 = "F16"
    case u8 = "U8"
    case bool = "BOOL"

    /// The size of one element in bytes, which is also its alignment.
    public var byteCount: Int {
      switch self {
      case .i64, .f64: 8
      case .f32, .i32: 4
      case .bf16, .f16: 2
      case .u8, .bool: 1
      }
    }
  }

  public let name: String
  public let dtype: DType
  /// The length of each dimension, outermost first; empty for a scalar.
  public let shape: [Int]
  /// The elements' bytes. A tensor that was read shares the memory of its whole file, and its indices need not
  /// begin at 0: use `withUnsafeBytes` or `values(as:)`.
  public let bytes: Data

  /// A tensor from raw bytes.
  ///
  /// - Throws: `SafeTensorsError` if a dimension is negative or the bytes are not as many as shape and type say.
  public init(name: String, dtype: DType, shape: [Int], bytes: Data) throws(SafeTensorsError) {
    guard let expected = Self.byteCount(dtype: dtype, shape: shape) else {
      throw SafeTensorsError(.sizeOverflow(tensor: name))
    }
    guard bytes.count == expected else {
      throw SafeTensorsError(
        .wrongByteCount(tensor: name, dtype: dtype, shape: shape, expected: expected, found: bytes.count))
    }
    self.name = name
    self.dtype = dtype
    self.shape = shape
    self.bytes = bytes
  }

  /// A tensor from the values of an array, stored in the type of the same name: `Float` as F32 and so on.
  ///
  /// - Throws: `SafeTensorsError` if the values are not as many as the shape says.
  public init<Scalar: SafeTensorScalar>(
    name: String, shape: [Int], values: [Scalar]
  ) throws(SafeTensorsError) {
    try self.init(name: name, dtype: Scalar.dtype, shape: shape, bytes: Scalar.encode(values))
  }

  /// The number of elements; 1 for a scalar.
  public var elementCount: Int { bytes.count / dtype.byteCount }

  /// The elements as an array: F32, F16 and BF16 as `Float` (exactly), any other type as its own Swift type.
  ///
  /// - Throws: `SafeTensorsError` if the tensor holds another type.
  public func values<Scalar: SafeTensorScalar>(
    as scalar: Scalar.Type = Scalar.self
  ) throws(SafeTensorsError) -> [Scalar] {
    let decoded = bytes.withUnsafeBytes { Scalar.decode($0, dtype: dtype) }
    guard let decoded else {
      throw SafeTensorsError(.wrongDType(tensor: name, expected: Scalar.dtype, found: dtype))
    }
    return decoded
  }

  /// The size in bytes of such a tensor, nil if it is negative or beyond `Int`.
  static func byteCount(dtype: DType, shape: [Int]) -> Int? {
    var count = 1
    for factor in shape + [dtype.byteCount] {
      let (product, overflows) = count.multipliedReportingOverflow(by: factor)
      if factor < 0 || overflows { return nil }
      count = product
    }
    return count
  }
}
