import Bundles
import Datasets
import Devices
import Networks
import ReceptiveFields

extension Advisor {
  /// What the methods found in one network.
  struct Findings {
    var fields: FieldAnalysis
    var pruning: AdviceReport.Outcome?
    var blocks: [AdviceReport.Block]
    var proposals: [Proposed]
  }

  /// What a method would make of the network; nil for nothing.
  struct Proposed {
    var method: AdviceMethod
    var summary: String
    var network: Network?

    init(_ method: AdviceMethod, _ network: Network?, _ summary: String) {
      (self.method, self.network, self.summary) = (
        method, network, network == nil ? "nothing: \(summary)" : summary
      )
    }
  }

  func findings(_ dense: FinishedRun) throws -> Findings {
    let network = dense.network
    let fields = try FieldAnalysis(network)
    let bundles = try bundles(dense)
    let lesions = try lesions(dense)
    let (gates, pruning) = try pruningProposal()
    var proposals = [
      proposal(of: fields), try proposal(of: bundles, network), gates, try proposal(of: lesions, network),
    ]
    let cost = try Costs(network)
    var blocks = try network.advisedBlocks().map { block in
      let layer = bundles.layers.first { $0.name == block.end }
      return AdviceReport.Block(
        name: block.name, multiplyAccumulates: cost.of(block.nodes), fields: fields.summary(of: block.nodes),
        entropyAboveInput: layer?.entropyAboveInput,
        verdict: layer.map(bundles.verdict) ?? .unknown,
        lesion: lesions.change(without: block.name), removed: [:])
    }
    for proposal in proposals {
      let left = try proposal.network.map(Costs.init) ?? cost
      for (place, block) in try network.advisedBlocks().enumerated() {
        let before = max(1, blocks[place].multiplyAccumulates)
        blocks[place].removed[proposal.method] = 1 - Double(left.of(block.nodes)) / Double(before)
      }
    }
    proposals.append(try agreement(blocks, network))
    return Findings(fields: fields, pruning: pruning, blocks: blocks, proposals: proposals)
  }

  // MARK: - The methods

  private func proposal(of fields: FieldAnalysis) -> Proposed {
    do {
      let redesign = try fields.applying(.cut)
      guard !redesign.changes.isEmpty else {
        return Proposed(.receptiveFields, nil, "no layer lies behind a border")
      }
      return Proposed(.receptiveFields, redesign.network, redesign.changes.joined(separator: "; "))
    } catch {
      return Proposed(.receptiveFields, nil, "\(error)")
    }
  }

  /// As measured after the first epoch.
  private func bundles(_ dense: FinishedRun) throws -> BundleReport {
    let log = try EpochLog<BundleEpoch>(
      table: dense.folder.bundlesTable, lines: dense.folder.bundlesLines, keepingEpochs: 2)
    guard let measured = log.rows.first(where: { $0.epoch == 1 }) else {
      throw MetricsLogError(file: dense.folder.bundlesLines, line: 2)
    }
    return measured.report
  }

  /// A network without gates, or one that does not survive, is an answer too.
  private func pruningProposal() throws -> (Proposed, AdviceReport.Outcome?) {
    do {
      let run = try prunedRun()
      let share = configuration.targetMacs
      return (
        Proposed(.gates, run.network, "what a pruning to \(share) of the multiply-accumulates left"),
        run.outcome
      )
    } catch let error as PruningError {
      return (Proposed(.gates, nil, "\(error)"), nil)
    } catch ConfigurationError.conflict(let reason) {
      // What can be wrong with the settings was looked at before the first training: there is nothing to prune.
      return (Proposed(.gates, nil, reason), nil)
    }
  }

  private func proposal(of bundles: BundleReport, _ network: Network) throws -> Proposed {
    guard try !network.removableBlocks().isEmpty else {
      return Proposed(.bundles, nil, "there are no blocks")
    }
    var remover = try ConflictRemover(
      .init(), network: network, saved: nil, epochs: ConflictRemovalConfiguration().checkEpochs,
      measuresEvery: 1)
    let smaller = try remover.decide(bundles, network: network, epoch: 1)
    let removed = remover.progress.checks.last?.removed ?? []
    let conflicts = bundles.layers.filter { bundles.verdict(on: $0) == .conflicting }.count
    guard let smaller, !removed.isEmpty else {
      return Proposed(
        .bundles, nil,
        conflicts == 0 ? "no block mixes classes" : "\(conflicts) blocks mix classes, but have to stay")
    }
    return Proposed(.bundles, smaller, "blocks that mix classes: \(removed.joined(separator: ", "))")
  }

  private func lesions(_ dense: FinishedRun) throws -> LesionRecord {
    let saved = dense.configuration
    let data = try TrainingData(saved)
    let images = data.validation ?? data.training
    let chosen = try images.limited(to: min(configuration.lesionImages, images.count))
    var record = LesionRecord(images: chosen.count, tolerance: configuration.lesionTolerance)
    if let saved = LesionRecord(file: path("lesions.json")), saved.asks(the: record) { record = saved }
    guard !record.isComplete else { return record }
    let blocks = try dense.network.advisedBlocks().map(\.name)
    notify("lesions: \(blocks.count) blocks on \(chosen.count) images")
    let device = try DeviceCatalog.open(
      DeviceRequest(parsing: saved.device), precision: saved.precision, threads: saved.threads,
      memoryLimitBytes: resources.memoryLimitBytes)
    try record.measure(
      Checkpoint(path: dense.folder.checkpoint(.last)), blocks: blocks, images: chosen, on: device.device,
      batchSize: saved.batchSize
    ) { record, text in
      try record.write(to: path("lesions.json"))
      notify(text)
    }
    return record
  }

  private func proposal(of lesions: LesionRecord, _ network: Network) throws -> Proposed {
    guard !lesions.together.isEmpty else {
      let reason =
        lesions.alone.isEmpty
        ? "there is no block that could be left out"
        : "every block is missed by more than \(configuration.lesionTolerance)"
      return Proposed(.lesions, nil, reason)
    }
    return Proposed(
      .lesions, try network.withoutBlocks(Set(lesions.together)),
      "blocks that the trained network can do without: \(lesions.together.joined(separator: ", "))")
  }

  private func agreement(_ blocks: [AdviceReport.Block], _ network: Network) throws -> Proposed {
    let agreed = blocks.filter { $0.agreement.count >= 2 }.map(\.name)
    let removed = try network.removable(agreed, guardingMacs: true)
    guard !removed.isEmpty else {
      return Proposed(
        .agreement, nil,
        agreed.isEmpty
          ? "no two methods remove the same block"
          : "without \(agreed.joined(separator: ", ")) the rest does not fit")
    }
    return Proposed(
      .agreement, try network.withoutBlocks(Set(removed)),
      "blocks that two methods or more remove: \(removed.joined(separator: ", "))")
  }
}

/// Multiply-accumulates by node.
private struct Costs {
  private let byNode: [String: Int]

  init(_ network: Network) throws {
    byNode = Dictionary(
      try NetworkSummary(network).rows.map { ($0.name, $0.operations) },
      uniquingKeysWith: { first, _ in first })
  }

  /// Nodes that there are not cost nothing.
  func of(_ nodes: [String]) -> Int { nodes.reduce(0) { $0 + (byNode[$1] ?? 0) } }
}

/// A block that methods have an opinion about.
private struct AdvisedBlockNodes {
  let name: String
  /// The branch, or all of a chain's block.
  let nodes: [String]
  /// Where its values are looked at.
  let end: String
}

extension Network {
  /// The residual blocks, or those of a chain.
  fileprivate func advisedBlocks() throws -> [AdvisedBlockNodes] {
    let nodes = Dictionary(
      chainBlocks().map { ($0.name, $0.nodes) } + residualBlocks().map { ($0.name, $0.branch) },
      uniquingKeysWith: { first, _ in first })
    return try removableBlocks().map {
      AdvisedBlockNodes(name: $0.name, nodes: nodes[$0.name] ?? [], end: $0.branchEnd)
    }
  }
}

extension FieldAnalysis {
  /// Of the spatial convolutions among some nodes; nil without any.
  fileprivate func summary(of nodes: [String]) -> AdviceReport.Fields? {
    let names = Set(nodes)
    let found = spatialLayers.filter { names.contains($0.name) }
    let shortest = found.compactMap(\.shortest)
    guard let low = shortest.min(), let high = shortest.max() else { return nil }
    let longest = found.map { $0.field?.longestSide }
    return AdviceReport.Fields(
      shortest: low...high, longest: longest.contains(nil) ? nil : longest.compactMap(\.self).max(),
      convolutions: found.count, unproductive: found.filter { $0.verdict == .unproductive }.count,
      critical: found.filter { $0.verdict == .critical }.count)
  }
}
