/// How a reduction over the images of a batch is cut, by the problem alone (see Kernels/gpu/chunk.cl).
struct ImageChunks {
  /// Images of a run, within which no group of images ends.
  let runImages: Int
  /// Images of a chunk; the last chunk of a run may have fewer.
  let chunkImages: Int
  let chunksPerRun: Int
  /// Number of chunks of the whole batch.
  let count: Int

  /// About the number of elements of a channel in one chunk.
  private static let elements = 4096

  /// - Parameter groupings: numbers of equal groups of the batch, none of which a chunk may straddle.
  init(of shape: ActivationShape, groupings: [Int] = [1]) {
    runImages = groupings.reduce(shape.batch) { Self.greatestCommonDivisor($0, shape.batch / $1) }
    chunkImages = min(max(Self.elements / (shape.height * shape.width), 1), runImages)
    chunksPerRun = (runImages + chunkImages - 1) / chunkImages
    count = shape.batch / runImages * chunksPerRun
  }

  var arguments: [Argument] { [.int(runImages), .int(chunkImages), .int(chunksPerRun)] }

  private static func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
    b == 0 ? a : greatestCommonDivisor(b, a % b)
  }
}
