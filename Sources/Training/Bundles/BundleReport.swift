import Bundles
import Charts
import Interchange

/// What a measurement of bundles found.
public struct BundleReport: Hashable, Sendable, Codable {
  public var samples: Int
  /// Of the images themselves: H⁰.
  public var input: LayerBundles
  /// From the first to the last.
  public var layers: [LayerBundles]

  public init(samples: Int, input: LayerBundles, layers: [LayerBundles]) {
    self.samples = samples
    self.input = input
    self.layers = layers
  }

  /// Whether a layer conflicts, in this one draw of images.
  public func verdict(on layer: LayerBundles) -> ConflictVerdict {
    (try? ConflictRule.usual.verdict([layer])) ?? .unknown
  }

  public var json: JSONValue {
    [
      "samples": .integer(samples), "input": input.json, "layers": .array(layers.map(\.json)),
      "smallestEntropy": .number(ConflictRule.smallestEntropy(samples: samples)),
    ]
  }

  /// H of every layer, in nats, beside that of the images.
  public var picture: String {
    LineChart(
      title: "Bundle entropy", subtitle: "\(samples) images", x: Axis("layer", numbers: .whole),
      y: Axis("H in nats"),
      series: [
        LineChart.Series(
          "H",
          layers.enumerated().compactMap { index, layer in
            layer.entropy.map { LineChart.Point(Double(index + 1), $0) }
          }, style: .both),
        LineChart.Series(
          "of the images",
          [1, Double(layers.count)].compactMap { x in input.entropy.map { LineChart.Point(x, $0) } },
          style: .line, isDashed: true),
      ]
    ).svg
  }
}

extension LayerBundles {
  /// Absent numbers are null.
  public var json: JSONValue {
    [
      "name": .string(name), "status": .string(status.rawValue),
      "bundles": bundles.map { .integer($0) } ?? .null, "entropy": .optional(entropy),
      "entropyAboveInput": .optional(entropyAboveInput), "accuracyCeiling": .optional(accuracyCeiling),
      "conflictingBundles": .integer(conflictingBundles),
      "conflictingClasses": .array(
        conflictingClasses.map { pair in
          [
            "classes": [.integer(pair.first), .integer(pair.second)], "bundles": .integer(pair.bundles),
            "samples": .integer(pair.samples),
          ]
        }),
      "confidence": confidence.map {
        ["level": .number($0.level), "lower": .number($0.lower), "upper": .number($0.upper)]
      } ?? .null,
      "permutation": permutation?.json ?? .null, "batchEntropy": .optional(batchEntropy),
    ]
  }
}

extension PermutationNull {
  fileprivate var json: JSONValue {
    [
      "draws": .integer(draws), "mean": .number(mean), "standardDeviation": .number(standardDeviation),
      "shareUpTo": .number(shareUpTo), "shareFrom": .number(shareFrom),
      "finding": finding.map { .string($0.rawValue) } ?? .null,
    ]
  }
}
