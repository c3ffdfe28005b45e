import Foundation

/// The learning rate of every step: a pure function of its number.
///
/// With W warm-up steps, T steps in all and the highest rate h, step t (from 0) has the rate h · (t + 1) / W while
/// t < W, and after that h for a constant curve, h / 10ᵏ where k epochs of a step curve have begun, and
/// h · (1 + cos(π · (t − W) / (T − W))) / 2 for a cosine.
public struct LearningRateSchedule: Hashable, Sendable {
  public var highest: Float
  public var curve: LearningRateCurve
  public var warmupSteps: Int
  public var stepsPerEpoch: Int
  public var epochs: Int

  public init(
    highest: Float, curve: LearningRateCurve, warmupEpochs: Double = 0, stepsPerEpoch: Int, epochs: Int
  ) {
    self.highest = highest
    self.curve = curve
    self.stepsPerEpoch = stepsPerEpoch
    self.epochs = epochs
    warmupSteps = Int((warmupEpochs * Double(stepsPerEpoch)).rounded())
  }

  /// - Parameter step: counted from 0 over all epochs.
  public func rate(step: Int) -> Float {
    guard step >= warmupSteps else { return Float(Double(highest) * Double(step + 1) / Double(warmupSteps)) }
    switch curve {
    case .constant: return highest
    case .step(let drops):
      let begun = drops.count { step >= $0 * stepsPerEpoch }
      return Float(Double(highest) / pow(10, Double(begun)))
    case .cosine:
      let progress = Double(step - warmupSteps) / Double(epochs * stepsPerEpoch - warmupSteps)
      return Float(Double(highest) * (1 + cos(.pi * progress)) / 2)
    }
  }
}
