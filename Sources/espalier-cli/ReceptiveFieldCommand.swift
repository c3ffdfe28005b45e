import ArgumentParser
import Espalier
import Foundation

struct ReceptiveFieldCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "receptive-field",
    abstract: "Shows which layers cannot help at an image size, without training.",
    discussion: """
      A convolution adds context. Where what it reads sees the whole image already, by the shortest path that leads there, it is \
      called unproductive; where only its own field exceeds the image, critical. The border is where the productive part ends. \
      Derived from Richter et al., arXiv 2106.12307; docs/receptive-fields.md says what is theirs and what is ours.

      --apply changes the network. cut leaves out what lies behind the border, of a network with joins the unproductive blocks at \
      its end. efficiency makes a large stem smaller first, and leaves out every unproductive layer. hybrid also keeps maps large \
      at one place. performance keeps them large until no layer is unproductive, as far as that goes; it costs more.
      """)

  @Argument(
    help: ArgumentHelp(
      "A model, such as resnet18 or vgg16:width=0.5, or a checkpoint's file.", valueName: "model|file"))
  var model: String
  @Option(
    help: ArgumentHelp(
      "Height and width of the images, such as 32 or 32x48; several with commas compare sizes (default: 32; a file has its own).",
      valueName: "size"))
  var inputSize: String?
  @Option(help: "Channels of the images (default: 3; a file has its own).")
  var channels: Int?
  @Option(help: "Classes to tell apart (default: 10; a file has its own).")
  var classes: Int?
  @Option(
    help: ArgumentHelp(
      "Height and width of what is to be recognised, if that is not the whole image.", valueName: "size"))
  var objectSize: String?
  @Option(
    help:
      "What the border is: sequential, field, residual or residual-blocks (default: residual for networks with joins, else sequential)."
  )
  var rule: BorderRule?
  @OptionGroup var judgement: JudgementOptions
  @Option(
    help:
      "What the smallest sensible image depends on: spatial, or one of the toolbox's: toolbox, toolbox-inputs, toolbox-lower-bound."
  )
  var range = InputRange.Convention.spatial
  @Flag(help: "Show nodes too that are neither convolutions nor poolings, sums or layers behind them.")
  var all = false
  @Option(
    help: ArgumentHelp(
      "Show the paths that a node's shortest and longest field belong to.", valueName: "node"))
  var explain: String?
  @Option(help: "Redesign the network: cut, performance, hybrid or efficiency.")
  var apply: DesignStrategy?
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Write the redesigned network, which trains with --model FILE; of a trained one, weights that still fit stay, for --init FILE.",
      valueName: "file"))
  var output: String?
  @Option(help: ArgumentHelp("Draw the network, coloured by verdict.", valueName: "file"))
  var svg: String?
  @Option(help: ArgumentHelp("Write a row for every node.", valueName: "file"))
  var csv: String?
  @Flag(help: "Print everything as JSON.")
  var json = false

  func validate() throws {
    if let channels { try checkCount(channels, of: "--channels") }
    if let classes { try checkCount(classes, of: "--classes") }
    let sizes = try self.sizes()
    if let objectSize { _ = try Self.size(objectSize, of: "--object-size") }
    for (file, flag) in [(svg, "--svg"), (csv, "--csv"), (output, "--output")] {
      try checkFolder(of: file, flag: flag)
    }
    if output != nil, apply == nil { throw ValidationError("--output goes with --apply") }
    if let sizes, sizes.count > 1, apply != nil || svg != nil || csv != nil || explain != nil {
      throw ValidationError("--apply, --explain, --svg and --csv go with one --input-size")
    }
    if case .file = ModelReference(model), channels != nil || classes != nil {
      throw ValidationError("--channels and --classes go with a model of the zoo; '\(model)' has its own")
    }
    if apply != nil, rule != nil {
      throw ValidationError("--rule is for the border that is shown; each strategy of --apply has its own")
    }
  }

  func run() throws {
    let object = try objectSize.map { try Self.size($0, of: "--object-size") }
    let analyses = try networks().map { try FieldAnalysis($0, rule: judgement.rule, objectSize: object) }
    guard analyses.count == 1, let analysis = analyses.first else { return try show(analyses) }
    let redesign = try apply.map(analysis.applying)
    let shown = redesign?.after ?? analysis
    if let explain, shown.path(.shortest, to: explain) == nil {
      throw ValidationError("--explain: \(shown.network.name) has no node '\(explain)'")
    }
    if let output, let redesign { try write(redesign, to: output) }
    if let svg { try AtomicFile.write(Data(shown.picture(border: shown.border(rule)).svg.utf8), to: svg) }
    if let csv { try AtomicFile.write(Data(shown.csv.utf8), to: csv) }
    if let redesign, redesign.strategy == .performance, !redesign.after.unproductive.isEmpty {
      Console.notice(
        "\(redesign.after.unproductive.count) convolutions stay unproductive whatever is kept large; try another strategy"
      )
    }
    let report = FieldReport(rule: rule, range: range, showsAll: all)
    if json {
      try Console.result(report.json(shown, redesign: redesign, explained: explain))
    } else {
      try Console.result(report.text(shown, redesign: redesign, explained: explain))
    }
  }

  private func show(_ analyses: [FieldAnalysis]) throws {
    let report = FieldReport(rule: rule, range: range, showsAll: all)
    if json {
      try Console.result(["sizes": .array(analyses.map { report.json($0, redesign: nil, explained: nil) })])
    } else {
      try Console.result(report.comparison(analyses))
    }
  }

  private func write(_ redesign: Redesign, to file: String) throws {
    let checkpoint: Checkpoint
    if case .file(let path) = ModelReference(model) {
      let moved = try Checkpoint(path: path).moved(to: redesign.network)
      checkpoint = moved.checkpoint
      Console.notice("\(moved.drawn.count) tensors changed their shape and have new weights")
    } else {
      checkpoint = try Checkpoint(untrained: redesign.network)
    }
    try checkpoint.write(to: file)
    let keepsWeights = if case .file = ModelReference(model) { true } else { false }
    Console.notice(
      "\(redesign.network.name) is in \(file); espalier train --model \(file) trains it"
        + (keepsWeights ? ", with --init \(file) from the weights that stayed" : ""))
  }

  /// The model at each size.
  private func networks() throws -> [Network] {
    guard case .file = ModelReference(model) else {
      return try (sizes() ?? [[32, 32]]).map { size in
        let input = ImageShape(channels: channels ?? 3, height: size[0], width: size[1])
        return try ModelReference(model).network(input: input, classes: classes ?? 10)
      }
    }
    let own = try ModelReference(model).network(
      input: ImageShape(channels: 1, height: 1, width: 1), classes: 1)
    return try (sizes() ?? [[own.input.height, own.input.width]]).map { size in
      var network = own
      (network.input.height, network.input.width) = (size[0], size[1])
      return network
    }
  }

  /// nil where none was asked for.
  private func sizes() throws -> [[Int]]? {
    try inputSize?.split(separator: ",", omittingEmptySubsequences: false).map {
      try Self.size(String($0), of: "--input-size")
    }
  }

  /// `32` or `32x48`.
  private static func size(_ text: String, of flag: String) throws -> [Int] {
    let numbers = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
    guard (1...2).contains(numbers.count), numbers.allSatisfy({ (1...(1 << 16)).contains($0) }) else {
      throw ValidationError("\(flag): expected pixels such as 32, or HEIGHTxWIDTH, found '\(text)'")
    }
    return [numbers[0], numbers[numbers.count - 1]]
  }
}

/// What a convolution is judged by.
struct JudgementOptions: ParsableArguments {
  @Flag(
    help:
      "Call a convolution unproductive only where what it reads sees more than the image, not just as much.")
  var strict = false
  @Flag(help: "Do not count poolings for what a convolution reads.")
  var ignorePoolings = false
  @Flag(help: "Judge 1x1 convolutions too.")
  var pointwise = false
  @Flag(help: "Call convolutions unproductive too whose window spans all of their input's map.")
  var smallMaps = false

  var rule: FieldRule {
    FieldRule(
      isStrict: strict, countsPoolings: !ignorePoolings, judgesPointwise: pointwise,
      judgesSmallMaps: smallMaps)
  }
}

extension BorderRule: ExpressibleByArgument {}
extension DesignStrategy: ExpressibleByArgument {}
extension InputRange.Convention: ExpressibleByArgument {}
