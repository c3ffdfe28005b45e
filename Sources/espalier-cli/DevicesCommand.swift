import ArgumentParser
import Espalier

struct DevicesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "devices",
    abstract: "Lists the devices, what they can do, and which one is taken by default.")

  @Flag(help: "Print the list as JSON.")
  var json = false

  func run() throws {
    let devices = DeviceCatalog.list()
    let probes = devices.map(Self.probes)
    let selection = try DeviceCatalog.open(.automatic, warn: Console.notice)
    if json {
      try Console.result([
        "devices": .array(zip(devices, probes).map(Self.json)),
        "selected": .string(selection.device.information.identifier),
      ])
    } else {
      let rows = devices.map {
        [$0.identifier, $0.kind.rawValue, $0.family, "\($0.memoryBytes >> 20) MiB", $0.name, $0.driver]
      }
      try Console.result(
        TextTable(header: ["device", "kind", "kernels", "memory", "name", "driver"], rows: rows).text)
      for (device, probes) in zip(devices, probes) {
        for (name, outcome) in probes.sorted(by: { $0.key < $1.key }) {
          try Console.result("\(device.identifier) \(name): \(outcome)")
        }
      }
      try Console.result("auto takes \(selection.notice.trimmingPrefix("device: "))")
    }
  }

  /// The outcomes of a device's probes; a device that fails them altogether is still worth listing.
  private static func probes(_ device: DeviceInformation) -> [String: String] {
    do {
      return try DeviceCatalog.probes(of: device)
    } catch {
      return ["error": "\(error)"]
    }
  }

  private static func json(_ device: DeviceInformation, probes: [String: String]) -> JSONValue {
    [
      "id": .string(device.identifier), "name": .string(device.name), "vendor": .string(device.vendor),
      "driver": .string(device.driver), "kind": .string(device.kind.rawValue),
      "family": .string(device.family), "memoryBytes": .integer(device.memoryBytes),
      "probes": .object(probes.mapValues(JSONValue.string)),
    ]
  }
}
