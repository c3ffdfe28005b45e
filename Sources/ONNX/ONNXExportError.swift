/// Why a network cannot become an ONNX file.
public enum ONNXExportError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A layer without a counterpart in the file.
  case unsupported(node: String, layer: String, advice: String)
  /// More bytes of tensors than one file of this kind can hold.
  case tooLarge(tensorBytes: Int, limit: Int)
  /// The encoded bytes, read back, are not the model that they were made from.
  case readBack(expected: String, found: String)
  /// The network gives infinity or no number at all.
  case logitsNotFinite

  public var description: String {
    switch self {
    case .unsupported(let node, let layer, let advice):
      "node '\(node)': expected a layer that ONNX files can hold, found \(layer); \(advice)"
    case .tooLarge(let bytes, let limit):
      "the tensors take \(bytes) bytes; an ONNX file holds at most \(limit), names and shapes included; "
        + "take a smaller network"
    case .readBack(let expected, let found):
      "the encoded ONNX model was read back: expected \(expected), found \(found)"
    case .logitsNotFinite:
      "expected finite logits, found others: the weights are damaged or too large; take another checkpoint"
    }
  }
}
