import Foundation
import Interchange
import Networks

/// Weights as a checkpoint without a training: a small file of the parameters and running statistics, which
/// PyTorch loads as it is.
public struct Conversion: Sendable {
  public let checkpoint: Checkpoint
  /// The tensors of the source that are not in the checkpoint.
  public let ignored: [String]

  private static let batchCounter = "num_batches_tracked"

  /// Weights of another program. The names are matched exactly or, where that fails, without a `module.` or
  /// `_orig_mod.` in front, with `downsample` as `shortcut`, and with `fc`, `linear` or `classifier` as the only linear
  /// layer. Batch norm's counters of batches are ignored. F16, BF16 and F64 become F32.
  ///
  /// - Parameter source: what messages call the file.
  /// - Throws: `ConversionError` unless the tensors are exactly the network's, or `NetworkError`.
  public init(of tensors: [SafeTensor], source: String, to target: ConversionTarget) throws {
    let table = try ParameterTable(target.network)
    let isCounter = { (name: String) in name.split(separator: ".").last == Self.batchCounter[...] }
    let weights = tensors.filter { !isCounter($0.name) }
    do {
      let found = try Self.select(table.parameters + table.statistics, from: weights, of: target.network)
      func values(_ entries: [Parameter]) throws -> [String: [Float]] {
        var result: [String: [Float]] = [:]
        for entry in entries { result[entry.name] = try found[entry.name]?.singlePrecisionValues() }
        return result
      }
      let state = ModelState(
        parameters: try values(table.parameters), statistics: try values(table.statistics))
      if let name = state.firstTensorNotFinite {
        throw ConversionError(.notFinite(tensor: found[name]?.name ?? name))
      }
      checkpoint = Checkpoint(
        network: target.network, normalization: target.normalization, classes: target.classes, state: state)
    } catch let error as ConversionError {
      throw ConversionError(error.problem, file: source)
    }
    ignored = tensors.map(\.name).filter(isCounter)
  }

  /// The weights of one of our own checkpoints, without its training.
  ///
  /// - Throws: `ConversionError` for a value that is not finite, or `NetworkError`.
  public init(weightsOf checkpoint: Checkpoint) throws {
    if let name = checkpoint.state.firstTensorNotFinite { throw ConversionError(.notFinite(tensor: name)) }
    let table = try ParameterTable(checkpoint.network)
    var weights = checkpoint
    weights.progress = nil
    weights.state = ModelState(
      parameters: checkpoint.state.parameters, statistics: checkpoint.state.statistics)
    self.checkpoint = weights
    let names = checkpoint.progress == nil ? [] : table.parameters.map(\.name)
    ignored =
      names.map(CheckpointKey.momentum)
      + (checkpoint.state.adaptive == nil ? [] : names.map(CheckpointKey.secondMoment))
  }

  /// The tensors by the network's names.
  private static func select(
    _ entries: [Parameter], from tensors: [SafeTensor], of network: Network
  ) throws(ConversionError) -> [String: SafeTensor] {
    let matching = try TensorMatching(tensors.map(\.name), to: entries.map(\.name), of: network)
    let found = matching.indices.mapValues { tensors[$0] }
    let wrongShapes = entries.compactMap { entry -> ConversionError.WrongShape? in
      guard let shape = found[entry.name]?.shape, shape != entry.shape else { return nil }
      return ConversionError.WrongShape(tensor: entry.name, expected: entry.shape, found: shape)
    }
    guard matching.missing.isEmpty, matching.unexpected.isEmpty, wrongShapes.isEmpty else {
      throw ConversionError(
        .mismatch(
          network: network.name, missing: matching.missing,
          unexpected: matching.unexpected.map { tensors[$0].name }, wrongShapes: wrongShapes))
    }
    return found
  }
}

extension SafeTensor {
  /// The values rounded to float32, of which those too large become infinite.
  fileprivate func singlePrecisionValues() throws -> [Float] {
    switch dtype {
    case .f32, .f16, .bf16: return try values()
    case .f64: return try values(as: Double.self).map { Float($0) }
    case .i64, .i32, .u8, .bool:
      throw ConversionError(.unsupportedType(tensor: name, found: dtype.rawValue))
    }
  }
}
