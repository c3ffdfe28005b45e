import AllocationMeter
import Foundation

/// One input, read once.
struct Trial {
  /// What became of the input.
  enum Outcome {
    case accepted
    case rejected(any Error)
  }

  let reader: FuzzReader
  let input: [UInt8]
  /// Whether the input is a valid file, which must be accepted.
  let isSeed: Bool

  var bound: Int { reader.bound.bytes(for: input.count) }

  /// Reads the input.
  ///
  /// - Returns: The outcome, and the most bytes that were allocated at one time.
  /// - Throws: `FuzzFailure` where the reader breaks a promise.
  func run() throws -> (outcome: Outcome, peak: Int) {
    var (outcome, peak) = measure()
    // Whatever is made once, on first use, is not this file's: only what a second reading takes too is.
    if peak > bound { (outcome, peak) = measure() }
    guard peak <= bound else {
      throw FuzzFailure("allocated \(peak) bytes for a file of \(input.count), more than \(bound)")
    }
    if case .rejected(let error) = outcome {
      guard !isSeed else { throw FuzzFailure("rejected a valid file: \(error)") }
      guard reader.documents(error) else {
        throw FuzzFailure("threw an error that it does not document: \(type(of: error)): \(error)")
      }
    }
    return (outcome, peak)
  }

  private func measure() -> (outcome: Outcome, peak: Int) {
    var outcome = Outcome.accepted
    allocation_meter_reset()
    do {
      try reader.read(input)
    } catch {
      outcome = .rejected(error)
      // Users see the message, so making it is a part of reading.
      _ = "\(error)".utf8.count
    }
    return (outcome, allocation_meter_peak())
  }
}
