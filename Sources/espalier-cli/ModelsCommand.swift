import ArgumentParser
import Espalier

struct ModelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models", abstract: "Lists the models, with their cost on 3x32x32 images of 10 classes.")

  @Flag(help: "Print the list as JSON.")
  var json = false

  func run() throws {
    let models = try ModelZoo.names.map { name in
      let network = try ModelZoo.network(
        name, input: ImageShape(channels: 3, height: 32, width: 32), classes: 10)
      return (name: name, complexity: try Complexity(network))
    }
    if json {
      try Console.result([
        "models": .array(
          models.map {
            [
              "name": .string($0.name), "parameters": .integer($0.complexity.parameters),
              "macs": .integer($0.complexity.multiplyAccumulates),
            ]
          })
      ])
    } else {
      let rows = models.map {
        [$0.name, "\($0.complexity.parameters)", "\($0.complexity.multiplyAccumulates)"]
      }
      try Console.result(TextTable(header: ["model", "parameters", "macs"], rows: rows).text)
    }
  }
}
