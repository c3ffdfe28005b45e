// A node's JSON form, as in the `architecture` of a checkpoint: one flat object,
// {"name": "conv1", "operator": "convolution", "inputs": ["input"], "outputs": 16, …}.

extension Node: Codable {
  private enum CodingKeys: String, CodingKey {
    case name
    case kind = "operator"
    case inputs
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let layer: Layer =
      switch try container.decode(Layer.Kind.self, forKey: .kind) {
      case .convolution: .convolution(try Layer.Convolution(from: decoder))
      case .batchNorm: .batchNorm
      case .relu: .relu
      case .add: .add
      case .pooling: .pooling(try Layer.Pooling(from: decoder))
      case .globalAveragePool: .globalAveragePool
      case .flatten: .flatten
      case .gate: .gate
      case .concatenate: .concatenate
      case .scaleChannels: .scaleChannels
      case .shortcut: .shortcut(try Layer.Shortcut(from: decoder))
      case .linear: .linear(try Layer.Linear(from: decoder))
      }
    self.init(
      name: try container.decode(String.self, forKey: .name), layer: layer,
      inputs: try container.decode([String].self, forKey: .inputs))
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encode(inputs, forKey: .inputs)
    try container.encode(layer.kind, forKey: .kind)
    switch layer {
    case .convolution(let convolution): try convolution.encode(to: encoder)
    case .pooling(let pooling): try pooling.encode(to: encoder)
    case .shortcut(let shortcut): try shortcut.encode(to: encoder)
    case .linear(let linear): try linear.encode(to: encoder)
    case .batchNorm, .relu, .add, .globalAveragePool, .flatten, .gate, .concatenate, .scaleChannels: break
    }
  }
}
