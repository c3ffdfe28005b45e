// Removes a third of the units and of the residual blocks of a trained network, drawn at random, and writes the smaller
// network to a file that `espalier eval`, `summary` and `export` take.
//
//   RemoveAtRandom model.safetensors smaller.safetensors

import Espalier
import Foundation

func removeAtRandom(from source: String, to target: String) throws {
  var model = try Checkpoint(path: source)
  var random = RandomStream(seed: 1, stream: .subset)

  var removal = Removal()
  for group in try model.network.unitGroups() {
    // The first unit always stays: a layer must not end up empty.
    removal.units[group.name] = Set((1..<max(group.count, 2)).filter { _ in random.integer(below: 3) == 0 })
      .intersection(0..<group.count)
  }
  for block in model.network.residualBlocks() where random.integer(below: 3) == 0 {
    removal.blocks.insert(block.name)
  }

  let before = try Complexity(model.network)
  let surgery = try model.network.removing(removal)
  model.network = surgery.network
  model.state = try surgery.apply(to: model.state)
  // The training that the weights come from does not go on from here.
  model.progress = nil
  try model.write(to: target)

  let after = try Complexity(model.network)
  print("parameters: \(before.parameters) → \(after.parameters)")
  print("multiply-accumulates: \(before.multiplyAccumulates) → \(after.multiplyAccumulates)")
}

guard CommandLine.arguments.count == 3 else {
  print("usage: RemoveAtRandom IN OUT")
  exit(64)
}
do {
  try removeAtRandom(from: CommandLine.arguments[1], to: CommandLine.arguments[2])
} catch {
  print("error: \(error)")
  exit(1)
}
