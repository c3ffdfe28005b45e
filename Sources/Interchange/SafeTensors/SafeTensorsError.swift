/// A safetensors file, or a tensor on its way into or out of one, that breaks a rule of the format.
public struct SafeTensorsError: Error, Equatable, Sendable {
  /// The broken rule. Offsets count bytes from the beginning of the file, those of tensors from the end of the
  /// header.
  public enum Problem: Equatable, Sendable {
    /// The file is shorter than the eight bytes that give the header's length.
    case headerTooSmall(fileByteCount: Int)
    /// The header is longer than the format allows.
    case headerTooLarge(byteCount: UInt64, limit: Int)
    /// The header would end behind the end of the file.
    case invalidHeaderLength(byteCount: UInt64, fileByteCount: Int)
    /// The header does not begin with `{`.
    case invalidHeaderStart(found: UInt8?)
    /// A text in the header is not UTF-8.
    case invalidHeaderText(offset: Int)
    /// The header is not the JSON that the format describes.
    case invalidHeader(offset: Int, expected: String, found: String)
    /// Two tensors or two metadata entries have the same name (as Unicode compares them).
    case duplicateName(String, offset: Int?)
    /// A tensor has the name under which the file keeps its metadata.
    case reservedName(String)
    /// An element type that we do not read.
    case unsupportedDType(tensor: String, dtype: String)
    /// The number of elements or bytes does not fit an `Int`, or a dimension is negative.
    case sizeOverflow(tensor: String)
    /// The tensor does not begin where the one before it ends, or ends before it begins.
    case invalidOffsets(tensor: String, expectedBegin: Int, begin: Int, end: Int)
    /// The tensor has more or fewer bytes than its type and shape say.
    case wrongByteCount(tensor: String, dtype: SafeTensor.DType, shape: [Int], expected: Int, found: Int)
    /// The tensors do not cover the bytes behind the header exactly.
    case incompleteBuffer(expected: Int, found: Int)
    /// The file holds no tensor of that name.
    case missingTensor(String)
    /// The tensor's elements have another type than asked for.
    case wrongDType(tensor: String, expected: SafeTensor.DType, found: SafeTensor.DType)
  }

  /// The broken rule.
  public let problem: Problem
  /// The file it was found in, nil for a tensor outside any file.
  public let file: String?

  public init(_ problem: Problem, file: String? = nil) {
    self.problem = problem
    self.file = file
  }
}

extension SafeTensorsError: CustomStringConvertible {
  public var description: String {
    (file.map { "\($0): " } ?? "") + problem.description
  }
}

extension SafeTensorsError.Problem: CustomStringConvertible {
  public var description: String {
    switch self {
    case .headerTooSmall(let fileByteCount):
      "a safetensors file begins with 8 bytes for its header's length, but this file has \(fileByteCount) bytes; "
        + Self.getAgain
    case .headerTooLarge(let byteCount, let limit):
      "the header may have \(limit) bytes, but has \(byteCount); check that this is a safetensors file"
    case .invalidHeaderLength(let byteCount, let fileByteCount):
      "the header should have \(byteCount) bytes from offset 8 on, but the file has \(fileByteCount) in all; "
        + Self.getAgain
    case .invalidHeaderStart(let found):
      "expected '{' at offset 8, found \(SafeTensorsHeaderScanner.name(of: found)); check that this is a safetensors file"
    case .invalidHeaderText(let offset):
      "the text at offset \(offset) is not UTF-8; \(Self.writeAgain)"
    case .invalidHeader(let offset, let expected, let found):
      "expected \(expected) at offset \(offset), found \(found); \(Self.writeAgain)"
    case .duplicateName(let name, let offset):
      "the name \(JSONText.excerpt(name)) appears twice" + (offset.map { ", again at offset \($0)" } ?? "")
        + "; rename one of them"
    case .reservedName(let name):
      "no tensor may be named \(JSONText.excerpt(name)), which holds the metadata; rename it"
    case .unsupportedDType(let tensor, let dtype):
      "tensor \(JSONText.excerpt(tensor)) has the type \(JSONText.excerpt(dtype)); convert it to one of "
        + SafeTensor.DType.allCases.map(\.rawValue).joined(separator: ", ")
    case .sizeOverflow(let tensor):
      "the size of tensor \(JSONText.excerpt(tensor)) is negative or beyond 2^63 - 1; \(Self.writeAgain)"
    case .invalidOffsets(let tensor, let expectedBegin, let begin, let end):
      "tensor \(JSONText.excerpt(tensor)) should begin at byte \(expectedBegin) behind the header and end no earlier, "
        + "but lies at \(begin)..<\(end); tensors may not overlap or leave gaps; \(Self.writeAgain)"
    case .wrongByteCount(let tensor, let dtype, let shape, let expected, let found):
      "tensor \(JSONText.excerpt(tensor)), \(dtype.rawValue) of shape \(Self.excerpt(shape)), needs \(expected) bytes, but has \(found)"
    case .incompleteBuffer(let expected, let found):
      "the tensors need \(expected) bytes behind the header, but the file has \(found) there; \(Self.getAgain)"
    case .missingTensor(let name):
      "there is no tensor \(JSONText.excerpt(name)); check that the file belongs to this model"
    case .wrongDType(let tensor, let expected, let found):
      "tensor \(JSONText.excerpt(tensor)) should be \(expected.rawValue), but is \(found.rawValue); convert it"
    }
  }

  private static let getAgain = "it is incomplete or damaged, so copy or download it again"
  private static let writeAgain = "write the file again with a program that follows the format"

  private static func excerpt(_ shape: [Int]) -> String {
    shape.count <= 12 ? "\(shape)" : "[\(shape.count) dimensions]"
  }
}
