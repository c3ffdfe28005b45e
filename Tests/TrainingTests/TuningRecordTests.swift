import Devices
import Foundation
import Training
import XCTest

final class TuningRecordTests: TrainingTestCase {
  private func device(_ name: String = "a GPU", precision: Precision = .float32) -> DeviceInformation {
    DeviceInformation(
      identifier: "opencl:0/gpu", name: name, vendor: "v", driver: "1.2", kind: .gpu, family: "gpu",
      memoryBytes: 1, precision: precision)
  }

  private func write(_ text: String) throws -> String {
    let path = run("tuning.json").path
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    return path
  }

  private func text(
    version: Int = 1, device: String = "a GPU", method: String = "8x8:2x2x8", kernels: String? = nil,
    library: String? = nil
  ) throws -> String {
    """
    {"version": \(version), "kernels": "\(try kernels ?? TuningRecord(for: self.device()).kernels)",
     "device": {"name": "\(device)", "vendor": "v", "driver": "1.2"}, "precision": "fp32",
     \(library.map { "\"library\": \"\($0)\"," } ?? "")
     "products": {"forward mb1ic2ih3oc4kh3ph1": {"method": "\(method)"}}}
    """
  }

  func testWhatIsRead() throws {
    let record = try TuningRecord(contentsOf: write(text()))
    XCTAssertEqual(try record.tuning.methods, ["forward mb1ic2ih3oc4kh3ph1": "8x8:2x2x8"])
    XCTAssertNil(record.library, "files of before have none")
    XCTAssertNil(try record.tuning.library)
    XCTAssertNil(record.difference(from: device()))
    XCTAssertEqual(
      record.difference(from: device("another")), "on a GPU with driver 1.2, not another with driver 1.2")
    XCTAssertEqual(record.difference(from: device(precision: .bfloat16)), "in fp32, not bf16")
    XCTAssertEqual(
      try TuningRecord(contentsOf: write(text(kernels: "0"))).difference(from: device()),
      "with other kernels")
  }

  func testBadFiles() throws {
    let cases: KeyValuePairs = [
      "": "is no tuning file", "{}": "is missing", "[1]": "is no tuning file",
      try text(version: 2): "version 2 of the tuning file; expected 1",
      #"{"version": 3, "methods": []}"#: "version 3 of the tuning file; expected 1",
      try text(method: "8x8:2x2x9"): "impossible", try text(method: "fast"): "'fast' is no tile",
      try text(method: "winograd:1"): "is no tile of Winograd",
      try text(library: "fast"): "'fast' is no set of CLBlast's parameters",
      try text(library: "xgemm:64x64x8:16x16:16x16:4x4"): "impossible: KWG of 8",
      String(try text().dropLast(20)): "is no tuning file",
    ]
    for (contents, reason) in cases {
      let path = try write(contents)
      XCTAssertThrowsError(try TuningRecord(contentsOf: path), contents) { error in
        XCTAssertTrue(error is TuningRecordError, "\(error)")
        XCTAssertTrue("\(error)".contains(reason), "\(error)")
        XCTAssertTrue("\(error)".contains(path), "\(error)")
      }
    }
  }

  /// A file for another device or of other kernels, or a damaged one, is worth a line and no more.
  func testTheStoreIsForgiving() throws {
    let store = TuningStore(run("store").path)
    var notices: [String] = []
    XCTAssertNil(store.record(for: device()) { notices.append($0) })
    XCTAssertEqual(notices, [])
    try FileManager.default.createDirectory(atPath: store.path, withIntermediateDirectories: true)
    func put(_ text: String) throws {
      try Data(text.utf8).write(to: URL(fileURLWithPath: store.file(for: device())))
    }
    try put(try text())
    XCTAssertNotNil(store.record(for: device()) { notices.append($0) })
    XCTAssertEqual(notices, [])
    for (index, contents) in [try text(kernels: "0"), "damaged"].enumerated() {
      try put(contents)
      XCTAssertNil(store.record(for: device()) { notices.append($0) })
      XCTAssertEqual(notices.count, index + 1)
      XCTAssertTrue(notices[index].contains("the defaults are used"), notices[index])
    }
    XCTAssertNotEqual(store.file(for: device()), store.file(for: device(precision: .bfloat16)))
    XCTAssertTrue(store.file(for: device("A/../GPU #1")).hasSuffix("/a-..-gpu-1-1.2-fp32.json"))
  }

  /// The library's parameters are read as they were written, stay while nobody looks at them, and give way to others.
  func testTheLibrarysParametersAreKept() throws {
    let store = TuningStore(run("store").path)
    let parameters = "xgemm:64x64x32:16x16:16x16:4x4:unroll2:localMN"
    func stored() throws -> String? {
      let record = try XCTUnwrap(store.record(for: device()) { XCTFail($0) })
      XCTAssertEqual(try record.tuning.library, record.library)
      return record.library
    }
    func found(_ text: String?) throws -> TunedLibrary {
      TunedLibrary(
        parameters: try text.map { try LibraryParameters(parsing: $0) }, seconds: 1, ownSeconds: 2,
        candidates: 3,
        rejections: [])
    }
    XCTAssertEqual(
      try store.add([:], library: found(parameters), of: device()), store.file(for: device()))
    XCTAssertEqual(try stored(), parameters)
    _ = try store.add([:], library: nil, of: device())
    XCTAssertEqual(try stored(), parameters)
    _ = try store.add([:], library: found(nil), of: device())
    XCTAssertNil(try stored())
    XCTAssertEqual(
      try TuningRecord(contentsOf: write(text(library: parameters))).tuning.library, parameters)
  }

  /// Without a GPU a run's file says that there was nothing to choose.
  func testARunOnTheFallbackSaysSo() throws {
    let folder = run("a")
    _ = try makeTrainer(in: folder).train()
    let record = try TuningRecord(contentsOf: folder.tuning)
    XCTAssertEqual(record.products, [:])
    XCTAssertNil(record.library)
    XCTAssertEqual(record.precision, "fp32")
  }
}
