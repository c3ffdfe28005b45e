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

  @OptionGroup var measured: MeasuredRun
  @Option(help: "Test images to measure accuracy on (default: all).")
  var images: Int?
  @Option(
    help:
      "How many blocks to leave out together, such as 2,4,8; one alone anyway (default: up to ten numbers).")
  var sizes: String?
  @Option(help: "Random subsets of each size.")
  var draws = 15
  @Option(help: "Decides on the subsets.")
  var seed: UInt64 = 1
  @OptionGroup var bundles: BundleOptions
  @Option(
    help: "Training images on which batch norm's statistics follow each lesion (default: none; they stay).")
  var recalibrate: Int?
  @Option(help: ArgumentHelp("Write a row for every lesion.", valueName: "file"))
  var csv: String?
  @Option(help: ArgumentHelp("Draw accuracy by the number of blocks.", valueName: "file"))
  var svg: String?
  @Flag(help: "Print the result as JSON.")
  var json = false

  func validate() throws {
    for (count, flag) in [
      (draws, "--draws"), (images ?? 1, "--images"), (recalibrate ?? 1, "--recalibrate"),
    ] { try checkCount(count, of: flag) }
    _ = try requestedSizes()
    try checkFolder(of: csv, flag: "--csv")
    try checkFolder(of: svg, flag: "--svg")
  }

  func run() throws {
    let checkpoint = try measured.source.load()
    let saved = try measured.savedConfiguration()
    let device = try measured.device.open(precision: saved?.precision ?? .float32)
    let training = try measured.trainingImages(for: checkpoint.network, of: saved)
    let test = try measured.testImages(for: checkpoint.network, of: saved)
    let study = try LesionStudy(
      checkpoint, probe: limited(test, images),
      calibration: try recalibrate.map { try limited(training, $0) },
      augmentation: saved?.augmentation ?? .none,
      on: device, batchSize: measured.batchSize)
    let found = try checkpoint.bundles(
      of: training, bundles.measurement(of: .branches, saved: saved), on: device,
      batchSize: measured.batchSize)
    let plan = LesionPlan(
      candidates(study.blocks, found), sizes: try requestedSizes(), draws: draws, seed: seed)
    let report = try measure(plan, study, found)
    if json { try Console.result(report.json) } else { try Console.result(table(report)) }
    if let csv { try AtomicFile.write(Data(report.csv.utf8), to: csv) }
    if let svg { try AtomicFile.write(Data(report.picture.utf8), to: svg) }
  }

  private func measure(_ plan: LesionPlan, _ study: LesionStudy, _ bundles: BundleReport) throws
    -> LesionReport
  {
    let baseline = try study.evaluate(without: [])
    Console.notice("whole network: top-1 \(baseline.top1); \(plan.lesions.count) lesions")
    var report = LesionReport(baseline: baseline.top1, blocks: study.blocks, bundles: bundles, rows: [])
    let begin = Date()
    var lastLine = begin
    for (number, lesion) in plan.lesions.enumerated() {
      let result = try study.evaluate(without: Set(lesion.removed))
      report.rows.append(.init(lesion, top1: result.top1, loss: result.loss))
      if Date().timeIntervalSince(lastLine) > 10 {
        lastLine = Date()
        let left =
          lastLine.timeIntervalSince(begin) / Double(number + 1) * Double(plan.lesions.count - number - 1)
        Console.notice("\(number + 1) of \(plan.lesions.count) lesions, \(Int(left)) s left")
      }
    }
    return report
  }

  /// Blocks whose branches conflict, those that do not, those of which nothing can be said, and all.
  private func candidates(_ blocks: [String], _ bundles: BundleReport) -> [LesionPlan.Candidates] {
    let verdicts = bundles.layers.map(bundles.verdict)
    func named(_ verdict: ConflictVerdict) -> [String] {
      zip(blocks, verdicts).filter { $0.1 == verdict }.map(\.0)
    }
    Console.notice("\(named(.conflicting).count) of \(blocks.count) branches conflict")
    let parts = ConflictVerdict.allCases.map { LesionPlan.Candidates($0.rawValue, named($0)) }
    return parts.filter { !$0.blocks.isEmpty && $0.blocks.count < blocks.count } + [.init("all", blocks)]
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

  private func table(_ report: LesionReport) -> String {
    let rows = report.summaries.map {
      [
        "\($0.removed)", $0.candidates, "\($0.draws)", percent($0.mean),
        $0.standardDeviation.map(percent) ?? "–",
      ]
    }
    let most = report.largestRemoval(of: "all", within: 0.005)
    return TextTable(
      header: ["blocks left out", "of", "networks", "top-1", "±"],
      rows: [["0", "–", "1", percent(report.baseline), "–"]] + rows
    ).text + "\n\(most) of \(report.blocks.count) blocks at once cost at most 0.5 points on average"
  }

  private func percent(_ share: Double) -> String { String(format: "%.2f %%", 100 * share) }
}
