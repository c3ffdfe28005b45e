import Charts
import XCTest

final class LineChartTests: XCTestCase {
  private let blue = "#0072b2"
  private let vermilion = "#d55e00"

  private func chart(
    _ series: [LineChart.Series], x: Axis = Axis("epoch"), y: Axis = Axis("θ", range: 0...1),
    markers: [LineChart.Marker] = []
  ) -> LineChart {
    LineChart(title: "Gates", x: x, y: y, series: series, markers: markers)
  }

  func testEndsOfAFixedRangeLieAtThePlotsEdges() throws {
    let series = LineChart.Series(nil, [.init(0, 0), .init(10, 1), .init(20, 0.5)])
    let picture = try Picture(chart([series], x: Axis(range: 0...20)).svg)
    let plot = try picture.plot()
    let line = try XCTUnwrap(picture.dataPaths(blue).first)
    let middle = (plot.left + plot.right) / 2
    let expected = [
      SIMD2(plot.left, plot.bottom), SIMD2(middle, plot.top),
      SIMD2(plot.right, (plot.top + plot.bottom) / 2),
    ]
    XCTAssertEqual(line.count, 3)
    for (corner, place) in zip(line, expected) {
      XCTAssertEqual(corner.x, place.x, accuracy: 0.51)
      XCTAssertEqual(corner.y, place.y, accuracy: 0.51)
    }
  }

  func testRisingValuesGoUpAndRight() throws {
    let values = (0..<50).map { Double($0 * $0) }
    for scale in [Axis.Scale.linear, .logarithmic] {
      let series = LineChart.Series("squares", values: values.map { $0 + 1 }, first: 1)
      let picture = try Picture(chart([series], x: Axis(scale: scale), y: Axis(scale: scale)).svg)
      let line = try XCTUnwrap(picture.dataPaths(blue).first)
      XCTAssertEqual(line.count, 50)
      for (corner, next) in zip(line, line.dropFirst()) {
        XCTAssertGreaterThan(next.x, corner.x)
        XCTAssertLessThan(next.y, corner.y)
      }
    }
  }

  func testEqualRatiosTakeEqualLengthsOnALogarithmicAxis() throws {
    let series = LineChart.Series(nil, [1, 10, 100, 1000].map { .init($0, $0) })
    let axis = Axis(scale: .logarithmic, range: 1...1000)
    let picture = try Picture(chart([series], x: axis, y: axis).svg)
    let plot = try picture.plot()
    let line = try XCTUnwrap(picture.dataPaths(blue).first)
    for (index, corner) in line.enumerated() {
      let share = Double(index) / 3
      XCTAssertEqual(corner.x, plot.left + share * (plot.right - plot.left), accuracy: 1.01)
      XCTAssertEqual(corner.y, plot.bottom - share * (plot.bottom - plot.top), accuracy: 1.01)
    }
    XCTAssertEqual(picture.texts.filter { ["1", "10", "100", "1000"].contains($0) }.count, 8)
  }

  func testLinesAreCutAtAFixedRange() throws {
    let series = LineChart.Series(nil, [.init(0, -1), .init(2, 3), .init(4, -1)], style: .both)
    let picture = try Picture(chart([series], x: Axis(range: 0...4)).svg)
    let plot = try picture.plot()
    let corners = try picture.dataPaths(blue).flatMap { $0 }
    // The line rises through the plot from (0.5, 0) to (1, 1) and falls from (3, 1) to (3.5, 0).
    let expected = [0.125, 0.25, 0.75, 0.875].map { plot.left + $0 * (plot.right - plot.left) }
    XCTAssertEqual(corners.count, 4)
    for (corner, x) in zip(corners, expected) { XCTAssertEqual(corner.x, x, accuracy: 0.51) }
    XCTAssertEqual(corners.map { $0.y }, [plot.bottom, plot.top, plot.top, plot.bottom])
    XCTAssertEqual(picture.all("path", "fill", blue).count, 0, "no point lies within the range")
  }

  func testUnplaceablePointsInterruptALine() throws {
    let values = [0.1, 0.2, .nan, 0.3, 0.4, .infinity, 0.5, -.infinity, 0.6, 0.7]
    let picture = try Picture(chart([LineChart.Series(nil, values: values)]).svg)
    let path = try XCTUnwrap(picture.all("path", "stroke", blue).first?.attributes["d"])
    XCTAssertEqual(path.filter { $0 == "M" }.count, 3)
    XCTAssertEqual(Picture.corners(of: path).count, 6)
    let lonely = try XCTUnwrap(picture.all("path", "fill", blue).first?.attributes["d"])
    XCTAssertEqual(lonely.filter { $0 == "M" }.count, 1, "0.5 has no neighbour, so it is drawn as a dot")
  }

  func testLegendNamesTheNamedSeriesOnce() throws {
    let points = [LineChart.Point(0, 0.2), LineChart.Point(1, 0.4)]
    var series = (0..<300).map { _ in
      LineChart.Series(nil, points, opacity: 0.1, strokeWidth: 0.5, colour: 2)
    }
    series.append(LineChart.Series("stage 1", points, colour: 0))
    series.append(LineChart.Series("stage 1", points, colour: 0))
    series.append(LineChart.Series("stage 2", points, style: .points, colour: 1))
    series.append(LineChart.Series("stage 2", points, isDashed: true, colour: 1))
    let picture = try Picture(chart(series).svg)
    XCTAssertEqual(picture.texts.filter { $0.hasPrefix("stage") }, ["stage 1", "stage 2", "stage 2"])
    let thin = picture.all("path", "stroke", "#009e73")
    XCTAssertEqual(thin.count, 300)
    XCTAssertEqual(Set(thin.map { $0.attributes["stroke-opacity"] }), [".10"])
    XCTAssertEqual(Set(thin.map { $0.attributes["stroke-width"] }), ["5"])
    XCTAssertEqual(picture.all("path", "stroke-dasharray", "50 45").count, 2, "the line and its sign")
  }

  func testLegendLiesAboveThePlot() throws {
    let series = (0..<40).map { LineChart.Series("a series with number \($0)", values: [0.1, 0.9]) }
    let picture = try Picture(chart(series).svg)
    let plot = try picture.plot()
    let entries = picture.elements.filter { $0.name == "text" && $0.text.hasPrefix("a series") }
    XCTAssertEqual(entries.count, 40)
    for entry in entries { XCTAssertLessThan(try XCTUnwrap(entry.number("y")), plot.top) }
    XCTAssertGreaterThanOrEqual(plot.bottom - plot.top, 1500)
  }

  func testErrorBarsReachToTheErrors() throws {
    let series = LineChart.Series(nil, [.init(5, 0.5, xError: 2, yError: 0.25)], style: .points)
    let picture = try Picture(chart([series], x: Axis(range: 0...10)).svg)
    let plot = try picture.plot()
    let corners = try picture.dataPaths(blue).flatMap { $0 }
    let width = plot.right - plot.left
    let height = plot.bottom - plot.top
    XCTAssertEqual(corners.map { $0.x }.min() ?? 0, plot.left + 0.3 * width, accuracy: 0.51)
    XCTAssertEqual(corners.map { $0.x }.max() ?? 0, plot.left + 0.7 * width, accuracy: 0.51)
    XCTAssertEqual(corners.map { $0.y }.min() ?? 0, plot.top + 0.25 * height, accuracy: 0.51)
    XCTAssertEqual(corners.map { $0.y }.max() ?? 0, plot.top + 0.75 * height, accuracy: 0.51)
  }

  func testFittedRangesHoldErrorsAndMarkers() throws {
    let series = LineChart.Series(nil, [.init(1, 10, yError: 30), .init(2, 20)], style: .points)
    let picture = try Picture(chart([series], y: Axis(), markers: [.init("end", at: 9)]).svg)
    let plot = try picture.plot()
    let lines = try picture.dataPaths(blue).flatMap { $0 }
    XCTAssertTrue(lines.allSatisfy { $0.y > plot.top && $0.y < plot.bottom })
    let marker = try XCTUnwrap(picture.all("path", "stroke-dasharray", "50 45").first?.attributes["d"])
    let corners = Picture.corners(of: marker)
    XCTAssertEqual(corners.count, 2)
    XCTAssertTrue(corners.allSatisfy { $0.x > plot.left && $0.x <= plot.right })
  }

  func testMarkersStandWhereTheySayWithTheirTextsApart() throws {
    let series = LineChart.Series(nil, values: [0, 1])
    let markers = [LineChart.Marker("freeze", at: 0.5), LineChart.Marker("fine-tune", at: 0.51)]
    let picture = try Picture(chart([series], markers: markers + [.init("outside", at: .nan)]).svg)
    let plot = try picture.plot()
    let paths = picture.all("path", "stroke-dasharray", "50 45").compactMap { $0.attributes["d"] }
    XCTAssertEqual(paths.count, 2)
    let x = try XCTUnwrap(paths.first.map(Picture.corners)?.first?.x)
    XCTAssertEqual(x, (plot.left + plot.right) / 2, accuracy: 0.51)
    let texts = picture.elements.filter { ["freeze", "fine-tune"].contains($0.text) }
    XCTAssertEqual(Set(texts.compactMap { $0.number("y") }).count, 2, "one row each")
    XCTAssertFalse(picture.texts.contains("outside"))
  }

  func testPointLabelsKeepApart() throws {
    let points = (0..<4).map { LineChart.Point(0.5 + Double($0) * 1e-3, 0.5, label: "label \($0)") }
    let picture = try Picture(
      chart([LineChart.Series(nil, points, style: .points)], x: Axis(range: 0...1)).svg)
    let places = picture.elements.filter { $0.text.hasPrefix("label") }
      .compactMap { element in element.number("x").map { SIMD2($0, element.number("y") ?? 0) } }
    XCTAssertEqual(places.count, 4)
    for (index, place) in places.enumerated() {
      for other in places[..<index] {
        XCTAssertTrue(abs(place.x - other.x) > 300 || abs(place.y - other.y) > 110, "\(place) \(other)")
      }
    }
  }

  func testColoursFollowTheirIndex() throws {
    let series = (0..<2).map { _ in LineChart.Series(nil, values: [0, 1]) }
    XCTAssertEqual(try Picture(chart(series).svg).all("path", "stroke", vermilion).count, 1)
    let wrapped = [-7, 0, 7, 70].map { LineChart.Series(nil, values: [0, 1], colour: $0) }
    XCTAssertEqual(try Picture(chart(wrapped).svg).all("path", "stroke", blue).count, 4)
  }

  func testManyLinesStaySmall() {
    var value = 0.0
    let series = (0..<1000).map { line in
      LineChart.Series(
        nil,
        values: (0..<60).map { epoch in
          value = (value + Double(line % 7 + epoch % 5) * 0.037).truncatingRemainder(dividingBy: 1)
          return value
        }, opacity: 0.1, strokeWidth: 0.5)
    }
    XCTAssertLessThan(chart(series).svg.utf8.count, 600_000)
  }

  func testEqualChartsGiveEqualText() {
    let series = [LineChart.Series("a", [.init(0, 1, yError: 2, label: "x"), .init(3, 4)], style: .both)]
    XCTAssertEqual(chart(series).svg, chart(series).svg)
    XCTAssertNotEqual(chart(series).svg, chart([LineChart.Series("b", series[0].points)]).svg)
  }
}
