import Foundation
import Pruning
import XCTest

final class GateStateTests: PruningTestCase {
  private func numberedState(_ layout: GateLayout) -> GateState {
    var state = GateState(layout, theta: 0.9, scale: (0..<layout.count).map { Double($0 % 3) })
    for gate in 0..<layout.count {
      state.theta[gate] = Double(gate) / 1000
      state.gradient[gate] = -Double(gate)
      state.wasNotWorthIt[gate] = gate % 2 == 0
    }
    return state
  }

  func testWhatIsKeptStaysTogether() throws {
    let layout = try layout("resnet20:width=0.25")
    let gates = [1, 3, 4, 17, layout.count - 1]
    let kept = numberedState(layout).keeping(gates)
    XCTAssertEqual(kept.theta, gates.map { Double($0) / 1000 })
    XCTAssertEqual(kept.gradient, gates.map { -Double($0) })
    XCTAssertEqual(kept.scale, gates.map { Double($0 % 3) })
    XCTAssertEqual(kept.wasNotWorthIt, gates.map { $0 % 2 == 0 })
    XCTAssertEqual(kept.original, gates)
    // A second removal counts in the full network's gates still.
    XCTAssertEqual(kept.keeping([0, 3]).original, [1, 17])
    XCTAssertEqual(kept.keeping([]).theta, [])
  }

  func testTheLikelierValueOfOneHalfIsOne() throws {
    let layout = try layout("resnet20", .layers)
    var state = GateState(layout, theta: 0.5, scale: [Double](repeating: 1, count: 9))
    state.theta[2] = 0.5.nextDown
    state.theta[3] = 1
    state.theta[4] = 0.01
    XCTAssertEqual(state.isLikely, [true, true, false, true, false, true, true, true, true])
  }

  func testStatesSurviveBeingWritten() throws {
    let state = numberedState(try layout("resnet20"))
    XCTAssertEqual(try JSONDecoder().decode(GateState.self, from: JSONEncoder().encode(state)), state)
  }
}
