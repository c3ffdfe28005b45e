import Pruning

/// A value given to a key, as text.
public struct ConfigurationAssignment: Hashable, Sendable {
  public let key: String
  /// nil for `null`: no value.
  public let value: String?
  public let origin: ConfigurationError.Origin

  public init(_ key: String, _ value: String?, origin: ConfigurationError.Origin = .commandLine) {
    self.key = key
    self.value = value
    self.origin = origin
  }
}

extension TrainingConfiguration {
  /// The defaults, changed by `assignments` in their order. A folder's images take a resized crop unless another
  /// augmentation is given, Adam a learning rate of 0.001 unless another is, and initial weights bring their network
  /// unless a model is.
  ///
  /// - Parameter command: Which training it is: some keys are for one command only.
  /// - Throws: `ConfigurationError`.
  public init(
    _ assignments: [ConfigurationAssignment], command: TrainingCommand = .train
  ) throws(ConfigurationError) {
    self.init()
    for other in TrainingCommand.allCases where other != command {
      guard let assignment = assignments.first(where: { other.ownKeys.contains($0.key) }) else { continue }
      throw .conflict(
        "\(assignment.key) is a key of 'espalier \(other.rawValue)'; 'espalier \(command.rawValue)' does not take it"
      )
    }
    reduction = command.reduction
    if command == .removeConflicts { bundles = BundleMonitoring(every: 1) }
    for assignment in assignments { try apply(assignment) }
    if case .folder = data, !assignments.contains(where: { $0.key == "augment" }) {
      augmentation = .resizedCropFlip
    }
    if optimizer.method.isAdaptive, !assignments.contains(where: { $0.key == "lr" }) {
      learningRate = Self.adaptiveLearningRate
    }
    if let initialWeights, !assignments.contains(where: { $0.key == "model" }) { model = initialWeights }
    try checkConsistency()
  }

  /// Throws where two values exclude each other.
  ///
  /// - Throws: `ConfigurationError.conflict`.
  func checkConsistency() throws(ConfigurationError) {
    guard warmupEpochs <= Double(epochs) else {
      throw .conflict(
        "expected lr-warmup-epochs within the \(epochs) epochs, found \(warmupEpochs); warm up for fewer epochs or "
          + "train for more")
    }
    guard initialWeights == nil || initialisation == TrainingConfiguration().initialisation else {
      throw .conflict(
        "initialization is for weights that are drawn, and init gives weights; leave one of them out")
    }
    try optimizer.checkConsistency()
    try pruning?.checkConsistency(epochs: epochs, batchSize: batchSize)
    if let conflictRemoval {
      try conflictRemoval.checkConsistency(hasInitialWeights: initialWeights != nil)
      guard bundles != nil else {
        throw .conflict("conflicts are found by measuring bundles; give bundles, such as every=1")
      }
    }
  }

  /// Throws unless every key that a resumed run must keep has its `saved` value.
  ///
  /// - Throws: `ConfigurationError.changedOnResume`.
  public func checkResumes(_ saved: TrainingConfiguration) throws(ConfigurationError) {
    for setting in settings where setting.isFixed {
      let old = setting.text(saved)
      let new = setting.text(self)
      guard old == new else {
        throw .changedOnResume(key: setting.key, saved: old ?? "none", requested: new ?? "none")
      }
    }
  }

  private mutating func apply(_ assignment: ConfigurationAssignment) throws(ConfigurationError) {
    let key = assignment.key
    guard let setting = Self.settings.first(where: { $0.key == key }) else {
      throw .unknownKey(key, origin: assignment.origin, nearest: Self.nearestKey(to: key))
    }
    if let expected = setting.assign(assignment.value, &self) {
      throw .wrongValue(
        key: key, origin: assignment.origin, expected: expected,
        found: assignment.value.map { "'\($0)'" } ?? "null")
    }
  }
}
