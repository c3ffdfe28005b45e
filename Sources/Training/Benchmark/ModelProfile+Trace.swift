import Devices
import Foundation
import Interchange

extension ModelProfile {
  /// The step as a document of Chrome's trace-event format, which ui.perfetto.dev and chrome://tracing show: one complete
  /// event per launch, times in microseconds. Launches follow each other without gaps.
  public var trace: JSONValue {
    var begin = 0.0
    let events = launches.map { launch -> JSONValue in
      let duration = launch.seconds * 1e6
      defer { begin += duration }
      return [
        "ph": "X", "name": .string(launch.kernel), "cat": .string(launch.purpose?.operation ?? "launch"),
        "ts": .number(begin), "dur": .number(duration), "pid": 1, "tid": 1,
        "args": [
          "node": launch.purpose.map { .string($0.node) } ?? .null,
          "operation": launch.purpose.map { .string($0.operation) } ?? .null,
          "problem": launch.purpose?.convolution.map { "\($0)" } ?? .null,
        ],
      ]
    }
    return [
      "displayTimeUnit": "ms", "traceEvents": .array(events),
      "otherData": [
        "model": .string(model), "pass": .string(pass.rawValue), "batchSize": .string("\(batchSize)"),
        "device": .string(device), "precision": .string(precision.rawValue),
      ],
    ]
  }

  /// - Throws: `FileError`.
  public func writeTrace(to path: String) throws {
    try AtomicFile.write(Data(trace.compactText.utf8), to: path)
  }
}
