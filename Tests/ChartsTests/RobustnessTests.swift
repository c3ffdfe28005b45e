import Charts
import XCTest

/// Whatever the data, a picture is sound.
final class RobustnessTests: XCTestCase {
  private var state: UInt64 = 2026

  private func random(below bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(state >> 33) % bound
  }

  private func awkwardNumber() -> Double {
    let numbers: [Double] = [
      0, -0.0, 1, -1, 0.5, 1e-9, 1e6, -3e4, .nan, .infinity, -.infinity, .greatestFiniteMagnitude,
      -.greatestFiniteMagnitude, .leastNonzeroMagnitude, 1e299, -1e299, 1e-299, 1 + 1e-15, 12_345.678,
    ]
    return random(below: 3) == 0 ? numbers[random(below: numbers.count)] : Double(random(below: 1000)) / 100
  }

  private func awkwardText() -> String {
    let texts = [
      "", "θ", "a < b & c > \"d\" 'e'", "]]>", "\u{0}\u{1B}\n\t\u{FFFE}", "日本語のラベル", "👩‍🔬 e\u{301}",
      String(repeating: "long ", count: 60), String(repeating: "x", count: 400),
    ]
    return texts[random(below: texts.count)]
  }

  private func awkwardAxis() -> Axis {
    let ends = [awkwardNumber(), awkwardNumber()].filter { !$0.isNaN }.sorted()
    let styles: [Axis.NumberStyle] = [.plain, .whole, .percent]
    return Axis(
      awkwardText(), scale: random(below: 2) == 0 ? .linear : .logarithmic,
      range: ends.count == 2 && random(below: 2) == 0 ? ends[0]...ends[1] : nil,
      numbers: styles[random(below: 3)])
  }

  private func awkwardSize() -> Double {
    [760, 320, 100, 0, -5, 1500, 1e9, .nan, .infinity][random(below: 9)]
  }

  func testLineCharts() throws {
    let styles: [LineChart.Style] = [.line, .points, .both]
    for _ in 0..<400 {
      let series = (0..<random(below: 5)).map { _ in
        LineChart.Series(
          random(below: 3) == 0 ? nil : awkwardText(),
          (0..<random(below: 12)).map { _ in
            LineChart.Point(
              awkwardNumber(), awkwardNumber(), xError: random(below: 3) == 0 ? awkwardNumber() : nil,
              yError: random(below: 3) == 0 ? awkwardNumber() : nil,
              label: random(below: 5) == 0 ? awkwardText() : nil)
          }, style: styles[random(below: 3)], isDashed: random(below: 2) == 0, opacity: awkwardNumber(),
          strokeWidth: awkwardNumber(), colour: random(below: 2) == 0 ? nil : random(below: 100) - 50)
      }
      let chart = LineChart(
        title: awkwardText(), subtitle: awkwardText(), x: awkwardAxis(), y: awkwardAxis(), series: series,
        markers: (0..<random(below: 4)).map { _ in .init(awkwardText(), at: awkwardNumber()) },
        width: awkwardSize(), height: awkwardSize())
      try assertSound(chart.svg)
    }
  }

  func testBarCharts() throws {
    for _ in 0..<200 {
      let count = random(below: 30)
      let chart = BarChart(
        title: awkwardText(), categoryLabel: awkwardText(),
        categories: (0..<count).map { _ in awkwardText() },
        y: awkwardAxis(),
        series: (0..<random(below: 4)).map { _ in
          .init(awkwardText(), (0..<random(below: 35)).map { _ in awkwardNumber() })
        }, width: awkwardSize(), height: awkwardSize())
      try assertSound(chart.svg)
    }
  }

  func testHeatMaps() throws {
    for _ in 0..<200 {
      func dimension() -> HeatMap.Dimension {
        random(below: 2) == 0
          ? .measured(awkwardAxis())
          : .named(awkwardText(), (0..<random(below: 20)).map { _ in awkwardText() })
      }
      let map = HeatMap(
        title: awkwardText(), columns: dimension(), rows: dimension(),
        values: (0..<random(below: 15)).map { _ in (0..<random(below: 15)).map { _ in awkwardNumber() } },
        colours: awkwardAxis(), width: awkwardSize(), height: awkwardSize())
      try assertSound(map.svg)
    }
  }

  func testChartsWithoutDataSaySo() throws {
    let pictures = [
      LineChart(title: "t", x: Axis(), y: Axis(), series: []).svg,
      LineChart(title: "t", x: Axis(), y: Axis(), series: [.init("a", [])]).svg,
      LineChart(title: "t", x: Axis(), y: Axis(scale: .logarithmic), series: [.init("a", values: [-1, 0])])
        .svg,
      BarChart(title: "t", categories: [], y: Axis(), series: []).svg,
      BarChart(title: "t", categories: ["a"], y: Axis(), series: [.init("b", [nil])]).svg,
      HeatMap(title: "t", columns: .named("", []), rows: .named("", []), values: []).svg,
      HeatMap(title: "t", columns: .measured(Axis()), rows: .measured(Axis()), values: [[nil, .nan]]).svg,
    ]
    for svg in pictures {
      try assertSound(svg)
      XCTAssertEqual(try Picture(svg).texts.filter { $0 == "no data" }.count, 1)
    }
  }

  func testDegenerateRangesAreDrawnInTheMiddle() throws {
    for value in [0, 7, -2.5, 1e-7] {
      let svg = LineChart(title: "t", x: Axis(), y: Axis(), series: [.init(nil, values: [value, value])]).svg
      try assertSound(svg)
      let picture = try Picture(svg)
      let plot = try picture.plot()
      let line = try XCTUnwrap(picture.dataPaths("#0072b2").first)
      XCTAssertEqual(line[0].y, (plot.top + plot.bottom) / 2, accuracy: 1)
      XCTAssertEqual(line[0].y, line[1].y)
    }
    let point = try Picture(
      LineChart(title: "t", x: Axis(), y: Axis(), series: [.init(nil, [.init(3, 5)])]).svg)
    XCTAssertEqual(point.all("path", "fill", "#0072b2").count, 1)
  }

  func testTextIsEscaped() throws {
    let text = "a < b & \"c\" > 'd'"
    let svg = LineChart(
      title: text, x: Axis(text), y: Axis(), series: [.init(text, [.init(0, 1, label: text)])],
      markers: [.init(text, at: 0)]
    ).svg
    XCTAssertEqual(try Picture(svg).texts.filter { $0 == text }.count, 5)
    XCTAssertFalse(svg.contains("a < b"))
  }
}
