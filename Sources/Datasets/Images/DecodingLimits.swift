/// What a compressed image may ask of memory: a file of a few bytes can claim to hold thousands of millions of pixels.
///
/// Decoding takes at most 11 bytes per pixel of a JPEG (3 for the result, 8 for the coefficients of a progressive one) and
/// 19 of a PNG (an interlaced one with 16 bits).
enum DecodingLimits {
  /// The most bytes that a file may have.
  static let fileBytes = 1 << 28
  /// The most pixels that an image may have.
  static let pixels = 1 << 26
  /// The pixels that any file may claim.
  static let pixelsOfAnyFile = 1 << 22
  /// The pixels that a file may claim for each of its bytes, beyond those. An image of a single colour has about 170
  /// in a JPEG and 340 in a PNG; a photograph has about 10.
  static let pixelsPerByte = 256

  /// What is wrong with a file of `bytes` bytes that holds an image of this size; nil if it may.
  static func fault(width: Int, height: Int, bytes: Int) -> String? {
    let (count, overflows) = width.multipliedReportingOverflow(by: height)
    let limit = min(pixels, pixelsOfAnyFile + pixelsPerByte * bytes)
    guard width < 1 || height < 1 || overflows || count > limit else { return nil }
    return "expected at most \(limit) pixels in a file of \(bytes) bytes, found \(width)×\(height)"
  }
}
