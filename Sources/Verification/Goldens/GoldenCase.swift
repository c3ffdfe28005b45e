import Interchange

/// A case of the golden file: an operator, its problem, and the file's tensors by role.
struct GoldenCase: Decodable {
  let name: String
  let problem: any OperatorProblem
  let tensors: [String: String]

  private enum CodingKeys: CodingKey {
    case name
    case `operator`
    case problem
    case tensors
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    name = try container.decode(String.self, forKey: .name)
    tensors = try container.decode([String: String].self, forKey: .tensors)
    let type = try container.decode(String.self, forKey: .operator)
    func decode<Problem: GoldenProblem>(_: Problem.Type) throws -> any OperatorProblem {
      try container.decode(Problem.self, forKey: .problem).problem()
    }
    problem =
      switch type {
      case "convolution": try decode(GoldenConvolution.self)
      case "batchNormStatistics": try decode(GoldenBatchNorm.self)
      case "epilogue": try decode(GoldenEpilogue.self)
      case "pooling": try decode(GoldenPooling.self)
      case "globalAveragePool": try decode(GoldenGlobalAveragePool.self)
      case "shortcut": try decode(GoldenShortcut.self)
      case "linear": try decode(GoldenLinear.self)
      case "softmaxCrossEntropy": try decode(GoldenSoftmaxCrossEntropy.self)
      case "labelRanks": try decode(GoldenLabelRanks.self)
      case "stochasticGradientDescent": try decode(GoldenStochasticGradientDescent.self)
      case "adam": try decode(GoldenAdam.self)
      default: throw VerificationError.unknownOperator(type)
      }
  }

  /// All golden cases that are embedded in the program.
  static func load() throws -> [OperatorCase] {
    let file = try GoldenFile.operators()
    let cases = try GoldenFile.metadata("cases", of: file, as: [GoldenCase].self)
    return try cases.flatMap { golden in
      let tensors = try golden.tensors.mapValues { try file.tensor($0) }
      return try golden.problem.cases(from: CaseOrigin(problem: golden.name, goldens: tensors))
    }
  }
}
