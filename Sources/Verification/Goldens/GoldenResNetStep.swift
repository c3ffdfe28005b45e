import Interchange

/// What PyTorch makes of a ResNet-20 (CIFAR, option-A shortcuts) in three steps of SGD: computed in float64, from
/// parameters and batches that a formula gives.
///
/// Tensors go by PyTorch's names (`layer1.0.conv1.weight`, `bn1.running_mean`, `linear.bias`) and are flat, row-major.
/// No argument of a ReLU in these steps comes near enough to zero to switch in single precision, so a correct device
/// agrees with every value to a few units in the fifth digit of the tensor's largest.
public struct GoldenResNetStep: Sendable {
  public struct Parameter: Sendable {
    public let name: String
    public let shape: [Int]
    public let values: [Float]
  }

  public struct Batch: Sendable {
    /// `[batch, 3, 32, 32]`.
    public let images: [Float]
    public let labels: [Int32]
  }

  public struct Problem: Decodable, Hashable, Sendable {
    public let seed: Int
    public let steps: Int
    public let batch: Int
    public let classes: Int
    /// Channels, height, width.
    public let image: [Int]
    public let learningRate: Float
    public let momentum: Float
    public let weightDecay: Float
  }

  public let problem: Problem
  /// Before the first step, in order of their names. Running means begin at 0, running variances at 1.
  public let parameters: [Parameter]
  /// One per step.
  public let batches: [Batch]
  /// Of the first step, `[batch, classes]`.
  public let logits: [Float]
  /// The mean loss of each step.
  public let losses: [Float]
  /// Gradients of the parameters in the first step, without weight decay.
  public let gradients: [String: [Float]]
  /// Running statistics after the first step.
  public let runningStatistics: [String: [Float]]
  /// Parameters after all steps.
  public let finalParameters: [String: [Float]]
  /// Running statistics after all steps.
  public let finalRunningStatistics: [String: [Float]]

  /// Decodes the embedded golden file.
  /// - Throws: `SafeTensorsError` or ``VerificationError`` where it is damaged.
  public static func load() throws -> GoldenResNetStep {
    let file = try GoldenFile.resNet20Step()
    return try GoldenResNetStep(
      file: file, problem: try GoldenFile.metadata("problem", of: file, as: Problem.self))
  }

  private init(file: SafeTensorsFile, problem: Problem) throws {
    self.problem = problem
    let prefix = "resnet20 \(problem.seed)/"
    gradients = try Self.values(of: file, below: "gradient/")
    runningStatistics = try Self.values(of: file, below: "running/")
    let final = try Self.values(of: file, below: "final/")
    finalParameters = final.filter { !$0.key.contains(".running_") }
    finalRunningStatistics = final.filter { $0.key.contains(".running_") }
    logits = try file.values("logits")
    losses = try file.values("losses")
    parameters = try gradients.keys.sorted().map { name in
      let shape = try file.tensor("gradient/\(name)").shape
      return Parameter(name: name, shape: shape, values: Self.initial(name, shape, prefix: prefix))
    }
    let pixels = problem.batch * problem.image.reduce(1, *)
    let images = Formula.uniform(prefix + "images", count: problem.steps * pixels).map { $0 * 2 }
    let labels = Formula.integers(
      prefix + "labels", count: problem.steps * problem.batch, bound: problem.classes)
    batches = (0..<problem.steps).map { step in
      Batch(
        images: Array(images[step * pixels..<(step + 1) * pixels]),
        labels: Array(labels[step * problem.batch..<(step + 1) * problem.batch]))
    }
  }

  private static func values(
    of file: SafeTensorsFile, below prefix: String
  ) throws -> [String: [Float]] {
    var result: [String: [Float]] = [:]
    for tensor in file.tensors where tensor.name.hasPrefix(prefix) {
      result[String(tensor.name.dropFirst(prefix.count))] = try tensor.values()
    }
    return result
  }

  /// What `tools/goldens/resnet20.py` starts from: weights uniform with He's standard deviation, and batch norm such that
  /// few arguments of a ReLU come near zero.
  private static func initial(_ name: String, _ shape: [Int], prefix: String) -> [Float] {
    let uniform = Formula.uniform(prefix + name, count: shape.reduce(1, *))
    if shape.count > 1 {
      let fanIn = shape.dropFirst().reduce(1, *)
      let bound = Float((6 / Double(fanIn)).squareRoot())
      return uniform.map { $0 * bound }
    }
    if name.hasSuffix(".weight") { return uniform.map { 1 + $0 / 4 } }
    if name == "linear.bias" { return uniform }
    if name.hasSuffix("bn2.bias") { return uniform.map { $0 < -0.5 ? -40 : 4 + $0 } }
    return uniform.map { $0 + ($0 < 0 ? -3 : 3) }
  }
}
