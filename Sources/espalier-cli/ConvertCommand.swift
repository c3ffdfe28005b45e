import ArgumentParser
import Espalier

struct ConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert", abstract: "Makes a checkpoint of weights that another program trained.",
    discussion: """
      IN is a file of PyTorch (.pt, .pth, .th) or a safetensors file, and --model says which network it belongs \
      to. Of a checkpoint of espalier, OUT receives the weights without the training.
      """)

  @Argument(help: ArgumentHelp("The weights.", valueName: "in"))
  var source: String
  @Argument(help: ArgumentHelp("The safetensors file to write.", valueName: "out"))
  var target: String
  @OptionGroup(title: "What a foreign file does not say") var options: ForeignModelOptions
  @Flag(help: "Print the counts as JSON.")
  var json = false

  func run() throws {
    let conversion =
      switch try WeightFile(path: source) {
      case .checkpoint(let checkpoint): try weights(of: checkpoint)
      case .foreign(let tensors): try Conversion(of: tensors, source: source, to: options.target())
      }
    try conversion.checkpoint.write(to: target)
    let table = try ParameterTable(conversion.checkpoint.network)
    let tensors = table.parameters.count + table.statistics.count
    if json {
      try Console.result([
        "parameters": .integer(table.parameterCount), "tensors": .integer(tensors),
        "ignored": .integer(conversion.ignored.count),
      ])
    } else {
      try Console.result(
        "\(conversion.checkpoint.network.name): \(table.parameterCount) parameters in \(tensors) tensors, "
          + "\(conversion.ignored.count) ignored")
    }
  }

  private func weights(of checkpoint: Checkpoint) throws -> Conversion {
    if let flag = options.given.first {
      throw ValidationError(
        "\(flag): \(source) is a checkpoint of \(checkpoint.network.name), which describes itself; "
          + "omit the flag"
      )
    }
    return try Conversion(weightsOf: checkpoint)
  }
}

/// The flags that describe weights of another program.
struct ForeignModelOptions: ParsableArguments {
  @Option(help: "The model, such as resnet20 or resnet56:shortcut=b, or a checkpoint's file.")
  var model: String?
  @Option(help: "Channels, height and width of an image (default: 3x32x32).")
  var input: String?
  @Option(help: "Classes to tell apart (default: as many as --class-names, or 10).")
  var classes: Int?
  @Option(help: "Mean of each channel on the scale [0, 1], such as 0.485,0.456,0.406.")
  var mean: String?
  @Option(help: "Standard deviation of each channel on that scale, such as 0.229,0.224,0.225.")
  var std: String?
  @Option(
    help: "What the classes are called: cifar10, cifar100, mnist, fashion-mnist or a file of a name per line."
  )
  var classNames: String?

  func validate() throws {
    if let classes { try checkCount(classes, of: "--classes", through: 1 << 20) }
    _ = try imageShape()
    _ = try moments()
  }

  /// The flags in use.
  var given: [String] {
    [
      ("--model", model != nil), ("--input", input != nil), ("--classes", classes != nil),
      ("--class-names", classNames != nil), ("--mean", mean != nil), ("--std", std != nil),
    ].filter(\.1).map(\.0)
  }

  /// What the flags say, after a line about the normalisation.
  func target() throws -> ConversionTarget {
    guard let model else { throw ValidationError("--model: expected the model that the weights belong to") }
    let labels = try classNames.map(ClassLabels.init(datasetOrPath:))
    let given = try moments().map { try Normalization(mean: $0.mean, standardDeviation: $0.deviation) }
    let target = try ConversionTarget(
      model: model, input: imageShape(), labels: labels, classes: classes, normalization: given)
    let origin =
      switch (given, ModelReference(model), labels?.dataset) {
      case (_?, _, _): "as given"
      case (nil, .file(let path), _): "that of \(path)"
      case (nil, .zoo, let dataset?): "that of \(dataset.rawValue)"
      case (nil, .zoo, nil): "that of ImageNet, as none is given"
      }
    Console.notice("normalisation: \(origin), \(target.normalization.text)")
    return target
  }

  private func imageShape() throws -> ImageShape? {
    try input.map { try ImageShape(parsing: $0, of: "--input") }
  }

  /// Means and standard deviations, nil where none are given.
  private func moments() throws -> (mean: [Float], deviation: [Float])? {
    guard let mean, let std else {
      if mean == nil, std == nil { return nil }
      throw ValidationError("--mean, --std: expected both or none of them")
    }
    return (try Self.numbers(mean, of: "--mean"), try Self.numbers(std, of: "--std"))
  }

  private static func numbers(_ text: String, of flag: String) throws -> [Float] {
    try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
      guard let number = Float(part) else {
        throw ValidationError("\(flag): expected numbers between commas, found '\(text)'")
      }
      return number
    }
  }
}

extension Normalization {
  fileprivate var text: String {
    "mean \(mean.map(\.description).joined(separator: ",")), std "
      + standardDeviation.map(\.description).joined(separator: ",")
  }
}
