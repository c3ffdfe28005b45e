extension Layer {
  /// The layer in a few characters, for tables: `convolution 3x3/2`.
  public var shortText: String {
    switch self {
    case .convolution(let layer):
      "\(operatorName) \(layer.kernel[0])x\(layer.kernel[1])\(Self.stride(layer.stride))"
        + (layer.dilation == [1, 1] ? "" : " dilation \(layer.dilation[0])x\(layer.dilation[1])")
        + (layer.groups == 1 ? "" : " groups \(layer.groups)")
    case .pooling(let layer):
      "\(layer.kind.rawValue) pooling \(layer.kernel)x\(layer.kernel)\(Self.stride([layer.stride]))"
    case .shortcut(let layer): "\(operatorName)\(Self.stride([layer.stride]))"
    default: operatorName
    }
  }

  /// `/2`, or nothing for a stride of 1.
  private static func stride(_ sizes: [Int]) -> String {
    if Set(sizes) == [1] { return "" }
    return "/"
      + (Set(sizes).count == 1 ? Array(sizes.prefix(1)) : sizes).map { "\($0)" }.joined(separator: "x")
  }
}
