import Devices
import ModelZoo
import Networks
import ReceptiveFields
import XCTest

/// What a position sees is what its gradient reaches, when it goes back through the device's own layers.
final class DependencyTests: XCTestCase {
  private func expectDependencies(
    of network: Network, at name: String, longest: Int? = nil, line: UInt = #line
  ) throws {
    let analysis = try FieldAnalysis(network)
    let layer = try XCTUnwrap(analysis.layers.first { $0.name == name }, line: line)
    let field = try XCTUnwrap(layer.field, line: line)
    guard case .maps(let maps) = layer.outputShape else { return XCTFail("\(name) has no maps", line: line) }
    if let longest { XCTAssertEqual(field.longestSide, longest, line: line) }
    let position = [maps.height / 2, maps.width / 2]
    let found = try GradientReach(network, from: name, position: position).pixels
    for axis in 0...1 {
      let extent = try XCTUnwrap(field.axes[axis].extent, line: line)
      let shift = position[axis] * field.axes[axis].jump
      let expected = (extent.lowerBound + shift)...(extent.upperBound + shift)
      let size = axis == 0 ? network.input.height : network.input.width
      // Otherwise the image's edge would be what is compared.
      XCTAssertTrue(0..<size ~= expected.lowerBound && 0..<size ~= expected.upperBound, line: line)
      XCTAssertEqual(found[axis], expected, "\(network.name) \(name), axis \(axis)", line: line)
    }
  }

  private func zoo(_ model: String, _ side: Int) throws -> Network {
    try ModelZoo.network(model, input: ImageShape(channels: 1, height: side, width: side), classes: 3)
  }

  func testVGG() throws {
    let network = try zoo("vgg16:width=0.02", 480)
    try expectDependencies(of: network, at: "features.40", longest: 196)
    try expectDependencies(of: network, at: "features.43", longest: 212)
  }

  func testResNetsWithALargeStem() throws {
    try expectDependencies(of: zoo("resnet18:width=0.02", 1000), at: "layer4.1.add", longest: 435)
    try expectDependencies(of: zoo("resnet50:width=0.02", 1000), at: "layer4.2.add", longest: 427)
  }

  func testResNetsWithASmallStem() throws {
    try expectDependencies(of: zoo("resnet56:width=0.1", 520), at: "layer3.8.add", longest: 249)
    try expectDependencies(of: zoo("resnet20:width=0.1,shortcut=b", 180), at: "layer3.2.add", longest: 81)
  }

  func testARedesign() throws {
    let small = try FieldAnalysis(zoo("resnet18:width=0.02", 16)).applying(.performance).network
    var network = small
    network.input = ImageShape(channels: 1, height: 160, width: 160)
    try expectDependencies(of: network, at: "layer3.2.add", longest: 77)
  }

  /// Dilation, windows with other sides, even windows, paddings off the middle, and skips around them.
  func testDilationAndCrookedWindows() throws {
    var wide = Layer.Convolution(2, kernel: 3, dilation: 2)
    wide.kernel = [3, 5]
    wide.padding = [2, 4]
    wide.dilation = [2, 2]
    var even = Layer.Convolution(2, kernel: 4)
    even.padding = [2, 1]
    even.stride = [2, 3]
    var late = Layer.Convolution(2, kernel: 3)
    late.padding = [0, 2]
    late.kernel = [1, 5]
    let network = Network(
      name: "crooked", input: ImageShape(channels: 1, height: 90, width: 120), classes: 2,
      nodes: [
        Node("stem", .convolution(.init(2, kernel: 3, dilation: 3)), Network.inputName),
        Node("wide", .convolution(wide), "stem"),
        Node("narrow", .convolution(.init(2, kernel: 1)), "wide"), Node("add1", .add, "narrow", "stem"),
        Node("even", .convolution(even), "add1"),
        Node("pool", .pooling(.init(.maximum, kernel: 3, stride: 2, padding: 1)), "even"),
        Node("late", .convolution(late), "pool"),
        Node("dilated", .convolution(.init(2, kernel: 3, dilation: 4)), "late"),
        Node("add2", .add, "dilated", "pool"), Node("mean", .globalAveragePool, "add2"),
      ])
    try expectDependencies(of: network, at: "wide")
    try expectDependencies(of: network, at: "even")
    try expectDependencies(of: network, at: "add2")
  }
}

/// The pixels that the gradient of one position of a map reaches, in height and width.
///
/// Weights are positive at two opposite corners of each window and zero elsewhere, which reaches as far and neither overflows nor
/// vanishes; maxima are taken for means; batch norms and ReLUs pass gradients on.
private struct GradientReach {
  let pixels: [ClosedRange<Int>]

  init(_ network: Network, from name: String, position: [Int]) throws {
    let device = try DeviceCatalog.open(.cpu(nil)).device
    var pass = try BackwardPass(network, device)
    try pass.run(from: name, position: position)
    pixels = try pass.reached()
  }
}

private struct BackwardPass {
  private let network: Network
  private let device: any Device
  private let shapes: [String: FeatureShape]
  private var schedule = Schedule()
  private var buffers: [BufferName: Buffer] = [:]
  private var gradients: [String: Tensor] = [:]

  init(_ network: Network, _ device: any Device) throws {
    self.network = network
    self.device = device
    shapes = try network.shapes()
  }

  private func shape(_ name: String) throws -> ActivationShape {
    guard case .maps(let maps) = shapes[name] else { throw XCTSkip("\(name) has no maps") }
    return ActivationShape(batch: 1, channels: maps.channels, height: maps.height, width: maps.width)
  }

  private mutating func external(_ name: String, _ values: [Float]) throws -> Tensor {
    let buffer = try device.makeBuffer(count: values.count, name: name)
    try buffer.write(values)
    buffers[BufferName(name)] = buffer
    return schedule.external(BufferName(name), name, count: values.count)
  }

  mutating func run(from name: String, position: [Int]) throws {
    let target = try shape(name)
    var delta = [Float](repeating: 0, count: target.count)
    for channel in 0..<target.channels {
      delta[(channel * target.height + position[0]) * target.width + position[1]] = 1
    }
    let start = schedule.activation("start", target)
    schedule.append(.importActivation(from: try external("delta", delta), to: start))
    gradients[name] = start
    let end = try XCTUnwrap(network.nodes.firstIndex { $0.name == name })
    for node in network.nodes[...end].reversed() {
      if let gradient = gradients[node.name] { try backward(node, gradient) }
    }
    let input = try shape(Network.inputName)
    let result = try external("result", [Float](repeating: 0, count: input.count))
    schedule.append(.exportActivation(from: try XCTUnwrap(gradients[Network.inputName]), to: result))
    let executable = try device.compile(schedule, buffers: buffers)
    try executable.run()
    try executable.finish()
  }

  private mutating func backward(_ node: Node, _ gradient: Tensor) throws {
    let source = node.inputs[0]
    switch node.layer {
    case .convolution(let layer):
      let problem = try ConvolutionProblem(
        input: shape(source), outputChannels: layer.outputs,
        kernel: Extent(height: layer.kernel[0], width: layer.kernel[1]),
        stride: Extent(height: layer.stride[0], width: layer.stride[1]),
        padding: Extent(height: layer.padding[0], width: layer.padding[1]),
        dilation: Extent(height: layer.dilation[0], width: layer.dilation[1]))
      let area = layer.kernel[0] * layer.kernel[1]
      let share = 0.5 / Float(layer.outputs)
      let weights = (0..<problem.weightCount).map { $0 % area == 0 || $0 % area == area - 1 ? share : 0 }
      let (target, accumulate) = try gradientTensor(source)
      schedule.append(
        .convolutionBackwardData(
          problem, outputGradient: gradient, weights: try external("\(node.name).weight", weights),
          inputGradient: target, accumulate: accumulate))
    case .pooling(let layer):
      let input = try shape(source)
      let problem = try PoolingProblem(
        kind: .average, input: input, kernel: Extent(layer.kernel), stride: Extent(layer.stride),
        padding: Extent(layer.padding))
      let zeros = schedule.activation("\(node.name).input", input)
      schedule.append(
        .importActivation(
          from: try external("\(node.name).zeros", [Float](repeating: 0, count: input.count)), to: zeros))
      let (target, accumulate) = try gradientTensor(source)
      schedule.append(
        .poolingBackward(
          problem, input: zeros, outputGradient: gradient, inputGradient: target, accumulate: accumulate))
    case .shortcut(let layer):
      let input = try shape(source)
      let (target, accumulate) = try gradientTensor(source)
      schedule.append(
        .shortcutBackward(
          try ShortcutProblem(
            input: input, stride: layer.stride, channels: layer.sources(inputs: input.channels)),
          outputGradient: gradient, inputGradient: target, accumulate: accumulate))
    case .batchNorm, .relu, .add:
      // What reads a branch's gradient comes before what adds to that of its source, which may be the same tensor.
      for source in node.inputs {
        XCTAssertNil(gradients[source], "\(source) is read by layers that hand their gradient on as it is")
        gradients[source] = gradient
      }
    default: XCTFail("\(node.name) is not expected here")
    }
  }

  private mutating func gradientTensor(_ name: String) throws -> (Tensor, accumulate: Bool) {
    if let tensor = gradients[name] { return (tensor, true) }
    let tensor = schedule.activation("\(name).gradient", try shape(name))
    gradients[name] = tensor
    return (tensor, false)
  }

  /// From the first to the last pixel with a gradient, in height and width.
  func reached() throws -> [ClosedRange<Int>] {
    let input = try shape(Network.inputName)
    let values = try XCTUnwrap(buffers["result"]).read(as: Float.self, at: 0, count: input.count)
    var (rows, columns): (Set<Int>, Set<Int>) = ([], [])
    for (index, value) in values.enumerated() where value != 0 {
      XCTAssertTrue(value.isFinite)
      columns.insert(index % input.width)
      rows.insert(index / input.width % input.height)
    }
    return try [rows, columns].map { places in
      try XCTUnwrap(places.min())...XCTUnwrap(places.max())
    }
  }
}
