/// Where a data set's images are.
enum ImageStore: Sendable, Equatable {
  /// Bytes of shape [count, channels, height, width].
  case memory([UInt8])
  /// Paths below `root`, shape [count].
  case files([String], root: String)

  /// The images at `indices`.
  func subset(_ indices: some Collection<Int>, bytesPerImage: Int) -> ImageStore {
    switch self {
    case .memory(let images):
      var subset: [UInt8] = []
      subset.reserveCapacity(indices.count * bytesPerImage)
      for index in indices { subset += images[index * bytesPerImage..<(index + 1) * bytesPerImage] }
      return .memory(subset)
    case .files(let paths, let root):
      return .files(indices.map { paths[$0] }, root: root)
    }
  }
}
