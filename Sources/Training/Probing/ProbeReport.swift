import Charts
import Foundation
import Interchange
import Probes
import ReceptiveFields

/// What probes found in every layer of a network.
public struct ProbeReport: Hashable, Sendable, Codable {
  /// One convolution, linear layer or sum.
  public struct Layer: Hashable, Sendable, Codable {
    public var layer: ProbedLayer
    public var saturation: Saturation
    /// Features per image of the probe by gradient descent.
    public var features: Int
    /// Features per image of the probe in closed form: fewer where there would be too many.
    public var ridgeFeatures: Int
    /// Shares of images in 0…1, of the probe by gradient descent; nil where a value is not finite or the probe diverged.
    public var trainAccuracy: Double?
    public var testAccuracy: Double?
    /// The same of the probe in closed form; nil also where there are too many features.
    public var ridgeTrainAccuracy: Double?
    public var ridgeTestAccuracy: Double?
    /// Whether the probe's test accuracy is above that of all layers before, by gradient descent.
    public var isProductive = false
    /// The same in closed form.
    public var isRidgeProductive = false
    /// r_min and r_max in pixels; nil where everything is seen.
    public var shortest: Int?
    public var longest: Int?
    /// What receptive fields say of it; nil for what they do not judge.
    public var verdict: FieldVerdict?

    public init(
      layer: ProbedLayer, saturation: Saturation, features: Int, ridgeFeatures: Int,
      trainAccuracy: Double? = nil, testAccuracy: Double? = nil, ridgeTrainAccuracy: Double? = nil,
      ridgeTestAccuracy: Double? = nil
    ) {
      self.layer = layer
      self.saturation = saturation
      self.features = features
      self.ridgeFeatures = ridgeFeatures
      self.trainAccuracy = trainAccuracy
      self.testAccuracy = testAccuracy
      self.ridgeTrainAccuracy = ridgeTrainAccuracy
      self.ridgeTestAccuracy = ridgeTestAccuracy
    }
  }

  /// Test images, of which saturation and test accuracies are.
  public var samples: Int
  /// Training images that the probes learnt from.
  public var trainingSamples: Int
  /// Top-1 of the network itself on the test images, in 0…1.
  public var networkAccuracy: Double
  public var delta: Double
  /// Cells in each direction that feature maps are averaged to.
  public var pool: Int
  public var tolerance: Double
  /// The layer behind which the receptive field covers the images; nil where none is known.
  public var border: String?
  /// From the images to the logits.
  public let layers: [Layer]

  /// - Parameters:
  ///   - fields: What receptive fields say of the network; nil where they say nothing.
  ///   - layers: Which of them are productive is found here.
  public init(
    samples: Int, trainingSamples: Int, networkAccuracy: Double, delta: Double, pool: Int, tolerance: Double,
    fields: FieldAnalysis? = nil, layers: [Layer]
  ) {
    self.samples = samples
    self.trainingSamples = trainingSamples
    self.networkAccuracy = networkAccuracy
    self.delta = delta
    self.pool = pool
    self.tolerance = tolerance
    border = fields?.border()?.layer
    let seen = Dictionary(
      (fields?.layers ?? []).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    let productive = ProductiveLayers.flags(layers.map(\.testAccuracy), tolerance: tolerance)
    let ridgeProductive = ProductiveLayers.flags(layers.map(\.ridgeTestAccuracy), tolerance: tolerance)
    self.layers = layers.indices.map {
      var layer = layers[$0]
      (layer.isProductive, layer.isRidgeProductive) = (productive[$0], ridgeProductive[$0])
      let field = seen[layer.layer.name]
      (layer.shortest, layer.longest) = (field?.shortest, field?.field?.longestSide)
      layer.verdict = field?.verdict
      return layer
    }
  }

  /// How much more accurate the best probe behind the border is than the best up to it; nil without a border.
  public var tailGain: Double? {
    guard let place = layers.firstIndex(where: { $0.layer.name == border }),
      let before = layers[...place].compactMap(\.testAccuracy).max(),
      let behind = layers[(place + 1)...].compactMap(\.testAccuracy).max()
    else { return nil }
    return behind - before
  }

  /// A row for every layer.
  public var csv: String {
    func text(_ number: Double?) -> String { number.map { "\($0)" } ?? "" }
    return
      "layer,kind,channels,saturation,dimension,trace,status,trainAccuracy,testAccuracy,ridgeTrainAccuracy,"
      + "ridgeTestAccuracy,productive,ridgeProductive,rMin,rMax,verdict\n"
      + layers.map { row in
        "\(row.layer.name),\(row.layer.kind.rawValue),\(row.layer.channels),\(text(row.saturation.value)),"
          + "\(row.saturation.dimension.map(String.init) ?? ""),\(text(row.saturation.trace)),"
          + "\(row.saturation.status.rawValue),\(text(row.trainAccuracy)),\(text(row.testAccuracy)),"
          + "\(text(row.ridgeTrainAccuracy)),\(text(row.ridgeTestAccuracy)),\(row.isProductive),"
          + "\(row.isRidgeProductive),\(row.shortest.map(String.init) ?? ""),"
          + "\(row.longest.map(String.init) ?? ""),\(row.verdict?.rawValue ?? "")\n"
      }.joined()
  }

  /// Absent numbers are null.
  public var json: JSONValue {
    [
      "layers": .array(layers.map(\.json)), "samples": .integer(samples),
      "trainingSamples": .integer(trainingSamples), "networkAccuracy": .number(networkAccuracy),
      "delta": .number(delta), "pool": .integer(pool), "tolerance": .number(tolerance),
      "border": border.map { .string($0) } ?? .null, "tailGain": .optional(tailGain),
    ]
  }

  /// Saturation and the accuracy of the probes over the number of the layer, beside the network's own accuracy, with the
  /// border drawn in.
  public var picture: String {
    func series(
      _ name: String, sums: Bool, colour: Int, _ value: (Layer) -> Double?
    ) -> LineChart.Series {
      LineChart.Series(
        name,
        layers.enumerated().filter { ($0.element.layer.kind == .sum) == sums }.compactMap { index, layer in
          value(layer).map { LineChart.Point(Double(index + 1), $0) }
        }, style: sums ? .points : .both, colour: colour)
    }
    var lines = [
      series("probe", sums: false, colour: 0) { $0.testAccuracy },
      series("saturation", sums: false, colour: 1) { $0.saturation.value },
    ]
    if layers.contains(where: { $0.layer.kind == .sum }) {
      lines.append(series("probe of a sum", sums: true, colour: 2) { $0.testAccuracy })
      lines.append(series("saturation of a sum", sums: true, colour: 3) { $0.saturation.value })
    }
    lines.append(
      LineChart.Series(
        "the network", [1, Double(max(1, layers.count))].map { LineChart.Point($0, networkAccuracy) },
        isDashed: true, colour: 4))
    let place = layers.firstIndex { $0.layer.name == border }
    return LineChart(
      title: "What each layer knows",
      subtitle: "\(samples) test images; probes learnt from \(trainingSamples) training images; δ = \(delta)",
      x: Axis("layer", numbers: .whole), y: Axis("accuracy, saturation", range: 0...1, numbers: .percent),
      series: lines,
      markers: place.map { [.init("border: \(layers[$0].layer.name)", at: Double($0 + 1))] } ?? []
    ).svg
  }
}

extension ProbeReport.Layer {
  fileprivate var json: JSONValue {
    [
      "name": .string(layer.name), "kind": .string(layer.kind.rawValue), "channels": .integer(layer.channels),
      "saturation": .optional(saturation.value),
      "dimension": saturation.dimension.map { .integer($0) } ?? .null, "trace": .optional(saturation.trace),
      "status": .string(saturation.status.rawValue), "features": .integer(features),
      "ridgeFeatures": .integer(ridgeFeatures), "trainAccuracy": .optional(trainAccuracy),
      "testAccuracy": .optional(testAccuracy), "ridgeTrainAccuracy": .optional(ridgeTrainAccuracy),
      "ridgeTestAccuracy": .optional(ridgeTestAccuracy), "productive": .bool(isProductive),
      "ridgeProductive": .bool(isRidgeProductive), "rMin": shortest.map { .integer($0) } ?? .null,
      "rMax": longest.map { .integer($0) } ?? .null, "verdict": verdict.map { .string($0.rawValue) } ?? .null,
    ]
  }
}
