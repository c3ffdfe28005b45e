import Networks

/// What a network costs as a polynomial of its gates.
///
/// Each layer with weights costs `coefficient · (units it reads) · (units it writes)` where its blocks stay. Gates are
/// independent and appear at most to the first power once squares are resolved (a gate is its own square), so the
/// expected cost is the same polynomial at the gates' probabilities, exactly. Derived from Guenter & Sideris, arXiv
/// 2411.09127; the form is ours.
public struct ComplexityPolynomial: Hashable, Sendable {
  private var terms: [Term] = []
  private let sets: [Range<Int>]
  private let count: Int

  private struct Term: Hashable {
    var coefficient: Double
    /// The sets whose live units multiply: none, one or two, perhaps the same twice.
    var units: [Int]
    /// The gates of the blocks that the layer is in.
    var blocks: [Int]
  }

  public enum Quantity: Hashable, Sendable, CaseIterable {
    /// Of convolutions and linear layers, per image.
    case multiplyAccumulates
    /// Trainable: weights, biases, batch norm's scale and shift.
    case parameters
  }

  /// The cost of any network whose gates a layout describes.
  /// - Throws: `NetworkError` where the network's shapes do not fit.
  public init(_ quantity: Quantity, of layout: GateLayout) throws {
    sets = layout.sets.map(\.range)
    count = layout.count
    let counts = try LayerCounts(layout)
    for node in layout.network.nodes {
      guard let input = counts.width(node.inputs[0]), let output = counts.width(node.name) else { continue }
      let blocks = counts.blocks(of: node.name)
      func add(_ coefficient: Double, _ widths: [LayerCounts.Width]) {
        terms.append(
          Term(
            coefficient: widths.reduce(coefficient) { $0 * $1.perUnit }, units: widths.compactMap(\.set),
            blocks: blocks))
      }
      switch (node.layer, quantity) {
      case (.convolution(let convolution), .multiplyAccumulates):
        let area = counts.area(node.name) * convolution.kernel.reduce(1, *)
        add(Double(area) / Double(convolution.groups), [input, output])
      case (.convolution(let convolution), .parameters):
        add(Double(convolution.kernel.reduce(1, *)) / Double(convolution.groups), [input, output])
        if convolution.bias { add(1, [output]) }
      case (.linear, .multiplyAccumulates): add(1, [input, output])
      case (.linear(let linear), .parameters):
        add(1, [input, output])
        if linear.bias { add(1, [output]) }
      case (.batchNorm, .parameters): add(2, [output])
      default: break
      }
    }
  }

  /// The expected cost.
  ///
  /// - Parameter theta: Each gate's probability to be 1.
  public func value(_ theta: [Double]) -> Double {
    let sums = Sums(theta, sets)
    return terms.reduce(0) {
      $0 + $1.coefficient * sums.units($1.units) * $1.blocks.reduce(1) { $0 * theta[$1] }
    }
  }

  /// The derivatives of the expected cost by each gate's probability.
  public func gradient(_ theta: [Double]) -> [Double] {
    let sums = Sums(theta, sets)
    var gradient = [Double](repeating: 0, count: count)
    /// The same for every unit of a set, and the part that its own probability takes off.
    var common = [Double](repeating: 0, count: sets.count)
    var own = [Double](repeating: 0, count: sets.count)
    for term in terms {
      let units = sums.units(term.units)
      for (position, block) in term.blocks.enumerated() {
        var product = term.coefficient * units
        for (other, gate) in term.blocks.enumerated() where other != position { product *= theta[gate] }
        gradient[block] += product
      }
      let factor = term.blocks.reduce(term.coefficient) { $0 * theta[$1] }
      if term.units.count == 1 { common[term.units[0]] += factor }
      guard term.units.count == 2 else { continue }
      let (first, second) = (term.units[0], term.units[1])
      if first == second {
        // d/dθ_j of the sum of θ_i θ_k over pairs of different units, plus the sum of θ_i.
        common[first] += factor * (2 * sums.first[first] + 1)
        own[first] += factor * 2
      } else {
        common[first] += factor * sums.first[second]
        common[second] += factor * sums.first[first]
      }
    }
    for (set, range) in sets.enumerated() {
      for gate in range { gradient[gate] += common[set] - own[set] * theta[gate] }
    }
    return gradient
  }

  /// Sums over each set.
  private struct Sums {
    var first: [Double]
    var squares: [Double]

    init(_ theta: [Double], _ sets: [Range<Int>]) {
      first = sets.map { $0.reduce(0) { $0 + theta[$1] } }
      squares = sets.map { $0.reduce(0) { $0 + theta[$1] * theta[$1] } }
    }

    /// The expected product of the numbers of live units.
    func units(_ sets: [Int]) -> Double {
      switch sets.count {
      case 0: 1
      case 1: first[sets[0]]
      case _ where sets[0] == sets[1]:
        first[sets[0]] * first[sets[0]] - squares[sets[0]] + first[sets[0]]
      default: first[sets[0]] * first[sets[1]]
      }
    }
  }
}

/// How many channels or values each node has, in units of sets.
private struct LayerCounts {
  /// `perUnit` values for each live unit of a set; without a set, a constant number.
  struct Width {
    var perUnit: Double
    var set: Int?
  }

  private let analysis: ChannelAnalysis
  /// The position of a group's set in the layout.
  private let setOfGroup: [String: Int]
  private let blocksOfNode: [String: [Int]]

  init(_ layout: GateLayout) throws {
    analysis = try ChannelAnalysis(layout.network)
    var sets: [String: Int] = [:]
    var blocks: [String: [Int]] = [:]
    for (index, set) in layout.sets.enumerated() {
      if set.kind != .block {
        sets[set.name] = index
      } else {
        for node in set.nodes { blocks[node, default: []].append(set.range.lowerBound) }
      }
    }
    setOfGroup = sets
    blocksOfNode = blocks
  }

  func blocks(of node: String) -> [Int] { blocksOfNode[node] ?? [] }

  func area(_ node: String) -> Int { analysis.shapes[node].map { $0.count / $0.channels } ?? 0 }

  func width(_ node: String) -> Width? {
    guard let shape = analysis.shapes[node] else { return nil }
    guard let group = analysis.groupIndex[node].map({ analysis.groups[$0] }), let set = setOfGroup[group.name]
    else {
      return Width(perUnit: Double(shape.channels), set: nil)
    }
    return Width(perUnit: Double(shape.channels / group.count), set: set)
  }
}
