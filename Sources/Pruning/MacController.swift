import Foundation

/// Adjusts ν so that the expected multiply-accumulates reach a budget by the end of the phase in which gates learn.
///
/// The expected share follows a straight line from where it starts to the budget at 80 % of the phase; ν is driven by how
/// far it is above that line, proportionally and by the sum. Ours.
public struct MacController: Hashable, Sendable, Codable {
  /// The share of the full network's multiply-accumulates to end with.
  public let target: Double
  /// Where the line starts.
  public let start: Double
  private let initialNu: Double
  private var sum = 0.0

  private static let proportional = 40.0
  private static let integral = 100.0
  private static let arrival = 0.8
  /// ν stays within this factor of where it began.
  private static let largestFactor = 100.0

  public init(target: Double, start: Double, nu: Double) {
    self.target = target
    self.start = start
    initialNu = nu
  }

  /// ν for the next step.
  ///
  /// - Parameters:
  ///   - share: Expected multiply-accumulates over the full network's.
  ///   - phase: How much of the phase is over, 0…1.
  ///   - steps: Steps of the whole phase.
  public mutating func nu(share: Double, phase: Double, steps: Int) -> Double {
    let line = start + (target - start) * min(1, phase / Self.arrival)
    let error = share - line
    let limit = log(Self.largestFactor)
    sum = min(max(sum + Self.integral * error / Double(max(1, steps)), -limit), limit)
    let exponent = min(max(Self.proportional * error + sum, -limit), limit)
    return initialNu * exp(exponent)
  }
}
