extension Layer {
  /// What a layer is, without its sizes.
  enum Kind: String, Codable {
    case convolution
    case batchNorm
    case relu
    case add
    case pooling
    case globalAveragePool
    case flatten
    case shortcut
    case linear
    case gate
    case concatenate
    case scaleChannels
  }

  var kind: Kind {
    switch self {
    case .convolution: .convolution
    case .batchNorm: .batchNorm
    case .relu: .relu
    case .add: .add
    case .pooling: .pooling
    case .globalAveragePool: .globalAveragePool
    case .flatten: .flatten
    case .shortcut: .shortcut
    case .linear: .linear
    case .gate: .gate
    case .concatenate: .concatenate
    case .scaleChannels: .scaleChannels
    }
  }

  /// The layer's name in files and tables, such as `batchNorm`.
  public var operatorName: String { kind.rawValue }
}
