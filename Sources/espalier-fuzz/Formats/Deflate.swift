import CZlib

/// Compressed streams around the deflate algorithm.
enum Deflate {
  /// What frames the compressed bytes: the numbers are zlib's sizes of a window with its flags.
  enum Frame: Int32 {
    case zlib = 15
    case gzip = 31
  }

  /// A compressed byte stands for this many bytes at most.
  static let highestExpansion = 1032

  static func pack(_ content: [UInt8], _ frame: Frame) -> [UInt8] {
    var stream = z_stream()
    let size = Int32(MemoryLayout<z_stream>.size)
    deflateInit2_(
      &stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, frame.rawValue, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size)
    defer { deflateEnd(&stream) }
    let capacity = Int(deflateBound(&stream, UInt(content.count)))
    var content = content
    return content.withUnsafeMutableBufferPointer { content in
      [UInt8](unsafeUninitializedCapacity: capacity) { packed, count in
        stream.next_in = content.baseAddress
        stream.avail_in = UInt32(content.count)
        stream.next_out = packed.baseAddress
        stream.avail_out = UInt32(capacity)
        deflate(&stream, Z_FINISH)
        count = capacity - Int(stream.avail_out)
      }
    }
  }

  /// The CRC-32 of bytes.
  static func checksum(_ bytes: some Collection<UInt8>) -> UInt32 {
    UInt32(
      truncatingIfNeeded: Array(bytes).withUnsafeBufferPointer { bytes in
        crc32(0, bytes.baseAddress, UInt32(bytes.count))
      })
  }
}
