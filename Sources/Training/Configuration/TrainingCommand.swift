/// The commands that train: each has keys of its own beside those that all have.
public enum TrainingCommand: String, CaseIterable, Hashable, Sendable {
  case train
  case prune
  case removeConflicts = "remove-conflicts"

  /// The one whose keys these are; `train` where there are none of another.
  init(of assignments: [ConfigurationAssignment]) {
    let keys = Set(assignments.map(\.key))
    self = Self.allCases.first { !$0.ownKeys.isDisjoint(with: keys) } ?? .train
  }

  /// What a training does by this command unless keys say otherwise.
  var reduction: TrainingConfiguration.Reduction {
    switch self {
    case .train: .none
    case .prune: .pruning(.init())
    case .removeConflicts: .conflictRemoval(.init())
    }
  }

  /// The keys that only this command has.
  var ownKeys: Set<String> { Set(ownSettings.map(\.key)) }

  var ownSettings: [Setting] {
    switch self {
    case .train: []
    case .prune: TrainingConfiguration.pruningSettings
    case .removeConflicts: TrainingConfiguration.conflictSettings
    }
  }
}

extension TrainingConfiguration {
  /// The command that trains so.
  public var command: TrainingCommand {
    switch reduction {
    case .none: .train
    case .pruning: .prune
    case .conflictRemoval: .removeConflicts
    }
  }
}
