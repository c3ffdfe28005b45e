import Bundles
import Randomness
import XCTest

final class ClusteringTests: BundlesTestCase {
  /// Flood fill over all pairs.
  private func components(_ rows: [[Float]], widths: [Float]) -> [Int] {
    let area = rows[0].count / widths.count
    func areJoined(_ one: [Float], _ other: [Float]) -> Bool {
      one.indices.allSatisfy {
        one[$0] == other[$0] || abs(one[$0] - other[$0]) <= widths[$0 / area]
      }
    }
    var component = [Int](repeating: -1, count: rows.count)
    var count = 0
    for start in rows.indices where component[start] < 0 {
      var open = [start]
      component[start] = count
      while let sample = open.popLast() {
        for other in rows.indices where component[other] < 0 && areJoined(rows[sample], rows[other]) {
          component[other] = count
          open.append(other)
        }
      }
      count += 1
    }
    return component
  }

  private func rows(samples: Int, features: Int, random: inout RandomStream) -> [[Float]] {
    (0..<samples).map { _ in (0..<features).map { _ in random.uniform() } }
  }

  func testComponentsAreThoseOfAllPairs() throws {
    var random = random()
    var between = 0
    for _ in 0..<200 {
      let (samples, features) = (1 + random.integer(below: 40), 2 * (1 + random.integer(below: 3)))
      let rows = rows(samples: samples, features: features, random: &random)
      let width = random.uniform(in: 0..<0.5)
      for widths in [[width], [width, 2 * width]] {
        let found = try ComponentClustering.bundles(of: ActivationMatrix(rows), widths: widths)
        XCTAssertEqual(found, components(rows, widths: widths))
        between += Set(found).count > 1 && Set(found).count < samples ? 1 : 0
      }
    }
    XCTAssertGreaterThan(between, 100)
  }

  func testAChainIsOneComponent() throws {
    let chain = try ActivationMatrix((0..<50).map { [Float($0), 0] })
    XCTAssertEqual(Set(try ComponentClustering.bundles(of: chain, widths: [1])).count, 1)
    XCTAssertEqual(Set(try ComponentClustering.bundles(of: chain, widths: [0.99])).count, 50)
    // The leader loop takes in neighbours of the leader alone.
    XCTAssertEqual(Set(try LeaderClustering.bundles(of: chain, tolerance: 1)).count, 25)
    XCTAssertEqual(Set(try LeaderClustering.bundles(of: chain, tolerance: 0.99)).count, 50)
  }

  func testWidth0JoinsEqualSamples() throws {
    let matrix = try ActivationMatrix([
      [1, 2], [1, 2], [1, 3], [.infinity, 2], [.infinity, 2], [.nan, 1],
    ])
    XCTAssertEqual(try ComponentClustering.bundles(of: matrix, widths: [0]), [0, 0, 1, 2, 2, 3])
    XCTAssertEqual(try LeaderClustering.bundles(of: matrix, tolerance: 0), [0, 0, 1, 2, 2, 3])
  }

  func testGroupsAreJoinedFromTheStart() throws {
    let matrix = try ActivationMatrix([[0], [10], [10.5], [20]])
    XCTAssertEqual(
      try ComponentClustering.bundles(of: matrix, widths: [1], joining: [7, 8, 9, 7]), [0, 1, 1, 0])
  }

  /// Cells are the finest, components the coarsest; cells of width γ split what components of γ join.
  func testTheBracket() throws {
    var random = random()
    var wider = 0
    for _ in 0..<60 {
      let features = 1 + random.integer(below: 4)
      let activations = try activations(samples: 40, features: features, scale: 1, random: &random)
      let labels = (0..<40).map { _ in random.integer(below: 5) }
      for model in try models(scale: 1, features: features) {
        let bracket = try EntropyBracket(activations, labels: labels, resolution: model)
        let (lower, upper) = (try XCTUnwrap(bracket.lower), try XCTUnwrap(bracket.upper))
        XCTAssertLessThanOrEqual(lower, upper + 1e-12)
        XCTAssertLessThanOrEqual(
          try XCTUnwrap(bracket.components.bundles), try XCTUnwrap(bracket.cells.bundles))
        if model == .exact { XCTAssertEqual(bracket.cells, bracket.components) }
        wider += upper > lower + 0.01 ? 1 : 0
        // What is in a cell is in one component.
        let pairs = Set(
          zip(bracket.cells.bundleOfSample, bracket.components.bundleOfSample).map { [$0, $1] })
        XCTAssertEqual(pairs.count, bracket.cells.bundles)
      }
    }
    XCTAssertGreaterThan(wider, 30)
  }

  func testTwoSamplesOnEitherSideOfAnEdge() throws {
    let bracket = try EntropyBracket(
      ActivationMatrix([[0.49], [0.51], [5]]), labels: [0, 1, 1],
      resolution: .tolerance(try CellWidths(1)))
    XCTAssertEqual(bracket.lower, 0)
    XCTAssertEqual(try XCTUnwrap(bracket.upper), 2 * ln2 / 3, accuracy: 1e-12)
  }

  func testNaNHasNoBracket() throws {
    let bracket = try EntropyBracket(
      ActivationMatrix([[.nan], [0.51], [5]]), labels: [0, 1, 1], resolution: .exact)
    XCTAssertNil(bracket.lower)
    XCTAssertNil(bracket.upper)
    XCTAssertEqual(bracket.components.status, .notANumber)
  }

  func testBadInputIsRefused() throws {
    let matrix = try ActivationMatrix([[1, 2, 3], [4, 5, 6]])
    for widths in [[], [-1], [.nan], [1, 1]] as [[Float]] {
      XCTAssertThrowsError(try ComponentClustering.bundles(of: matrix, widths: widths))
    }
    XCTAssertThrowsError(try ComponentClustering.bundles(of: matrix, widths: [1], joining: [1]))
    XCTAssertThrowsError(try LeaderClustering.bundles(of: matrix, tolerance: .nan))
    XCTAssertThrowsError(try LeaderClustering.bundles(of: matrix, tolerance: -1))
    XCTAssertThrowsError(try EntropyBracket(matrix, labels: [1], resolution: .exact))
    let none = try ActivationMatrix(samples: 0, features: 3, values: [])
    XCTAssertEqual(try ComponentClustering.bundles(of: none, widths: [1]), [])
    XCTAssertEqual(try LeaderClustering.bundles(of: none, resolution: .exact), [])
  }
}
