import Devices
import XCTest

/// The parameters of CLBlast's kernel: text, validity, candidates, and the choice between sets.
final class LibraryParametersTests: XCTestCase {
  private let text = "xgemm:128x64x16:16x8:16x8:4x2:unroll2:localMN"

  private func limits(items: Int = 1024, localMemoryBytes: Int = 48 << 10) -> ProductTile.Limits {
    ProductTile.Limits(items: items, localMemoryBytes: localMemoryBytes, arithmetic: MatrixArithmetic())
  }

  func testTextAndNumbers() throws {
    let parameters = try LibraryParameters(parsing: text)
    let expected: [LibraryParameters.Name: Int] = [
      .kernel: 0, .registers: 1, .depth: 16, .unrolled: 2, .gatherRows: 16, .itemRows: 16, .rows: 128,
      .gatherColumns: 8, .itemColumns: 8, .columns: 64, .leftIsLocal: 1, .rightIsLocal: 1, .rowsAreStrided: 0,
      .columnsAreStrided: 0, .leftVector: 4, .rightVector: 2,
    ]
    XCTAssertEqual(expected.count, LibraryParameters.Name.allCases.count)
    XCTAssertEqual(parameters, try LibraryParameters(expected))
    XCTAssertEqual(parameters.items, 128)
    XCTAssertEqual(parameters.sums, 64)
    XCTAssertEqual(parameters.localMemoryBytes, 4 * 16 * (128 + 64))
    for text in [
      text, "xgemm:64x64x1:8x8:8x8:4x4:registers4", "xgemm:64x64x32:16x16:16x16:4x4:localN:stridedM",
      "xgemm:32x32x32:8x16:8x16:4x2:unroll2:stridedMN",
    ] {
      XCTAssertEqual("\(try LibraryParameters(parsing: text))", text)
    }
  }

  func testTextsThatAreNone() {
    for text in [
      "", "xgemm", "library", "gemm:64x64x32:16x16:16x16:4x4", "xgemm:64x64:16x16:16x16:4x4",
      "xgemm:64x64x32:16x16:16x16", "xgemm:64x64x32:16x16:16x16:4x4:", "xgemm:64x64x32:16x16:16x16:4x4:local",
      "xgemm:64x64x32:16x16:16x16:4x4:localNM", "xgemm:64x64x32:16x16:16x16:4x4:stridedM:localM",
      "xgemm:64x64x32:16x16:16x16:4x4:unroll", "xgemm:64x64x32:16x16:16x16:4x4:unroll1",
      "xgemm:-64x64x32:16x16:16x16:4x4", "xgemm:+64x64x32:16x16:16x16:4x4", "xgemm:064x64x32:16x16:16x16:4x4",
      "xgemm:64x64x32:16x16:16x16:4x4:registersx", "xgemm:99999999999999999999x64x32:16x16:16x16:4x4",
    ] {
      XCTAssertThrowsError(try LibraryParameters(parsing: text), text) { error in
        XCTAssertEqual(error as? LibraryParametersError, .notUnderstood(text))
      }
    }
  }

  func testSetsThatAreImpossible() {
    let cases: KeyValuePairs = [
      "xgemm:96x64x32:16x16:16x16:4x4": "MWG must be a power of two up to 1024, not 96",
      "xgemm:0x64x32:16x16:16x16:4x4": "MWG must be a power of two",
      "xgemm:64x64x32:16x16:16x16:16x4": "VWM must be a power of two up to 8, not 16",
      "xgemm:64x64x16:16x16:16x16:4x4:unroll32": "KWG of 16 must be a multiple of KWI = 32",
      "xgemm:32x64x16:16x16:16x16:4x4": "MWG of 32 must be a multiple of MDIMC x VWM = 64",
      "xgemm:64x32x16:16x16:16x16:4x4": "NWG of 32 must be a multiple of NDIMC x VWN = 64",
      "xgemm:64x64x16:16x16:32x16:4x4": "MWG of 64 must be a multiple of MDIMA x VWM = 128",
      "xgemm:64x64x16:16x16:16x32:4x4": "NWG of 64 must be a multiple of NDIMB x VWN = 128",
      "xgemm:256x64x16:8x2:64x2:1x1": "16 work-items do not gather 64 words side by side (MDIMA)",
      "xgemm:64x64x8:16x16:16x16:4x4": "KWG of 8 must be a multiple of the 16 lines",
      "xgemm:64x64x2:8x8:8x8:4x4:registers4": "KWG must be 1 for kernel 1, not 2",
      "xgemm:64x64x1:8x8:8x8:4x4:localM:registers4": "SA must be 0 for kernel 1",
      "xgemm:64x64x1:8x8:16x8:4x4:registers4": "MDIMA and NDIMB must be MDIMC and NDIMC",
      "xgemm:128x64x1:8x8:8x8:4x4:registers4": "MWG and NWG must be equal",
      "xgemm:64x64x1:8x8:8x8:4x4:registers2": "KREG of 2 must be a multiple of VWN = 4",
    ]
    for (text, reason) in cases {
      XCTAssertThrowsError(try LibraryParameters(parsing: text), text) { error in
        guard case .impossible(text, _) = error as? LibraryParametersError else {
          return XCTFail("\(text): \(error)")
        }
        XCTAssertTrue("\(error)".contains(reason), "\(error)")
      }
    }
    XCTAssertThrowsError(try LibraryParameters([:]))
  }

  func testCandidatesSuitTheDevice() throws {
    let candidates = Array(LibraryParameters.candidates(for: limits()))
    XCTAssertEqual(Set(candidates).count, candidates.count)
    XCTAssertTrue((30...60).contains(candidates.count), "\(candidates.count)")
    for candidate in candidates {
      XCTAssertEqual(try LibraryParameters(parsing: "\(candidate)"), candidate)
      XCTAssertTrue((16...64).contains(candidate.sums), "\(candidate)")
    }
    // Whoever stops early has seen every way of gathering.
    XCTAssertTrue(candidates.prefix(5).contains { $0[.kernel] == 1 })
    XCTAssertTrue(candidates.prefix(5).contains { $0[.kernel] == 0 && $0.localMemoryBytes == 0 })
    let small = limits(items: 128, localMemoryBytes: 16 << 10)
    let few = Array(LibraryParameters.candidates(for: small))
    XCTAssertFalse(few.isEmpty)
    XCTAssertTrue(few.allSatisfy { $0.items <= 128 && $0.localMemoryBytes <= 16 << 10 })
    XCTAssertLessThan(few.count, candidates.count)
  }

  /// With made-up times: the fastest wins, but only clearly.
  func testTheChoiceBetweenSets() throws {
    let sets = Array(LibraryParameters.candidates(for: limits()).prefix(3))
    var contest = LibraryContest(ownSeconds: 1)
    XCTAssertNil(contest.challenger)
    contest.enter(sets[0], seconds: 0.99)
    XCTAssertNil(contest.challenger, "too close")
    XCTAssertNil(contest.hopelessness(of: 1.4))
    contest.enter(sets[1], seconds: 0.5)
    XCTAssertEqual(contest.challenger, sets[1])
    XCTAssertEqual(contest.hopelessness(of: 1), 2, "beside the best so far")
    contest.enter(sets[2], seconds: 0.5)
    XCTAssertEqual(contest.challenger, sets[1], "of equals the first")
    contest.reject(.slow(times: 3))
    XCTAssertEqual(contest.rejections, [.slow(times: 3)])
    XCTAssertEqual(contest.entrants.count, 3)
    XCTAssertTrue(LibraryContest.holds(challenger: [0.9, 2, 0.9], own: [1, 1, 0.5]))
    XCTAssertFalse(LibraryContest.holds(challenger: [0.99, 0.99, 0.1], own: [1, 1, 1]))
    XCTAssertFalse(LibraryContest.holds(challenger: [], own: [1]))
  }

  /// Where the library computes nothing, there is nothing to find.
  func testNothingIsTriedWithoutTheLibrary() throws {
    try XCTSkipIf(OpenCLDevices.list().isEmpty, "no OpenCL device; install pocl-opencl-icd to run this test")
    let bench = try ProductBench(0, hasLibrary: false)
    let tuner = ProductTuner(
      bench, problems: [.matrices(batch: 1, rows: 4, columns: 4, depth: 4)], seconds: 1)
    XCTAssertNil(try tuner.tuneLibrary())
  }
}
