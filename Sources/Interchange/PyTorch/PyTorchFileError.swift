/// A PyTorch file that cannot be read: what was expected, what was found, where, and what to do.
public struct PyTorchFileError: Error, Equatable, Sendable {
  /// What is wrong. Offsets count bytes from the beginning of the file.
  public enum Problem: Equatable, Sendable {
    /// The file begins neither like an archive nor like the older layout.
    case notPyTorch(found: String)
    /// The numbers are not, or not surely, little endian.
    case wrongByteOrder(found: String)
    /// The bytes at an offset are not what the format has there.
    case malformed(offset: Int, expected: String, found: String)
    /// The pickle has an operation that the tensors of a file do not need.
    case unsupportedOpcode(UInt8, offset: Int)
    /// The pickle names a function or class beyond those that tensors are made of. Nothing has been called.
    case forbiddenGlobal(String, offset: Int)
    /// The pickle has more operations than we are willing to follow.
    case tooManyOperations(limit: Int, offset: Int)
    /// The archive lacks a file.
    case missingMember(String)
    /// A file in the archive is compressed.
    case compressedMember(String, method: Int)
    /// The contents of a file in the archive are not those that were written.
    case wrongChecksum(member: String, expected: UInt32, found: UInt32)
    /// Two tensors disagree about the type or size of the storage that they share.
    case contradictoryStorage(key: String)
    /// A storage is not in the file.
    case missingStorage(key: String)
    /// A storage has more or fewer bytes than its elements need.
    case wrongStorageSize(key: String, expected: Int, found: Int)
    /// Elements of a type that we do not read.
    case unsupportedType(tensor: String, type: String)
    /// Offset, shape and strides that no tensor can have, or that reach beyond a storage of so many elements.
    case invalidView(tensor: String, offset: Int, shape: [Int], strides: [Int], elements: Int)
    /// All tensors together take far more memory than the file.
    case tooLarge(tensor: String, limit: Int, fileByteCount: Int)
    /// Nothing in the file looks like weights by name.
    case noStateDictionary(found: String)
    /// Something among the weights is neither a tensor nor a number.
    case notATensor(name: String, found: String)
    /// Two tensors have the same name.
    case duplicateName(String)
  }

  /// What is wrong.
  public let problem: Problem
  /// The file, nil where it is not known.
  public let file: String?

  public init(_ problem: Problem, file: String? = nil) {
    self.problem = problem
    self.file = file
  }
}

extension PyTorchFileError: CustomStringConvertible {
  public var description: String { (file.map { "\($0): " } ?? "") + problem.description }
}

extension PyTorchFileError.Problem: CustomStringConvertible {
  public var description: String {
    switch self {
    case .notPyTorch(let found):
      "expected a file of torch.save, found one that begins with \(found); check that this is the right file"
    case .wrongByteOrder(let found):
      "expected little-endian numbers, found \(found); save the file again on a little-endian machine"
    case .malformed(let offset, let expected, let found):
      "expected \(expected) at byte \(offset), found \(found); \(Self.getAgain)"
    case .unsupportedOpcode(let code, let offset):
      "the pickle has opcode 0x\(String(code, radix: 16)) at byte \(offset), which weights do not need; "
        + Self.saveAgain
    case .forbiddenGlobal(let name, let offset):
      "the pickle asks for \(JSONText.excerpt(name)) at byte \(offset), which is refused and was not run; "
        + Self.saveAgain
    case .tooManyOperations(let limit, let offset):
      "the pickle has more than \(limit) operations, the last of them at byte \(offset); \(Self.saveAgain)"
    case .missingMember(let name):
      "the archive has no \(JSONText.excerpt(name)); check that this is a file of torch.save"
    case .compressedMember(let name, let method):
      "expected \(JSONText.excerpt(name)) to be stored in the archive as it is, found compression method "
        + "\(method); \(Self.saveAgain)"
    case .wrongChecksum(let member, let expected, let found):
      "\(JSONText.excerpt(member)) should have CRC-32 \(Self.hexadecimal(expected)), but has "
        + "\(Self.hexadecimal(found)); \(Self.getAgain)"
    case .contradictoryStorage(let key):
      "two tensors give storage \(JSONText.excerpt(key)) different types or sizes; \(Self.saveAgain)"
    case .missingStorage(let key):
      "there is no storage \(JSONText.excerpt(key)) in the file; \(Self.getAgain)"
    case .wrongStorageSize(let key, let expected, let found):
      "storage \(JSONText.excerpt(key)) needs \(expected) bytes, but has \(found); \(Self.getAgain)"
    case .unsupportedType(let tensor, let type):
      "tensor \(JSONText.excerpt(tensor)) lies in a \(type), which is not supported; convert it to float32"
    case .invalidView(let tensor, let offset, let shape, let strides, let elements):
      "tensor \(JSONText.excerpt(tensor)) of shape \(Self.excerpt(shape)), "
        + "strides \(Self.excerpt(strides)) and offset \(offset) does not fit its storage of "
        + "\(elements) elements; \(Self.getAgain)"
    case .tooLarge(let tensor, let limit, let fileByteCount):
      "with tensor \(JSONText.excerpt(tensor)) the tensors take more than \(limit) bytes, which is 4 times "
        + "the file's \(fileByteCount) and 1 MiB; save expanded tensors with .contiguous()"
    case .noStateDictionary(let found):
      "expected tensors by name, or a dictionary of them under one of "
        + StateDictionary.containerKeys.map { "'\($0)'" }.joined(separator: ", ")
        + ", found \(found); \(Self.saveAgain)"
    case .notATensor(let name, let found):
      "expected a tensor named \(JSONText.excerpt(name)), found \(found); \(Self.saveAgain)"
    case .duplicateName(let name):
      "the name \(JSONText.excerpt(name)) appears twice; \(Self.saveAgain)"
    }
  }

  private static let getAgain = "the file is incomplete or damaged, so copy or download it again"
  private static let saveAgain = "in Python, save the weights alone: torch.save(model.state_dict(), file)"

  private static func hexadecimal(_ value: UInt32) -> String { "0x\(String(value, radix: 16))" }

  private static func excerpt(_ sizes: [Int]) -> String {
    sizes.count <= 12 ? "\(sizes)" : "[\(sizes.count) dimensions]"
  }
}
