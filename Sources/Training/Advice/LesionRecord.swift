import Datasets
import Devices
import Foundation
import Interchange
import Networks

/// How a trained network does without some of its blocks, as it stands: batch norm keeps its running statistics.
struct LesionRecord: Codable {
  /// What was asked for.
  let images: Int
  let tolerance: Double
  /// Top-1 of the whole network; nil before it was measured.
  private(set) var baseline: Double?
  /// Top-1 without a block alone; nil for blocks without which the others do not fit together.
  private(set) var alone: [String: Double] = [:]
  private(set) var unfit: [String] = []
  /// The most that were found to be superfluous together, in the order of the network.
  private(set) var together: [String] = []
  private(set) var isComplete = false

  init(images: Int, tolerance: Double) {
    self.images = images
    self.tolerance = tolerance
  }

  func asks(the same: LesionRecord) -> Bool { images == same.images && tolerance == same.tolerance }

  /// The change of top-1 without a block alone; nil where there is none to measure.
  func change(without block: String) -> Double? {
    guard let baseline, let top1 = alone[block] else { return nil }
    return top1 - baseline
  }

  /// Does what was not done yet: every block alone, and then together the least missed first.
  ///
  /// - Parameters:
  ///   - blocks: From the first to the last.
  ///   - progress: Called after every step, with a line about it.
  mutating func measure(
    _ checkpoint: Checkpoint, blocks: [String], images: ImageDataset, on device: any Device, batchSize: Int,
    progress: (LesionRecord, String) throws -> Void
  ) throws {
    /// nil where what is left would need other weights.
    func top1(without names: Set<String>) throws -> Double? {
      guard let network = try? checkpoint.network.withoutBlocks(names) else { return nil }
      let moved = try checkpoint.moved(to: network)
      guard moved.drawn.isEmpty else { return nil }
      return try moved.checkpoint.evaluate(images, on: device, batchSize: batchSize).top1
    }
    let whole = try baseline ?? checkpoint.evaluate(images, on: device, batchSize: batchSize).top1
    baseline = whole
    for name in blocks where alone[name] == nil && !unfit.contains(name) {
      if let found = try top1(without: [name]) {
        alone[name] = found
        try progress(self, "without \(name): top-1 \(found), \(whole) with it")
      } else {
        unfit.append(name)
        try progress(self, "without \(name) the rest does not fit together")
      }
    }
    var removed: Set<String> = []
    // The least harmful first; of equal ones the last.
    let candidates = blocks.enumerated().compactMap { place, name in alone[name].map { (name, $0, place) } }
    for (name, _, _) in candidates.sorted(by: { ($0.1, $0.2) > ($1.1, $1.2) }) {
      guard let found = try top1(without: removed.union([name])), found >= whole - tolerance else { continue }
      removed.insert(name)
    }
    together = blocks.filter(removed.contains)
    isComplete = true
    try progress(self, "\(together.count) blocks can be left out together")
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
