import Datasets
import Foundation

extension FuzzReader {
  static func jpeg() throws -> FuzzReader {
    // The pixels, and the coefficients of a progressive image.
    FuzzReader(
      name: .jpeg, bound: imageBound(bytesPerPixel: 3 + 8),
      seeds: try Fixtures.files("DatasetsTests", "jpg", limit: 2048),
      hostile: try hostileJPEGs(), tokens: jpegMarkers, documents: { $0 is DatasetError },
      read: { try decode($0, eighths: [8, 1, 2, 4]) })
  }

  static func png() throws -> FuzzReader {
    let seeds = try Fixtures.files("DatasetsTests", "png", limit: 2048)
    // The pixels, and two rows with 16 bits for each of four channels, which may be all there is.
    return FuzzReader(
      name: .png, bound: imageBound(bytesPerPixel: 3 + 2 * 8), seeds: seeds,
      hostile: hostilePNGContents.map(PNGFile.withContent),
      tokens: ["PLTE", "tRNS", "IDAT", "IEND", "iCCP", "zTXt", "gAMA"].map { PNGFile.chunk($0, [1, 2, 3]) },
      inside: [
        Inside(seeds: seeds, wrap: PNGFile.withRightChecksums),
        Inside(seeds: pngContents, wrap: PNGFile.withContent),
      ],
      documents: { $0 is DatasetError }, read: { try decode($0, eighths: [8]) })
  }

  /// An image may have 2^22 pixels and 256 for every byte of its file; the libraries take up to 1 MiB for tables.
  private static func imageBound(bytesPerPixel: Int) -> AllocationBound {
    AllocationBound(base: (bytesPerPixel << 22) + (1 << 20), perByte: (bytesPerPixel << 8) + 16)
  }

  private static func decode(_ bytes: [UInt8], eighths: [Int]) throws {
    let image = try EncodedImage(Data(bytes), file: "input")
    for eighths in eighths {
      var raster = Raster()
      try image.decode(eighths: eighths, into: &raster)
    }
  }

  private static let jpegMarkers: [[UInt8]] =
    (0xC0...0xFE).map { [0xFF, $0] } + [[0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 0x3F, 0], [0xFF, 0xDD, 0, 4, 0, 1]]

  /// Images of all sizes that their files do not have, and one with scans without end.
  private static func hostileJPEGs() throws -> [[UInt8]] {
    var images: [[UInt8]] = []
    for seed in try Fixtures.files("DatasetsTests", "jpg", limit: 2048) {
      guard
        let frame = seed.indices.dropLast(9).first(where: {
          seed[$0] == 0xFF && [0xC0, 0xC2].contains(seed[$0 + 1])
        })
      else { continue }
      for size in [[0xFF, 0xFF, 0xFF, 0xFF], [8, 0, 8, 0], [0, 0, 0, 1], [0, 1, 0xFF, 0xFF]] as [[UInt8]] {
        var image = seed
        image.replaceSubrange(frame + 5..<frame + 9, with: size)
        images.append(image)
      }
      let scan = seed.indices.dropLast(1).first { seed[$0] == 0xFF && seed[$0 + 1] == 0xDA } ?? seed.endIndex
      let scans = Array(seed[scan...].dropLast(2))
      images.append(
        seed[..<scan] + repeatElement(scans, count: 60_000 / max(1, scans.count)).joined() + [0xFF, 0xD9])
    }
    return images
  }

  /// The content of the header, then rows of a filter's number and the pixels.
  private static let pngContents: [[UInt8]] = [
    header(width: 5, height: 4, depth: 8, color: 2)
      + (0..<4).flatMap { [$0] + (0..<15).map { UInt8($0 * 9) } },
    header(width: 9, height: 3, depth: 1, color: 0) + (0..<3).flatMap { [$0, 0xA5, 0x80] },
    header(width: 3, height: 3, depth: 16, color: 6, interlaced: 1) + [UInt8](repeating: 0, count: 90),
    header(width: 64, height: 64, depth: 8, color: 0) + [UInt8](repeating: 4, count: 64 * 65),
  ]

  private static let hostilePNGContents: [[UInt8]] = [
    header(width: .max, height: .max, depth: 16, color: 6),
    header(width: 65_535, height: 65_535, depth: 8, color: 2),
    header(width: 0, height: 0, depth: 8, color: 2), header(width: 2048, height: 2048, depth: 8, color: 2),
    header(width: 2048, height: 2048, depth: 16, color: 6, interlaced: 1)
      + [UInt8](repeating: 0, count: 64 << 20),
    header(width: 1, height: 1 << 22, depth: 1, color: 0),
    header(width: 1 << 22, height: 1, depth: 16, color: 6),
  ]

  private static func header(
    width: UInt32, height: UInt32, depth: UInt8, color: UInt8, interlaced: UInt8 = 0
  ) -> [UInt8] {
    PNGFile.bigEndian(width) + PNGFile.bigEndian(height) + [depth, color, 0, 0, interlaced]
  }
}
