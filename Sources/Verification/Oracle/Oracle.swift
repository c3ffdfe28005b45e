import Devices

/// What a device should have computed: every operator in float64, as loops that follow its definition word by word.
///
/// Activations are plain row-major NCHW arrays, labels are integers stored as doubles.
public enum Oracle {
  /// What changes from run to run.
  public struct Scalars: Hashable, Sendable {
    public var learningRate: Float
    public var metricsRow: Int32
    /// What an update by Adam needs; nil in schedules without one.
    public var correction: AdamCorrection?

    public init(
      learningRate: Float = 0, metricsRow: Int32 = 0, correction: AdamCorrection? = nil
    ) {
      self.learningRate = learningRate
      self.metricsRow = metricsRow
      self.correction = correction
    }
  }

  /// The end of a run.
  public struct Outcome: Sendable {
    /// All bound buffers.
    public var buffers: [BufferName: [Double]]
    /// The smallest magnitude, zeros apart, of an argument of a ReLU whose gradient was taken. Where it is about as
    /// small as a device's rounding errors, the device may rightly differ.
    public var nearestKink = Double.infinity
  }

  /// Runs `schedule` once on `buffers`.
  public static func run(
    _ schedule: Schedule, buffers: [BufferName: [Double]], scalars: Scalars = Scalars()
  ) throws(OracleError) -> Outcome {
    var interpreter = OracleInterpreter(
      memory: OracleMemory(schedule, buffers: buffers), scalars: scalars)
    for operation in schedule.operations { try interpreter.run(operation) }
    return Outcome(buffers: interpreter.memory.buffers, nearestKink: interpreter.nearestKink)
  }
}
