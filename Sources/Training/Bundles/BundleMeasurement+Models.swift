import Bundles
import Foundation
import Networks

extension BundleMeasurement {
  /// How each node's activations are compared, given the weights as they are.
  ///
  /// - Parameters:
  ///   - nodes: The images and the measured nodes.
  ///   - state: The weights, and what Adam keeps where it trains them.
  ///   - moments: Of each node's activations, for a relative tolerance.
  /// - Throws: `BundleError` for numbers that make no sense, as weights that are not finite.
  func models(
    of network: Network, nodes: [String], state: ModelState, moments: [ActivationMoments] = []
  ) throws -> [ResolutionModel] {
    switch self.resolution {
    case .exact: return nodes.map { _ in .exact }
    case .tolerance(let width): return try nodes.map { _ in .tolerance(try CellWidths(width)) }
    case .relativeTolerance(let share): return try moments.map { .tolerance(try $0.cells(share: share)) }
    case .reference(let version, let format):
      let statistics = network.parameterStatistics(state.parameters, measuring: nodes)
      return try version.amplitudes(
        of: nodes, parameters: statistics, isFullyConnected: !network.hasConvolutions
      ).map {
        .reference(
          try ReferenceResolution(
            amplitude: $0, learningRate: learningRate, batchSize: trainingBatchSize, format: format))
      }
    case .perWeight(let reader):
      let resolution = WeightResolution(
        learningRate: learningRate, batchSize: trainingBatchSize, reader: reader)
      return try nodes.map { .perWeight(try network.cells(at: $0, resolution, state)) }
    }
  }
}

extension Network {
  var hasConvolutions: Bool {
    nodes.contains { if case .convolution = $0.layer { true } else { false } }
  }

  /// The cells that the readers of a node's channels make: of several, the narrowest.
  fileprivate func cells(
    at name: String, _ resolution: WeightResolution, _ state: ModelState
  ) throws -> CellWidths {
    let shapes = try shapes()
    let channels =
      switch shapes[name] {
      case .maps(let shape): shape.channels
      case .vector(let count): count
      case nil: throw NetworkError.unknownInput(node: self.name, input: name)
      }
    var narrowest = [Float](repeating: .infinity, count: channels)
    for reader in weightedReaders(of: name) {
      guard let outputs = reader.outputs(ofChannels: channels, from: shapes[reader.inputs[0]]) else {
        continue
      }
      let weight = "\(reader.name).weight"
      let cells = try resolution.cellWidths(
        readBy: state.parameters[weight] ?? [], outputs: outputs, channels: channels,
        factor: state.adaptive?.stepFactor(of: weight) ?? .gradientDescent)
      narrowest = zip(narrowest, cells.widths).map(min)
    }
    guard narrowest.allSatisfy(\.isFinite) else {
      throw BundleError.outOfRange(
        parameter: "cell widths at '\(name)'",
        expected: "a convolution or linear layer that reads its channels",
        found: "none; measure other values, or take another resolution")
    }
    return try CellWidths(narrowest)
  }

  /// How large each trainable tensor's values are, and which measured node it comes before.
  fileprivate func parameterStatistics(
    _ parameters: [String: [Float]], measuring measured: [String]
  ) -> [ParameterStatistics] {
    let measured = Set(measured)
    let blocks = residualBlocks()
    let firstActivation = hasConvolutions ? nodes.first { $0.layer == .relu }?.name : nil
    let stemEnd = blocks.first?.source ?? firstActivation
    var parts: [String: ParameterStatistics.Part] = [:]
    var waiting: [String] = []
    for node in nodes {
      waiting.append(node.name)
      let part: ParameterStatistics.Part? =
        node.name == stemEnd ? .stem : measured.contains(node.name) ? .layer(node.name) : nil
      guard let part else { continue }
      for name in waiting { parts[name] = part }
      waiting = []
    }
    // A projection is its block's, though it comes after the branch.
    for block in blocks {
      guard let end = block.branch.last, measured.contains(end) else { continue }
      for name in block.skip { parts[name] = .layer(end) }
    }
    return nodes.flatMap { node in
      ["weight", "bias"].compactMap { suffix in
        parameters["\(node.name).\(suffix)"].map {
          ParameterStatistics(
            name: "\(node.name).\(suffix)", part: parts[node.name] ?? .head,
            isBatchNorm: node.layer == .batchNorm, values: $0)
        }
      }
    }
  }
}

extension AdaptiveMoments {
  /// What Adam multiplies a gradient by, beside η: 1 / (√v̂ + ε), where v̂ = v / (1 − β₂ᵗ).
  ///
  /// nil before the first update: nothing is known of the gradients then.
  fileprivate func stepFactor(of weight: String) -> WeightResolution.StepFactor? {
    guard updates > 0 else { return nil }
    let bias = 1 - pow(Double(beta2), Double(updates))
    return .adam(
      secondMoments: (secondMoments[weight] ?? []).map { Float(Double($0) / bias) }, epsilon: Double(epsilon))
  }
}

extension Node {
  /// The channels that this layer makes of all of so many; nil where it takes a part of them, or others.
  fileprivate func outputs(ofChannels channels: Int, from shape: FeatureShape?) -> Int? {
    switch (layer, shape) {
    case (.convolution(let convolution), .maps(let maps)):
      convolution.groups == 1 && maps.channels == channels ? convolution.outputs : nil
    case (.linear(let linear), .vector(let count)): count.isMultiple(of: channels) ? linear.outputs : nil
    default: nil
    }
  }
}
