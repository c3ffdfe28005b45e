/// Zip archives whose files are stored as they are, as PyTorch writes them.
enum StoredZip {
  static func archive(_ files: [(name: String, content: [UInt8])]) -> [UInt8] {
    var archive: [UInt8] = []
    var directory: [UInt8] = []
    for file in files {
      let name = Array(file.name.utf8)
      let size = UInt32(file.content.count)
      // Version, flags, method and time, all of them 0; checksum, sizes and the name's length.
      let facts =
        [UInt8](repeating: 0, count: 10) + littleEndian(Deflate.checksum(file.content)) + littleEndian(size)
        + littleEndian(size) + littleEndian(UInt16(name.count)) + [0, 0]
      directory += littleEndian(0x0201_4B50 as UInt32) + [0, 0] + facts + [UInt8](repeating: 0, count: 10)
      directory += littleEndian(UInt32(archive.count)) + name
      archive += littleEndian(0x0403_4B50 as UInt32) + facts + name + file.content
    }
    let count = littleEndian(UInt16(files.count))
    let end = littleEndian(UInt32(directory.count)) + littleEndian(UInt32(archive.count)) + [0, 0]
    return archive + directory + littleEndian(0x0605_4B50 as UInt32) + [0, 0, 0, 0] + count + count + end
  }

  static func littleEndian<Number: FixedWidthInteger>(_ value: Number) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }
}
