import Datasets
import Foundation
import XCTest

/// The official plans as data.
final class FetchingPlanTests: DatasetTestCase {
  func testOfficialPlansAreWellFormed() throws {
    XCTAssertEqual(DownloadPlan.official.map(\.name), ["mnist", "fashion-mnist", "cifar10", "cifar100"])
    for plan in DownloadPlan.official {
      XCTAssertEqual(try DataSource(parsing: "\(plan.name)=x").name, plan.name)
      XCTAssertFalse(plan.files.isEmpty)
      for file in plan.files {
        XCTAssertGreaterThan(file.byteCount, 0)
        let digests = [file.digest] + (file.unpacked?.members ?? []).compactMap(\.digest)
        for digest in digests {
          XCTAssertEqual(digest.hexadecimal.count, digest.algorithm.digitCount, "\(file.name)")
          XCTAssertTrue(digest.hexadecimal.allSatisfy { "0123456789abcdef".contains($0) }, "\(file.name)")
        }
        XCTAssertFalse(file.addresses.isEmpty)
        for address in file.addresses {
          let url = try XCTUnwrap(URL(string: address))
          XCTAssertTrue(["http", "https"].contains(url.scheme), address)
          XCTAssertNotNil(url.host)
          XCTAssertEqual(url.lastPathComponent, file.name)
        }
        XCTAssertEqual(file.name.hasSuffix(".tar.gz"), file.unpacked != nil)
      }
    }
  }

  func testEveryPlanHasTheFilesThatTheReaderLooksFor() throws {
    for plan in DownloadPlan.official {
      for file in plan.files {
        let names = file.unpacked.map { folder in folder.members.map { "\(folder.name)/\($0.name)" } }
        for name in names ?? [file.name] { try write([], to: "\(plan.name)/\(name)") }
      }
      for split in Split.allCases {
        XCTAssertThrowsError(
          try DataSource(parsing: "\(plan.name)=\(directory)/\(plan.name)").load(split: split)
        ) { error in
          // The empty files were found.
          guard case .malformed = error as? DatasetError else { return XCTFail("\(error)") }
        }
      }
    }
  }

  func testAMirrorReplacesTheAddresses() throws {
    for mirror in ["https://example.org/data", "https://example.org/data/"] {
      let plan = try DownloadPlan(named: "mnist").from(mirror: mirror)
      XCTAssertEqual(plan.files[0].addresses, ["https://example.org/data/train-images-idx3-ubyte.gz"])
      XCTAssertEqual(plan.files.map(\.digest), try DownloadPlan(named: "mnist").files.map(\.digest))
    }
    for mirror in ["", "example.org", "/data", "gopher://example.org/", "https://exa mple.org/"] {
      let expected = "the address of a folder that starts with https://, http://, ftp:// or file://"
      assertThrows(.notUnderstood(text: mirror, expected: expected)) {
        try DownloadPlan(named: "mnist").from(mirror: mirror)
      }
    }
  }

  func testSaysWhatWasMeant() {
    assertThrows(
      .notUnderstood(
        text: "cifar-10",
        expected: "one of mnist, fashion-mnist, cifar10, cifar100; did you mean cifar10?")
    ) { try DownloadPlan(named: "cifar-10") }
  }
}
