import Devices
import Networks

/// How gradients change weights.
public enum OptimizerMethod: String, CaseIterable, Hashable, Sendable {
  /// Stochastic gradient descent with momentum.
  case sgd
  /// Adam, with weight decay as a part of the gradient.
  case adam
  /// Adam, with weights that decay by themselves.
  case adamw

  /// Whether each weight has a step size of its own.
  public var isAdaptive: Bool { self != .sgd }
}

/// The optimiser's constants; the learning rate is given with each step.
public struct OptimizerConfiguration: Hashable, Sendable {
  public var method: OptimizerMethod
  /// Of `sgd`.
  public var momentum: Float
  /// Of `sgd`.
  public var nesterov: Bool
  public var weightDecay: Float
  /// The weight of the past in the mean of the gradients, of `adam` and `adamw`; from 0 to below 1.
  public var beta1: Float
  /// The weight of the past in the mean of their squares, of `adam` and `adamw`; from 0 to below 1.
  public var beta2: Float
  /// What `adam` and `adamw` add to the root of that mean; above 0.
  public var epsilon: Float

  public init(
    method: OptimizerMethod = .sgd, momentum: Float = 0.9, nesterov: Bool = false, weightDecay: Float = 1e-4,
    beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8
  ) {
    self.method = method
    self.momentum = momentum
    self.nesterov = nesterov
    self.weightDecay = weightDecay
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
  }
}

extension OptimizerConfiguration {
  /// What Adam's update of this number, from 1, takes; nil for other methods.
  func correction(learningRate: Float, update: Int) -> AdamCorrection? {
    guard method.isAdaptive else { return nil }
    return AdamCorrection(learningRate: learningRate, beta1: beta1, beta2: beta2, update: update)
  }
}

extension Plan {
  /// The update of all parameters at the end of a training step.
  mutating func update(_ optimizer: OptimizerConfiguration) {
    let count = table.parameterCount
    let parameters = schedule.external(.parameters, "parameters", count: count)
    let gradients = schedule.external(.gradients, "gradients", count: count)
    let momentum = schedule.external(.momentum, "momentum", count: count)
    switch optimizer.method {
    case .sgd:
      schedule.append(
        .stochasticGradientDescent(
          SGDProblem(
            count: count, momentum: optimizer.momentum, nesterov: optimizer.nesterov,
            weightDecay: optimizer.weightDecay),
          parameters: parameters, gradients: gradients, momentum: momentum))
    case .adam, .adamw:
      schedule.append(
        .adam(
          AdamProblem(
            count: count, beta1: optimizer.beta1, beta2: optimizer.beta2, epsilon: optimizer.epsilon,
            weightDecay: optimizer.weightDecay, isDecoupled: optimizer.method == .adamw),
          parameters: parameters, gradients: gradients, firstMoment: momentum,
          secondMoment: schedule.external(.secondMoments, "second moments", count: count)))
    }
  }
}
