import Devices
import Verification
import XCTest

/// The gradients of every combination of an epilogue's parts, by central differences.
final class OracleEpilogueTests: XCTestCase {
  private let shape = ActivationShape(batch: 4, channels: 2, height: 2, width: 3)

  func testEveryCombination() {
    let normalisations: [Epilogue.Normalisation?] = [
      nil, Epilogue.Normalisation(), Epilogue.Normalisation(groups: 2),
      Epilogue.Normalisation(statisticsAreConstant: true),
    ]
    var gates: [Epilogue.Gate?] = [nil]
    for groups in [1, 2, 4] {
      gates += [false, true].map { Epilogue.Gate(groups: groups, perBranch: $0) }
    }
    for normalisation in normalisations {
      for gate in gates {
        for relus in 0..<4 {
          for residual in [false, true] {
            check(
              Epilogue(
                shape: shape, normalisation: normalisation, reluBefore: relus & 1 != 0, gate: gate,
                residual: residual, reluAfter: relus & 2 != 0))
          }
        }
      }
    }
  }

  /// Opening a closed gate where the residual is 0: a one-sided difference.
  func testClosedGateAtZero() {
    for reluBefore in [false, true] {
      let epilogue = Epilogue(
        shape: shape, reluBefore: reluBefore, gate: Epilogue.Gate(groups: 1, perBranch: false),
        residual: true,
        residualIsNonnegative: true, reluAfter: true)
      var operands = makeOperands(epilogue, salt: 0)
      operands.residual = operands.residual?.map { max(0, $0) }
      operands.gate = [0, 0]
      let gradient = madeUp(shape.count, seed: 20)
      let result = Oracle.epilogueBackward(epilogue, operands, outputGradient: gradient)
      let closed = inner(Oracle.epilogueForward(epilogue, operands), gradient)
      for channel in 0..<shape.channels {
        var open = operands
        open.gate?[channel] = 1e-6
        let difference = (inner(Oracle.epilogueForward(epilogue, open), gradient) - closed) / 1e-6
        XCTAssertEqual(result.gate[channel], difference, accuracy: 1e-6, "\(epilogue)")
      }
      XCTAssertTrue(
        zip(result.residual, operands.residual ?? []).allSatisfy { $1 > 0 || $0 == 0 },
        "only the gate's gradient")
    }
  }

  private func check(_ epilogue: Epilogue) {
    let operands = makeOperands(epilogue, awayFromKinksOf: madeUp(shape.count, seed: 20))
    let gradient = madeUp(shape.count, seed: 20)
    func loss(_ change: (inout Oracle.EpilogueOperands) -> Void) -> Double {
      var changed = operands
      change(&changed)
      // Training statistics follow the input, which is what makes their gradient.
      refreshStatistics(of: &changed, epilogue)
      return inner(Oracle.epilogueForward(epilogue, changed), gradient)
    }
    let result = Oracle.epilogueBackward(epilogue, operands, outputGradient: gradient)
    assertGradient(
      result.input, of: { values in loss { $0.input = values } }, at: operands.input, "input of \(epilogue)")
    if let normalisation = operands.normalisation {
      assertGradient(
        result.scale, of: { values in loss { $0.normalisation?.scale = values } }, at: normalisation.scale,
        "scale of \(epilogue)")
      assertGradient(
        result.shift, of: { values in loss { $0.normalisation?.shift = values } }, at: normalisation.shift,
        "shift of \(epilogue)")
    }
    if let gate = operands.gate {
      assertGradient(
        result.gate, of: { values in loss { $0.gate = values } }, at: gate, "gate of \(epilogue)")
    }
    if let residual = operands.residual {
      assertGradient(
        result.residual, of: { values in loss { $0.residual = values } }, at: residual,
        "residual of \(epilogue)")
    }
  }

  /// Operands that keep the arguments of ReLUs further from zero than the differences reach.
  private func makeOperands(
    _ epilogue: Epilogue, awayFromKinksOf gradient: [Double]
  ) -> Oracle.EpilogueOperands {
    for salt in 0..<100 {
      let operands = makeOperands(epilogue, salt: salt)
      let result = Oracle.epilogueBackward(epilogue, operands, outputGradient: gradient)
      if result.nearestKink > 1e-4 { return operands }
    }
    XCTFail("no suitable operands for \(epilogue)")
    return makeOperands(epilogue, salt: 0)
  }

  private func makeOperands(_ epilogue: Epilogue, salt: Int) -> Oracle.EpilogueOperands {
    var operands = Oracle.EpilogueOperands(input: madeUp(shape.count, seed: 100 + salt))
    if epilogue.normalisation != nil {
      operands.normalisation = Oracle.NormalisationOperands(
        mean: madeUp(shape.channels, seed: 22), variance: madeUp(shape.channels, seed: 23).map { 1 + $0 / 2 },
        scale: madeUp(shape.channels, seed: 24), shift: madeUp(shape.channels, seed: 25))
      refreshStatistics(of: &operands, epilogue)
    }
    operands.gate = epilogue.gate.map { madeUp($0.count(channels: shape.channels), seed: 26) }
    operands.residual = epilogue.residual ? madeUp(shape.count, seed: 27) : nil
    return operands
  }

  private func refreshStatistics(of operands: inout Oracle.EpilogueOperands, _ epilogue: Epilogue) {
    guard let normalisation = epilogue.normalisation, !normalisation.statisticsAreConstant else { return }
    let statistics = Oracle.batchNormStatistics(
      shape, groups: normalisation.groups, input: operands.input)
    operands.normalisation?.mean = statistics.mean
    operands.normalisation?.variance = statistics.variance
  }
}
