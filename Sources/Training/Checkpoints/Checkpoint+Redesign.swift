import Datasets
import Networks

extension Checkpoint {
  /// A network that was never trained, with first weights as a training draws them.
  ///
  /// Its images count as not normalised, its classes go by their numbers: a training that takes the architecture finds out
  /// about its own.
  ///
  /// - Throws: `NetworkError` where the network's shapes do not fit.
  public init(
    untrained network: Network, seed: UInt64 = 1, _ initialisation: WeightInitialisation = .heNormal
  ) throws {
    let table = try ParameterTable(network)
    var (parameters, statistics): ([String: [Float]], [String: [Float]]) = ([:], [:])
    for (index, parameter) in table.parameters.enumerated() {
      parameters[parameter.name] =
        initialisation.values(of: parameter, index: index, seed: seed)
        ?? [Float](repeating: 0, count: parameter.count)
    }
    for statistic in table.statistics {
      let first: Float = statistic.role == .runningVariance ? 1 : 0
      statistics[statistic.name] = [Float](repeating: first, count: statistic.count)
    }
    self.init(
      network: network,
      normalization: try Normalization(
        mean: [Float](repeating: 0, count: network.input.channels),
        standardDeviation: [Float](repeating: 1, count: network.input.channels)),
      classes: (0..<network.classes).map { "\($0)" },
      state: ModelState(parameters: parameters, statistics: statistics))
  }

  /// The weights in another network: tensors that it has too, of the same shape, stay; the others are drawn. What a
  /// training needs to go on is gone.
  ///
  /// - Returns: the checkpoint, and the names of the tensors that were drawn.
  /// - Throws: `NetworkError` where the network's shapes do not fit.
  public func moved(to network: Network, seed: UInt64 = 1) throws -> (checkpoint: Checkpoint, drawn: [String])
  {
    let (before, after) = (try ParameterTable(self.network), try ParameterTable(network))
    let shapes = Dictionary(
      (before.parameters + before.statistics).map { ($0.name, $0.shape) },
      uniquingKeysWith: { first, _ in first })
    var moved = try Checkpoint(untrained: network, seed: seed)
    moved.normalization = normalization
    moved.classes = classes
    var drawn: [String] = []
    for parameter in after.parameters {
      if shapes[parameter.name] == parameter.shape, let values = state.parameters[parameter.name] {
        moved.state.parameters[parameter.name] = values
      } else {
        drawn.append(parameter.name)
      }
    }
    for statistic in after.statistics where shapes[statistic.name] == statistic.shape {
      moved.state.statistics[statistic.name] = state.statistics[statistic.name]
    }
    return (moved, drawn)
  }
}
