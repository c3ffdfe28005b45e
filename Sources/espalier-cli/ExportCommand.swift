import ArgumentParser
import Espalier
import Foundation

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Writes a trained network in another format.",
    discussion: """
      The ONNX file takes float images as `input`, [N, channels, height, width], and gives `logits`, \
      [N, classes]. How the images must be normalised and what the classes are is in the model's metadata, as \
      JSON under `normalization` and `classes`.
      """)

  @OptionGroup var source: CheckpointOptions
  @Option(help: ArgumentHelp("The ONNX file to write (opset 17).", valueName: "file"))
  var onnx: String
  @Flag(
    name: .customLong("fold-bn"),
    help: "Fold batch norms into the layers before them, and measure how far that moves the logits.")
  var foldBatchNorm = false
  @Flag(help: "Print what was written as JSON.")
  var json = false

  func run() throws {
    let checkpoint = try source.load()
    let result = try checkpoint.exportONNX(to: onnx, foldBatchNorm: foldBatchNorm)
    try report(
      result.summary, bytes: result.bytes, folded: checkpoint.batchNorms - result.exported.batchNorms,
      difference: result.difference)
  }

  private func report(_ summary: ONNXSummary, bytes: Int, folded: Int, difference: Double?) throws {
    if json {
      try Console.result([
        "nodes": .integer(summary.nodes), "bytes": .integer(bytes), "foldedBatchNorms": .integer(folded),
        "maximumLogitDifference": difference.map { .number($0) } ?? .null,
      ])
    } else {
      let folding = difference.map {
        "; \(folded) batch norms folded, largest difference of a logit \(Float($0))"
      }
      try Console.result("\(onnx): \(summary.nodes) nodes, \(bytes) bytes\(folding ?? "")")
    }
  }
}

extension Checkpoint {
  /// Writes the network as ONNX, after a check that the file holds what it should.
  ///
  /// - Returns: what was written, and the largest difference of a logit where batch norms were folded.
  @discardableResult
  func exportONNX(
    to file: String, foldBatchNorm: Bool
  ) throws -> (summary: ONNXSummary, bytes: Int, exported: Checkpoint, difference: Double?) {
    let metadata = try onnxMetadata()
    let data = try ONNXExporter.encode(
      network, state: state, foldBatchNorm: foldBatchNorm, metadata: metadata)
    var exported = self
    if foldBatchNorm { (exported.network, exported.state) = try network.foldingBatchNorm(state) }
    let summary = try ONNXExporter.check(
      data, holds: exported.network, state: exported.state, metadata: metadata)
    let difference = foldBatchNorm ? try exported.maximumLogitDifference(from: self) : nil
    try AtomicFile.write(data, to: file)
    return (summary, data.count, exported, difference)
  }

  fileprivate var batchNorms: Int { network.nodes.filter { $0.layer == .batchNorm }.count }

  /// What a user of the model must know beside its weights.
  fileprivate func onnxMetadata() throws -> [String: String] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return [
      "model": network.name, "classes": String(decoding: try encoder.encode(classes), as: UTF8.self),
      "normalization": String(decoding: try encoder.encode(normalization), as: UTF8.self),
    ]
  }

  /// The largest difference between the logits of two networks for the same few random images, on the CPU.
  fileprivate func maximumLogitDifference(from other: Checkpoint) throws -> Double {
    let differences = zip(try logitsOfRandomImages(), try other.logitsOfRandomImages()).map {
      abs(Double($0) - Double($1))
    }
    guard differences.allSatisfy(\.isFinite) else { throw ONNXExportError.logitsNotFinite }
    return differences.max() ?? 0
  }

  private func logitsOfRandomImages() throws -> [Float] {
    let count = 8
    let session = try TrainingSession(
      evaluating: network, device: DeviceCatalog.open(.cpu(nil)).device, batchSize: count)
    try session.load(state)
    var random = RandomStream(seed: 0, stream: .test)
    let pixels = count * network.input.channels * network.input.height * network.input.width
    let images = (0..<pixels).map { _ in Float(random.standardNormal()) }
    try images.withUnsafeBufferPointer { images in
      try [Int32](repeating: 0, count: count).withUnsafeBufferPointer { labels in
        try session.evaluationStep(images: images, labels: labels)
      }
    }
    return try session.logits()
  }
}
