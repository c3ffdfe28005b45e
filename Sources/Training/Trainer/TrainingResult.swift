import Interchange
import Networks

/// How a training ended: the last epoch's network on the test images, and what it costs.
public struct TrainingResult: Hashable, Sendable {
  public let model: String
  public let epochs: Int
  public let seed: UInt64
  public let test: Evaluation
  public let complexity: Complexity
  /// Wall-clock time of all epochs, training and evaluation; where a training was begun anew, of the last.
  public let seconds: Double
  /// From the creation of the process to the end of its first training step; nil if it did none.
  public let secondsToFirstStep: Double?
  /// The share of the training time spent waiting for images, in 0…1.
  public let dataWaitFraction: Double
  /// Images that were left out as they could not be decoded.
  public let skippedImages: Int
  /// nil where nothing was to be pruned.
  public let pruning: PruningOutcome?
  /// What was found of bundles on the way; empty where nobody looked.
  public let bundles: [BundleEpoch]
  /// nil where conflicting blocks were to stay.
  public let conflicts: ConflictRemovalOutcome?

  /// The contents of `result.json`. The fractions compare with the network before pruning and the cost of training it for
  /// the epochs of the configuration.
  public var json: JSONValue {
    let reduction: (any ReductionOutcome)? = pruning ?? conflicts
    var values: [String: JSONValue] = [
      "model": .string(model),
      "epochs": .integer(epochs),
      "seed": Int(exactly: seed).map(JSONValue.integer) ?? .string(String(seed)),
      "top1": .number(test.top1),
      "top5": .number(test.top5),
      "loss": .number(test.loss),
      "macs": .integer(complexity.multiplyAccumulates),
      "macsFraction": .number(reduction?.macsFraction ?? 1),
      "parameters": .integer(complexity.parameters),
      "parametersFraction": .number(reduction?.parametersFraction ?? 1),
      "seconds": .number(seconds),
      "secondsToFirstStep": .optional(secondsToFirstStep),
      "dataWaitFraction": .number(dataWaitFraction),
      "skippedImages": .integer(skippedImages),
      "trainingCostFraction": .number(reduction?.trainingCostFraction ?? 1),
    ]
    if !bundles.isEmpty { values["bundleEntropies"] = bundles.json }
    if let conflicts { values.merge(conflicts.json(bundles.last)) { $1 } }
    if let pruning { values.merge(pruning.json) { $1 } }
    return .object(values)
  }
}
