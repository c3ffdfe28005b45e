import Networks

/// Which structures of a network have gates.
public enum GateScope: String, CaseIterable, Hashable, Sendable, Codable {
  /// Output channels of layers that no sum ties to others.
  case units
  /// Residual blocks.
  case layers
  /// Both of these.
  case both
  /// Both, and the channels of residual streams: a unit of such a group is a channel of the stem, of every block's output
  /// and input, of projections and of the head at once.
  case all

  var hasLayers: Bool { self != .units }

  /// Whether a group of units has gates.
  func contains(_ group: UnitGroup) -> Bool {
    switch self {
    case .layers: false
    case .units, .both: !group.isResidualStream
    case .all: true
    }
  }
}
