import Devices
import Networks

/// Which nodes' values are hashed, and where.
struct Hashing {
  enum Place: Hashable {
    /// Where the values are: 16 bytes of each image are left per node.
    case device(ActivationHashProblem.Resolution)
    /// The values themselves are left for the host.
    case host
  }

  let nodes: [String]
  let place: Place
  /// Where each node comes in the list.
  let positions: [String: Int]

  static let none = Hashing(nodes: [], place: .host)

  init(nodes: [String], place: Place) {
    self.nodes = nodes
    self.place = place
    positions = Dictionary(nodes.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
  }
}

extension BufferName {
  static let hashKeys: BufferName = "hash keys"
  static let hashScales: BufferName = "hash scales"
}

extension Plan {
  /// Leaves what is wanted of a node's value right after it was made: no feature map lives any longer for it.
  ///
  /// - Returns: whether anything is.
  mutating func hash(_ name: String) throws -> Bool {
    guard let position = hashing.positions[name] else { return false }
    let offsets = try hashOffsets()
    let (offset, end) = (offsets[position], offsets[position + 1])
    let keys = schedule.external(
      .hashKeys, "keys of \(name)", offset: offset.keys, count: end.keys - offset.keys)
    switch hashing.place {
    case .host: schedule.append(.exportActivation(from: try maps(name), to: keys))
    case .device(let resolution):
      let problem = ActivationHashProblem(shape: try activationShape(name), resolution: resolution)
      let input = try maps(name)
      let scales =
        problem.scaleCount == 0
        ? nil
        : schedule.external(
          .hashScales, "scales of \(name)", offset: offset.scales, count: problem.scaleCount)
      schedule.append(.activationHash(problem, input: input, scales: scales, keys: keys))
    }
    return true
  }

  /// Where the words of each node begin in the buffers of keys and scales, and where they all end.
  func hashOffsets() throws -> [(keys: Int, scales: Int)] {
    try hashing.nodes.reduce(into: [(0, 0)]) { offsets, name in
      let shape = try activationShape(name)
      let (keys, scales) = offsets[offsets.count - 1]
      switch hashing.place {
      case .host: offsets.append((keys + shape.count, 0))
      case .device(let resolution):
        let problem = ActivationHashProblem(shape: shape, resolution: resolution)
        offsets.append((keys + batchSize * ActivationHashProblem.words, scales + problem.scaleCount))
      }
    }
  }
}
