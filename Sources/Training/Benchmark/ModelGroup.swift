import Devices
import Networks

/// Models at one image size and batch size, as a source of convolutions to measure.
public struct ModelGroup: Hashable, Sendable {
  /// In the model grammar, or files.
  public var models: [String]
  public var input: ImageShape
  public var batchSize: Int

  public init(models: [String], input: ImageShape, batchSize: Int) {
    self.models = models
    self.input = input
    self.batchSize = batchSize
  }

  /// Models whose convolutions stand for the zoo's, at the sizes of CIFAR's and ImageNet's images.
  public static let zoo = [
    ModelGroup(
      models: ["resnet20", "resnet56", "resnet20:shortcut=b"],
      input: ImageShape(channels: 3, height: 32, width: 32), batchSize: 128),
    ModelGroup(
      models: ["resnet18:stem=cifar", "resnet50:stem=cifar", "vgg16"],
      input: ImageShape(channels: 3, height: 32, width: 32), batchSize: 32),
    ModelGroup(
      models: ["resnet18", "resnet50"], input: ImageShape(channels: 3, height: 224, width: 224), batchSize: 4),
  ]

  /// The models of a list such as `resnet20,vgg16:head=3,width=0.25`: a comma also separates a model's options, and those
  /// have a `=`.
  public static func models(in list: String) -> [String] {
    list.split(separator: ",", omittingEmptySubsequences: false).reduce(into: []) { models, part in
      if let last = models.indices.last, models[last].contains(":"), part.contains("="), !part.contains(":") {
        models[last] += ",\(part)"
      } else {
        models.append(String(part))
      }
    }
  }

  /// The convolutions of all models in their order.
  /// - Throws: `ModelError`, `NetworkError`, or what reading a file throws; `OperatorError` for a convolution that devices
  ///   do not run.
  public func convolutions() throws -> [ConvolutionProblem] {
    try models.flatMap { model in
      let network = try ModelReference(model).network(input: input, classes: 10)
      let plan = try Plan.forwardPass(network, batchSize: batchSize, normalisation: .running)
      return try network.nodes.compactMap { node -> ConvolutionProblem? in
        guard case .convolution(let convolution) = node.layer else { return nil }
        return try plan.problem(convolution, node)
      }
    }
  }
}

extension ModelGroup: CustomStringConvertible {
  public var description: String { "\(models.joined(separator: ", ")) at \(input), batch \(batchSize)" }
}
