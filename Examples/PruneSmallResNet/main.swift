// Trains a small residual network of the zoo for a moment on the embedded sample of Fashion-MNIST, prunes units, blocks and
// channels of the residual stream down to half of the multiply-accumulates on the way, and says what is left.

import Espalier

let data = try TrainingData(.sample, trainLimit: 2048)
let network = try ModelZoo.network("resnet20:width=0.5", input: data.input, classes: 10)

var configuration = TrainingConfiguration()
configuration.epochs = 6
configuration.batchSize = 64
var pruning = PruningConfiguration()
pruning.gates = .all
pruning.targetMacs = 0.5
pruning.warmupEpochs = 1
pruning.freezeAt = 4
configuration.pruning = pruning

let selection = try DeviceCatalog.open(.automatic)
print(selection.notice)
let trainer = try Trainer(
  network: network, data: data, configuration: configuration, device: selection.device)
let result = try trainer.train()
print("top-1 on \(data.test.count) test images: \(result.test.top1)")

if let outcome = result.pruning { print("left: \(outcome)") }
for group in try trainer.network.unitGroups() { print("  \(group.name): \(group.count) units") }
