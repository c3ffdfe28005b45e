/// An array of bytes from a file in the IDX format of MNIST, plain or gzip-compressed.
///
/// The file is: two zero bytes, the element type (8 for unsigned bytes), the number of dimensions, each dimension as
/// a big-endian 32-bit number, the elements.
public struct IDXArray: Sendable, Equatable {
  /// The size of each dimension, outermost first.
  public let dimensions: [Int]
  /// The elements, the last dimension running fastest.
  public let elements: [UInt8]

  /// - Throws: `DatasetError.unreadable`, or `.malformed` if the file is not IDX, has elements other than unsigned
  ///   bytes, or is not exactly as long as its header says.
  public init(file path: String) throws {
    try self.init(ByteReader(file: path))
  }

  init(_ reader: ByteReader) throws {
    let magic = try reader.read(exactly: 4, "IDX magic number")
    guard magic[0] == 0, magic[1] == 0, magic[3] > 0 else {
      let found = magic.map { Self.hexadecimal($0) }.joined(separator: " ")
      throw reader.malformed(
        at: 0, expected: "the IDX magic number 00 00 08 and a rank from 01", found: found)
    }
    guard magic[2] == Self.unsignedByte else {
      throw reader.malformed(
        at: 2, expected: "IDX element type 08 (unsigned bytes)", found: Self.hexadecimal(magic[2]))
    }
    let header = try reader.read(exactly: 4 * Int(magic[3]), "IDX dimensions")
    dimensions = stride(from: 0, to: header.count, by: 4).map { start in
      header[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
    }
    let shape = dimensions.map(String.init).joined(separator: "×")
    var count = 1
    for dimension in dimensions {
      let (product, overflow) = count.multipliedReportingOverflow(by: dimension)
      guard !overflow else {
        throw reader.malformed(at: 4, expected: "dimensions whose product fits 63 bits", found: shape)
      }
      count = product
    }
    elements = try reader.read(exactly: count, "elements (\(shape))")
    try reader.expectEnd(after: "\(shape) elements")
  }

  private static let unsignedByte: UInt8 = 8

  private static func hexadecimal(_ byte: UInt8) -> String {
    (byte < 16 ? "0" : "") + String(byte, radix: 16)
  }
}
