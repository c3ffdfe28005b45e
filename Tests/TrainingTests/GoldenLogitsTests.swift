import Datasets
import Devices
import Interchange
import ModelZoo
import Networks
import Training
import XCTest

/// The logits of a published ResNet-20 for two images, which PyTorch computed in float64.
final class GoldenLogitsTests: XCTestCase {
  private static let golden: [[Float]] = [
    [3.27605, -2.31893, 0.41907, 4.52022, -1.33856, 0.64485, 0.33489, -1.72883, 0.16667, -4.00550],
    [2.56005, -1.14959, 1.39578, 1.40856, -1.16004, -1.72278, 0.04635, -1.06024, 1.16517, -1.49648],
  ]

  func testFallbackAVX512() throws {
    try XCTSkipUnless(InstructionSet.avx512.isAvailable, "this processor has no AVX-512")
    try check(.cpu(.avx512))
  }

  func testFallbackAVX2() throws {
    try XCTSkipUnless(InstructionSet.avx2.isAvailable, "this processor has no AVX2")
    try check(.cpu(.avx2))
  }

  func testFallbackBaseline() throws { try check(.cpu(.baseline)) }

  func testOpenCLWithTheCPUFamily() throws {
    try requireOpenCL()
    try check(.openCL(index: nil, family: .cpu))
  }

  func testOpenCLWithTheGPUFamily() throws {
    try requireOpenCL()
    try check(.openCL(index: nil, family: .gpu))
  }

  private func check(_ request: DeviceRequest) throws {
    let path = try PublishedWeights.resNet20()
    let target = try ConversionTarget(
      model: "resnet20", input: ImageShape(channels: 3, height: 32, width: 32), labels: ClassLabels(.cifar10),
      normalization: .imageNet)
    let checkpoint = try Conversion(of: PyTorchFile(path: path).tensors, source: path, to: target).checkpoint
    let session = try TrainingSession(
      evaluating: checkpoint.network, device: try DeviceCatalog.open(request, threads: 2).device, batchSize: 2
    )
    try session.load(checkpoint.state)
    let images = Self.images(checkpoint.normalization)
    try images.withUnsafeBufferPointer { images in
      try [Int32](repeating: 0, count: 2).withUnsafeBufferPointer { labels in
        try session.evaluationStep(images: images, labels: labels)
      }
    }
    let logits = try session.logits()
    let golden = Self.golden.flatMap { $0 }
    XCTAssertEqual(logits.count, golden.count)
    for (index, (found, expected)) in zip(logits, golden).enumerated() {
      XCTAssertEqual(found, expected, accuracy: 1e-4, "image \(index / 10), class \(index % 10)")
    }
  }

  /// Zeros, and bytes that count up from pixel to pixel, normalised.
  private static func images(_ normalization: Normalization) -> [Float] {
    let ramp = (0..<3 * 1024).map { index -> Float in
      let pixel = Float(index % 256) / 255
      return (pixel - normalization.mean[index / 1024]) / normalization.standardDeviation[index / 1024]
    }
    return [Float](repeating: 0, count: ramp.count) + ramp
  }
}
