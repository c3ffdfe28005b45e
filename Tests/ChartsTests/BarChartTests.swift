import Charts
import XCTest

final class BarChartTests: XCTestCase {
  private let blue = "#0072b2"
  private let vermilion = "#d55e00"

  /// The boxes of a series' bars, as left, top, right and bottom, without the legend's sign.
  private func bars(_ picture: Picture, _ colour: String) throws -> [SIMD4<Double>] {
    let corners = try picture.dataPaths(colour, attribute: "fill").flatMap { $0 }
    return stride(from: 0, to: corners.count, by: 4).map { first in
      let box = corners[first..<(first + 4)]
      return SIMD4(
        box.map { $0.x }.min() ?? 0, box.map { $0.y }.min() ?? 0, box.map { $0.x }.max() ?? 0,
        box.map { $0.y }.max() ?? 0)
    }
  }

  func testHeightsAreInProportion() throws {
    let chart = BarChart(
      title: "Widths", categories: ["a", "b", "c"], y: Axis("channels", range: 0...100),
      series: [.init(nil, [100, 50, 25]), .init(nil, [10, nil, 75, 99])])
    let picture = try Picture(chart.svg)
    let plot = try picture.plot()
    let height = plot.bottom - plot.top
    let before = try bars(picture, blue)
    let after = try bars(picture, vermilion)
    XCTAssertEqual(before.count, 3)
    XCTAssertEqual(after.count, 2, "one value is nil, one has no category")
    for (bar, share) in zip(before + after, [1, 0.5, 0.25, 0.1, 0.75]) {
      XCTAssertEqual(bar.w, plot.bottom, accuracy: 0.51)
      XCTAssertEqual(bar.w - bar.y, share * height, accuracy: 1.01)
    }
    XCTAssertLessThanOrEqual(before[0].z, after[0].x, "the bars of a category stand side by side")
    XCTAssertLessThan(after[0].z, before[1].x)
    XCTAssertGreaterThanOrEqual(before[0].x, plot.left)
    XCTAssertLessThanOrEqual(after[1].z, plot.right)
  }

  func testNegativeBarsHangFromZero() throws {
    let chart = BarChart(
      title: "Change", categories: ["a", "b"], y: Axis(range: -1...1), series: [.init(nil, [0.5, -0.5])])
    let picture = try Picture(chart.svg)
    let plot = try picture.plot()
    let bars = try bars(picture, blue)
    let zero = (plot.top + plot.bottom) / 2
    XCTAssertEqual(bars[0].w, zero, accuracy: 0.51)
    XCTAssertEqual(bars[1].y, zero, accuracy: 0.51)
    XCTAssertEqual(bars[1].w, plot.bottom - (plot.bottom - plot.top) / 4, accuracy: 0.51)
  }

  func testFittedRangesStartAtZero() throws {
    let chart = BarChart(
      title: "Widths", categories: ["a", "b"], y: Axis(), series: [.init(nil, [1000, 1010])])
    let bars = try bars(Picture(chart.svg), blue)
    XCTAssertEqual((bars[0].w - bars[0].y) / (bars[1].w - bars[1].y), 1000.0 / 1010, accuracy: 1e-3)
  }

  func testValuesAreWrittenWhereThereIsRoom() throws {
    func texts(_ count: Int) throws -> [String] {
      let values = (0..<count).map { 1001 + Double($0) }
      let chart = BarChart(
        title: "Widths", categories: values.map { "\($0)" }, y: Axis(), series: [.init("width", values)])
      return try Picture(chart.svg).texts.filter { $0.count == 4 && $0.hasPrefix("10") && $0 != "1000" }
    }
    XCTAssertEqual(try texts(4), ["1001", "1002", "1003", "1004"])
    XCTAssertEqual(try texts(30).count, 30, "upright")
    XCTAssertEqual(try texts(90).count, 0)
  }

  func testManyCategoriesTurnAndThinOut() throws {
    func labels(_ count: Int, prefix: String) throws -> [Picture.Element] {
      let chart = BarChart(
        title: "Widths", categories: (0..<count).map { "\(prefix)\($0)" }, y: Axis(),
        series: [.init(nil, Array(repeating: 1, count: count))])
      try assertSound(chart.svg)
      return try Picture(chart.svg).elements.filter { $0.name == "text" && $0.text.hasPrefix(prefix) }
    }
    let few = try labels(5, prefix: "block ")
    XCTAssertEqual(few.count, 5)
    XCTAssertTrue(few.allSatisfy { $0.attributes["transform"] == nil })
    let more = try labels(30, prefix: "block number ")
    XCTAssertEqual(more.count, 30)
    XCTAssertTrue(more.allSatisfy { $0.attributes["transform"]?.contains("rotate(-45)") ?? false })
    let many = try labels(120, prefix: "stage 3 block ")
    XCTAssertTrue((20...60).contains(many.count), "\(many.count)")
    XCTAssertEqual(many.first?.text, "stage 3 block 0")
  }

  func testLegend() throws {
    let series = [
      BarChart.Series("before", [2]), BarChart.Series(nil, [1]), BarChart.Series("after", [1], colour: 0),
    ]
    let picture = try Picture(BarChart(title: "t", categories: ["a"], y: Axis(), series: series).svg)
    XCTAssertEqual(picture.texts.filter { ["before", "after"].contains($0) }, ["before", "after"])
    XCTAssertEqual(picture.all("path", "fill", blue).count, 4, "two signs and two series")
  }
}
