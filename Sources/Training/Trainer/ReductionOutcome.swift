/// How small a network became while it trained, and what that took.
public protocol ReductionOutcome: Sendable {
  /// Of the network before.
  var macsFraction: Double { get }
  /// Of the network before.
  var parametersFraction: Double { get }
  /// The cost of training over that of training the network before for all epochs, in multiply-accumulates.
  var trainingCostFraction: Double { get }
}

extension ReductionOutcome {
  /// How much of the network is left.
  var shares: String {
    func percent(_ share: Double) -> String { "\((share * 1000).rounded() / 10) %" }
    return
      "\(percent(macsFraction)) of the multiply-accumulates, \(percent(parametersFraction)) of the parameters"
  }
}
