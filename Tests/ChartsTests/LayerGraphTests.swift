import Charts
import XCTest

final class LayerGraphTests: XCTestCase {
  private func graph(_ inputs: [[Int]], categories: [Int?] = []) -> LayerGraph {
    LayerGraph(
      title: "Layers", columns: ["kind"],
      nodes: inputs.enumerated().map { index, inputs in
        LayerGraph.Node(
          "n\(index)", texts: ["t\(index)"],
          category: categories.indices.contains(index) ? categories[index] : nil,
          range: Double(index + 1)...Double(2 * index + 1), inputs: inputs)
      },
      categories: [.init("good", colour: 2), .init("bad", colour: 1)],
      scale: Axis("pixels", scale: .logarithmic))
  }

  func testEverythingIsNamed() throws {
    var graph = graph([[], [0], [1, 0], [2]], categories: [0, 1])
    graph.marker = .init("image", at: 3)
    graph.border = .init("border", after: 1)
    let picture = try Picture(graph.svg)
    for text in ["n0", "n3", "t2", "kind", "pixels", "image", "border", "good", "bad"] {
      XCTAssertTrue(picture.texts.contains(text), text)
    }
    graph.nodes[1].category = 0
    XCTAssertFalse(try Picture(graph.svg).texts.contains("bad"))
  }

  /// Edges that pass over each other lie in lanes of their own; those that do not share one.
  func testLanes() {
    let lanes = EdgeLanes(inputs: [[], [0], [1, 0], [2], [3, 2], [4, 0], [-1, 5, 5]])
    XCTAssertEqual(
      lanes.edges,
      [.init(from: 0, to: 2, lane: 0), .init(from: 2, to: 4, lane: 0), .init(from: 0, to: 5, lane: 1)])
    XCTAssertEqual(lanes.count, 2)
    XCTAssertEqual(EdgeLanes(inputs: []).count, 0)
  }

  func testOddGraphsGivePictures() throws {
    for inputs in [[], [[Int]()], [[5], [-3], [1, 1, 1]]] { _ = try Picture(graph(inputs).svg) }
    var many = graph((0..<300).map { index in (0..<index).filter { (index - $0) % 7 == 0 } })
    many.width = .nan
    _ = try Picture(many.svg)
  }
}
