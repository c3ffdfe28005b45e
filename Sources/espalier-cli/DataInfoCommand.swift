import ArgumentParser
import Espalier

struct DataInfoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info", abstract: "Tells what is in a data set.")

  @Argument(help: "sample, mnist=DIR, fashion-mnist=DIR, cifar10=DIR, cifar100=DIR or folder=DIR.")
  var source: String
  @Option(help: "train or test.")
  var split = Split.train
  @Option(help: "Rows and columns to resize images to (default: 224 for a folder's, else their own).")
  var imageSize: Int?
  @Flag(help: "Decode every image and list the bad ones, instead of stopping at the first.")
  var check = false
  @Flag(help: "Print the figures as JSON.")
  var json = false

  func validate() throws {
    if let imageSize {
      try checkCount(imageSize, of: "--image-size", through: DataSource.largestImageSize)
    }
  }

  func run() throws {
    let summary = try DatasetSummary(
      DataSource(parsing: source), split: split, imageSize: imageSize, onBadImage: check ? .skip : .fail)
    if json {
      try Console.result(summary.json)
    } else {
      try Console.result(summary.text)
    }
    if let first = summary.badImages.first {
      throw DatasetError.badImage(file: first.file, reason: first.reason)
    }
  }
}

extension Split: ExpressibleByArgument {}
extension BadImagePolicy: ExpressibleByArgument {}

extension DatasetSummary {
  fileprivate var json: JSONValue {
    [
      "name": .string(name), "split": .string(split.rawValue), "count": .integer(count),
      "classes": .array(classes.map { ["name": .string($0.name), "count": .integer($0.count)] }),
      "channels": .integer(channels), "height": .integer(height), "width": .integer(width),
      "widths": widths?.json ?? .null, "heights": heights?.json ?? .null,
      "measured": measured?.json ?? .null, "published": published.json,
      "badImages": .array(
        badImages.map { ["file": .string($0.file), "reason": .string($0.reason)] }),
    ]
  }

  fileprivate var text: String {
    let counts = TextTable(header: ["class", "images"], rows: classes.map { [$0.name, "\($0.count)"] })
    let figures = TextTable(
      header: ["\(name), \(split.rawValue)", ""],
      rows: [
        ["images", "\(count)"],
        ["classes", "\(classes.count)"],
        ["seen as", "\(channels)x\(height)x\(width)"],
        ["widths", widths?.text ?? "none"],
        ["heights", heights?.text ?? "none"],
        ["mean", measured.map { Self.list($0.mean) } ?? "none"],
        ["standard deviation", measured.map { Self.list($0.standardDeviation) } ?? "none"],
        ["published mean", Self.list(published.mean)],
        ["published standard deviation", Self.list(published.standardDeviation)],
        ["bad images", "\(badImages.count)"],
      ])
    return ([figures.text, "", counts.text] + badImages.map { "bad: \($0)" }).joined(separator: "\n")
  }

  private static func list(_ values: [Float]) -> String {
    values.map { "\($0)" }.joined(separator: ", ")
  }
}

extension DatasetSummary.Extent {
  fileprivate var json: JSONValue {
    ["minimum": .integer(minimum), "median": .number(median), "maximum": .integer(maximum)]
  }

  fileprivate var text: String { "\(minimum)…\(maximum), median \(median)" }
}

extension Normalization {
  fileprivate var json: JSONValue {
    [
      "mean": .array(mean.map(Self.json)), "standardDeviation": .array(standardDeviation.map(Self.json)),
    ]
  }

  /// The number with as few digits as tell it from others of its precision.
  private static func json(_ value: Float) -> JSONValue { .number(Double("\(value)") ?? Double(value)) }
}
