/// What of a machine a training may use. It changes how fast it runs, not what it is asked to do, so it is not part of its
/// configuration.
public struct TrainingResources: Sendable {
  /// A bound on the memory taken from the device.
  public var memoryLimitBytes: Int?
  /// Where a new run looks for what was tuned; nil for nowhere. A resumed one goes on with what it began with.
  public var tunings: TuningStore?

  public init(memoryLimitBytes: Int? = nil, tunings: TuningStore? = .user) {
    self.memoryLimitBytes = memoryLimitBytes
    self.tunings = tunings
  }
}
