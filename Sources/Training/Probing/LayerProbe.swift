import Probes
import Synchronization

/// What is gathered about one layer, image by image: first its training features, from which the probes are made, then the
/// covariance of the test images' values, and how many of them the probes get right.
///
/// Several threads may work on different layers.
final class LayerProbe: Sendable {
  /// Everything that grows.
  struct State {
    var training: FeatureTable
    /// Where the closed form takes fewer cells.
    var ridgeTraining: FeatureTable?
    var softmax: LinearClassifier?
    var ridge: LinearClassifier?
    var softmaxTraining: Double?
    var ridgeTrainingAccuracy: Double?
    /// nil for a layer that is too wide.
    var covariance: CovarianceAccumulator?
    var correct = (softmax: 0, ridge: 0)
    var tested = 0
    var isFinite = true
  }

  let layer: ProbedLayer
  private let pooling: AdaptiveAveragePooling?
  /// nil where the other's features do.
  private let ridgePooling: AdaptiveAveragePooling?
  private let state: Mutex<State>

  init(_ layer: ProbedLayer, _ configuration: ProbeConfiguration) throws(ProbeError) {
    self.layer = layer
    func pooling(_ size: Int) throws(ProbeError) -> AdaptiveAveragePooling {
      try AdaptiveAveragePooling(
        channels: layer.channels, height: layer.height, width: layer.width, size: size)
    }
    let features = configuration.features(of: layer)
    self.pooling = layer.isVector ? nil : try pooling(configuration.pool)
    ridgePooling = features.ridge == features.softmax ? nil : try pooling(configuration.ridgePool(of: layer))
    let isTooWide = layer.channels > CovarianceAccumulator.largestChannels
    state = Mutex(
      State(
        training: try FeatureTable(features: features.softmax),
        ridgeTraining: ridgePooling == nil ? nil : try FeatureTable(features: features.ridge),
        covariance: isTooWide
          ? nil
          : try CovarianceAccumulator(
            channels: layer.channels, positions: layer.positions, rows: configuration.rows)))
  }

  /// Adds training images, `[samples, channels, height, width]`.
  func train(_ values: [Float]) throws {
    let features = try pooling?.pooled(values) ?? values
    let ridgeFeatures = try ridgePooling?.pooled(values)
    try state.withLock { state in
      try state.training.append(features)
      if let ridgeFeatures { try state.ridgeTraining?.append(ridgeFeatures) }
    }
  }

  /// Makes the probes of the training images. Features are forgotten unless `keep` wants them first.
  func fit(
    labels: [Int32], classes: Int, _ configuration: ProbeConfiguration,
    keep: (State) throws -> Void
  ) throws {
    try state.withLock { state in
      let ridgeTable = state.ridgeTraining ?? state.training
      state.softmax = try configuration.softmax.fit(state.training, labels: labels, classes: classes)
      state.ridge = try configuration.ridge.fit(ridgeTable, labels: labels, classes: classes)
      let count = Double(labels.count)
      state.softmaxTraining = try state.softmax.map {
        Double(try $0.correct(state.training, labels: labels)) / count
      }
      state.ridgeTrainingAccuracy = try state.ridge.map {
        Double(try $0.correct(ridgeTable, labels: labels)) / count
      }
      try keep(state)
      state.training = try FeatureTable(features: state.training.features)
      state.ridgeTraining = try state.ridgeTraining.map { try FeatureTable(features: $0.features) }
    }
  }

  /// Adds test images.
  func test(_ values: [Float], labels: [Int32]) throws {
    let pooled = try pooling?.pooled(values) ?? values
    let ridgePooled = try ridgePooling?.pooled(values) ?? pooled
    let isFinite = values.allSatisfy(\.isFinite)
    try state.withLock { state in
      try state.covariance?.add(values)
      state.isFinite = state.isFinite && isFinite
      state.tested += labels.count
      if let softmax = state.softmax {
        state.correct.softmax += try softmax.correct(
          FeatureTable(features: softmax.features, values: pooled), labels: labels)
      }
      if let ridge = state.ridge {
        state.correct.ridge += try ridge.correct(
          FeatureTable(features: ridge.features, values: ridgePooled), labels: labels)
      }
    }
  }

  /// What was found; the covariance is forgotten.
  func result(_ configuration: ProbeConfiguration) throws -> ProbeReport.Layer {
    let features = configuration.features(of: layer)
    return try state.withLock { state in
      let saturation: Saturation
      if let covariance = state.covariance {
        saturation = try Saturation(
          covariance.covariance, channels: layer.channels, rule: configuration.saturation)
      } else {
        saturation = Saturation(channels: layer.channels, status: .tooWide)
      }
      state.covariance = nil
      let (tested, correct, isFinite) = (Double(max(1, state.tested)), state.correct, state.isFinite)
      func share(_ correct: Int, of probe: LinearClassifier?) -> Double? {
        probe == nil || !isFinite ? nil : Double(correct) / tested
      }
      return ProbeReport.Layer(
        layer: layer, saturation: saturation, features: features.softmax, ridgeFeatures: features.ridge,
        trainAccuracy: state.softmaxTraining, testAccuracy: share(correct.softmax, of: state.softmax),
        ridgeTrainAccuracy: state.ridgeTrainingAccuracy,
        ridgeTestAccuracy: share(correct.ridge, of: state.ridge))
    }
  }
}
