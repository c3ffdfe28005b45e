import Networks

/// Which of a file's tensors are which of a network's, by their names.
///
/// Equal names belong together. The rest is compared in a common form, as programs call the same things
/// differently: without `module.` or `_orig_mod.` in front, with `shortcut` for `downsample`, and with one name for the
/// linear layer of a network that has a single one (`fc`, `linear` or `classifier` elsewhere).
struct TensorMatching {
  /// The place in the file of each of the network's tensors that is there.
  private(set) var indices: [String: Int] = [:]
  /// The network's tensors that the file lacks, in the network's order.
  private(set) var missing: [String] = []
  /// The file's tensors that the network lacks, in the file's order.
  private(set) var unexpected: [Int] = []

  private static let linearNames: Set<String> = ["fc", "linear", "classifier"]

  /// - Throws: `ConversionError.Problem.ambiguousNames`, without a file.
  init(_ names: [String], to expected: [String], of network: Network) throws(ConversionError) {
    let known = Set(expected)
    var exact: [String: [Int]] = [:]
    var rest: [Int] = []
    for (index, name) in names.enumerated() {
      if known.contains(name) { exact[name, default: []].append(index) } else { rest.append(index) }
    }
    for (name, places) in exact {
      guard places.count == 1 else { throw Self.ambiguous(name, places.map { names[$0] }) }
      indices[name] = places[0]
    }

    let form = CommonForm(network)
    let byForm = Dictionary(grouping: rest) { form.ofForeign(names[$0]) }
    var taken: Set<Int> = []
    for name in expected where indices[name] == nil {
      let candidates = byForm[form.ofOwn(name)] ?? []
      guard candidates.count <= 1 else { throw Self.ambiguous(name, candidates.map { names[$0] }) }
      guard let candidate = candidates.first else {
        missing.append(name)
        continue
      }
      guard taken.insert(candidate).inserted else { throw Self.ambiguous(name, [names[candidate]]) }
      indices[name] = candidate
    }
    unexpected = rest.filter { !taken.contains($0) }
  }

  private static func ambiguous(_ name: String, _ candidates: [String]) -> ConversionError {
    ConversionError(.ambiguousNames(tensor: name, candidates: candidates))
  }

  /// Names as both sides might have them.
  private struct CommonForm {
    /// The network's linear layer, if it has just one.
    private let linear: String?
    /// What data parallelism and compilation put in front of names.
    private static let wrappers = ["module", "_orig_mod"]

    init(_ network: Network) {
      let layers = network.nodes.filter { node in
        if case .linear = node.layer { true } else { false }
      }
      linear = layers.count == 1 ? layers[0].name : nil
    }

    /// The form of one of the network's names.
    func ofOwn(_ name: String) -> String { form(of: name) { $0 == linear } }

    /// The form of one of the file's names.
    func ofForeign(_ name: String) -> String {
      form(of: name) { linear != nil && TensorMatching.linearNames.contains($0) }
    }

    private func form(of name: String, isLinear: (String) -> Bool) -> String {
      var parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
      while parts.count > 1, Self.wrappers.contains(parts[0]) { parts.removeFirst() }
      let node = parts.dropLast().joined(separator: ".")
      if isLinear(node) { return "linear.\(parts[parts.count - 1])" }
      return parts.map { $0 == "downsample" ? "shortcut" : $0 }.joined(separator: ".")
    }
  }
}
