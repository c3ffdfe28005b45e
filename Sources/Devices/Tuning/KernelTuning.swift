/// Which methods a tuner has found best on a device, by problem, and which parameters of the library: the choice that
/// ``DeviceCatalog`` opens it with.
public struct KernelTuning: Hashable, Sendable {
  let choice: ProductChoice

  /// The defaults.
  public static let none = KernelTuning(ProductChoice())

  init(_ choice: ProductChoice) { self.choice = choice }

  /// - Parameters:
  ///   - methods: by problem, such as `forward mb2ic16ih8oc16kh3ph1`: `16x16:2x4x16`.
  ///   - library: the parameters of CLBlast's kernel, such as `xgemm:64x64x32:16x16:16x16:4x4:localMN`; nil for its own.
  /// - Throws: an error that says which text is no method, or no parameters.
  public init(methods: [String: String], library: String? = nil) throws {
    choice = ProductChoice(
      exceptions: try methods.mapValues { try ProductMethod(parsing: $0) },
      library: try library.map { try LibraryParameters(parsing: $0) })
  }

  public var methods: [String: String] { choice.exceptions.mapValues(\.description) }

  /// The parameters of CLBlast's kernel; nil for its own.
  public var library: String? { choice.library?.description }

  /// A digest of the kernels' sources: what was measured with others may not hold.
  package static var kernels: String {
    get throws { try digest.get() }
  }

  private static let digest = Result {
    let programs = ["convolution", "gemm", "winograd", "winograd_weights"]
    let texts = try programs.map { try KernelSource.program("gpu/\($0)") }
    return SHA256.hexadecimal(Array(texts.joined().utf8))
  }
}

extension Schedule {
  /// What the gpu family computes as matrix products, in the order of the operations.
  package var productProblems: [ProductProblem] {
    operations.flatMap { operation -> [ProductProblem] in
      switch operation {
      case .convolutionForward(let problem, _, _, _, _): [.convolution(.forward, problem)]
      case .convolutionBackwardData(let problem, _, _, _, _): [.convolution(.backwardData, problem)]
      case .convolutionBackwardWeights(let problem, _, _, _, _): [.convolution(.backwardWeights, problem)]
      case .linearForward(let problem, _, _, _, _): [problem.forwardProduct]
      case .linearBackward(let problem, _, _, _, let inputGradient, _, _):
        (inputGradient == nil ? [] : [problem.backwardDataProduct]) + [problem.backwardWeightsProduct]
      default: []
      }
    }
  }
}

extension LinearProblem {
  var forwardProduct: ProductProblem {
    .matrices(batch: 1, rows: batch, columns: outputs, depth: inputs, transposesRight: true)
  }

  var backwardDataProduct: ProductProblem {
    .matrices(batch: 1, rows: batch, columns: inputs, depth: outputs)
  }

  var backwardWeightsProduct: ProductProblem {
    .matrices(batch: 1, rows: outputs, columns: inputs, depth: batch, transposesLeft: true)
  }
}
