import Devices
import Foundation
import Interchange

/// What a tuner found on a device, as a file: in the user's cache, and in the folder of each run.
public struct TuningRecord: Codable, Hashable, Sendable {
  /// Of this layout of the file.
  static let currentVersion = 1

  private let version: Int
  /// A digest of the kernels that were measured.
  public let kernels: String
  public let device: Identity
  /// That of the feature maps.
  public let precision: String
  /// By problem, such as `forward mb2ic16ih8oc16kh3ph1`.
  public var products: [String: Product]
  /// The parameters of CLBlast's kernel, such as `xgemm:64x64x32:16x16:16x16:4x4:localMN`; nil for its own.
  public var library: String?

  private struct Version: Decodable {
    let version: Int
  }

  /// What tells devices apart as far as speed is concerned.
  public struct Identity: Codable, Hashable, Sendable {
    public let name: String
    public let vendor: String
    public let driver: String
  }

  /// What computes a product best.
  public struct Product: Codable, Hashable, Sendable {
    /// Such as `16x16:4x4x16:vector4`.
    public let method: String
    /// What was measured; nil in the folder of a run.
    public var measurement: Measurement?
  }

  public struct Measurement: Codable, Hashable, Sendable {
    public let microseconds: Double
    public let defaultMethod: String
    public let defaultMicroseconds: Double
    /// max |a − b| / max |b| beside the default method's result.
    public let error: Double
  }

  /// Nothing, for a device.
  public init(for device: DeviceInformation) throws {
    version = Self.currentVersion
    kernels = try KernelTuning.kernels
    self.device = Identity(name: device.name, vendor: device.vendor, driver: device.driver)
    precision = device.precision.rawValue
    products = [:]
  }

  /// What a device was opened with.
  init(of device: any Device) throws {
    try self.init(for: device.information)
    products = device.tuning.methods.mapValues { Product(method: $0) }
    library = device.tuning.library
  }

  /// - Throws: `FileError`, ``TuningRecordError``.
  public init(contentsOf path: String) throws {
    let data = try WholeFile.read(path, limit: 1 << 26)
    do {
      // First, as all else may be laid out in another way.
      let version = try JSONDecoder().decode(Version.self, from: data).version
      guard version == Self.currentVersion else {
        throw TuningRecordError.otherVersion(path: path, expected: Self.currentVersion, found: version)
      }
      let record = try JSONDecoder().decode(Self.self, from: data)
      _ = try record.tuning
      self = record
    } catch let error as TuningRecordError {
      throw error
    } catch {
      throw TuningRecordError.damaged(path: path, reason: Self.reason(error))
    }
  }

  /// What a device can be opened with.
  public var tuning: KernelTuning {
    get throws { try KernelTuning(methods: products.mapValues(\.method), library: library) }
  }

  /// How a device differs from the one that was tuned, after "was made"; nil where it does not.
  public func difference(from device: DeviceInformation) -> String? {
    let identity = Identity(name: device.name, vendor: device.vendor, driver: device.driver)
    if identity != self.device {
      return "on \(self.device.name) with driver \(self.device.driver), not \(device.name) with driver "
        + device.driver
    }
    if precision != device.precision.rawValue {
      return "in \(precision), not \(device.precision.rawValue)"
    }
    return kernels == (try? KernelTuning.kernels) ? nil : "with other kernels"
  }

  /// - Throws: `FileError`.
  func write(to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write(try encoder.encode(self) + Data("\n".utf8), to: path)
  }

  private static func reason(_ error: any Error) -> String {
    guard let error = error as? DecodingError else { return "\(error)" }
    switch error {
    case .keyNotFound(let key, let context):
      return "\(key.stringValue) is missing" + place(context.codingPath)
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
      return context.debugDescription + place(context.codingPath)
    @unknown default: return "\(error)"
    }
  }

  private static func place(_ path: [any CodingKey]) -> String {
    path.isEmpty ? "" : " at \(path.map(\.stringValue).joined(separator: " → "))"
  }
}

/// Why a tuning file cannot be used.
public enum TuningRecordError: Error, Hashable, Sendable, CustomStringConvertible {
  case damaged(path: String, reason: String)
  case otherVersion(path: String, expected: Int, found: Int)

  public var description: String {
    switch self {
    case .damaged(let path, let reason):
      "\(path) is no tuning file: \(reason). Delete it to use the defaults; `espalier tune-kernels` makes a new one in the "
        + "user's cache"
    case .otherVersion(let path, let expected, let found):
      "\(path) has version \(found) of the tuning file; expected \(expected). Delete it and run "
        + "`espalier tune-kernels` again"
    }
  }
}
