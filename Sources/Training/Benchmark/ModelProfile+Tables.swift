import Devices
import Interchange

extension ModelProfile {
  /// All launches of one kernel in a step.
  public struct KernelTime: Hashable, Sendable {
    public let kernel: String
    public let count: Int
    public let seconds: Double
  }

  /// All launches of one operation at one node of the network.
  public struct NodeTime: Hashable, Sendable {
    /// The node whose result, or whose result's gradient, the operation deals with; else what it works on.
    public let node: String
    /// Such as `convolutionBackwardWeights`.
    public let operation: String
    /// The problem of a convolution.
    public let convolution: ConvolutionProblem?
    public let seconds: Double

    /// Billions of the direct convolution's operations per second; nil where the operation is none.
    public var gflops: Double? { convolution.map { $0.flops / seconds / 1e9 } }
  }

  /// The longest first.
  public var kernels: [KernelTime] {
    let groups = Dictionary(grouping: launches, by: \.kernel)
    return groups.map { kernel, launches in
      KernelTime(kernel: kernel, count: launches.count, seconds: launches.reduce(0) { $0 + $1.seconds })
    }.sorted { ($1.seconds, $0.kernel) < ($0.seconds, $1.kernel) }
  }

  /// In the order of the step.
  public var nodes: [NodeTime] {
    var order: [LaunchPurpose?] = []
    var seconds: [LaunchPurpose?: Double] = [:]
    for launch in launches {
      if seconds[launch.purpose] == nil { order.append(launch.purpose) }
      seconds[launch.purpose, default: 0] += launch.seconds
    }
    return order.map { purpose in
      NodeTime(
        node: purpose?.node ?? "", operation: purpose?.operation ?? "", convolution: purpose?.convolution,
        seconds: seconds[purpose] ?? 0)
    }
  }

  public var json: JSONValue {
    let total = seconds
    return [
      "model": .string(model), "pass": .string(pass.rawValue), "batchSize": .integer(batchSize),
      "device": .string(device), "precision": .string(precision.rawValue),
      "milliseconds": .number(total * 1000), "launches": .integer(launches.count),
      "kernels": .array(
        kernels.map { row in
          [
            "kernel": .string(row.kernel), "count": .integer(row.count),
            "milliseconds": .number(row.seconds * 1000), "share": .number(row.seconds / total),
          ]
        }),
      "nodes": .array(
        nodes.map { row in
          [
            "node": .string(row.node), "operation": .string(row.operation),
            "problem": row.convolution.map { "\($0)" } ?? .null, "milliseconds": .number(row.seconds * 1000),
            "share": .number(row.seconds / total), "gflops": row.gflops.map { .number($0) } ?? .null,
          ]
        }),
    ]
  }
}

extension LaunchPurpose {
  /// The node that the tensor belongs to: a plan names a node's gradient and its batch mean after it.
  var node: String {
    for suffix in [".gradient", ".mean"] where tensor.hasSuffix(suffix) {
      return String(tensor.dropLast(suffix.count))
    }
    return tensor
  }
}
