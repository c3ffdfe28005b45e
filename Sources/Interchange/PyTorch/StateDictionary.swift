/// The weights of a model by name, somewhere in the object of a PyTorch file.
struct StateDictionary {
  /// In the order of the file; without the prefix that parallel training puts before every name.
  private(set) var tensors: [(name: String, reference: TensorReference)] = []

  /// Under which keys training scripts keep the weights, the likeliest first.
  static let containerKeys = ["state_dict", "model_state_dict", "model", "net"]
  /// How many dictionaries are searched, each within the one before.
  private static let maximumDepth = 4
  private static let parallelPrefix = "module."

  /// Finds the weights: the dictionary itself, or the one that it has under one of ``containerKeys``, and so
  /// on.
  ///
  /// - Throws: `PyTorchFileError` if there are none, or something else among them. Numbers are no tensors,
  ///   but allowed.
  init(in contents: PyTorchContents) throws(PyTorchFileError) {
    let graph = contents.graph
    for entry in graph.entries(of: try Self.find(contents.root, graph)) {
      switch (entry.key, entry.value) {
      case (.text(let name), .tensor(let index)): tensors.append((name, graph.tensors[index]))
      case (.text, .integer), (.text, .real), (.text, .boolean): continue
      case (.text(let name), let value):
        throw PyTorchFileError(.notATensor(name: name, found: value.kind))
      case (let key, _): throw PyTorchFileError(.notATensor(name: "", found: "\(key.kind) as a key"))
      }
    }
    try checkNames()
    stripParallelPrefix()
  }

  private static func find(_ root: PickleValue, _ graph: PickleGraph) throws(PyTorchFileError) -> Int {
    guard case .dictionary(var dictionary) = root else {
      throw PyTorchFileError(.noStateDictionary(found: root.kind))
    }
    for _ in 0..<maximumDepth {
      let inner = containerKeys.lazy.compactMap { key -> Int? in
        if case .dictionary(let index) = graph.value(of: key, in: dictionary) { index } else { nil }
      }.first
      guard let inner else {
        let hasTensors = graph.entries(of: dictionary).contains { entry in
          if case .tensor = entry.value { true } else { false }
        }
        if hasTensors { return dictionary }
        throw PyTorchFileError(.noStateDictionary(found: "a dictionary without tensors"))
      }
      dictionary = inner
    }
    throw PyTorchFileError(
      .noStateDictionary(found: "more than \(maximumDepth) dictionaries within each other"))
  }

  private func checkNames() throws(PyTorchFileError) {
    var names: Set<String> = []
    for tensor in tensors {
      guard names.insert(tensor.name).inserted else { throw PyTorchFileError(.duplicateName(tensor.name)) }
    }
  }

  private mutating func stripParallelPrefix() {
    guard tensors.allSatisfy({ $0.name.hasPrefix(Self.parallelPrefix) }) else { return }
    tensors = tensors.map { (String($0.name.dropFirst(Self.parallelPrefix.count)), $0.reference) }
  }
}
