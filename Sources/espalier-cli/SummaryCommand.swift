import ArgumentParser
import Espalier

struct SummaryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "summary", abstract: "Shows a model's nodes, parameters, operations and memory.",
    discussion: """
      Operations are counted for one image, by a convention that is printed with the number: tools differ by \
      some percent, and by a factor of two.
      """)

  @Argument(
    help: ArgumentHelp(
      "A model, such as resnet20 or resnet56:shortcut=b, or a checkpoint's file.", valueName: "model|file"))
  var model: String
  @Option(help: "Channels, height and width of an image (default: 3x32x32; a file has its own).")
  var input: String?
  @Option(help: "Classes to tell apart (default: 10; a file has its own).")
  var classes: Int?
  @Option(help: "What counts as an operation.")
  var convention = CountingConvention.multiplyAccumulates
  @Option(help: "Images whose features' memory to count.")
  var batchSize = 1
  @Flag(help: "Show nodes too that have no parameters, cost nothing and keep the shape.")
  var all = false
  @Flag(help: "Print everything as JSON.")
  var json = false

  func validate() throws {
    try checkCount(batchSize, of: "--batch-size")
    if let classes { try checkCount(classes, of: "--classes") }
    _ = try imageShape()
    if case .file = ModelReference(model), input != nil || classes != nil {
      throw ValidationError("--input and --classes go with a model of the zoo; '\(model)' has its own")
    }
  }

  func run() throws {
    let network = try ModelReference(model).network(input: imageShape(), classes: classes ?? 10)
    let summary = try NetworkSummary(network, convention: convention)
    let memory = try ActivationMemory(network, batchSize: batchSize)
    if json {
      try Console.result(Self.json(network, summary, NetworkSummary(network), memory))
    } else {
      try Console.result(text(network, summary, memory))
    }
  }

  private func imageShape() throws -> ImageShape {
    try ImageShape(parsing: input ?? "3x32x32", of: "--input")
  }
}

extension SummaryCommand {
  private func text(_ network: Network, _ summary: NetworkSummary, _ memory: ActivationMemory) -> String {
    let rows = summary.rows.filter { all || $0.isNotable }.map { row in
      [
        row.name, row.layer.shortText, "\(row.outputShape)", "\(row.parameters)", "\(row.operations)",
        row.receptiveField?.text ?? "all",
      ]
    }
    let unit = summary.convention.rawValue
    let nodes = TextTable(
      header: ["node", "operator", "output", "parameters", unit, "receptive field"], rows: rows)
    let totals = TextTable(
      header: [network.name, "\(network.input) to \(network.classes) classes", ""],
      rows: [
        ["parameters", "\(summary.parameters)", "trainable numbers"],
        ["batch-norm state", "\(summary.batchNormState)", "running means and variances, no parameters"],
        [unit, "\(summary.operations)", summary.convention.definition],
        ["memory, inference", "\(memory.inferenceBytes)", "bytes of features, batch \(memory.batchSize)"],
        ["memory, training", "\(memory.trainingBytes)", "bytes of features, batch \(memory.batchSize)"],
      ])
    return "\(nodes.text)\n\n\(totals.text)\n\nReceptive field: pixels along the longest path.\n"
      + "Memory: \(ActivationMemory.definition)"
  }

  private static func json(
    _ network: Network, _ summary: NetworkSummary, _ macs: NetworkSummary, _ memory: ActivationMemory
  ) -> JSONValue {
    [
      "model": .string(network.name), "input": .string("\(network.input)"),
      "classes": .integer(network.classes), "parameters": .integer(summary.parameters),
      "batchNormState": .integer(summary.batchNormState), "macs": .integer(macs.operations),
      "operations": .integer(summary.operations),
      "convention": .string(summary.convention.rawValue),
      "definition": .string(summary.convention.definition),
      "activationBytes": [
        "inference": .integer(memory.inferenceBytes), "training": .integer(memory.trainingBytes),
        "batchSize": .integer(memory.batchSize), "definition": .string(ActivationMemory.definition),
      ],
      "layers": .array(
        zip(summary.rows, macs.rows).map { row, macs in
          [
            "name": .string(row.name), "operator": .string(row.layer.operatorName),
            "outputShape": row.outputShape.json, "parameters": .integer(row.parameters),
            "macs": .integer(macs.operations), "operations": .integer(row.operations),
            "receptiveField": row.receptiveField?.longestSide.map { .integer($0) } ?? .null,
          ]
        }),
    ]
  }
}

extension CountingConvention: ExpressibleByArgument {
  public init?(argument: String) { self.init(name: argument) }
}

extension FeatureShape {
  fileprivate var json: JSONValue {
    switch self {
    case .maps(let maps): [.integer(maps.channels), .integer(maps.height), .integer(maps.width)]
    case .vector(let count): [.integer(count)]
    }
  }
}

extension ReceptiveField {
  /// Pixels along the longest path; nil where all are seen.
  var text: String? {
    guard let height = height.longest, let width = width.longest else { return nil }
    return height == width ? "\(height)" : "\(height)x\(width)"
  }
}
