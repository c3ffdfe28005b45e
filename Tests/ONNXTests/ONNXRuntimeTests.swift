import Foundation
import Interchange
import ModelZoo
import NetworkOracle
import Networks
import ONNX
import XCTest

/// ONNX's own checker and ONNX Runtime accept what we write and compute the same logits. They are Python
/// packages: `ESPALIER_ONNX_PYTHON` names an interpreter that has `onnx`, `onnxruntime` and `numpy`.
final class ONNXRuntimeTests: XCTestCase {
  func testEveryLayer() throws {
    for (seed, network) in try SampleNetworks.all().enumerated() {
      try assertComputesTheSame(network, seed: UInt64(seed), images: 3)
    }
  }

  func testTheZoo() throws {
    for (name, size) in [
      ("resnet20", 32), ("resnet56", 32), ("resnet50:width=0.25", 96), ("vgg16:width=0.25", 32),
    ] {
      let image = ImageShape(channels: 3, height: size, width: size)
      let network = try ModelZoo.network(name, input: image, classes: 10)
      try assertComputesTheSame(network, seed: 1, images: 2)
    }
  }

  private func assertComputesTheSame(_ network: Network, seed: UInt64, images count: Int) throws {
    let python = try python()
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("onnx-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }

    let state = try ModelState.random(for: network, seed: seed)
    let images = OracleTensor.images(count, for: network, seed: seed)
    let logits = try NetworkOracle.logits(network, state, images: images)
    let tensors = try [("images", images), ("logits", logits)].map { name, tensor in
      try SafeTensor(name: name, shape: tensor.shape, values: tensor.values.map { Float($0) })
    }
    let expected = folder.appendingPathComponent("expected.safetensors").path
    try SafeTensorsFile(tensors: tensors).write(to: expected)
    let files = try [false, true].map { foldBatchNorm in
      let url = folder.appendingPathComponent("folded-\(foldBatchNorm).onnx")
      try ONNXExporter.encode(network, state: state, foldBatchNorm: foldBatchNorm).write(to: url)
      return url.path
    }
    try assertSucceeds(python, files + ["--images", expected, "--logits", expected], network.name)
  }

  private func python() throws -> String {
    guard let python = ProcessInfo.processInfo.environment["ESPALIER_ONNX_PYTHON"] else {
      throw XCTSkip("set ESPALIER_ONNX_PYTHON to a Python with onnx, onnxruntime and numpy")
    }
    return python
  }

  private func assertSucceeds(_ python: String, _ arguments: [String], _ name: String) throws {
    let package = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: python)
    process.arguments = [package.appendingPathComponent("tools/peers/check_onnx.py").path] + arguments
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let text = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    XCTAssertEqual(process.terminationStatus, 0, "\(name): \(String(decoding: text, as: UTF8.self))")
  }
}
