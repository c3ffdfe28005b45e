import Foundation
import Networks
import SwiftProtobuf

/// What is in an ONNX file.
public struct ONNXSummary: Hashable, Sendable {
  /// Operations of the graph.
  public let nodes: Int
  /// Tensors, those of integers included.
  public let initializers: Int
}

extension ONNXExporter {
  /// Reads an encoded model back and compares it with what it was made from: every operation, and every
  /// tensor bit by bit.
  ///
  /// - Parameters:
  ///   - network: that of the file: if batch norms were folded, the folded one.
  ///   - state: the tensors of that network.
  /// - Throws: ``ONNXExportError/readBack(expected:found:)`` at the first difference, and what
  ///   ``encode(_:state:foldBatchNorm:metadata:)`` throws.
  @discardableResult
  public static func check(
    _ data: Data, holds network: Network, state: ModelState, metadata: [String: String] = [:]
  ) throws -> ONNXSummary {
    let expected = try model(network, state: state, metadata: metadata)
    let found: ONNXModel
    do {
      found = try ONNXModel(serializedBytes: data)
    } catch {
      throw ONNXExportError.readBack(expected: "a protobuf message", found: "none: \(error)")
    }
    if let (expected, found) = found.firstDifference(from: expected) {
      throw ONNXExportError.readBack(expected: expected, found: found)
    }
    return ONNXSummary(nodes: found.graph.operations.count, initializers: found.graph.initializers.count)
  }
}

extension ONNXModel {
  fileprivate func firstDifference(from other: ONNXModel) -> (expected: String, found: String)? {
    let (found, expected) = (graph, other.graph)
    guard found.operations.count == expected.operations.count else {
      return ("\(expected.operations.count) nodes", "\(found.operations.count)")
    }
    guard found.initializers.count == expected.initializers.count else {
      return ("\(expected.initializers.count) initializers", "\(found.initializers.count)")
    }
    for (found, expected) in zip(found.operations, expected.operations) where found != expected {
      return ("\(expected.operatorType) '\(expected.name)'", "another \(found.operatorType) '\(found.name)'")
    }
    for (found, expected) in zip(found.initializers, expected.initializers) where found != expected {
      return ("the tensor '\(expected.name)' of shape \(expected.dimensions)", "another '\(found.name)'")
    }
    guard self == other else { return ("the same header", "another") }
    return nil
  }
}
