import ArgumentParser
import Espalier
import Foundation

struct LesionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lesion", abstract: "Leaves blocks out of a trained network, and measures what that costs.",
    discussion: """
      Nothing is trained: a block that is left out passes on what its shortcut does. Every block alone, then random \
      subsets of the blocks whose branches conflict (see `bundles`), of the others, and of all. After the lesion study \
      of Peer, Stabinger and Rodriguez-Sanchez, arXiv 2103.04331.
      """)

  @OptionGroup var source: CheckpointOptions
  @Option(help: "The data set to measure on (default: the run's).")
  var data: String?
  @Option(help: "Test images to measure accuracy on (default: all).")
  var images: Int?
  @Option(help: "How many blocks to leave out together, such as 2,4,8 (default: up to ten numbers, evenly).")
  var sizes: String?
  @Option(help: "Random subsets of each size.")
  var draws = 15
  @Option(help: "Decides on the subsets.")
  var seed: UInt64 = 1
  @Option(help: "Training images on which to tell which branches conflict.")
  var samples = 512
  @Option(help: "How activations are compared for that; see `bundles`.")
  var resolution = BundleMeasurement().resolution
  @Option(
    help: "Training images on which batch norm's statistics follow each lesion (default: none; they stay).")
  var recalibrate: Int?
  @Option(help: ArgumentHelp("Write a row for every lesion.", valueName: "file"))
  var csv: String?
  @Option(help: ArgumentHelp("Draw accuracy by the number of blocks.", valueName: "file"))
  var svg: String?
  @Option(help: "Images per step.")
  var batchSize = 128
  @OptionGroup var device: DeviceOptions
  @Flag(help: "Print the result as JSON.")
  var json = false

  func validate() throws {
    for (count, flag) in [
      (draws, "--draws"), (samples, "--samples"), (batchSize, "--batch-size"), (images ?? 1, "--images"),
      (recalibrate ?? 1, "--recalibrate"),
    ] { try checkCount(count, of: flag) }
    _ = try requestedSizes()
    guard data != nil || source.folder != nil || !source.exists else {
      throw ValidationError("--data is needed to measure a checkpoint's file")
    }
  }

  func run() throws {
    let checkpoint = try source.load()
    let saved =
      try data == nil ? source.folder?.savedConfiguration() : try? source.folder?.savedConfiguration()
    let device = try device.open(precision: saved?.precision ?? .float32)
    let training = try load(.train, for: checkpoint.network, saved)
    let test = try load(.test, for: checkpoint.network, saved)
    let study = try LesionStudy(
      checkpoint, probe: limited(test, images),
      calibration: try recalibrate.map { try limited(training, $0) },
      on: device, batchSize: batchSize)
    let candidates = try candidates(study.blocks, checkpoint, training, saved, on: device)
    let plan = LesionPlan(
      candidates, sizes: try requestedSizes() ?? Self.evenSizes(study.blocks.count), draws: draws, seed: seed)
    let report = try measure(plan, study)
    if let csv { try AtomicFile.write(Data(report.csv.utf8), to: csv) }
    if let svg { try AtomicFile.write(Data(report.picture.utf8), to: svg) }
    if json { try Console.result(report.json) } else { try Console.result(table(report)) }
  }

  private func measure(_ plan: LesionPlan, _ study: LesionStudy) throws -> LesionReport {
    let baseline = try study.evaluate(without: [])
    Console.notice("whole network: top-1 \(baseline.top1); \(plan.lesions.count) lesions")
    var report = LesionReport(baseline: baseline.top1, blocks: study.blocks, rows: [])
    var sinceLine = Date()
    for (number, lesion) in plan.lesions.enumerated() {
      let result = try study.evaluate(without: Set(lesion.removed))
      report.rows.append(.init(lesion, top1: result.top1, loss: result.loss))
      if Date().timeIntervalSince(sinceLine) > 10 {
        sinceLine = Date()
        Console.notice("\(number + 1) of \(plan.lesions.count) lesions")
      }
    }
    return report
  }

  /// Blocks whose branches conflict, the others, and all.
  private func candidates(
    _ blocks: [String], _ checkpoint: Checkpoint, _ training: ImageDataset, _ saved: TrainingConfiguration?,
    on device: any Device
  ) throws -> [LesionPlan.Candidates] {
    var measurement = BundleMeasurement()
    measurement.samples = samples
    measurement.resolution = resolution
    measurement.values = .branches
    measurement.learningRate = saved.map { Double($0.learningRate) } ?? measurement.learningRate
    measurement.trainingBatchSize = saved?.batchSize ?? measurement.trainingBatchSize
    let bundles = try checkpoint.bundles(of: training, measurement, on: device, batchSize: batchSize)
    let rule = try ConflictRule()
    let isConflicting = try bundles.layers.map { try rule.verdict([$0]) == .conflicting }
    let conflicting = zip(blocks, isConflicting).filter(\.1).map(\.0)
    let others = zip(blocks, isConflicting).filter { !$0.1 }.map(\.0)
    Console.notice("\(conflicting.count) of \(blocks.count) branches conflict")
    return [.init("conflicting", conflicting), .init("others", others), .init("all", blocks)].filter {
      !$0.blocks.isEmpty && ($0.name == "all" || $0.blocks.count < blocks.count)
    }
  }

  private func load(
    _ split: Split, for network: Network, _ saved: TrainingConfiguration?
  ) throws -> ImageDataset {
    let dataSource = try data.map(DataSource.init(parsing:)) ?? saved?.data ?? .sample
    return try dataSource.load(
      split: split, imageSize: network.input.height, onBadImage: saved?.onBadImage ?? .fail)
  }

  private func limited(_ dataset: ImageDataset, _ count: Int?) throws -> ImageDataset {
    try dataset.limited(to: min(count ?? dataset.count, dataset.count))
  }

  private func requestedSizes() throws -> [Int]? {
    guard let sizes else { return nil }
    let numbers = sizes.split(separator: ",").map { Int($0) ?? 0 }
    guard !numbers.isEmpty, numbers.allSatisfy({ $0 >= 1 }) else {
      throw ValidationError("--sizes: expected whole numbers from 1, such as 2,4,8, found '\(sizes)'")
    }
    return Array(Set(numbers + [1])).sorted()
  }

  /// One, all, and about eight numbers between.
  static func evenSizes(_ count: Int) -> [Int] {
    Array(Set((1...10).map { max(1, count * $0 / 10) } + [1])).sorted()
  }

  private func table(_ report: LesionReport) -> String {
    TextTable(
      header: ["blocks left out", "of", "networks", "top-1", "±"],
      rows: [["0", "–", "1", percent(report.baseline), "–"]]
        + report.summaries.map {
          [
            "\($0.removed)", $0.candidates, "\($0.draws)", percent($0.mean),
            $0.standardDeviation.map(percent) ?? "–",
          ]
        }
    ).text
  }

  private func percent(_ share: Double) -> String { String(format: "%.2f %%", 100 * share) }
}
