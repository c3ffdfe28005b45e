import Networks

/// The residual networks for small images of He et al. 2016 (arXiv 1512.03385, section 4.2): a 3×3 stem, three stages of
/// basic blocks with 16, 32 and 64 channels, global average pooling and one linear layer.
///
/// Tensor names are those of the widely used PyTorch version: `layer1.0.conv1.weight`, `linear.weight`.
public enum CIFARResNet {
  /// How the first block of a stage passes its input on while size and channels change.
  public enum ShortcutOption: String, CaseIterable, Hashable, Sendable {
    /// Every second pixel, zeros for the new channels: no parameters.
    case a
    /// A 1×1 convolution with batch norm.
    case b
  }

  /// Depths of the form 6n + 2 that the paper uses.
  public static let depths = [20, 32, 44, 56, 110]

  /// - Parameters:
  ///   - depth: 6n + 2.
  ///   - width: scales every hidden width: max(1, round(width · C)).
  public static func network(
    name: String, depth: Int, shortcut: ShortcutOption, width: Double, input: ImageShape, classes: Int
  ) -> Network {
    func scaled(_ channels: Int) -> Int { max(1, Int((width * Double(channels)).rounded())) }
    let stem = scaled(16)
    var nodes = [
      Node("conv1", .convolution(.init(stem, kernel: 3)), Network.inputName),
      Node("bn1", .batchNorm, "conv1"),
      Node("relu", .relu, "bn1"),
    ]
    var block = BasicBlock(input: "relu", channels: stem)
    for stage in 1...3 {
      for index in 0..<((depth - 2) / 6) {
        block = block.next(
          name: "layer\(stage).\(index)", channels: scaled(8 << stage),
          stride: stage > 1 && index == 0 ? 2 : 1,
          shortcut: shortcut, nodes: &nodes)
      }
    }
    nodes.append(Node("pool", .globalAveragePool, block.input))
    nodes.append(Node("linear", .linear(.init(classes)), "pool"))
    return Network(name: name, input: input, classes: classes, nodes: nodes)
  }
}

/// Where the next basic block attaches: relu(bn(conv(relu(bn(conv x)))) + shortcut x).
private struct BasicBlock {
  var input: String
  var channels: Int

  func next(
    name: String, channels outputs: Int, stride: Int, shortcut: CIFARResNet.ShortcutOption,
    nodes: inout [Node]
  ) -> BasicBlock {
    nodes += [
      Node("\(name).conv1", .convolution(.init(outputs, kernel: 3, stride: stride)), input),
      Node("\(name).bn1", .batchNorm, "\(name).conv1"),
      Node("\(name).relu1", .relu, "\(name).bn1"),
      Node("\(name).conv2", .convolution(.init(outputs, kernel: 3)), "\(name).relu1"),
      Node("\(name).bn2", .batchNorm, "\(name).conv2"),
    ]
    var skip = input
    if stride != 1 || outputs != channels {
      switch shortcut {
      case .a:
        skip = "\(name).shortcut"
        nodes.append(Node(skip, .shortcut(.init(outputs: outputs, stride: stride)), input))
      case .b:
        skip = "\(name).shortcut.1"
        nodes.append(
          Node("\(name).shortcut.0", .convolution(.init(outputs, kernel: 1, stride: stride)), input))
        nodes.append(Node(skip, .batchNorm, "\(name).shortcut.0"))
      }
    }
    nodes.append(Node("\(name).add", .add, "\(name).bn2", skip))
    nodes.append(Node("\(name).relu2", .relu, "\(name).add"))
    return BasicBlock(input: "\(name).relu2", channels: outputs)
  }
}
