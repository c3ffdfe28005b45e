import Interchange

extension AdviceReport {
  /// A row for every block.
  public var csv: String {
    func text<Value>(_ value: Value?) -> String { value.map { "\($0)" } ?? "" }
    let methods = AdviceMethod.methods
    let header =
      "block,macs,rMin,rMax,unproductive,critical,entropyAboveInput,verdict,lesion,"
      + methods.map(\.rawValue).joined(separator: ",") + ",agree"
    let rows = blocks.map { block in
      ([
        block.name, "\(block.multiplyAccumulates)", text(block.fields?.shortest.upperBound),
        text(block.fields?.longest), text(block.fields?.unproductive), text(block.fields?.critical),
        text(block.entropyAboveInput), block.verdict.rawValue, text(block.lesion),
      ] + methods.map { "\(block.removed[$0] ?? 0)" } + ["\(block.agreement.count)"]).joined(separator: ",")
    }
    return ([header] + rows).map { "\($0)\n" }.joined()
  }

  public var json: JSONValue {
    [
      "model": .string(model), "border": border.map { .string($0) } ?? .null,
      "pruning": pruning?.json ?? .null,
      "blocks": .array(blocks.map(\.json)), "proposals": .array(proposals.map(\.json)),
    ]
  }
}

extension AdviceReport.Block {
  fileprivate var json: JSONValue {
    [
      "name": .string(name), "macs": .integer(multiplyAccumulates),
      "receptiveFields": fields.map { fields in
        [
          "rMin": .integer(fields.shortest.upperBound), "rMinFirst": .integer(fields.shortest.lowerBound),
          "rMax": fields.longest.map { .integer($0) } ?? .null, "convolutions": .integer(fields.convolutions),
          "unproductive": .integer(fields.unproductive), "critical": .integer(fields.critical),
        ]
      } ?? .null,
      "entropyAboveInput": .optional(entropyAboveInput), "verdict": .string(verdict.rawValue),
      "lesion": .optional(lesion),
      "removed": .object(
        Dictionary(
          uniqueKeysWithValues: AdviceMethod.methods.map { ($0.rawValue, .number(removed[$0] ?? 0)) })),
      "agreement": .array(agreement.map { .string($0.rawValue) }),
    ]
  }
}

extension AdviceReport.Proposal {
  fileprivate var json: JSONValue {
    [
      "method": .string(method.rawValue), "summary": .string(summary),
      "macs": complexity.map { .integer($0.multiplyAccumulates) } ?? .null,
      "parameters": complexity.map { .integer($0.parameters) } ?? .null,
      "training": outcome?.json ?? .null,
    ]
  }
}

extension AdviceReport.Outcome {
  fileprivate var json: JSONValue {
    [
      "epochs": .integer(epochs), "costFraction": .number(costFraction), "top1": .number(top1),
      "seconds": .number(seconds),
    ]
  }
}
