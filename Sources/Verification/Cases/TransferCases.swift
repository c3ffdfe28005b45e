import Devices

/// Feature maps into a device's layout and back.
struct TransferCases: OperatorProblem {
  var shape: ActivationShape

  var description: String { shape.description }

  func cases(from origin: CaseOrigin) throws -> [OperatorCase] {
    var builder = CaseBuilder("importActivation", from: origin)
    let plain = try builder.vector("input", shape.count)
    let tensor = try builder.activationResult("output", shape, bound: Bound.exact, roundings: 1)
    builder.append(.importActivation(from: plain, to: tensor))
    return [try builder.build()]
  }
}
