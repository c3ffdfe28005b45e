import Foundation
import XCTest

/// Weights that others trained and published.
enum PublishedWeights {
  /// ResNet-20 with option A for CIFAR-10, in `ESPALIER_TEST_DATA`, or else in `../shared/data` beside the
  /// package; skips the test without it.
  static func resNet20() throws -> String {
    let package = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let data =
      ProcessInfo.processInfo.environment["ESPALIER_TEST_DATA"]
      ?? package.deletingLastPathComponent().appendingPathComponent("shared/data").path
    let path = "\(data)/resnet-cifar-weights/resnet20-12fca82f.th"
    guard FileManager.default.fileExists(atPath: path) else {
      throw XCTSkip("no \(path); set ESPALIER_TEST_DATA to a folder that has it")
    }
    return path
  }
}
