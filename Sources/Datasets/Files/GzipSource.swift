import CZlib

/// The decompressed bytes of a gzip source (RFC 1952), of several members in a row too. Length and checksum of each
/// member are verified when its end is reached.
final class GzipSource: ByteSource {
  private let compressed: any ByteSource
  private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
  private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
  private var isBetweenMembers = false

  /// The first byte of every gzip file.
  static let magic: UInt8 = 0x1F

  init(_ compressed: any ByteSource) throws(ByteSourceFailure) {
    self.compressed = compressed
    stream.initialize(to: z_stream())
    let gzipOnly = MAX_WBITS + 16
    let size = Int32(MemoryLayout<z_stream>.size)
    guard inflateInit2_(stream, gzipOnly, ZLIB_VERSION, size) == Z_OK else {
      throw .system(reason: "zlib \(ZLIB_VERSION) does not start")
    }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
    input.deallocate()
  }

  var firstByte: UInt8? { nil }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(ByteSourceFailure) -> Int {
    let capacity = UInt32(clamping: buffer.count)
    stream.pointee.next_out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_out = capacity
    while stream.pointee.avail_out == capacity, capacity > 0 {
      if stream.pointee.avail_in == 0 { try refill() }
      if isBetweenMembers {
        if stream.pointee.avail_in == 0 { return 0 }
        inflateReset(stream)
        isBetweenMembers = false
      }
      switch inflate(stream, Z_NO_FLUSH) {
      case Z_OK: continue
      case Z_STREAM_END: isBetweenMembers = true
      case Z_BUF_ERROR:
        throw .corrupted(expected: "more gzip data", found: "the end of the compressed file")
      default:
        throw .corrupted(expected: "valid gzip data", found: "damage (\(reason))")
      }
    }
    return Int(capacity - stream.pointee.avail_out)
  }

  private func refill() throws(ByteSourceFailure) {
    stream.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_in = UInt32(try compressed.read(into: input))
  }

  private var reason: String {
    stream.pointee.msg.map { String(cString: $0) } ?? "no reason given"
  }
}
