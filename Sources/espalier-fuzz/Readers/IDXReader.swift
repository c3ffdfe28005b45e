import Datasets

extension FuzzReader {
  /// Data sets are read in blocks of up to 1 MiB, whatever a file's size.
  static let readingBlock = 1 << 20

  static func idx(folder: String) -> FuzzReader {
    let file = InputFile(path: "\(folder)/input")
    return FuzzReader(
      name: .idx, bound: AllocationBound(base: readingBlock + (64 << 10), perByte: 16), seeds: idxSeeds,
      hostile: hostileIDX, tokens: idxTokens, documents: { $0 is DatasetError },
      read: { bytes in
        try file.write(bytes)
        _ = try IDXArray(file: file.path)
      })
  }

  static func gzippedIDX(folder: String) -> FuzzReader {
    let file = InputFile(path: "\(folder)/input.gz")
    let packed = idxSeeds.map(gzip)
    return FuzzReader(
      name: .gzippedIDX,
      bound: AllocationBound(base: readingBlock + (128 << 10), perByte: 16 * Deflate.highestExpansion),
      seeds: packed + [packed[0] + gzip([])],
      hostile: hostileIDX.map(gzip) + [
        gzip(idxSeeds[1] + [UInt8](repeating: 0, count: 32 << 20)),
        Array(repeatElement(gzip([]), count: 3000).joined()),
      ], tokens: idxTokens,
      inside: [Inside(seeds: idxSeeds, wrap: gzip)], documents: { $0 is DatasetError },
      read: { bytes in
        try file.write(bytes)
        _ = try IDXArray(file: file.path)
      })
  }

  private static func gzip(_ bytes: [UInt8]) -> [UInt8] { Deflate.pack(bytes, .gzip) }

  private static let idxTokens: [[UInt8]] = [
    [0, 0, 8, 1], [0, 0, 8, 3], [0x1F, 0x8B, 8], [0, 0, 0, 0], [0xFF, 0xFF, 0xFF, 0xFF],
  ]

  private static let idxSeeds: [[UInt8]] = [
    [0, 0, 8, 3, 0, 0, 0, 4, 0, 0, 0, 5, 0, 0, 0, 6] + (0..<120).map { UInt8($0) },
    [0, 0, 8, 1, 0, 0, 0, 9] + (0..<9),
    [0, 0, 8, 1, 0, 0, 0, 0],
    [0, 0, 8, 2, 0, 0, 1, 0, 0, 0, 0, 40] + [UInt8](repeating: 7, count: 256 * 40),
  ]

  /// Sizes that the file does not have: 64 GiB, more than 63 bits, 255 dimensions.
  private static let hostileIDX: [[UInt8]] = [
    [0, 0, 8, 2, 0, 4, 0, 0, 0, 4, 0, 0] + [UInt8](repeating: 1, count: 100),
    [0, 0, 8, 3] + [UInt8](repeating: 0xFF, count: 12),
    [0, 0, 8, 255] + [UInt8](repeating: 2, count: 4 * 255),
    [0, 0, 8, 255] + [UInt8](repeating: 0, count: 4 * 255),
  ]
}
