import Devices
import Networks

/// Where the time of a step goes, launch by launch.
public struct ModelProfile: Hashable, Sendable {
  /// Which step.
  public enum Pass: String, CaseIterable, Hashable, Sendable {
    case training
    case inference
  }

  /// The network's name.
  public let model: String
  public let pass: Pass
  public let batchSize: Int
  /// As `--device` takes it.
  public let device: String
  public let precision: Precision
  /// The launches of a step in order, each with the median of its times.
  public let launches: [LaunchProfile]

  /// All launches together.
  public var seconds: Double { launches.reduce(0) { $0 + $1.seconds } }

  /// Runs steps on random images with a clock around every launch.
  ///
  /// - Parameters:
  ///   - warmUp: Steps before the clock is on.
  ///   - steps: Timed steps, at least 1.
  /// - Throws: `NetworkError`, `OperatorError` or `DeviceError`.
  public init(
    of pass: Pass, network: Network, device: any Device, batchSize: Int, warmUp: Int = 2, steps: Int = 8
  ) throws {
    let step = try Self.prepare(pass, network, device, batchSize: batchSize, warmUp: max(1, warmUp))
    let samples = try (0..<max(1, steps)).map { _ in try step() }
    self.init(
      of: pass, model: network.name, batchSize: batchSize, device: device.information, samples: samples)
  }

  /// - Parameter samples: The launches of one step or several, the same launches in each.
  init(
    of pass: Pass, model: String, batchSize: Int, device: DeviceInformation, samples: [[LaunchProfile]]
  ) {
    self.pass = pass
    self.model = model
    self.batchSize = batchSize
    self.device = device.identifier
    precision = device.precision
    launches = (samples.first ?? []).enumerated().map { index, launch in
      LaunchProfile(
        kernel: launch.kernel, seconds: samples.map { $0[index].seconds }.median, purpose: launch.purpose)
    }
  }

  /// A warm session's step: a profile runs what the last ordinary step ran, on the same images.
  private static func prepare(
    _ pass: Pass, _ network: Network, _ device: any Device, batchSize: Int, warmUp: Int
  ) throws -> () throws -> [LaunchProfile] {
    switch pass {
    case .training:
      let session = try TrainingSession(
        network: network, device: device, batchSize: batchSize, optimizer: OptimizerConfiguration(),
        labelSmoothing: 0)
      try session.initialise(seed: 1)
      let batch = RandomBatch(for: network, batchSize: batchSize)
      for _ in 0..<warmUp {
        try batch.withPointers { try session.trainingStep(images: $0, labels: $1, learningRate: 0.001) }
      }
      return session.profileTrainingStep
    case .inference:
      let session = try TrainingSession(evaluating: network, device: device, batchSize: batchSize)
      try session.initialise(seed: 1)
      let batch = RandomBatch(for: network, batchSize: batchSize)
      for _ in 0..<warmUp {
        try batch.withPointers { try session.evaluationStep(images: $0, labels: $1) }
      }
      return session.profileEvaluationStep
    }
  }
}
