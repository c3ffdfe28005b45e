import Devices
import Networks

/// The buffers behind a plan's external tensors.
extension BufferName {
  static let images: BufferName = "images"
  static let labels: BufferName = "labels"
  static let parameters: BufferName = "parameters"
  static let gradients: BufferName = "gradients"
  static let momentum: BufferName = "momentum"
  static let secondMoments: BufferName = "second moments"
  static let statistics: BufferName = "statistics"
  static let metrics: BufferName = "metrics"
  static let logits: BufferName = "logits"
  static let gates: BufferName = "gates"
  static let stochasticGates: BufferName = "stochastic gates"
  static let gateGradients: BufferName = "gate gradients"
  static let losses: BufferName = "losses"
}

/// Gates that change with every step: rows of them, each for an equal part of the batch.
public struct StochasticGates: Hashable, Sendable {
  /// 1, the batch size, or a number of equal parts of the batch.
  public var rows: Int
  /// Whether each row has batch statistics of its own (ghost batch norm).
  public var hasOwnStatistics: Bool

  public init(rows: Int, hasOwnStatistics: Bool = false) {
    self.rows = rows
    self.hasOwnStatistics = hasOwnStatistics
  }
}

/// What a plan does with batch norm.
enum NormalisationMode {
  /// Running statistics.
  case running
  /// Those of the batch; the running ones follow if that is asked for.
  case batch(updatesRunning: Bool)

  var usesBatch: Bool { if case .batch = self { true } else { false } }
}

/// A network laid out as a schedule for one batch size: a training step or an evaluation.
struct Plan {
  var schedule = Schedule()
  let network: Network
  let batchSize: Int
  let table: ParameterTable
  let normalisation: NormalisationMode
  /// nil for one row of gates that the host sets now and then.
  let stochasticGates: StochasticGates?
  let sections: [Section]
  /// What is to be hashed; empty where nothing is.
  let hashing: Hashing
  /// Where it goes, in the order of its nodes.
  private(set) var hashPlaces: [HashPlace] = []
  let shapes: [String: FeatureShape]
  let nonnegativeValues: Set<String>
  /// The tensor at each node, as far as the forward pass has come: feature maps in the device's layout, or a plain vector.
  var values: [String: Tensor] = [:]
  /// The other of these two forms, where a consumer wants it.
  var convertedValues: [String: Tensor] = [:]
  /// The gradients that the consumers of each node have given, as far as the backward pass has come.
  var gradients: [String: NodeGradient] = [:]
  /// The batch statistics of each batch-norm node.
  var statistics: [String: Epilogue.NormalisationOperands] = [:]
  private var externals: [ExternalKey: Tensor] = [:]

  /// Rows of the metrics buffer.
  static let metricsRows = 64

  /// Forward, loss, backward and update.
  static func trainingStep(
    _ network: Network, batchSize: Int, labelSmoothing: Float, optimizer: OptimizerConfiguration,
    stochasticGates: StochasticGates? = nil
  ) throws -> Plan {
    var plan = try Plan(
      network, batchSize: batchSize, normalisation: .batch(updatesRunning: true),
      stochasticGates: stochasticGates)
    try plan.forward()
    let head = try plan.loss(labelSmoothing: labelSmoothing, hasGradient: true)
    if let gradient = head.gradient { plan.gradients[head.logits] = NodeGradient(vectors: [gradient]) }
    try plan.backward()
    plan.update(optimizer)
    return plan
  }

  /// Forward and the loss: with running statistics an evaluation, with the batch's a look at what a training step would see.
  static func forwardPass(
    _ network: Network, batchSize: Int, normalisation: NormalisationMode, labelSmoothing: Float = 0,
    stochasticGates: StochasticGates? = nil
  ) throws -> Plan {
    var plan = try Plan(
      network, batchSize: batchSize, normalisation: normalisation, stochasticGates: stochasticGates)
    try plan.forward()
    _ = try plan.loss(labelSmoothing: labelSmoothing, hasGradient: false)
    return plan
  }

  /// Forward as far as the last of some nodes, and hashes of their values.
  static func hashingPass(
    _ network: Network, batchSize: Int, normalisation: NormalisationMode, hashing: Hashing
  ) throws -> Plan {
    var plan = try Plan(
      network, batchSize: batchSize, normalisation: normalisation, stochasticGates: nil, hashing: hashing)
    try plan.forward()
    return plan
  }

  private init(
    _ network: Network, batchSize: Int, normalisation: NormalisationMode, stochasticGates: StochasticGates?,
    hashing: Hashing = .none
  ) throws {
    guard (1...(1 << 20)).contains(batchSize) else {
      throw OperatorError.invalidProblem("batch of \(batchSize)", "expected 1 to \(1 << 20) images")
    }
    if let rows = stochasticGates?.rows, rows < 1 || batchSize % rows != 0 {
      throw OperatorError.invalidProblem(
        "\(rows) masks for a batch of \(batchSize)", "expected a number that divides the batch")
    }
    self.network = network
    self.batchSize = batchSize
    self.normalisation = normalisation
    self.stochasticGates = stochasticGates
    table = try ParameterTable(network)
    shapes = try network.shapes()
    self.hashing = hashing
    sections = network.sections(keeping: Set(hashing.nodes))
    nonnegativeValues = network.nonnegativeValues()
    hashPlaces = try hashing.places(shape: activationShape)
  }

  // MARK: - Lookup

  /// Of one step's tensor at a node. A vector is one pixel per channel.
  func activationShape(_ name: String) throws -> ActivationShape {
    switch shapes[name] {
    case .maps(let maps):
      ActivationShape(batch: batchSize, channels: maps.channels, height: maps.height, width: maps.width)
    case .vector(let count): ActivationShape(batch: batchSize, channels: count, height: 1, width: 1)
    case nil: throw NetworkError.unknownInput(node: network.name, input: name)
    }
  }

  mutating func parameter(
    _ node: String, _ suffix: String, in buffer: BufferName = .parameters
  ) throws -> Tensor {
    try external("\(node).\(suffix)", in: buffer)
  }

  mutating func statistic(_ node: String, _ suffix: String) throws -> Tensor {
    try external("\(node).\(suffix)", in: .statistics)
  }

  /// The gates of a node, `[rows, channels]`, or their gradients.
  mutating func gate(_ node: String, gradient: Bool = false) throws -> Tensor {
    guard let stochasticGates else { return try external(node, in: .gates) }
    return try external(
      node, in: gradient ? .gateGradients : .stochasticGates, times: stochasticGates.rows)
  }

  private mutating func external(
    _ name: String, in buffer: BufferName, times rows: Int = 1
  ) throws -> Tensor {
    guard let entry = table[name] else { throw NetworkError.unknownInput(node: network.name, input: name) }
    let key = ExternalKey(name: name, buffer: buffer)
    if let tensor = externals[key] { return tensor }
    let tensor = schedule.external(
      buffer, "\(buffer) \(name)", offset: entry.offset * rows, count: entry.count * rows)
    externals[key] = tensor
    return tensor
  }

  private struct ExternalKey: Hashable {
    var name: String
    var buffer: BufferName
  }
}
