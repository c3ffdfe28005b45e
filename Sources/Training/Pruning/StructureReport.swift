import Interchange
import Pruning

extension Pruner {
  /// The contents of `structure.json`: the widths before and after, and every gate that went with the reason.
  var structureReport: JSONValue {
    let structure = progress.structure
    let entryOfGate = structure.entries.enumerated().flatMap { index, entry in
      (0..<entry.count).map { (index, $0) }
    }
    return [
      "method": .string(configuration.method.rawValue),
      "groups": .array(
        zip(structure.entries, structure.counts(of: progress.survivors)).map { entry, count in
          [
            "name": .string(entry.name), "kind": .string(entry.kind.rawValue), "stage": .string(entry.stage),
            "block": entry.block.map(JSONValue.string) ?? .null, "before": .integer(entry.count),
            "after": .integer(count),
          ]
        }),
      "removed": .array(
        progress.removed.map { removed in
          let (entry, unit) = entryOfGate[removed.gate]
          return removed.json(structure.entries[entry], unit: unit)
        }),
    ]
  }
}

extension RemovedGate {
  fileprivate func json(_ entry: GateStructure.Entry, unit: Int) -> JSONValue {
    var values: [String: JSONValue] = [
      "name": .string(entry.name), "kind": .string(entry.kind.rawValue), "epoch": .integer(epoch),
      "reason": .string(reason.rawValue), "theta": .optional(theta), "benefit": .optional(benefit),
      "price": .optional(price),
    ]
    if entry.kind != .block { values["unit"] = .integer(unit) }
    if lossChange != nil {
      values["lossChange"] = .optional(lossChange)
      values["lossChangeStandardError"] = .optional(lossChangeError)
    }
    return .object(values)
  }
}
