import Datasets
import Foundation
import Interchange
import Networks
import ReceptiveFields
import Training

extension FuzzReader {
  /// A checkpoint's checksum stops almost every changed file, so most inputs have changed texts under the right one.
  static func checkpoint(folder: String) throws -> FuzzReader {
    let seeds = try checkpointSeeds(folder: folder)
    return FuzzReader(
      name: .checkpoint, bound: AllocationBound(base: 256 << 10, perByte: 32), seeds: seeds,
      hostile: try hostileTexts.map { try withTexts(Array($0.utf8), seeds) },
      tokens: safetensorsTokens + layerTokens,
      inside: [Inside(seeds: try seeds.map(texts)) { try withTexts($0, seeds) }],
      documents: { $0 is SafeTensorsError || $0 is CheckpointError },
      read: {
        let checkpoint = try Checkpoint(parsing: Data($0), source: "input")
        // Any network that there is has fields, or an error about them.
        _ = try? FieldAnalysis(checkpoint.network).inputRanges(.toolbox)
      })
  }

  private static let layerTokens = [
    "\"relu\"", "\"add\"", "\"convolution\"", "\"inputs\":[", "\"kernel\":",
    "\"stride\":",
    "\"name\":\"conv\"", "{\"", "\"}", "[[[[[[[[", "1e400",
  ].map { Array($0.utf8) }

  private static let hostileTexts = [
    String(repeating: "[", count: 60_000), String(repeating: #"{"nodes":"#, count: 6000),
    #"{"classes":9223372036854775807,"input":{"channels":9223372036854775807,"height":2,"width":2},"name":"","nodes":[]}"#,
  ]

  /// The keys of the texts that are worth changing: JSON in the metadata.
  private static let textKeys = ["architecture", "progress", "normalization", "classes", "optimizer"]

  /// The texts of a checkpoint, one per line.
  private static func texts(_ bytes: [UInt8]) throws -> [UInt8] {
    let file = try SafeTensorsFile(parsing: Data(bytes))
    return Array(textKeys.map { file.metadata[$0] ?? "" }.joined(separator: "\n").utf8)
  }

  /// A checkpoint with other texts: one with momentum where there is progress, and with second moments where they are
  /// spoken of.
  private static func withTexts(_ lines: [UInt8], _ seeds: [[UInt8]]) throws -> [UInt8] {
    let texts = String(decoding: lines, as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false)
    let hasProgress = texts.count > 1 && !texts[1].isEmpty
    let hasMoments = texts.count > 4 && !texts[4].isEmpty
    let file = try SafeTensorsFile(parsing: Data(hasMoments ? seeds[2] : hasProgress ? seeds[0] : seeds[1]))
    var metadata = file.metadata
    for (key, text) in zip(textKeys, texts) { metadata[key] = text.isEmpty ? nil : String(text) }
    return try sealed(SafeTensorsFile(tensors: file.tensors, metadata: metadata))
  }

  private static func checkpointSeeds(folder: String) throws -> [[UInt8]] {
    let path = "\(folder)/seed.safetensors"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let progress = TrainingProgress(
      epoch: 2, step: 5, seed: 3, sums: MetricSums(loss: 0.3, top1: 3, top5: 7, examples: 9), bestTop1: 0.5)
    let adam = try adaptive(checkpoint(progress))
    return try [checkpoint(progress), checkpoint(nil), adam].map { checkpoint in
      try checkpoint.write(to: path)
      return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    }
  }

  private static func checkpoint(_ progress: TrainingProgress?) throws -> Checkpoint {
    let network = Network(
      name: "small", input: ImageShape(channels: 1, height: 8, width: 8), classes: 3,
      nodes: [
        Node("conv", .convolution(.init(2, kernel: 3, stride: 2)), Network.inputName),
        Node("bn", .batchNorm, "conv"), Node("relu", .relu, "bn"),
        Node("conv2", .convolution(.init(2, kernel: 3)), "relu"), Node("add", .add, "conv2", "relu"),
        Node("pool", .globalAveragePool, "add"), Node("linear", .linear(.init(3)), "pool"),
      ])
    let table = try ParameterTable(network)
    func values(_ entries: [Parameter]) -> [String: [Float]] {
      Dictionary(uniqueKeysWithValues: entries.map { ($0.name, floats($0.count)) })
    }
    return Checkpoint(
      network: network, normalization: .fashionMNIST, classes: ["a", "b", "c"],
      state: ModelState(
        parameters: values(table.parameters), statistics: values(table.statistics),
        momentum: values(table.parameters)),
      progress: progress)
  }

  /// The same after 7 updates by Adam.
  private static func adaptive(_ checkpoint: Checkpoint) throws -> Checkpoint {
    var checkpoint = checkpoint
    let moments = checkpoint.state.parameters.mapValues { $0.map(abs) }
    checkpoint.state.adaptive = AdaptiveMoments(
      secondMoments: moments, updates: 7, beta2: 0.999, epsilon: 1e-8)
    return checkpoint
  }

  /// The file with the checksum that its content calls for.
  private static func sealed(_ file: SafeTensorsFile) throws -> [UInt8] {
    var metadata = file.metadata
    metadata["checksum"] = nil
    let content = try SafeTensorsFile(tensors: file.tensors, metadata: metadata).encoded()
    let checksum = content.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    let digits = String(checksum, radix: 16)
    metadata["checksum"] = String(repeating: "0", count: 16 - digits.count) + digits
    return Array(try SafeTensorsFile(tensors: file.tensors, metadata: metadata).encoded())
  }
}
