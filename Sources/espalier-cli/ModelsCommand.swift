import ArgumentParser
import Espalier

struct ModelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models",
    abstract: "Lists the models and their options, with their cost on 3x32x32 images of 10 classes.",
    discussion: "Options follow a name: resnet20:shortcut=b,width=0.5. The cost is that without options.")

  @Flag(help: "Print the list as JSON.")
  var json = false

  func run() throws {
    let families = try ModelZoo.families.map { family in
      let models = try family.names.map { name in
        let input = ImageShape(channels: 3, height: 32, width: 32)
        return (name: name, cost: try Complexity(ModelZoo.network(name, input: input, classes: 10)))
      }
      return (family: family, models: models)
    }
    if json {
      let models = families.flatMap { family, models in models.map { Self.json($0, $1, family.options) } }
      try Console.result(["models": .array(models)])
    } else {
      try Console.result(families.map(Self.text).joined(separator: "\n\n"))
    }
  }

  private static func text(_ family: ModelFamily, _ models: [(name: String, cost: Complexity)]) -> String {
    let costs = TextTable(
      header: ["model", "parameters", "macs"],
      rows: models.map { [$0.name, "\($0.cost.parameters)", "\($0.cost.multiplyAccumulates)"] })
    let options = TextTable(
      header: ["option", "default", ""],
      rows: family.options.map { option in
        ["\(option.name)=\(option.values)", option.fallback ?? "by depth", option.help]
      })
    return "\(family.summary)\n\n\(costs.text)\n\n\(options.text)".replacing("\n", with: "\n  ")
      .replacing("\n  \n", with: "\n\n")
  }

  private static func json(_ name: String, _ cost: Complexity, _ options: [ModelOption]) -> JSONValue {
    [
      "name": .string(name), "parameters": .integer(cost.parameters),
      "macs": .integer(cost.multiplyAccumulates),
      "options": .array(
        options.map { option in
          [
            "name": .string(option.name), "values": .string(option.values),
            "default": option.fallback.map { .string($0) } ?? .null, "help": .string(option.help),
          ]
        }),
    ]
  }
}
