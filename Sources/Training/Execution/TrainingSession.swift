import Devices
import Networks

/// Sums over examples.
public struct MetricSums: Hashable, Sendable {
  public var loss: Double
  public var top1: Int
  public var top5: Int
  public var examples: Int

  public init(loss: Double = 0, top1: Int = 0, top5: Int = 0, examples: Int = 0) {
    self.loss = loss
    self.top1 = top1
    self.top5 = top5
    self.examples = examples
  }

  public static let zero = MetricSums()

  public static func += (sums: inout MetricSums, other: MetricSums) {
    sums.loss += other.loss
    sums.top1 += other.top1
    sums.top5 += other.top5
    sums.examples += other.examples
  }
}

/// A network on a device, ready to train and to evaluate: parameters, gradients, the optimiser's moments and statistics
/// in flat arenas, and a compiled plan for each of the two.
///
/// Steps are enqueued, and their metrics are read late. The images of a step are copied while the device works on the one
/// before. A step allocates no memory that depends on the network or the batch; on the fallback none at all.
public final class TrainingSession {
  public let network: Network
  public let table: ParameterTable
  public let batchSize: Int
  /// Gates that change with every training step; nil where there are none.
  public let stochasticGates: StochasticGates?

  let device: any Device
  let buffers: [BufferName: Buffer]
  /// nil in a session for evaluation.
  private let training: Executable?
  private let evaluation: Executable
  /// Forward passes with batch statistics, by whether the running statistics follow; compiled when first used.
  private var batchPasses: [Bool: Executable] = [:]
  private let labelSmoothing: Float
  /// nil in a session for evaluation.
  private let optimizer: OptimizerConfiguration?
  /// The updates that the moments hold.
  private var updates = 0
  /// The labels of a step, -1 for examples to ignore: their images are what an earlier batch left.
  private var paddedLabels: [Int32]
  /// Rows of the metrics buffer in use, and what earlier rows held.
  private var metricsRow = 0
  private var pendingRows: [MetricSums] = []
  private var metricsValues = [Float](repeating: 0, count: Plan.metricsRows * 4)

  /// - Parameter stochasticGates: How the gates of the network change with every step; nil for gates that stay as
  ///   ``setGates(_:)`` left them.
  /// - Throws: ``NetworkError`` or ``OperatorError`` for a network that cannot be executed,
  ///   ``DeviceError/batchTooLarge(_:)`` for want of memory, ``DeviceError`` where the device fails otherwise or
  ///   computes in a precision that is for evaluation only.
  public convenience init(
    network: Network, device: any Device, batchSize: Int, optimizer: OptimizerConfiguration,
    labelSmoothing: Float, stochasticGates: StochasticGates? = nil
  ) throws {
    let information = device.information
    guard information.precision.canTrain else {
      throw information.precision.unavailableForTraining(on: information.identifier)
    }
    try self.init(
      SessionLayout(
        network, batchSize: batchSize,
        training: .init(
          optimizer: optimizer, labelSmoothing: labelSmoothing, stochasticGates: stochasticGates)), device)
  }

  /// A session that evaluates only: it takes no memory for a training step.
  /// - Throws: as ``init(network:device:batchSize:optimizer:labelSmoothing:stochasticGates:)``.
  public convenience init(evaluating network: Network, device: any Device, batchSize: Int) throws {
    try self.init(SessionLayout(network, batchSize: batchSize, training: nil), device)
  }

  private init(_ layout: SessionLayout, _ device: any Device) throws {
    network = layout.network
    batchSize = layout.batchSize
    self.device = device
    labelSmoothing = layout.training?.labelSmoothing ?? 0
    optimizer = layout.training?.optimizer
    stochasticGates = layout.training?.stochasticGates
    table = layout.table
    (buffers, training, evaluation) = try layout.make(on: device)
    paddedLabels = [Int32](repeating: -1, count: batchSize)
    try buffers[.gates]?.fill(1)
  }

  // MARK: - Steps

  /// One update with the mean loss of exactly ``batchSize`` normalised images `[batch, channels, height, width]`.
  public func trainingStep(
    images: UnsafeBufferPointer<Float>, labels: UnsafeBufferPointer<Int32>, learningRate: Float
  ) throws {
    guard labels.count == batchSize else {
      throw DeviceError.sizeMismatch(
        name: "a training batch", expectedWords: batchSize, foundWords: labels.count)
    }
    let training = try trainingStepExecutable()
    try training.set(.learningRate, to: learningRate)
    if let correction = optimizer?.correction(learningRate: learningRate, update: updates + 1) {
      try training.set(correction)
    }
    try run(training, images: images, labels: labels)
    updates += 1
  }

  /// Loss and ranks of up to ``batchSize`` images with running statistics.
  public func evaluationStep(
    images: UnsafeBufferPointer<Float>, labels: UnsafeBufferPointer<Int32>
  ) throws {
    try run(evaluation, images: images, labels: labels)
  }

  /// Losses of exactly ``batchSize`` images as a training step would see them, with batch statistics and the stochastic
  /// gates, and without an update of the weights. ``losses()`` has them; they are in no metrics.
  ///
  /// - Parameter updatesStatistics: Whether the running statistics follow the batch's.
  public func batchPass(
    images: UnsafeBufferPointer<Float>, labels: UnsafeBufferPointer<Int32>, updatesStatistics: Bool = false
  ) throws {
    let pass = try batchPass(updatesStatistics: updatesStatistics)
    try write(images, labels)
    // A row of the metrics that the next step overwrites.
    if metricsRow == Plan.metricsRows { try drainRows() }
    try pass.set(.metricsRow, to: Int32(metricsRow))
    try pass.run()
  }

  private func batchPass(updatesStatistics: Bool) throws -> Executable {
    if let pass = batchPasses[updatesStatistics] { return pass }
    let plan = try Plan.forwardPass(
      network, batchSize: batchSize, normalisation: .batch(updatesRunning: updatesStatistics),
      labelSmoothing: labelSmoothing, stochasticGates: stochasticGates)
    let pass = try compile(plan.schedule, buffers: buffers)
    batchPasses[updatesStatistics] = pass
    return pass
  }

  private func trainingStepExecutable() throws -> Executable {
    guard let training else {
      throw OperatorError.unsupported(operation: "a training step", device: "a session for evaluation")
    }
    return training
  }

  private func run(
    _ executable: Executable, images: UnsafeBufferPointer<Float>, labels: UnsafeBufferPointer<Int32>
  ) throws {
    if metricsRow == Plan.metricsRows { try drainRows() }
    try write(images, labels)
    try executable.set(.metricsRow, to: Int32(metricsRow))
    metricsRow += 1
    try executable.run()
  }

  /// Another way through the network on the same memory.
  func compile(_ schedule: Schedule, buffers: [BufferName: Buffer]) throws -> Executable {
    try device.compile(schedule, buffers: buffers, sharingMemoryOf: training ?? evaluation)
  }

  /// Runs something that leaves no metrics.
  func run(
    writing images: UnsafeBufferPointer<Float>, _ labels: UnsafeBufferPointer<Int32>, _ executable: Executable
  ) throws {
    try write(images, labels)
    try executable.run()
  }

  private func write(_ images: UnsafeBufferPointer<Float>, _ labels: UnsafeBufferPointer<Int32>) throws {
    let pixels = network.input.channels * network.input.height * network.input.width
    guard labels.count <= batchSize, images.count == labels.count * pixels else {
      throw DeviceError.sizeMismatch(
        name: "a batch of images", expectedWords: min(labels.count, batchSize) * pixels,
        foundWords: images.count)
    }
    try buffer(.images).write(images)
    for index in 0..<batchSize { paddedLabels[index] = index < labels.count ? labels[index] : -1 }
    try buffer(.labels).write(paddedLabels)
  }

  /// Adds every step since the last call to `sums`, one by one in step order, so that the number of calls does not matter;
  /// waits for the device.
  public func drainMetrics(into sums: inout MetricSums) throws {
    try drainRows()
    for row in pendingRows { sums += row }
    pendingRows.removeAll(keepingCapacity: true)
  }

  private func drainRows() throws {
    try metricsValues.withUnsafeMutableBufferPointer { try buffer(.metrics).read(into: $0) }
    for row in 0..<metricsRow {
      let first = row * 4
      pendingRows.append(
        MetricSums(
          loss: Double(metricsValues[first]), top1: Int(metricsValues[first + 1]),
          top5: Int(metricsValues[first + 2]), examples: Int(metricsValues[first + 3])))
    }
    metricsRow = 0
  }

  /// The logits of the last step, `[batch, classes]`.
  public func logits() throws -> [Float] { try buffer(.logits).read() }

  /// The gradients of the last training step by parameter name.
  /// - Throws: ``DeviceError/notBound(buffer:)`` in a session for evaluation.
  public func gradients() throws -> [String: [Float]] { try read(.gradients, table.parameters) }

  // MARK: - Profiling

  /// How many kernels a training step launches; nil in a session for evaluation.
  public var trainingLaunches: Int? { training?.launchCount }

  /// How many kernels an evaluation step launches.
  public var evaluationLaunches: Int { evaluation.launchCount }

  /// One training step on the present batch with a clock around every launch.
  public func profileTrainingStep() throws -> [LaunchProfile] { try trainingStepExecutable().profile() }

  /// One evaluation step on the present batch with a clock around every launch.
  public func profileEvaluationStep() throws -> [LaunchProfile] { try evaluation.profile() }

  /// Fills the training step's scratch memory with NaN: a step must not depend on what an earlier one left.
  public func poisonScratchMemory() throws {
    try training?.poisonArena()
    try evaluation.poisonArena()
  }

  // MARK: - State

  /// Forgets all gradients so far.
  func clearOptimiser() throws {
    try buffers[.momentum]?.fill(0)
    try buffers[.secondMoments]?.fill(0)
    updates = 0
  }

  /// Whether the optimiser keeps second moments.
  var isAdaptive: Bool { buffers[.secondMoments] != nil }

  /// A copy of everything that training changes; waits for the device. A session for evaluation has no
  /// momentum: it is zero.
  public func state() throws -> ModelState {
    let parameters = try read(.parameters, table.parameters)
    let statistics = try read(.statistics, table.statistics)
    guard buffers[.momentum] != nil else { return ModelState(parameters: parameters, statistics: statistics) }
    return ModelState(
      parameters: parameters, statistics: statistics, momentum: try read(.momentum, table.parameters),
      adaptive: try adaptiveMoments())
  }

  private func adaptiveMoments() throws -> AdaptiveMoments? {
    guard isAdaptive, let optimizer else { return nil }
    return AdaptiveMoments(
      secondMoments: try read(.secondMoments, table.parameters), updates: updates, beta2: optimizer.beta2,
      epsilon: optimizer.epsilon)
  }

  /// Puts a state back. What the session's optimiser does not keep is left out; second moments that it keeps and the state
  /// has not begin at 0.
  /// - Throws: ``DeviceError/sizeMismatch(name:expectedWords:foundWords:)`` where a tensor is missing (0 words found) or
  ///   of another size; the session is then unchanged.
  public func load(_ state: ModelState) throws {
    let parameters = try flatten(state.parameters, table.parameters, count: table.parameterCount)
    let statistics = try flatten(state.statistics, table.statistics, count: table.statisticsCount)
    let momentum = try flatten(state.momentum, table.parameters, count: table.parameterCount)
    let adaptive = isAdaptive ? state.adaptive : nil
    let secondMoments = try adaptive.map {
      try flatten($0.secondMoments, table.parameters, count: table.parameterCount)
    }
    try buffer(.parameters).write(parameters)
    try buffer(.statistics).write(statistics)
    try clearOptimiser()
    try buffers[.momentum]?.write(momentum)
    if let secondMoments { try buffer(.secondMoments).write(secondMoments) }
    updates = adaptive?.updates ?? 0
  }

  private func read(_ name: BufferName, _ entries: [Parameter]) throws -> [String: [Float]] {
    let values: [Float] = try buffer(name).read()
    return Dictionary(
      uniqueKeysWithValues: entries.map { ($0.name, Array(values[$0.offset..<($0.offset + $0.count)])) })
  }

  func flatten(
    _ tensors: [String: [Float]], _ entries: [Parameter], count: Int
  ) throws -> [Float] {
    var values = [Float](repeating: 0, count: count)
    for entry in entries {
      let tensor = tensors[entry.name] ?? []
      guard tensor.count == entry.count else {
        throw DeviceError.sizeMismatch(
          name: entry.name, expectedWords: entry.count, foundWords: tensor.count)
      }
      values.replaceSubrange(entry.offset..<(entry.offset + entry.count), with: tensor)
    }
    return values
  }

  func buffer(_ name: BufferName) throws -> Buffer {
    guard let buffer = buffers[name] else { throw DeviceError.notBound(buffer: name.description) }
    return buffer
  }
}
