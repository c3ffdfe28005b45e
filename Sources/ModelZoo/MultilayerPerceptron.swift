import Networks

/// Linear layers of one width, each with ReLU, and a last one without.
enum MultilayerPerceptron {
  static let family = ModelFamily(
    prefix: "mlp", summary: "linear layers with ReLU on the flattened image",
    options: [
      ModelOption("width", "N", default: "128", "values of a hidden layer"),
      ModelOption("depth", "N", default: "2", "hidden layers"),
      .flag("bn", default: "0", "batch norm before each ReLU"),
    ],
    nodes: nodes)

  private static func nodes(_ request: ModelRequest) throws -> [Node] {
    let width = try request.count("width", in: 1...65536)
    let depth = try request.count("depth", in: 0...10_000)
    let hasBatchNorm = try request.flag("bn")

    var chain = NodeChain(request.input)
    chain.append("flatten", .flatten)
    for index in 0..<depth {
      chain.append("hidden.\(index)", .linear(.init(width)))
      if hasBatchNorm { chain.append("hidden.\(index).bn", .batchNorm) }
      chain.append("hidden.\(index).relu", .relu)
    }
    chain.append("linear", .linear(.init(request.classes)))
    return chain.nodes
  }
}
