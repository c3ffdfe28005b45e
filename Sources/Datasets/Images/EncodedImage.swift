import Foundation
import ImageCodecs
import Interchange

/// A JPEG or PNG image as its file holds it. Only its size has been looked at.
package struct EncodedImage {
  /// Which of the two it is: its first bytes tell, whatever the file is called.
  private enum Format {
    case jpeg
    case png
  }

  /// Columns.
  package let width: Int
  /// Rows.
  package let height: Int
  private let format: Format
  private let bytes: Data
  /// What error messages call it.
  private let file: String

  /// Reads the file at `path`.
  ///
  /// - Throws: `DatasetError.badImage`, or `DatasetError.unreadable` if the system refuses to read it.
  package init(file path: String) throws(DatasetError) {
    let bytes: Data
    do {
      bytes = try WholeFile.read(path, limit: DecodingLimits.fileBytes)
    } catch {
      let reason = error.detail ?? error.message
      throw error.code == EFBIG
        ? .badImage(file: path, reason: reason) : .unreadable(file: path, reason: reason)
    }
    try self.init(bytes, file: path)
  }

  /// - Parameter file: What error messages call the image.
  /// - Throws: `DatasetError.badImage`.
  package init(_ bytes: Data, file: String) throws(DatasetError) {
    self.bytes = bytes
    self.file = file
    if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
      format = .jpeg
    } else if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
      format = .png
    } else {
      throw .badImage(file: file, reason: bytes.isEmpty ? "the file is empty" : "it is neither JPEG nor PNG")
    }
    var size = espalier_image_size()
    let read = format == .jpeg ? espalier_jpeg_read_size : espalier_png_read_size
    let fault = Self.fault(of: bytes) { bytes, count, reason in read(bytes, count, &size, reason) }
    width = Int(size.width)
    height = Int(size.height)
    if let fault = fault ?? DecodingLimits.fault(width: width, height: height, bytes: bytes.count) {
      throw .badImage(file: file, reason: fault)
    }
  }

  /// The smallest part of its size, in eighths, at which `region` still has `size` rows and columns; all of it where
  /// it has fewer anyhow. A JPEG is decoded faster the smaller it is, but only at halves, quarters and eighths.
  func eighths(for region: ImageRegion, size: Int) -> Int {
    guard format == .jpeg else { return 8 }
    let shorter = min(region.width, region.height)
    return [1, 2, 4].first { shorter * Double($0) >= Double(8 * size) } ?? 8
  }

  /// Decodes the image at `eighths` eighths of its size, rounded up.
  ///
  /// - Parameter eighths: 1, 2, 4 or 8 for a JPEG; 8 for a PNG.
  /// - Throws: `DatasetError.badImage`.
  package func decode(eighths: Int = 8, into raster: inout Raster) throws(DatasetError) {
    let size = espalier_image_size(
      width: UInt32((width * eighths + 7) / 8), height: UInt32((height * eighths + 7) / 8))
    let fault = raster.fill(width: Int(size.width), height: Int(size.height)) { pixels in
      Self.fault(of: bytes) { bytes, count, reason in
        switch format {
        case .jpeg: espalier_jpeg_decode(bytes, count, UInt32(eighths), size, pixels, reason)
        case .png: espalier_png_decode(bytes, count, size, pixels, reason)
        }
      }
    }
    if let fault { throw .badImage(file: file, reason: fault) }
  }

  /// Calls a function that says whether it succeeded and, if not, leaves a reason; returns that.
  private static func fault(
    of bytes: Data, _ body: (UnsafePointer<UInt8>, Int, UnsafeMutablePointer<CChar>) -> Bool
  ) -> String? {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(espalier_reason_capacity)) { reason in
      bytes.withUnsafeBytes { bytes in
        guard let start = bytes.baseAddress, let reason = reason.baseAddress else {
          return "there are no bytes"
        }
        let isDone = body(start.assumingMemoryBound(to: UInt8.self), bytes.count, reason)
        return isDone ? nil : String(cString: reason)
      }
    }
  }
}
