import Datasets
import Foundation
import Interchange
import Networks

extension Checkpoint {
  /// Reads the file at `path`. Its tensors must be exactly those of its network.
  ///
  /// - Throws: `FileError` if it cannot be read, `SafeTensorsError` or `CheckpointError` if it is no checkpoint, or
  ///   truncated, or changed.
  public init(path: String) throws {
    if try PyTorchFile.recognizes(path: path) { throw CheckpointError(.fileOfPyTorch, file: path) }
    try self.init(SafeTensorsFile(path: path), source: path)
  }

  /// Reads a checkpoint from memory.
  ///
  /// - Parameter source: what messages call the file.
  /// - Throws: `SafeTensorsError` or `CheckpointError`.
  public init(parsing data: Data, source: String) throws {
    try self.init(SafeTensorsFile(parsing: data, source: source), source: source)
  }

  private init(_ file: SafeTensorsFile, source: String) throws {
    let reader = CheckpointReader(file: file, path: source)
    try reader.checkChecksum()
    let network = try reader.decode(Network.self, CheckpointKey.architecture)
    let progress = try reader.decodeIfPresent(TrainingProgress.self, CheckpointKey.progress)
    let normalization = try reader.decode(Normalization.self, CheckpointKey.normalization)
    try reader.expect(
      network.input.channels, "means, one per channel", normalization.mean.count, CheckpointKey.normalization)
    let classes = try reader.decode([String].self, CheckpointKey.classes)
    try reader.expect(network.classes, "names, one per class", classes.count, CheckpointKey.classes)
    self.init(
      network: network, normalization: normalization, classes: classes,
      state: try reader.state(
        of: network, hasMomentum: progress != nil, adaptive: try reader.adaptiveRecord(progress)),
      progress: progress,
      pruning: try reader.decodeIfPresent(PruningProgress.self, CheckpointKey.pruning),
      conflicts: try reader.decodeIfPresent(ConflictRemovalProgress.self, CheckpointKey.conflicts))
  }
}

/// Takes a checkpoint's file apart.
private struct CheckpointReader {
  let file: SafeTensorsFile
  let path: String

  func checkChecksum() throws {
    // The architecture comes first: whoever gives a foreign file should not read of damage.
    _ = try text(CheckpointKey.architecture)
    let expected = try text(CheckpointKey.checksum)
    let metadata = file.metadata.filter { $0.key != CheckpointKey.checksum }
    let found = try Checkpoint.checksum(tensors: file.tensors, metadata: metadata)
    guard expected == found else {
      throw CheckpointError(.corrupted(expectedChecksum: expected, foundChecksum: found), file: path)
    }
  }

  func decode<Value: Decodable>(_ type: Value.Type, _ key: String) throws -> Value {
    let text = try text(key)
    do {
      return try JSONDecoder().decode(type, from: Data(text.utf8))
    } catch {
      throw CheckpointError(.malformedMetadata(key: key, reason: "\(error)"), file: path)
    }
  }

  /// Throws unless the text of `key` has as many parts as the network asks for.
  func expect(_ expected: Int, _ what: String, _ found: Int, _ key: String) throws {
    guard expected == found else {
      throw CheckpointError(
        .malformedMetadata(key: key, reason: "expected \(expected) \(what), found \(found)"), file: path)
    }
  }

  func decodeIfPresent<Value: Decodable>(_ type: Value.Type, _ key: String) throws -> Value? {
    file.metadata[key] == nil ? nil : try decode(type, key)
  }

  /// What there is to know of second moments; nil where there are none.
  func adaptiveRecord(_ progress: TrainingProgress?) throws -> AdaptiveRecord? {
    guard let record = try decodeIfPresent(AdaptiveRecord.self, CheckpointKey.optimizer) else { return nil }
    let fault = progress == nil ? "found second moments without a training to go on with" : record.fault
    if let fault {
      throw CheckpointError(.malformedMetadata(key: CheckpointKey.optimizer, reason: fault), file: path)
    }
    return record
  }

  func state(
    of network: Network, hasMomentum: Bool, adaptive: AdaptiveRecord?
  ) throws -> ModelState {
    let table: ParameterTable
    do {
      table = try ParameterTable(network)
    } catch {
      throw CheckpointError(
        .malformedMetadata(key: CheckpointKey.architecture, reason: "\(error)"), file: path)
    }
    let names =
      (table.parameters + table.statistics).map(\.name)
      + (hasMomentum ? table.parameters.map { CheckpointKey.momentum(of: $0.name) } : [])
      + (adaptive == nil ? [] : table.parameters.map { CheckpointKey.secondMoment(of: $0.name) })
    let known = Set(names)
    if let extra = file.tensors.first(where: { !known.contains($0.name) }) {
      throw CheckpointError(.unexpectedTensor(extra.name), file: path)
    }
    var state = ModelState(
      parameters: try values(table.parameters) { $0 }, statistics: try values(table.statistics) { $0 })
    if hasMomentum { state.momentum = try values(table.parameters, name: CheckpointKey.momentum) }
    if let adaptive {
      state.adaptive = AdaptiveMoments(
        secondMoments: try secondMoments(table.parameters), updates: adaptive.updates, beta2: adaptive.beta2,
        epsilon: adaptive.epsilon)
    }
    return state
  }

  private func secondMoments(_ entries: [Parameter]) throws -> [String: [Float]] {
    let moments = try values(entries, name: CheckpointKey.secondMoment)
    for entry in entries {
      guard let wrong = moments[entry.name]?.first(where: { !($0 >= 0 && $0.isFinite) }) else { continue }
      throw CheckpointError(
        .wrongValue(
          tensor: CheckpointKey.secondMoment(of: entry.name), expected: "finite numbers from 0",
          found: "\(wrong)"), file: path)
    }
    return moments
  }

  private func values(
    _ entries: [Parameter], name: (String) -> String
  ) throws -> [String: [Float]] {
    var result: [String: [Float]] = [:]
    for entry in entries {
      let name = name(entry.name)
      guard let tensor = file[name] else {
        throw CheckpointError(.missingTensor(name, expectedShape: entry.shape), file: path)
      }
      guard tensor.shape == entry.shape else {
        throw CheckpointError(
          .wrongShape(tensor: name, expected: entry.shape, found: tensor.shape), file: path)
      }
      guard tensor.dtype == .f32 else {
        throw CheckpointError(.wrongType(tensor: name, found: tensor.dtype.rawValue), file: path)
      }
      result[entry.name] = try tensor.values()
    }
    return result
  }

  private func text(_ key: String) throws -> String {
    guard let text = file.metadata[key] else {
      throw CheckpointError(.notACheckpoint(missingKey: key), file: path)
    }
    return text
  }
}
