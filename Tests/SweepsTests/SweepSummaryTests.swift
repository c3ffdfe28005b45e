import Charts
import Foundation
import XCTest

import Sweeps

final class SweepSummaryTests: XCTestCase {
  private let sweep = Sweep(
    settings: ["dense", "nu=0.1,alpha=1", "bad"].map {
      SweepSetting(
        name: $0, command: .prune, flags: [SweepFlag("nu", .text("0.1")), SweepFlag("fold", .off)])
    }, seeds: [1, 2])

  /// Three successful runs of five that have ended, of six.
  private var rows: [SweepRow] {
    let runs = sweep.runs
    func row(_ index: Int, top1: Double, macs: Double) -> SweepRow {
      SweepRow(
        run: runs[index],
        outcome: .success(
          RunFigures([
            .top1: top1, .macs: 40_551_040, .macsFraction: macs, .parameters: 269_722,
            .parametersFraction: 0.625, .seconds: 240.6, .trainingCostFraction: 0.75,
          ])))
    }
    let failure = SweepRow.Failure(exitStatus: 65, reason: "training \"diverged\", early")
    return [
      row(0, top1: 0.9, macs: 1), row(1, top1: 0.92, macs: 0.5), row(2, top1: 0.885, macs: 0.521),
      SweepRow(run: runs[3], outcome: .failure(failure)), SweepRow(run: runs[4], outcome: .failure(failure)),
    ]
  }

  func testStatistics() throws {
    XCTAssertNil(SampleStatistics([]))
    let single = try XCTUnwrap(SampleStatistics([3]))
    XCTAssertEqual(single.mean, 3)
    XCTAssertNil(single.standardDeviation)
    let several = try XCTUnwrap(SampleStatistics([2, 4, 4, 4, 5, 5, 7, 9]))
    XCTAssertEqual(several.count, 8)
    XCTAssertEqual(several.mean, 5)
    XCTAssertEqual(try XCTUnwrap(several.standardDeviation), (32.0 / 7).squareRoot(), accuracy: 1e-15)
    // The difference of two large sums would lose all digits here.
    let shifted = try XCTUnwrap(SampleStatistics([1e9 + 1, 1e9 + 2, 1e9 + 3]))
    XCTAssertEqual(shifted.standardDeviation, 1)
  }

  func testMarkdown() {
    XCTAssertEqual(
      SweepSummary(sweep, rows: rows).markdown,
      """
      | setting | n | top-1 % | MACs % | parameters % | training cost % | seconds |
      | --- | --: | --: | --: | --: | --: | --: |
      | dense | 2 | 91.00 ± 1.41 | 75.0 ± 35.4 | 62.5 | 75.0 | 241 |
      | nu=0.1,alpha=1 | 1 | 88.50 ± – | 52.1 ± – | 62.5 | 75.0 | 241 |
      | bad | 0 | – | – | – | – | – |

      Failed:

      * nu=0.1,alpha=1 seed 2: status 65: training "diverged", early
      * bad seed 1: status 65: training "diverged", early

      Not complete; runs still to be done: 1.

      """)
  }

  func testTables() {
    let summary = SweepSummary(sweep, rows: rows)
    let lines = summary.csv.split(separator: "\n")
    XCTAssertEqual(
      lines[0],
      "setting,n,top1Mean,top1Std,macsMean,macsStd,macsFractionMean,macsFractionStd,parametersMean,parametersStd,"
        + "parametersFractionMean,parametersFractionStd,secondsMean,secondsStd,trainingCostFractionMean,"
        + "trainingCostFractionStd,lossMean,lossStd")
    XCTAssertEqual(
      lines[2], "\"nu=0.1,alpha=1\",1,0.885,,40551040,,0.521,,269722,,0.625,,240.6,,0.75,,,")
    XCTAssertEqual(lines[3], "bad,0" + String(repeating: ",", count: 16))
    XCTAssertEqual(
      rows.csv,
      """
      setting,seed,top1,macs,macsFraction,parameters,parametersFraction,seconds,trainingCostFraction,loss,exitStatus,reason
      dense,1,0.9,40551040,1,269722,0.625,240.6,0.75,,0,
      dense,2,0.92,40551040,0.5,269722,0.625,240.6,0.75,,0,
      "nu=0.1,alpha=1",1,0.885,40551040,0.521,269722,0.625,240.6,0.75,,0,
      "nu=0.1,alpha=1",2,,,,,,,,,65,"training ""diverged"", early"
      bad,1,,,,,,,,,65,"training ""diverged"", early"

      """)
  }

  func testJSON() throws {
    let text = SweepSummary(sweep, rows: rows).json.prettyText
    let object = try XCTUnwrap(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    XCTAssertEqual(object["runsLeft"] as? Int, 1)
    let settings = try XCTUnwrap(object["settings"] as? [[String: Any]])
    XCTAssertEqual(settings.map { $0["name"] as? String }, ["dense", "nu=0.1,alpha=1", "bad"])
    XCTAssertEqual(settings.map { $0["n"] as? Int }, [2, 1, 0])
    XCTAssertEqual(settings[0]["flags"] as? [String: String], ["nu": "0.1", "fold": "false"])
    let figures = try XCTUnwrap(settings[0]["figures"] as? [String: [String: Any]])
    XCTAssertEqual(figures["top1"]?["mean"] as? Double, 0.91)
    XCTAssertEqual(try XCTUnwrap(figures["top1"]?["std"] as? Double), 0.0141421356, accuracy: 1e-9)
    XCTAssertEqual(figures["top1"]?["n"] as? Int, 2)
    XCTAssertNil(figures["loss"])
    let failures = try XCTUnwrap(object["failures"] as? [[String: Any]])
    XCTAssertEqual(failures.map { $0["setting"] as? String }, ["nu=0.1,alpha=1", "bad"])
    XCTAssertEqual(failures[0]["exitStatus"] as? Int, 65)
  }

  func testChart() throws {
    let chart = SweepSummary(sweep, rows: rows).chart
    let points = try XCTUnwrap(chart.series.first).points
    XCTAssertEqual(chart.series.count, 1)
    XCTAssertEqual(points.map(\.label), ["dense", "nu=0.1,alpha=1"])
    XCTAssertEqual(points.map(\.x), [0.75, 0.521])
    XCTAssertEqual(points.map(\.y), [0.91, 0.885])
    XCTAssertEqual(try XCTUnwrap(points[0].xError), 0.125.squareRoot(), accuracy: 1e-12)
    XCTAssertEqual(try XCTUnwrap(points[0].yError), 0.0002.squareRoot(), accuracy: 1e-12)
    XCTAssertNil(points[1].xError)
    XCTAssertTrue(chart.svg.contains("nu=0.1,alpha=1"))
    XCTAssertTrue(SweepSummary(sweep, rows: []).chart.svg.hasPrefix("<svg"))
  }

  func testFiguresOfAResult() throws {
    func figures(_ text: String) throws -> RunFigures { try RunFigures(json: Data(text.utf8)) }
    let rest = Figure.allCases.dropFirst().map { "\"\($0.rawValue)\": 2" }.joined(separator: ", ")
    let good = try figures("{\"model\": \"resnet20\", \"list\": [1], \"top1\": 0.5, \(rest)}")
    XCTAssertEqual(good[.top1], 0.5)
    XCTAssertEqual(good[.loss], 2)
    XCTAssertNil(try figures("{\"top1\": null, \(rest)}")[.top1])
    for (text, part) in [
      ("", "found nothing"), ("[1]", "a JSON object"), ("{\"top1\": 1", "a JSON object"),
      ("{\(rest)}", "a number 'top1' in its result, found no such key"),
      ("{\"top1\": true, \(rest)}", "a number 'top1' in its result, found something else"),
    ] {
      XCTAssertThrowsError(try figures(text)) { XCTAssertTrue("\($0)".contains(part), "\($0)") }
    }
  }

  func testProgress() {
    let progress = SweepProgress(done: 3, total: 12, secondsLeft: 2170)
    XCTAssertEqual(
      SweepEvent.ended(rows[2], progress).description,
      "finished 3/12: nu=0.1,alpha=1 seed 1: top-1 0.8850 at 52.1 % of the MACs, 241 s; 9 left, ETA 36:10")
    XCTAssertEqual(
      SweepEvent.ended(rows[4], SweepProgress(done: 12, total: 12, secondsLeft: 0)).description,
      "failed 12/12: bad seed 1: status 65: training \"diverged\", early; none left")
    XCTAssertEqual(
      SweepProgress(done: 1, total: 2, secondsLeft: 3_600 + 245).description, "1 left, ETA 1:04:05")
    XCTAssertEqual(SweepProgress(done: 1, total: 2, secondsLeft: .infinity).total, 2)
  }
}
