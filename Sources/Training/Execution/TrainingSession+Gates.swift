import Devices
import Networks

// Gates: those that stay until they are set again, and those that change with every training step.

extension TrainingSession {
  /// Sets every gate of the network: a factor per channel by the name of the gate's node, 1 for those not named.
  /// - Throws: ``DeviceError/sizeMismatch(name:expectedWords:foundWords:)`` for values of another number than the
  ///   node has channels; the gates are then unchanged.
  public func setGates(_ gates: [String: [Float]]) throws {
    let ones = Dictionary(
      uniqueKeysWithValues: table.gates.map { ($0.name, [Float](repeating: 1, count: $0.count)) })
    try buffer(.gates).write(
      flatten(ones.merging(gates) { $1 }, table.gates, count: table.gateCount))
  }

  /// Sets every gate of the network: the channels of all gate nodes in the order of the parameter table.
  /// - Throws: ``DeviceError/sizeMismatch(name:expectedWords:foundWords:)``.
  public func setGates(_ values: [Float]) throws {
    try check(values.count, is: table.gateCount)
    try buffer(.gates).write(values)
  }

  /// Sets the gates of the next training step: `[rows, channels]` per gate node, the nodes in the order of the parameter
  /// table.
  /// - Throws: ``DeviceError/sizeMismatch(name:expectedWords:foundWords:)``.
  public func setStochasticGates(_ values: [Float]) throws {
    try check(values.count, is: (stochasticGates?.rows ?? 0) * table.gateCount)
    try buffer(.stochasticGates).write(values)
  }

  /// The derivatives of the last training step's mean loss by the stochastic gates, in their order; waits for the device.
  public func gateGradients(into values: inout [Float]) throws {
    let buffer = try buffer(.gateGradients)
    if values.count != buffer.count { values = [Float](repeating: 0, count: buffer.count) }
    try values.withUnsafeMutableBufferPointer { try buffer.read(into: $0) }
  }

  /// The loss of each image of the last step, `[batch]`; waits for the device.
  public func losses(into values: inout [Float]) throws {
    if values.count != batchSize { values = [Float](repeating: 0, count: batchSize) }
    try values.withUnsafeMutableBufferPointer { try buffer(.losses).read(into: $0) }
  }

  private func check(_ found: Int, is expected: Int) throws {
    guard found == expected else {
      throw DeviceError.sizeMismatch(name: "gates", expectedWords: expected, foundWords: found)
    }
  }
}
