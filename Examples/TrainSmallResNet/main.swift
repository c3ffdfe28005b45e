// Defines a residual network of two blocks, trains it for a moment on the embedded sample of Fashion-MNIST, and says
// how well it does.

import Espalier

let data = try TrainingData(.sample, trainLimit: 2048)

/// relu(bn(conv(relu(bn(conv x)))) + x)
func block(_ name: String, _ input: String, channels: Int) -> [Node] {
  [
    Node("\(name).conv1", .convolution(.init(channels, kernel: 3)), input),
    Node("\(name).bn1", .batchNorm, "\(name).conv1"),
    Node("\(name).relu1", .relu, "\(name).bn1"),
    Node("\(name).conv2", .convolution(.init(channels, kernel: 3)), "\(name).relu1"),
    Node("\(name).bn2", .batchNorm, "\(name).conv2"),
    Node("\(name).add", .add, "\(name).bn2", input),
    Node("\(name).relu2", .relu, "\(name).add"),
  ]
}

let stem = [
  Node("conv", .convolution(.init(16, kernel: 3, stride: 2)), Network.inputName),
  Node("bn", .batchNorm, "conv"),
  Node("relu", .relu, "bn"),
]
let head = [Node("pool", .globalAveragePool, "block2.relu2"), Node("linear", .linear(.init(10)), "pool")]
let network = Network(
  name: "small", input: data.input, classes: 10,
  nodes: stem + block("block1", "relu", channels: 16) + block("block2", "block1.relu2", channels: 16) + head)

var configuration = TrainingConfiguration()
configuration.epochs = 3
configuration.batchSize = 64

let selection = try DeviceCatalog.open(.automatic)
print(selection.notice)
let trainer = try Trainer(
  network: network, data: data, configuration: configuration, device: selection.device)
let result = try trainer.train()
print("top-1 on \(data.test.count) test images: \(result.test.top1)")
