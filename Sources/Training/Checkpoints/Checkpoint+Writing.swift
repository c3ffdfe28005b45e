import Foundation
import Interchange
import Networks

extension Checkpoint {
  /// Replaces the file at `path` completely or not at all.
  ///
  /// - Throws: `FileError` if it cannot be written, `CheckpointError` if the state does not fit the network.
  public func write(to path: String) throws {
    try file(named: path).write(to: path)
  }

  /// The file with its checksum.
  private func file(named name: String) throws -> SafeTensorsFile {
    let tensors = try tensors(file: name)
    var metadata = [
      CheckpointKey.format: "pt",
      CheckpointKey.architecture: try Self.json(network),
      CheckpointKey.normalization: try Self.json(normalization),
      CheckpointKey.classes: try Self.json(classes),
    ]
    if let progress { metadata[CheckpointKey.progress] = try Self.json(progress) }
    if progress != nil, let adaptive = state.adaptive {
      metadata[CheckpointKey.optimizer] = try Self.json(AdaptiveRecord(adaptive))
    }
    if let pruning { metadata[CheckpointKey.pruning] = try Self.json(pruning) }
    if let conflicts { metadata[CheckpointKey.conflicts] = try Self.json(conflicts) }
    metadata[CheckpointKey.checksum] = try Self.checksum(tensors: tensors, metadata: metadata)
    return try SafeTensorsFile(tensors: tensors, metadata: metadata)
  }

  private func tensors(file: String) throws -> [SafeTensor] {
    let table = try ParameterTable(network)
    var tensors: [SafeTensor] = []
    func append(_ entry: Parameter, from values: [String: [Float]], as name: String) throws {
      guard let values = values[entry.name], values.count == entry.count else {
        throw CheckpointError(.missingTensor(entry.name, expectedShape: entry.shape), file: file)
      }
      tensors.append(try SafeTensor(name: name, shape: entry.shape, values: values))
    }
    for parameter in table.parameters {
      try append(parameter, from: state.parameters, as: parameter.name)
      guard progress != nil else { continue }
      try append(parameter, from: state.momentum, as: CheckpointKey.momentum(of: parameter.name))
      guard let moments = state.adaptive?.secondMoments else { continue }
      try append(parameter, from: moments, as: CheckpointKey.secondMoment(of: parameter.name))
    }
    for statistic in table.statistics {
      try append(statistic, from: state.statistics, as: statistic.name)
    }
    return tensors
  }

  /// The checksum of the file that has everything but the checksum. As a file's bytes follow from its tensors and
  /// metadata, it covers every name, shape, text and value.
  static func checksum(tensors: [SafeTensor], metadata: [String: String]) throws -> String {
    var checksum = Checksum()
    checksum.update(try SafeTensorsFile(tensors: tensors, metadata: metadata).encoded())
    return checksum.text
  }

  private static func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}
