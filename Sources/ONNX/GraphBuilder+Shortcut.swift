import Networks

extension GraphBuilder {
  /// Every `stride`-th pixel of some channels, with zeros among them.
  mutating func append(_ node: Node, _ shortcut: Layer.Shortcut) {
    let inputs = inputChannels(of: node)
    let sources = shortcut.sources(inputs: inputs)
    if let run = ChannelRun(sources) {
      appendRun(node, run, of: inputs, stride: shortcut.stride)
    } else {
      appendSelection(node, sources, of: inputs, stride: shortcut.stride)
    }
  }

  /// Inputs that follow each other: cut out, then zeros put around them.
  private mutating func appendRun(_ node: Node, _ run: ChannelRun, of channels: Int, stride: Int) {
    var cut = Slice(stride: stride)
    if run.inputs != 0..<channels { cut.add(axis: 1, run.inputs) }
    let isPadded = run.zerosInFront + run.zerosBehind > 0
    var value = inputs(of: node)[0]
    if !cut.isEmpty {
      let operands = [value] + constants(node, cut)
      guard isPadded else { return finish(node, "Slice", operands) }
      value = begin(node, "slice", "Slice", operands)
    }
    guard isPadded else { return finish(node, "Identity", [value]) }
    let pads = constant(node, "pads", [0, run.zerosInFront, 0, 0, 0, run.zerosBehind, 0, 0])
    finish(node, "Pad", [value, pads])
  }

  /// Inputs in any order: a channel of zeros behind them, then each output takes its own.
  private mutating func appendSelection(_ node: Node, _ sources: [Int], of channels: Int, stride: Int) {
    var value = inputs(of: node)[0]
    let cut = Slice(stride: stride)
    if !cut.isEmpty { value = begin(node, "slice", "Slice", [value] + constants(node, cut)) }
    if sources.contains(-1) {
      value = begin(node, "pad", "Pad", [value, constant(node, "pads", [0, 0, 0, 0, 0, 1, 0, 0])])
    }
    let indices = constant(node, "indices", sources.map { $0 < 0 ? channels : $0 })
    finish(node, "Gather", [value, indices], [ONNXAttribute("axis", integer: 1)])
  }

  /// The operands of `Slice` after the value.
  private mutating func constants(_ node: Node, _ slice: Slice) -> [String] {
    [
      constant(node, "starts", slice.starts), constant(node, "ends", slice.ends),
      constant(node, "axes", slice.axes), constant(node, "steps", slice.steps),
    ]
  }
}

/// Outputs that are zeros, then inputs that follow each other, then zeros.
private struct ChannelRun {
  let zerosInFront: Int
  let inputs: Range<Int>
  let zerosBehind: Int

  /// nil for other outputs, and for zeros only.
  init?(_ sources: [Int]) {
    guard let first = sources.firstIndex(where: { $0 >= 0 }),
      let last = sources.lastIndex(where: { $0 >= 0 }),
      zip(sources[first...last], sources[first]...).allSatisfy({ $0 == $1 })
    else { return nil }
    zerosInFront = first
    inputs = sources[first]..<(sources[last] + 1)
    zerosBehind = sources.count - 1 - last
  }
}

/// Parts of some axes.
private struct Slice {
  private(set) var starts: [Int] = []
  private(set) var ends: [Int] = []
  private(set) var axes: [Int] = []
  private(set) var steps: [Int] = []

  /// Every `stride`-th row and column.
  init(stride: Int) {
    guard stride > 1 else { return }
    starts = [0, 0]
    // However many there are.
    ends = [Int.max, Int.max]
    axes = [2, 3]
    steps = [stride, stride]
  }

  var isEmpty: Bool { axes.isEmpty }

  mutating func add(axis: Int, _ range: Range<Int>) {
    starts.append(range.lowerBound)
    ends.append(range.upperBound)
    axes.append(axis)
    steps.append(1)
  }
}
