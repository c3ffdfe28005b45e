import Devices
import Networks

/// What a session consists of: its plans and the sizes of its buffers. Nothing of it is on a device yet.
struct SessionLayout {
  /// What a session trains with; nil in one for evaluation.
  struct Training {
    var optimizer: OptimizerConfiguration
    var labelSmoothing: Float
    var stochasticGates: StochasticGates?
  }

  let network: Network
  let batchSize: Int
  let training: Training?
  let table: ParameterTable
  /// nil in a session for evaluation.
  let step: Plan?
  let evaluation: Plan

  /// - Throws: ``NetworkError`` or ``OperatorError`` for a network that cannot be executed.
  init(_ network: Network, batchSize: Int, training: Training?) throws {
    self.network = network
    self.batchSize = batchSize
    self.training = training
    table = try ParameterTable(network)
    step = try training.map {
      try Plan.trainingStep(
        network, batchSize: batchSize, labelSmoothing: $0.labelSmoothing, optimizer: $0.optimizer,
        stochasticGates: $0.stochasticGates)
    }
    evaluation = try Plan.forwardPass(network, batchSize: batchSize, normalisation: .running)
  }

  typealias BufferSize = (name: BufferName, words: Int)

  /// What the device mostly writes.
  var buffers: [BufferSize] {
    var sizes: [BufferSize] = [
      (.parameters, table.parameterCount), (.statistics, table.statisticsCount),
      (.logits, batchSize * network.classes), (.metrics, Plan.metricsRows * 4), (.gates, table.gateCount),
      (.losses, batchSize),
    ]
    guard let training else { return sizes }
    sizes += [(.gradients, table.parameterCount), (.momentum, table.parameterCount)]
    if training.optimizer.method.isAdaptive { sizes.append((.secondMoments, table.parameterCount)) }
    if training.stochasticGates != nil { sizes.append((.gateGradients, gateValues)) }
    return sizes
  }

  /// What the host writes before every run.
  var inputs: [BufferSize] {
    let pixels = network.input.channels * network.input.height * network.input.width
    return [(.images, batchSize * pixels), (.labels, batchSize)]
      + (training?.stochasticGates == nil ? [] : [(.stochasticGates, gateValues)])
  }

  private var gateValues: Int { (training?.stochasticGates?.rows ?? 0) * table.gateCount }

  // MARK: - On a device

  /// Everything on a device.
  typealias Resources = (buffers: [BufferName: Buffer], training: Executable?, evaluation: Executable)

  /// - Throws: ``DeviceError/batchTooLarge(_:)`` with the largest batch that fits, or another ``DeviceError``.
  func make(on device: any Device) throws -> Resources {
    do {
      return try allocate(on: device)
    } catch let error as DeviceError {
      guard case .outOfMemory = error, let shortage = try? shortage(on: device) else { throw error }
      throw DeviceError.batchTooLarge(shortage)
    }
  }

  private func allocate(on device: any Device) throws -> Resources {
    var made: [BufferName: Buffer] = [:]
    for (name, words) in buffers {
      made[name] = try device.makeBuffer(count: words, name: name.description)
    }
    for (name, words) in inputs {
      made[name] = try device.makeInputBuffer(count: words, name: name.description)
    }
    let training = try step.map { try device.compile($0.schedule, buffers: made) }
    let evaluation = try device.compile(evaluation.schedule, buffers: made, sharingMemoryOf: training)
    return (made, training, evaluation)
  }

  // MARK: - Memory

  private func need(on device: any Device) throws -> MemoryNeed? {
    try MemoryNeed(
      buffers: buffers, inputs: inputs,
      schedules: (step.map { [$0.schedule] } ?? []) + [evaluation.schedule], on: device)
  }

  /// Why the session does not fit on the device; nil where it should.
  private func shortage(on device: any Device) throws -> BatchShortage? {
    guard let need = try need(on: device), let supply = MemorySupply(of: device), !supply.covers(need) else {
      return nil
    }
    return BatchShortage(
      batchSize: batchSize, need: need, supply: supply, fittingBatchSize: try fittingBatch(on: device, supply)
    )
  }

  /// The largest batch that `supply` covers, by bisection; nil where none does. Plans are made and lowered, which takes
  /// milliseconds, but nothing is allocated. Where scratch memory makes a smaller batch need more, another one that fits
  /// is found.
  private func fittingBatch(on device: any Device, _ supply: MemorySupply) throws -> Int? {
    // A batch has a whole number of images for each row of gates, but for rows that each image has its own of.
    let rows = training?.stochasticGates?.rows ?? 1
    let unit = rows == batchSize ? 1 : rows
    var (fitting, excessive) = (0, batchSize / unit)
    while excessive - fitting > 1 {
      let middle = (fitting + excessive) / 2
      let smaller = try resized(to: middle * unit, gateRows: rows == batchSize ? middle : rows)
      if let need = try smaller.need(on: device), supply.covers(need) {
        fitting = middle
      } else {
        excessive = middle
      }
    }
    return fitting == 0 ? nil : fitting * unit
  }

  private func resized(to batchSize: Int, gateRows: Int) throws -> SessionLayout {
    var training = training
    training?.stochasticGates?.rows = gateRows
    return try SessionLayout(network, batchSize: batchSize, training: training)
  }
}
