/// Where the versions of the authors' public code take the amplitude ω from. Raw values are that code's tags and commits.
public enum ReferenceVersion: String, CaseIterable, Hashable, Sendable, Codable {
  /// One ω for the network: the largest absolute value of the stem, the measured layers and the classifier, but not of the
  /// stem's batch norm. Of a fully connected network, of the hidden layers alone.
  case tagged = "wacv2021"
  /// Per layer: the largest, over its tensors, of the mean absolute value.
  case layerMean = "22556fc"
  /// Per layer: its largest absolute value. Commits 37ea297 and ba6985f.
  case layerMaximum = "37ea297"
  /// One ω for the network: the largest absolute value of all. Also commit 1a4c762.
  case networkMaximum = "master"

  /// ω of each layer.
  ///
  /// - Parameters:
  ///   - parameters: Every trainable tensor.
  ///   - isFullyConnected: Whether the network has no convolutions.
  /// - Returns: as many as there are layers; 0 where no parameter counts, NaN where one that counts is NaN.
  public func amplitudes(
    of layers: [String], parameters: [ParameterStatistics], isFullyConnected: Bool
  ) -> [Double] {
    switch self {
    case .tagged:
      let counted = parameters.filter { parameter in
        switch parameter.part {
        case .stem: !isFullyConnected && !parameter.isBatchNorm
        case .head: !isFullyConnected
        case .layer: true
        }
      }
      return layers.map { [omega = Self.largest(counted.map(\.maximum))] _ in omega }
    case .networkMaximum:
      return layers.map { [omega = Self.largest(parameters.map(\.maximum))] _ in omega }
    case .layerMean:
      return layers.map { layer in
        Self.largest(parameters.filter { $0.part == .layer(layer) }.map(\.mean))
      }
    case .layerMaximum:
      return layers.map { layer in
        Self.largest(parameters.filter { $0.part == .layer(layer) }.map(\.maximum))
      }
    }
  }

  private static func largest(_ values: [Double]) -> Double {
    values.contains(where: \.isNaN) ? .nan : values.max() ?? 0
  }
}
