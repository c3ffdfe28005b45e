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
    let place = hashPlaces[position]
    let keys = schedule.external(
      .hashKeys, "keys of \(name)", offset: place.keys.lowerBound, count: place.keys.count)
    switch hashing.place {
    case .host: schedule.append(.exportActivation(from: try maps(name), to: keys))
    case .device(let resolution):
      let problem = ActivationHashProblem(shape: try activationShape(name), resolution: resolution)
      let input = try maps(name)
      let scales =
        place.scales.isEmpty
        ? nil
        : schedule.external(
          .hashScales, "scales of \(name)", offset: place.scales.lowerBound, count: place.scales.count)
      schedule.append(.activationHash(problem, input: input, scales: scales, keys: keys))
    }
    return true
  }
}

/// Where the words of a node are in the buffers of keys and scales.
struct HashPlace {
  var keys: Range<Int>
  var scales: Range<Int>
}

extension Hashing {
  /// One after the other.
  ///
  /// - Parameter shape: Of a node's value.
  func places(shape: (String) throws -> ActivationShape) rethrows -> [HashPlace] {
    var end = (keys: 0, scales: 0)
    return try nodes.map { name in
      let shape = try shape(name)
      let (keys, scales) =
        switch place {
        case .host: (shape.count, 0)
        case .device(let resolution):
          (
            shape.batch * ActivationHashProblem.words,
            ActivationHashProblem(shape: shape, resolution: resolution).scaleCount
          )
        }
      defer { end = (end.keys + keys, end.scales + scales) }
      return HashPlace(keys: end.keys..<(end.keys + keys), scales: end.scales..<(end.scales + scales))
    }
  }
}
