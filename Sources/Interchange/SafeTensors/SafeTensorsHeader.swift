import Foundation

/// The header of a safetensors file: read strictly, and checked against the number of the tensors' bytes.
struct SafeTensorsHeader {
  private typealias Scanner = SafeTensorsHeaderScanner

  /// The name under which the header keeps the metadata.
  static let metadataName = "__metadata__"
  /// The longest header that the format allows, in bytes.
  static let maximumByteCount = 100_000_000
  /// The bytes before the header, which give its length.
  static let lengthByteCount = 8

  /// What the header says about one tensor.
  struct Entry {
    let name: String
    let dtype: SafeTensor.DType
    let shape: [Int]
    let begin: Int
    let end: Int
  }

  /// In the order of the tensors' bytes.
  private(set) var entries: [Entry] = []
  private(set) var metadata: [String: String] = [:]

  /// The length of the header of a file that begins with `start`.
  static func byteCount(_ start: Data, fileByteCount: Int) throws(SafeTensorsError) -> Int {
    guard start.count >= lengthByteCount else {
      throw SafeTensorsError(.headerTooSmall(fileByteCount: fileByteCount))
    }
    let byteCount = start.prefix(lengthByteCount).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard byteCount <= maximumByteCount else {
      throw SafeTensorsError(.headerTooLarge(byteCount: byteCount, limit: maximumByteCount))
    }
    guard byteCount <= fileByteCount - lengthByteCount else {
      throw SafeTensorsError(.invalidHeaderLength(byteCount: byteCount, fileByteCount: fileByteCount))
    }
    return Int(byteCount)
  }

  /// Reads the header's text, which begins at offset 8 of its file; `bufferByteCount` bytes lie behind it.
  init(parsing text: [UInt8], bufferByteCount: Int) throws(SafeTensorsError) {
    guard text.first == UInt8(ascii: "{") else {
      throw SafeTensorsError(.invalidHeaderStart(found: text.first))
    }
    var scanner = Scanner(text, firstOffset: Self.lengthByteCount)
    var seen: Set<String> = []
    try Self.parseObject(&scanner) { (scanner, name, offset) throws(SafeTensorsError) in
      guard seen.insert(name).inserted else {
        throw SafeTensorsError(.duplicateName(name, offset: offset))
      }
      if name == Self.metadataName {
        metadata = try Self.parseMetadata(&scanner)
      } else {
        entries.append(try Self.parseEntry(&scanner, name: name))
      }
    }
    try scanner.expectEnd()
    try orderEntries(filling: bufferByteCount)
  }

  /// Brings the entries in the order of their bytes, which must fill the buffer without gap or overlap.
  private mutating func orderEntries(filling bufferByteCount: Int) throws(SafeTensorsError) {
    entries = entries.enumerated().sorted {
      ($0.element.begin, $0.element.end, $0.offset) < ($1.element.begin, $1.element.end, $1.offset)
    }.map(\.element)
    var expectedBegin = 0
    for entry in entries {
      guard entry.begin == expectedBegin, entry.end >= entry.begin else {
        throw SafeTensorsError(
          .invalidOffsets(
            tensor: entry.name, expectedBegin: expectedBegin, begin: entry.begin, end: entry.end))
      }
      let found = entry.end - entry.begin
      guard let expected = SafeTensor.byteCount(dtype: entry.dtype, shape: entry.shape) else {
        throw SafeTensorsError(.sizeOverflow(tensor: entry.name))
      }
      guard expected == found else {
        throw SafeTensorsError(
          .wrongByteCount(
            tensor: entry.name, dtype: entry.dtype, shape: entry.shape, expected: expected, found: found))
      }
      expectedBegin = entry.end
    }
    guard expectedBegin == bufferByteCount else {
      throw SafeTensorsError(.incompleteBuffer(expected: expectedBegin, found: bufferByteCount))
    }
  }

  /// Takes an object; `parseMember` gets each name with its offset in the file and takes the value.
  private static func parseObject(
    _ scanner: inout Scanner,
    parseMember: (inout Scanner, _ name: String, _ offset: Int) throws(SafeTensorsError) -> Void
  ) throws(SafeTensorsError) {
    try scanner.expect("{")
    if scanner.takes("}") { return }
    repeat {
      let offset = scanner.nextOffset()
      let name = try scanner.string()
      try scanner.expect(":")
      try parseMember(&scanner, name, offset)
    } while scanner.takes(",")
    try scanner.expect("}")
  }

  private static func parseMetadata(
    _ scanner: inout Scanner
  ) throws(SafeTensorsError) -> [String: String] {
    var metadata: [String: String] = [:]
    try parseObject(&scanner) { (scanner, name, offset) throws(SafeTensorsError) in
      guard metadata.updateValue(try scanner.string(), forKey: name) == nil else {
        throw SafeTensorsError(.duplicateName(name, offset: offset))
      }
    }
    return metadata
  }

  private static func parseEntry(
    _ scanner: inout Scanner, name: String
  ) throws(SafeTensorsError) -> Entry {
    var dtype: String?
    var shape: [Int]?
    var offsets: [Int]?
    try parseObject(&scanner) { (scanner, field, offset) throws(SafeTensorsError) in
      switch field {
      case "dtype" where dtype == nil: dtype = try scanner.string()
      case "shape" where shape == nil: shape = try parseIntegers(&scanner, tensor: name)
      case "data_offsets" where offsets == nil: offsets = try parseIntegers(&scanner, tensor: name)
      default:
        throw SafeTensorsError(
          .invalidHeader(
            offset: offset,
            expected: "each of dtype, shape and data_offsets once in tensor \(JSONText.excerpt(name))",
            found: JSONText.excerpt(field)))
      }
    }
    guard let dtype, let shape, let offsets, offsets.count == 2 else {
      throw SafeTensorsError(
        .invalidHeader(
          offset: scanner.nextOffset(),
          expected: "dtype, shape and two data_offsets of tensor \(JSONText.excerpt(name))",
          found: "fewer"))
    }
    guard let known = SafeTensor.DType(rawValue: dtype) else {
      throw SafeTensorsError(.unsupportedDType(tensor: name, dtype: dtype))
    }
    return Entry(name: name, dtype: known, shape: shape, begin: offsets[0], end: offsets[1])
  }

  private static func parseIntegers(
    _ scanner: inout Scanner, tensor: String
  ) throws(SafeTensorsError) -> [Int] {
    var values: [Int] = []
    try scanner.expect("[")
    if scanner.takes("]") { return values }
    repeat { values.append(try scanner.integer(of: tensor)) } while scanner.takes(",")
    try scanner.expect("]")
    return values
  }
}
