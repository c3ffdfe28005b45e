import Bundles
import Devices
import Networks

/// The ends of residual branches times s₁·s₂, with s = 1/√(v + 10⁻⁶) of the variance v of all outputs of each of the branch's
/// convolutions, over a batch.
///
/// Batch norm divides what reaches its convolution by about that, so that a step moves the weights the less. As in the
/// authors' public code from commit ba6985f on. The scale is a batch's: images of several cannot be compared. The host hashes.
struct ScaledBranches {
  private let session: TrainingSession
  private let blocks: [ResidualBlock]
  private let models: [ResolutionModel]
  private let usesBatchStatistics: Bool
  private let images: HashingPass

  /// - Parameter models: Of the images, and of each block's branch.
  /// - Throws: `BundleError`, `DeviceError`.
  init(_ session: TrainingSession, models: [ResolutionModel], batchStatistics: Bool) throws {
    self.session = session
    self.models = models
    usesBatchStatistics = batchStatistics
    blocks = session.network.residualBlocks()
    guard models.count == blocks.count + 1 else {
      throw BundleError.wrongCount(
        of: "resolutions of branches", expected: blocks.count + 1, found: models.count)
    }
    images = try HashingPass(
      session, nodes: [Network.inputName], models: [models[0]], batchStatistics: batchStatistics)
  }

  /// The keys of a batch, those of the images first: `[node][image]`; a pass for every block, to hold little at a time.
  func keys(images batch: UnsafeBufferPointer<Float>, labels: UnsafeBufferPointer<Int32>) throws
    -> [[BundleKey]]
  {
    let nodes = Dictionary(
      session.network.nodes.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    var keys = try images.keys(images: batch, labels: labels)
    for (block, model) in zip(blocks, models.dropFirst()) {
      guard let end = block.branch.last else { continue }
      let convolutions = block.branch.filter { name in
        if case .convolution = nodes[name]?.layer { name != end } else { false }
      }
      let pass = try ActivationPass(
        session, nodes: convolutions + [end], batchStatistics: usesBatchStatistics)
      var scale = 1.0
      try pass.forEachNode(images: batch, labels: labels) { position, values in
        if position < convolutions.count {
          scale /= (values.variance + 1e-6).squareRoot()
        } else {
          keys.append(try model.keys(of: values.scaled(by: Float(scale))))
        }
      }
    }
    return keys
  }
}

extension ActivationMatrix {
  /// Of all values together, over their number.
  fileprivate var variance: Double {
    let mean = values.reduce(0.0) { $0 + Double($1) } / Double(max(1, values.count))
    let squares = values.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
    return squares / Double(max(1, values.count))
  }

  fileprivate func scaled(by factor: Float) throws -> ActivationMatrix {
    try ActivationMatrix(samples: samples, features: features, values: values.map { $0 * factor })
  }
}
