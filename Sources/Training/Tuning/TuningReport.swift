import Devices
import Interchange

/// What a tuning found, for people and scripts.
public struct TuningReport: Hashable, Sendable {
  public let device: DeviceInformation
  /// Where it is kept.
  public let file: String
  /// How long it took.
  public let seconds: Double
  /// What was found of CLBlast's parameters; nil where CLBlast computes nothing by default.
  public let library: Library?
  public let products: [Product]
  /// Why the search ended early, with what was found until then; nil where it did not.
  public let failure: String?

  public struct Library: Hashable, Sendable {
    /// Such as `xgemm:64x64x32:16x16:16x16:4x4:localMN`; nil where CLBlast keeps its own.
    public let parameters: String?
    /// Of a step's products that CLBlast computes by default, by these parameters.
    public let seconds: Double
    /// Of the same products by CLBlast's own parameters.
    public let ownSeconds: Double
    /// Sets that were tried.
    public let candidates: Int
    public let rejected: Rejected

    init(_ library: TunedLibrary) {
      parameters = library.parameters?.description
      seconds = library.seconds
      ownSeconds = library.ownSeconds
      candidates = library.candidates
      rejected = Rejected(library.rejections)
    }

    var json: JSONValue {
      [
        "parameters": parameters.map { .string($0) } ?? .null, "microseconds": .number(seconds * 1e6),
        "defaultMicroseconds": .number(ownSeconds * 1e6), "candidates": .integer(candidates),
        "rejected": rejected.json,
      ]
    }
  }

  /// How many were given up, by why.
  public struct Rejected: Hashable, Sendable {
    public private(set) var failed = 0
    public private(set) var wrong = 0
    public private(set) var slow = 0

    init(_ reasons: [ProductRejection.Reason]) {
      for reason in reasons {
        switch reason {
        case .failed: failed += 1
        case .wrong: wrong += 1
        case .slow: slow += 1
        }
      }
    }

    var json: JSONValue {
      ["failed": .integer(failed), "wrong": .integer(wrong), "slow": .integer(slow)]
    }
  }

  public struct Product: Hashable, Sendable {
    public let problem: String
    /// How often a step computes it.
    public let count: Int
    public let method: String
    public let seconds: Double
    public let defaultMethod: String
    public let defaultSeconds: Double
    /// max |a − b| / max |b| beside the default method's result.
    public let error: Double
    /// Methods that were tried.
    public let candidates: Int
    /// Methods that were given up.
    public let rejected: Rejected

    init(_ product: TunedProduct) {
      problem = "\(product.problem)"
      count = product.count
      method = "\(product.method)"
      seconds = product.seconds
      defaultMethod = "\(product.defaultMethod)"
      defaultSeconds = product.defaultSeconds
      error = product.error
      candidates = product.candidates
      rejected = Rejected(product.rejections.map(\.reason))
    }
  }

  /// Of all products of a step together, by what was found and by the defaults.
  public var stepSeconds: (tuned: Double, defaults: Double) {
    products.reduce((0, 0)) {
      ($0.0 + Double($1.count) * $1.seconds, $0.1 + Double($1.count) * $1.defaultSeconds)
    }
  }

  public var json: JSONValue {
    let total = max(stepSeconds.tuned, .leastNonzeroMagnitude)
    return [
      "device": .string(device.identifier), "deviceName": .string(device.name),
      "driver": .string(device.driver), "precision": .string(device.precision.rawValue),
      "file": .string(file), "seconds": .number(seconds),
      "stepMicroseconds": .number(stepSeconds.tuned * 1e6),
      "defaultStepMicroseconds": .number(stepSeconds.defaults * 1e6),
      "library": library.map(\.json) ?? .null, "failure": failure.map { .string($0) } ?? .null,
      "problems": .array(
        products.map { product in
          [
            "problem": .string(product.problem), "count": .integer(product.count),
            "method": .string(product.method), "microseconds": .number(product.seconds * 1e6),
            "defaultMethod": .string(product.defaultMethod),
            "defaultMicroseconds": .number(product.defaultSeconds * 1e6),
            "share": .number(Double(product.count) * product.seconds / total),
            "error": .number(product.error), "candidates": .integer(product.candidates),
            "rejected": product.rejected.json,
          ]
        }),
    ]
  }
}
