/// What the elements of a storage are, by PyTorch's names for its storages.
enum PyTorchScalarType: String, CaseIterable {
  case double = "DoubleStorage"
  case float = "FloatStorage"
  case half = "HalfStorage"
  case bfloat16 = "BFloat16Storage"
  case long = "LongStorage"
  case int = "IntStorage"
  case short = "ShortStorage"
  case char = "CharStorage"
  case byte = "ByteStorage"
  case bool = "BoolStorage"

  var byteCount: Int {
    switch self {
    case .double, .long: 8
    case .float, .int: 4
    case .half, .bfloat16, .short: 2
    case .char, .byte, .bool: 1
    }
  }

  /// The same type in safetensors files; nil for those that we do not read.
  var dtype: SafeTensor.DType? {
    switch self {
    case .double: .f64
    case .float: .f32
    case .half: .f16
    case .bfloat16: .bf16
    case .long: .i64
    case .int: .i32
    case .byte: .u8
    case .bool: .bool
    case .short, .char: nil
    }
  }
}
