/// One row of a run's metrics: an epoch's training, and an evaluation after it.
public struct EpochMetrics: Hashable, Sendable, EpochRow {
  /// From 1.
  public var epoch: Int
  /// The learning rate of the last step.
  public var learningRate: Float
  public var trainLoss: Double
  public var trainTop1: Double
  /// Loss and accuracies of the evaluation: on the validation images if there are some, else on the test images.
  public var loss: Double
  public var top1: Double
  public var top5: Double
  /// Wall-clock time of the epoch, its evaluation included.
  public var seconds: Double
  /// Of training.
  public var imagesPerSecond: Double
  /// The share of the training time spent waiting for images, in 0…1.
  public var dataWaitShare: Double

  public static func csvHeader(_ rows: [EpochMetrics]) -> String {
    "epoch,learningRate,trainLoss,trainTop1,loss,top1,top5,seconds,imagesPerSecond,dataWaitShare"
  }

  public var csvLine: String {
    "\(epoch),\(learningRate),\(trainLoss),\(trainTop1),\(loss),\(top1),\(top5),\(seconds),\(imagesPerSecond),"
      + "\(dataWaitShare)"
  }

  /// The seconds that training takes for an image.
  fileprivate var secondsPerImage: Double { imagesPerSecond > 0 ? 1 / imagesPerSecond : 0 }
}

extension [EpochMetrics] {
  /// The share of the training time of all epochs spent waiting for images, in 0…1.
  var dataWaitFraction: Double {
    let seconds = reduce(0) { $0 + $1.secondsPerImage }
    return seconds > 0 ? reduce(0) { $0 + $1.dataWaitShare * $1.secondsPerImage } / seconds : 0
  }
}
