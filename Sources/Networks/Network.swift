/// A network as data: named nodes in topological order, each with a layer and the names of its inputs.
///
/// The image batch itself goes by the name ``Network/inputName``; the last node gives the logits. Every question
/// (shapes, costs, execution, surgery, export) is an interpreter that walks ``nodes``; nothing is described twice.
public struct Network: Hashable, Sendable, Codable {
  /// The name under which nodes refer to the images.
  public static let inputName = "input"

  /// How the model is called in the zoo's grammar, e.g. `resnet20:shortcut=b`.
  public var name: String
  /// The shape of one image.
  public var input: ImageShape
  public var classes: Int
  public var nodes: [Node]

  public init(name: String, input: ImageShape, classes: Int, nodes: [Node]) {
    self.name = name
    self.input = input
    self.classes = classes
    self.nodes = nodes
  }
}

extension Network {
  /// The positions of the nodes that read each node or the images, in order; a node that reads another twice stands twice.
  package func readers() -> [String: [Int]] {
    var readers: [String: [Int]] = [:]
    for (index, node) in nodes.enumerated() {
      for input in node.inputs { readers[input, default: []].append(index) }
    }
    return readers
  }
}

/// Channels, height and width of one image or feature map.
public struct ImageShape: Hashable, Sendable, Codable, CustomStringConvertible {
  public var channels: Int
  public var height: Int
  public var width: Int

  public init(channels: Int, height: Int, width: Int) {
    self.channels = channels
    self.height = height
    self.width = width
  }

  public var description: String { "\(channels)x\(height)x\(width)" }
}

/// One node: a layer applied to the outputs of other nodes.
public struct Node: Hashable, Sendable {
  /// Unique; parameters are named after it as in PyTorch, e.g. `layer1.0.conv1` → `layer1.0.conv1.weight`.
  public var name: String
  public var layer: Layer
  public var inputs: [String]

  public init(_ name: String, _ layer: Layer, _ inputs: String...) {
    self.name = name
    self.layer = layer
    self.inputs = inputs
  }

  init(name: String, layer: Layer, inputs: [String]) {
    self.name = name
    self.layer = layer
    self.inputs = inputs
  }
}

/// What a node computes.
public enum Layer: Hashable, Sendable {
  case convolution(Convolution)
  /// Batch normalisation with learned scale and shift, as PyTorch's `BatchNorm2d` and, of a vector, `BatchNorm1d`.
  case batchNorm
  case relu
  /// The sum of two inputs of equal shape.
  case add
  case pooling(Pooling)
  /// The mean over each feature map; the result is a vector.
  case globalAveragePool
  /// Feature maps as one vector, channel by channel, row by row.
  case flatten
  /// The parameter-free "option A" shortcut of He et al. 2016.
  case shortcut(Shortcut)
  case linear(Linear)
  /// A factor per channel that is given from outside, 1 unless set: 0 masks a unit.
  case gate
  /// The channels of several inputs one after the other. Devices do not run it: it is for analysis.
  case concatenate
  /// The first input's maps, each times a value of the second, a vector, as squeeze-and-excitation does. Devices do not run
  /// it: it is for analysis.
  case scaleChannels

  public struct Convolution: Hashable, Sendable, Codable {
    public var outputs: Int
    /// Height and width.
    public var kernel: [Int]
    public var stride: [Int]
    public var padding: [Int]
    public var dilation: [Int]
    public var groups: Int
    public var bias: Bool

    /// A square convolution; `padding` defaults to half the kernel, which keeps the size at stride 1.
    public init(
      _ outputs: Int, kernel: Int, stride: Int = 1, padding: Int? = nil, dilation: Int = 1, groups: Int = 1,
      bias: Bool = false
    ) {
      self.outputs = outputs
      self.kernel = [kernel, kernel]
      self.stride = [stride, stride]
      let padding = padding ?? dilation * (kernel - 1) / 2
      self.padding = [padding, padding]
      self.dilation = [dilation, dilation]
      self.groups = groups
      self.bias = bias
    }
  }

  public struct Pooling: Hashable, Sendable, Codable {
    public enum Kind: String, Hashable, Sendable, Codable {
      case maximum
      case average
    }

    public var kind: Kind
    public var kernel: Int
    public var stride: Int
    public var padding: Int

    public init(_ kind: Kind, kernel: Int, stride: Int, padding: Int = 0) {
      self.kind = kind
      self.kernel = kernel
      self.stride = stride
      self.padding = padding
    }
  }

  public struct Shortcut: Hashable, Sendable, Codable {
    /// What a file may ask for at most, as a map of that many channels must be held.
    static let maximumOutputs = 1 << 20

    public var outputs: Int
    public var stride: Int
    /// The input channel behind each output channel, -1 for zeros; nil for the inputs in the middle of the outputs, as
    /// ``sources(inputs:)`` says.
    public var channels: [Int]?

    public init(outputs: Int, stride: Int, channels: [Int]? = nil) {
      self.outputs = outputs
      self.stride = stride
      self.channels = channels
    }

    /// The input channel behind each output channel, -1 for zeros. Unless ``channels`` says otherwise, half of the
    /// channels that are too many are zeros in front, rounded down, and the rest behind; inputs that are too many are
    /// cropped the same way (3 too many: 2 in front, 1 behind).
    public func sources(inputs: Int) -> [Int] {
      if let channels { return channels }
      let offset = (outputs - inputs) >> 1
      return (0..<outputs).map { (0..<inputs).contains($0 - offset) ? $0 - offset : -1 }
    }
  }

  public struct Linear: Hashable, Sendable, Codable {
    public var outputs: Int
    public var bias: Bool

    public init(_ outputs: Int, bias: Bool = true) {
      self.outputs = outputs
      self.bias = bias
    }
  }
}
