import Devices

/// Checks ways to multiply matrices: that they are right, and perhaps that they give the same bits as another one, in
/// convolutions of all directions and linear layers of sizes that no tile
/// divides. See also ``winograd(reference:selection:)``.
package struct ProductSuite {
  private let cases: [(test: OperatorCase, bits: [[UInt32]]?)]

  /// - Parameters:
  ///   - reference: runs every case first, if there is one; its bits are those to be found elsewhere.
  ///   - small: only a few small cases, for simulators.
  /// - Throws: what the device throws, and ``VerificationError`` or ``OracleError`` for a case that makes no sense.
  package init(reference: (any Device)? = nil, small: Bool = false) throws {
    try self.init(small ? Self.smallProblems() : Self.problems(), reference: reference)
  }

  init(_ problems: [any OperatorProblem], reference: (any Device)?) throws {
    let runner = reference.map { CaseRunner(device: $0) }
    cases = try problems.flatMap { try $0.oracleCases() }.map { ($0, try runner?.bits(of: $0)) }
  }

  /// Runs every case; an error that the device throws fails the case and no other.
  package func run(on device: any Device) -> VerificationReport {
    let runner = CaseRunner(device: device)
    return VerificationReport(
      cases: cases.map { test, bits in
        do {
          return try runner.run(test, equalTo: bits)
        } catch {
          return CaseResult(
            name: test.name, operation: test.operation, passed: false, tensors: [], message: "\(error)")
        }
      })
  }

  /// Kernels of 1×1, 3×3 and 5×5, strides, dilations, one pixel, one channel, single rows, several images.
  private static func problems() throws -> [any OperatorProblem] {
    let convolutions = [
      "mb2ic3ih15iw17oc17kh3ph1", "mb1ic17ih9oc33kh3sh2ph1", "mb2ic5ih15oc20kh5ph4dh2",
      "mb3ic1ih1oc1kh1", "mb2ic33ih5iw3oc17kh1", "mb2ic15ih7oc9kh1sh2", "mb2ic4ih1iw15oc16kh1kw3ph0pw1",
      "mb5ic2ih17iw15oc3kh3sh2sw1ph2pw0dh1dw2", "mb1ic70ih3oc130kh3ph1",
    ]
    return try problems(convolutions, linears: [(33, 17, 100), (1, 7, 1), (5, 64, 10)])
  }

  /// One product in every way, a tile's depth and more.
  private static func smallProblems() throws -> [any OperatorProblem] {
    try problems(["mb2ic3ih3iw5oc9kh3sh2sw1ph1", "mb1ic9ih2oc5kh1"], linears: [(3, 9, 2)])
  }

  /// - Parameter linears: batch, inputs and outputs.
  private static func problems(
    _ convolutions: [String], linears: [(Int, Int, Int)]
  ) throws -> [any OperatorProblem] {
    try convolutions.enumerated().map {
      ConvolutionCases(problem: try ConvolutionProblem(parsing: $1), bias: $0.isMultiple(of: 2))
    }
      + linears.map {
        LinearCases(problem: LinearProblem(batch: $0.0, inputs: $0.1, outputs: $0.2), bias: true)
      }
  }
}
