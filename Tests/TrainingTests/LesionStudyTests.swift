import Datasets
import Devices
import ModelZoo
import Networks
import Training
import XCTest

/// Networks without some of their blocks.
final class LesionStudyTests: TrainingTestCase {
  private func checkpoint(_ model: String = "resnet20:width=0.5,blocks=2.2.1", epochs: Int = 2) throws
    -> Checkpoint
  {
    try shortlyTrained(model, epochs: epochs)
  }

  /// A block that is left out is a block that is not there.
  func testALesionIsTheNetworkWithoutTheBlock() throws {
    let (checkpoint, data) = (try checkpoint(), try fewImages())
    let study = try LesionStudy(checkpoint, probe: data.test, on: openFallback(), batchSize: 32)
    XCTAssertEqual(study.blocks, ["layer1.0", "layer1.1", "layer2.0", "layer2.1", "layer3.0"])
    let whole = try checkpoint.evaluate(data.test, on: openFallback(), batchSize: 32)
    XCTAssertEqual(try study.evaluate(without: []).sums.top1, whole.sums.top1)
    for removed in [["layer1.1"], ["layer2.0"], ["layer1.0", "layer2.1", "layer3.0"]] {
      let found = try study.evaluate(without: Set(removed))
      var smaller = checkpoint
      let surgery = try checkpoint.network.removing(Removal(blocks: Set(removed)))
      (smaller.network, smaller.state) = (surgery.network, try surgery.apply(to: checkpoint.state))
      let expected = try smaller.evaluate(data.test, on: openFallback(), batchSize: 32)
      XCTAssertEqual(found.loss, expected.loss, accuracy: 1e-4 * expected.loss, "\(removed)")
      XCTAssertNotEqual(found.loss, whole.loss, "\(removed)")
    }
    XCTAssertEqual(try study.evaluate(without: []).loss, whole.loss, accuracy: 1e-6, "nothing is left over")
    XCTAssertThrowsError(try study.evaluate(without: ["layer9.9"])) {
      XCTAssertTrue("\($0)".contains("layer9.9"), "\($0)")
    }
    XCTAssertThrowsError(
      try LesionStudy(
        checkpoint, probe: data.test, calibration: data.training.limited(to: 31), on: openFallback(),
        batchSize: 32))
  }

  /// With statistics of what is left, a lesion is not worse on the images that they were taken from.
  func testRecalibration() throws {
    let (checkpoint, data) = (try checkpoint(epochs: 10), try fewImages())
    let plain = try LesionStudy(checkpoint, probe: data.training, on: openFallback(), batchSize: 32)
    let renewed = try LesionStudy(
      checkpoint, probe: data.training, calibration: data.training, on: openFallback(), batchSize: 32)
    let removed: Set = ["layer1.1", "layer2.1"]
    let first = try renewed.evaluate(without: removed)
    XCTAssertLessThan(first.loss, try plain.evaluate(without: removed).loss)
    _ = try renewed.evaluate(without: [])
    XCTAssertEqual(
      try renewed.evaluate(without: removed).loss, first.loss, "each starts from the trained network")
  }

  func testAPlanDrawsSubsets() {
    let blocks = (0..<8).map { "b\($0)" }
    let plan = LesionPlan(
      [.init("all", blocks), .init("few", ["b1", "b5"])], sizes: [1, 3, 8], draws: 6, seed: 4)
    let all = plan.lesions.filter { $0.candidates == "all" }
    XCTAssertEqual(all.filter { $0.removed.count == 1 }.flatMap(\.removed), blocks)
    XCTAssertEqual(all.filter { $0.removed.count == 8 }.map(\.removed), [blocks])
    let threes = all.filter { $0.removed.count == 3 }
    XCTAssertEqual(threes.count, 6)
    XCTAssertGreaterThan(Set(threes.map(\.removed)).count, 1)
    for lesion in threes {
      XCTAssertEqual(lesion.removed, lesion.removed.sorted())
      XCTAssertEqual(Set(lesion.removed).count, 3)
      XCTAssertTrue(Set(lesion.removed).isSubset(of: blocks))
    }
    XCTAssertEqual(plan.lesions.filter { $0.candidates == "few" }.map(\.removed), [["b1"], ["b5"]])
    let again = LesionPlan(
      [.init("all", blocks), .init("few", ["b1", "b5"])], sizes: [1, 3, 8], draws: 6, seed: 4)
    XCTAssertEqual(again, plan)
    let evenly = LesionPlan(
      [.init("all", blocks), .init("few", ["b1", "b5"])], sizes: nil, draws: 2, seed: 1)
    XCTAssertTrue(evenly.lesions.contains { $0.candidates == "all" && $0.removed == blocks })
    XCTAssertTrue(evenly.lesions.contains { $0.removed == ["b1", "b5"] }, "all of the few")
    XCTAssertNotEqual(LesionPlan([.init("all", blocks)], sizes: [3], draws: 6, seed: 5).lesions, threes)
  }

  func testAReportSummarises() throws {
    func row(_ removed: [String], _ top1: Double) -> LesionReport.Row {
      .init(.init(candidates: "all", draw: 0, removed: removed), top1: top1, loss: 1)
    }
    let report = LesionReport(
      baseline: 0.9, blocks: ["a", "b", "c"],
      rows: [row(["a"], 0.8), row(["b"], 0.9), row(["c"], 0.7), row(["a", "b"], 0.897)])
    XCTAssertEqual(report.summaries.map(\.removed), [1, 2])
    XCTAssertEqual(report.summaries[0].mean, 0.8, accuracy: 1e-12)
    XCTAssertEqual(try XCTUnwrap(report.summaries[0].standardDeviation), 0.1, accuracy: 1e-12)
    XCTAssertNil(report.summaries[1].standardDeviation)
    XCTAssertEqual(report.largestRemoval(of: "all", within: 0.005), 2)
    XCTAssertEqual(report.largestRemoval(of: "all", within: 0.001), 0)
    XCTAssertEqual(report.largestRemoval(of: "others", within: 1), 0)
    XCTAssertEqual(report.csv.split(separator: "\n").count, 5)
    XCTAssertTrue(report.picture.hasPrefix("<svg"))
  }

  func testANetworkWithoutBlocksIsRefused() throws {
    let (checkpoint, data) = (try checkpoint("mlp:width=4,depth=2"), try fewImages())
    XCTAssertThrowsError(try LesionStudy(checkpoint, probe: data.test, on: openFallback(), batchSize: 32)) {
      XCTAssertTrue("\($0)".contains("no residual blocks"), "\($0)")
    }
  }
}
