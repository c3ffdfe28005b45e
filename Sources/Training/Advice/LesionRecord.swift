import Datasets
import Devices
import Foundation
import Interchange
import Networks

/// How a trained network does without some of its blocks, as it stands.
struct LesionRecord: Codable {
  /// What was asked for.
  var images: Int
  var tolerance: Double
  var baseline: Double
  /// Top-1 without a block alone; blocks without which the others do not fit together are missing.
  var alone: [String: Double]
  /// The most that were found to be superfluous together.
  var together: [String]
  var topWithoutThem: Double

  /// - Parameters:
  ///   - blocks: From the first to the last.
  ///   - tolerance: The top-1 that leaving blocks out together may cost at most.
  ///   - progress: Called after every block.
  init(
    _ checkpoint: Checkpoint, blocks: [String], images: ImageDataset, tolerance: Double,
    on device: any Device,
    batchSize: Int, progress: (String) -> Void
  ) throws {
    /// nil where what is left would need other weights.
    func top1(without names: Set<String>) throws -> Double? {
      guard let network = try? checkpoint.network.withoutBlocks(names) else { return nil }
      let moved = try checkpoint.moved(to: network)
      guard moved.drawn.isEmpty else { return nil }
      return try moved.checkpoint.evaluate(images, on: device, batchSize: batchSize).top1
    }
    (self.images, self.tolerance) = (images.count, tolerance)
    baseline = try checkpoint.evaluate(images, on: device, batchSize: batchSize).top1
    alone = [:]
    for name in blocks {
      alone[name] = try top1(without: [name])
      progress("without \(name): \(alone[name].map { "top-1 \($0)" } ?? "the rest does not fit together")")
    }
    (together, topWithoutThem) = ([], baseline)
    // The least harmful first; of equal ones the last.
    let candidates = blocks.enumerated().compactMap { place, name in alone[name].map { (name, $0, place) } }
    for (name, _, _) in candidates.sorted(by: { ($0.1, $0.2) > ($1.1, $1.2) }) {
      guard let found = try top1(without: Set(together + [name])), found >= baseline - tolerance else {
        continue
      }
      together.append(name)
      topWithoutThem = found
    }
    let found = Set(together)
    together = blocks.filter(found.contains)
  }

  /// What an earlier advisor wrote; nil where there is nothing of use.
  init?(file: String) {
    guard let data = try? WholeFile.read(file),
      let record = try? JSONDecoder().decode(LesionRecord.self, from: data)
    else { return nil }
    self = record
  }

  func write(to file: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
    try AtomicFile.write(encoder.encode(self), to: file)
  }
}
