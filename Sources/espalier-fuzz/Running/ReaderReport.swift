import Interchange

/// How a reader did.
struct ReaderReport {
  struct Failure {
    /// nil where all inputs together are to blame.
    let input: Int?
    let reason: String
    /// Where the input is kept.
    let file: String?
  }

  let reader: String
  var accepted = 0
  var rejected = 0
  var seconds = 0.0
  var failures: [Failure] = []
  /// The highest allocation: its share of the bound, its bytes, and the input with the length of its file.
  var worst = (share: 0.0, peak: 0, fileByteCount: 0, input: 0)
  /// The input that took longest.
  var slowest = (milliseconds: 0.0, input: 0)

  init(reader: String) { self.reader = reader }

  var inputs: Int { accepted + rejected + failures.count { $0.input != nil } }

  mutating func take(_ progress: borrowing SharedProgress) {
    accepted = progress[.accepted]
    rejected = progress[.rejected]
    worst = (
      Double(progress[.worstShare]) / 1e6, progress[.worstPeak], progress[.worstFile], progress[.worstInput]
    )
    slowest = (Double(progress[.slowest]) / 1e3, progress[.slowestInput])
  }

  static let header = [
    "reader", "inputs", "accepted", "rejected", "failed", "seconds", "slowest ms", "worst KiB",
    "of a file of",
    "share of bound",
  ]

  var row: [String] {
    [
      reader, "\(inputs)", "\(accepted)", "\(rejected)", "\(failures.count)", rounded(seconds, 10),
      rounded(slowest.milliseconds, 10), "\(worst.peak >> 10)", "\(worst.fileByteCount)",
      rounded(worst.share, 100),
    ]
  }

  private func rounded(_ value: Double, _ scale: Double) -> String { "\((value * scale).rounded() / scale)" }

  var json: JSONValue {
    [
      "reader": .string(reader), "inputs": .integer(inputs), "accepted": .integer(accepted),
      "rejected": .integer(rejected), "seconds": .number(seconds),
      "worstAllocation": [
        "shareOfBound": .number(worst.share), "bytes": .integer(worst.peak),
        "fileBytes": .integer(worst.fileByteCount), "input": .integer(worst.input),
      ],
      "slowest": ["milliseconds": .number(slowest.milliseconds), "input": .integer(slowest.input)],
      "failures": .array(
        failures.map {
          [
            "input": $0.input.map(JSONValue.integer) ?? .null, "reason": .string($0.reason),
            "file": $0.file.map(JSONValue.string) ?? .null,
          ]
        }),
    ]
  }
}
