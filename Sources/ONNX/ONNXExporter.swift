import Foundation
import Networks
import SwiftProtobuf

/// Networks as ONNX files for inference: opset 17, IR version 8, any batch size.
///
/// The input is called `input`, `[N, channels, height, width]`, the output `logits`, `[N, classes]`; both are
/// 32-bit floats. Parameters and running statistics are initializers under their PyTorch names.
public enum ONNXExporter {
  public static let irVersion = 8
  public static let operatorSetVersion = 17
  /// The most bytes of a message in protobuf's binary encoding.
  static let maximumByteCount = Int(Int32.max)

  /// The bytes of an ONNX file. Equal arguments give equal bytes.
  ///
  /// - Parameters:
  ///   - state: the network's tensors; momentum is ignored.
  ///   - foldBatchNorm: folds batch norms as ``Networks/Network/foldingBatchNorm(_:)`` does; those that
  ///     cannot be folded are exported as they are.
  ///   - metadata: texts that travel with the model, such as class names.
  /// - Throws: ``ONNXExportError``, `NetworkError` where the network's shapes do not fit, `ModelStateError`
  ///   where a tensor is missing or of another size.
  public static func encode(
    _ network: Network, state: ModelState, foldBatchNorm: Bool = false, metadata: [String: String] = [:]
  ) throws -> Data {
    try checkSize(network)
    let (network, state) = foldBatchNorm ? try network.foldingBatchNorm(state) : (network, state)
    let model = try model(network, state: state, metadata: metadata)
    do {
      return try model.serializedData()
    } catch {
      // These messages have no required fields, so that their size is the only thing that can be wrong.
      throw ONNXExportError.tooLarge(tensorBytes: try tensorBytes(network), limit: maximumByteCount)
    }
  }

  static func model(_ network: Network, state: ModelState, metadata: [String: String]) throws -> ONNXModel {
    var model = ONNXModel()
    model.irVersion = Int64(irVersion)
    model.producerName = "espalier"
    var operatorSet = ONNXOperatorSet()
    operatorSet.domain = ""
    operatorSet.version = Int64(operatorSetVersion)
    model.operatorSets = [operatorSet]
    model.graph = try GraphBuilder.graph(network, state: state)
    // Sorted by bytes: a dictionary's order changes from run to run.
    let keys = metadata.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    model.metadata = keys.map { key in
      var entry = ONNXMetadataEntry()
      entry.key = key
      entry.value = metadata[key] ?? ""
      return entry
    }
    return model
  }

  private static func checkSize(_ network: Network) throws {
    let bytes = try tensorBytes(network)
    guard bytes <= maximumByteCount else {
      throw ONNXExportError.tooLarge(tensorBytes: bytes, limit: maximumByteCount)
    }
  }

  private static func tensorBytes(_ network: Network) throws -> Int {
    let table = try ParameterTable(network)
    return (table.parameterCount + table.statisticsCount) * MemoryLayout<Float>.size
  }
}
