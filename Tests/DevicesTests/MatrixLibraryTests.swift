import Devices
import Foundation
import Verification
import XCTest

/// Layers whose matrix products CLBlast computes, on the first OpenCL device, whatever it is: everywhere but on GPUs
/// our own kernel multiplies.
final class MatrixLibraryTests: XCTestCase {
  override func setUpWithError() throws {
    try XCTSkipUnless(
      ProcessInfo.processInfo.environment["ESPALIER_TEST_LEVEL"] == "all",
      "CLBlast compiles its kernels for tens of seconds; ESPALIER_TEST_LEVEL=all runs this test")
    try XCTSkipIf(OpenCLDevices.list().isEmpty, "no OpenCL device; install pocl-opencl-icd to run this test")
  }

  /// Not CLBlast's own anywhere.
  private func parameters() throws -> LibraryParameters {
    try LibraryParameters(parsing: "xgemm:32x64x8:8x8:8x8:2x4:unroll2:localN")
  }

  /// Computes layers by the library with these parameters, and returns what was said.
  private func notices(with parameters: LibraryParameters?) throws -> [String] {
    var notices: [String] = []
    let device = try OpenCLDevices.openWithMatrixLibrary(0, parameters: parameters) { notices.append($0) }
    XCTAssertEqual(device.tuning.library, parameters?.description)
    for problem in ["/oracle/33x17 to 100", "/oracle/mb5ic15ih16oc15kh1"] {
      let report = try OperatorSuite(filter: problem).run(on: device)
      for result in report.cases where !result.passed { XCTFail("\(result.name): \(result.message)") }
      XCTAssertGreaterThanOrEqual(report.passed, 3, problem)
    }
    return notices
  }

  func testALinearLayerAndAPointwiseConvolution() throws {
    XCTAssertEqual(try notices(with: nil), [], "the library was given up")
  }

  /// Results stay right by other parameters, and CLBlast's own come back for whoever wants them.
  func testOtherParameters() throws {
    let own = try OpenCLDevices.libraryParametersInForce(on: 0)
    XCTAssertEqual(try notices(with: parameters()), [])
    XCTAssertEqual(try OpenCLDevices.libraryParametersInForce(on: 0), try parameters())
    XCTAssertEqual(try notices(with: nil), [])
    XCTAssertEqual(try OpenCLDevices.libraryParametersInForce(on: 0), own)
  }

  /// CLBlast has one set per device in the whole process: two openings with different ones do not disturb each other,
  /// neither in what they make now nor in what they made before.
  func testTwoOpeningsTakeTurns() throws {
    var notices: [String] = []
    let problem = ProductProblem.matrices(batch: 1, rows: 520, columns: 540, depth: 530)
    let first = try ProductBench(0, hasLibrary: true, notice: { notices.append($0) })
    let second = try ProductBench(0, hasLibrary: true, notice: { notices.append($0) })
    XCTAssertNil(
      try ProductTuner(first, problems: [problem], seconds: 1).tuneLibrary(candidates: [])?.parameters)
    let trials = try [first, second].map { try ProductTrial(problem, on: $0) }
    let ours = try OpenCLDevices.openWithMatrixLibrary(0, parameters: parameters()) { notices.append($0) }
    let runs = try trials.map { try $0.run(.library) }
    XCTAssertEqual(try runs[0].values(), try runs[1].values())
    for _ in 0..<2 {
      for result in try OperatorSuite(filter: "/oracle/33x17 to 100").run(on: ours).cases where !result.passed
      {
        XCTFail("\(result.name): \(result.message)")
      }
      XCTAssertEqual(try OpenCLDevices.libraryParametersInForce(on: 0), try parameters())
      // What was compiled before the parameters changed.
      for run in runs { XCTAssertGreaterThan(try run.seconds(), 0) }
      XCTAssertNotEqual(try OpenCLDevices.libraryParametersInForce(on: 0), try parameters())
    }
    XCTAssertEqual(notices, [])
  }

  /// A set that CLBlast refuses, and one that its kernel does not compile with.
  func testBadParametersLeaveTheLibraryItsOwn() throws {
    let own = try OpenCLDevices.libraryParametersInForce(on: 0)
    let set = try parameters()
    var values = Dictionary(uniqueKeysWithValues: LibraryParameters.Name.allCases.map { ($0, set[$0]) })
    values[.leftVector] = 3
    let uncompilable = LibraryParameters(unchecked: values)
    values[.leftVector] = nil
    let incomplete = LibraryParameters(unchecked: values)
    for (parameters, reason) in [
      (incomplete, "CLBlastMissingOverrideParameter"), (uncompilable, "CL_BUILD_PROGRAM_FAILURE"),
    ] {
      let notices = try notices(with: parameters)
      XCTAssertEqual(notices.count, 1, "\(notices)")
      XCTAssertTrue(notices[0].contains("CLBlast keeps its own parameters"), notices[0])
      XCTAssertTrue(notices[0].contains(reason), notices[0])
      XCTAssertEqual(try OpenCLDevices.libraryParametersInForce(on: 0), own)
    }
  }

  /// A set with which the kernel does not compile is out, another is measured, and what is found is in force.
  func testTheTunerTriesParameters() throws {
    let own = try OpenCLDevices.libraryParametersInForce(on: 0)
    var notices: [String] = []
    let bench = try ProductBench(0, hasLibrary: true, notice: { notices.append($0) })
    let problem = ProductProblem.matrices(batch: 1, rows: 900, columns: 920, depth: 910)
    let set = try parameters()
    var values = Dictionary(uniqueKeysWithValues: LibraryParameters.Name.allCases.map { ($0, set[$0]) })
    values[.rightVector] = 3
    let found = try XCTUnwrap(
      ProductTuner(bench, problems: [problem, problem], seconds: 1)
        .tuneLibrary(candidates: [LibraryParameters(unchecked: values), own, set]))
    XCTAssertEqual(found.candidates, 2, "its own are no candidate")
    guard case .failed = found.rejections.first else { return XCTFail("\(found.rejections)") }
    XCTAssertGreaterThan(found.ownSeconds, 0)
    if let parameters = found.parameters {
      XCTAssertEqual(parameters, set)
      XCTAssertLessThan(found.seconds, found.ownSeconds)
    } else {
      XCTAssertEqual(found.seconds, found.ownSeconds)
    }
    XCTAssertEqual(try OpenCLDevices.libraryParametersInForce(on: 0), found.parameters ?? own)
    XCTAssertEqual(notices, [])
    let small = ProductProblem.matrices(batch: 1, rows: 32, columns: 32, depth: 32)
    XCTAssertNil(
      try ProductTuner(bench, problems: [small], seconds: 1).tuneLibrary(candidates: [set]),
      "another kernel computes it")
  }

  /// A batch of matrices whose sizes CLBlast's tiles divide, behind others in an arena: CLBlast would read from its beginning.
  func testABatchOfLargeMatrices() throws {
    let bench = try ProductBench(0, hasLibrary: true)
    let convolution = try ConvolutionProblem(parsing: "mb2ic1024ih32oc1024kh1")
    let problems = [ProductProblem.Direction.forward, .backwardData].map {
      ProductProblem.convolution($0, convolution)
    }
    // Whose default is compared with a float64 loop.
    let outcome = try ProductTuner(bench, problems: problems, seconds: 1, candidates: []).run()
    XCTAssertEqual(outcome.products.map(\.defaultMethod), [.library, .library])
    XCTAssertNil(outcome.failure)
  }
}
