/// How far a training has come. Data order, augmentation and learning rate follow from it alone.
public struct TrainingProgress: Hashable, Sendable {
  /// Epochs that are complete.
  public var epoch: Int
  /// Steps done in the epoch that is not.
  public var step: Int
  public var seed: UInt64
  /// A checksum of the training images' classes and files; nil in a checkpoint from before it was kept.
  public var dataset: String?
  /// What those steps add up to.
  public var sums: MetricSums
  /// The highest validation accuracy of a complete epoch; nil without one.
  public var bestTop1: Double?

  public init(
    epoch: Int = 0, step: Int = 0, seed: UInt64, dataset: String? = nil, sums: MetricSums = .zero,
    bestTop1: Double? = nil
  ) {
    self.epoch = epoch
    self.step = step
    self.seed = seed
    self.dataset = dataset
    self.sums = sums
    self.bestTop1 = bestTop1
  }
}

extension TrainingProgress: Codable {
  private enum CodingKeys: CodingKey {
    case epoch, step, seed, dataset, loss, top1, top5, examples, bestTop1
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      epoch: try values.decode(Int.self, forKey: .epoch), step: try values.decode(Int.self, forKey: .step),
      seed: try values.decode(UInt64.self, forKey: .seed),
      dataset: try values.decodeIfPresent(String.self, forKey: .dataset),
      sums: MetricSums(
        loss: try values.decode(Double.self, forKey: .loss), top1: try values.decode(Int.self, forKey: .top1),
        top5: try values.decode(Int.self, forKey: .top5),
        examples: try values.decode(Int.self, forKey: .examples)),
      bestTop1: try values.decodeIfPresent(Double.self, forKey: .bestTop1))
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(epoch, forKey: .epoch)
    try values.encode(step, forKey: .step)
    try values.encode(seed, forKey: .seed)
    try values.encodeIfPresent(dataset, forKey: .dataset)
    try values.encode(sums.loss, forKey: .loss)
    try values.encode(sums.top1, forKey: .top1)
    try values.encode(sums.top5, forKey: .top5)
    try values.encode(sums.examples, forKey: .examples)
    try values.encodeIfPresent(bestTop1, forKey: .bestTop1)
  }
}
