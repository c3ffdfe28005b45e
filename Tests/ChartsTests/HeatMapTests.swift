import Charts
import XCTest

final class HeatMapTests: XCTestCase {
  private let palest = ColourRamp.colour(0)
  private let darkest = ColourRamp.colour(ColourRamp.steps - 1)

  /// The cells of a colour within the plot, as left, top, right and bottom in shares of the plot.
  private func cells(_ picture: Picture, _ colour: String) throws -> [SIMD4<Double>] {
    let plot = try picture.plot()
    let corners = try picture.dataPaths(colour, attribute: "fill").flatMap { $0 }
    let size = SIMD2(plot.right - plot.left, plot.bottom - plot.top)
    let origin = SIMD2(plot.left, plot.top)
    return stride(from: 0, to: corners.count, by: 4).map { first in
      let start = (corners[first] - origin) / size
      let end = (corners[first + 2] - origin) / size
      return SIMD4(min(start.x, end.x), min(start.y, end.y), max(start.x, end.x), max(start.y, end.y))
    }
    .filter { $0.x < 1 }
  }

  func testNamedRowsRunDownwards() throws {
    let map = HeatMap(
      title: "Accuracy", columns: .named("width", ["16", "32"]), rows: .named("depth", ["8", "20", "56"]),
      values: [[9, 5], [5, 5], [5, 1]])
    let picture = try Picture(map.svg)
    let highest = try XCTUnwrap(cells(picture, darkest).first)
    let lowest = try XCTUnwrap(cells(picture, palest).first)
    XCTAssertEqual((highest.x + highest.z) / 2, 0.25, accuracy: 0.01)
    XCTAssertEqual((highest.y + highest.w) / 2, 1.0 / 6, accuracy: 0.01)
    XCTAssertEqual((lowest.x + lowest.z) / 2, 0.75, accuracy: 0.01)
    XCTAssertEqual((lowest.y + lowest.w) / 2, 5.0 / 6, accuracy: 0.01)
    for text in ["16", "32", "8", "20", "56", "width", "depth", "9"] {
      XCTAssertTrue(picture.texts.contains(text), text)
    }
  }

  /// A line runs where cells of the region meet others, and nowhere else.
  func testARegionIsOutlined() throws {
    for rows in [HeatMap.Dimension.named("depth", ["8", "20", "56"]), .measured(Axis("depth"))] {
      var map = HeatMap(
        title: "Accuracy", columns: .named("width", ["16", "32"]), rows: rows,
        values: [[9, 5], [5, 5], [5, 1]])
      XCTAssertFalse(map.svg.contains("conflicts"))
      map.region = .init("conflicts", [[true, true], [true]])
      let picture = try Picture(map.svg)
      XCTAssertTrue(picture.texts.contains("conflicts"))
      // Two cells in a row and one in the next: 8 edges with two ends each; their common ones are not drawn.
      XCTAssertEqual(picture.all("path", "stroke-width", "25").count, 1)
      let outline = try XCTUnwrap(picture.all("path", "stroke-width", "25").first?.attributes["d"])
      XCTAssertEqual(Picture.corners(of: outline).count, 16)
    }
  }

  func testMeasuredRowsRunUpwardsAndNeighboursAreMerged() throws {
    var values = [[Double?]](repeating: Array(repeating: 0, count: 100), count: 50)
    values[0] = Array(repeating: 1, count: 100)
    let map = HeatMap(
      title: "Gates", columns: .measured(Axis("epoch")), rows: .measured(Axis("θ", range: 0...1)),
      values: values)
    let picture = try Picture(map.svg)
    let dark = try cells(picture, darkest)
    XCTAssertEqual(dark.count, 1)
    XCTAssertEqual(dark[0].x, 0, accuracy: 1e-3)
    XCTAssertEqual(dark[0].y, 0.98, accuracy: 1e-3)
    XCTAssertEqual(dark[0].z, 1, accuracy: 1e-3)
    XCTAssertEqual(dark[0].w, 1, accuracy: 1e-3)
    XCTAssertEqual(try cells(picture, palest).count, 49)
    for text in ["0", "20", "100", "0.2", "1.0"] { XCTAssertTrue(picture.texts.contains(text), text) }
  }

  func testLogarithmicAxesNameTheirPowersAtEqualDistances() throws {
    let map = HeatMap(
      title: "Sparsity", columns: .measured(Axis("λ", scale: .logarithmic, range: 1e-4...1)),
      rows: .named("", ["a"]), values: [[1, 2, 3, 4]])
    let picture = try Picture(map.svg)
    let plot = try picture.plot()
    for (index, text) in ["1e−4", "0.001", "0.01", "0.1"].enumerated() {
      let label = try XCTUnwrap(picture.elements.first { $0.text == text })
      let share = (try XCTUnwrap(label.number("x")) - plot.left) / (plot.right - plot.left)
      XCTAssertEqual(share, Double(index) / 4, accuracy: 1e-3)
    }
  }

  func testMissingCellsAreShownAndExplained() throws {
    func picture(_ values: [[Double?]]) throws -> Picture {
      try Picture(
        HeatMap(
          title: "t", columns: .named("", ["a", "b"]), rows: .named("", ["c", "d"]), values: values
        ).svg)
    }
    let full = try picture([[1, 2], [3, 4]])
    XCTAssertFalse(full.texts.contains("no value"))
    XCTAssertEqual(try cells(full, "#ececec").count, 0)
    let holes = try picture([[1, nil], [.nan]])
    XCTAssertTrue(holes.texts.contains("no value"))
    XCTAssertEqual(try cells(holes, "#ececec").count, 3)
    XCTAssertEqual(
      holes.all("path", "stroke", "#b5b5b5").count, 2, "the crosses of the legend and of the cells")
  }

  func testColoursCoverTheirRange() throws {
    func picture(_ axis: Axis) throws -> Picture {
      try Picture(
        HeatMap(
          title: "t", columns: .named("", ["a", "b", "c", "d"]), rows: .named("", ["e"]),
          values: [[-5, 0, 1, 1000]], colours: axis
        ).svg)
    }
    XCTAssertEqual(try cells(picture(Axis(range: 0...1)), palest).count, 2)
    XCTAssertEqual(try cells(picture(Axis(range: 0...1)), darkest).count, 2)
    let logarithmic = try picture(Axis("count", scale: .logarithmic))
    XCTAssertEqual(try cells(logarithmic, palest).count, 3, "what is not positive counts as lowest")
    for text in ["1", "10", "100", "1000", "count"] { XCTAssertTrue(logarithmic.texts.contains(text), text) }
  }

  func testRampDarkensSteadily() {
    for step in 1..<ColourRamp.steps {
      XCTAssertLessThan(ColourRamp.brightness(step), ColourRamp.brightness(step - 1), "step \(step)")
    }
    XCTAssertEqual(ColourRamp.step(of: -1), 0)
    XCTAssertEqual(ColourRamp.step(of: 0.5), 32)
    XCTAssertEqual(ColourRamp.step(of: 7), ColourRamp.steps - 1)
    XCTAssertEqual(ColourRamp.colour(0), "#fbf7e4")
  }
}
