import Devices
import Foundation
import Interchange

/// The folder of tuning files: one for each device, driver and precision.
public struct TuningStore: Hashable, Sendable {
  public let path: String

  public init(_ path: String) { self.path = path }

  /// `espalier/tuning` in the user's cache folder; nil where there is none.
  public static var user: TuningStore? {
    UserCache.folder(in: ProcessInfo.processInfo.environment).map { TuningStore("\($0)/tuning") }
  }

  /// Where what is found on a device is kept.
  public func file(for device: DeviceInformation) -> String {
    let words = [device.name, device.driver, device.precision.rawValue].map(Self.fileName)
    return "\(path)/\(words.joined(separator: "-")).json"
  }

  /// What was found on a device; nil where nothing was, or only with other kernels. A file that cannot be used is
  /// worth a line, not a run.
  public func record(for device: DeviceInformation, notify: (String) -> Void) -> TuningRecord? {
    let file = file(for: device)
    guard RunFolder.exists(file) else { return nil }
    do {
      let record = try TuningRecord(contentsOf: file)
      guard let difference = record.difference(from: device) else { return record }
      notify("\(file) was made \(difference): the defaults are used; run `espalier tune-kernels` again")
    } catch {
      notify("\(error); the defaults are used")
    }
    return nil
  }

  /// Adds to what was found on a device before, and replaces what was found again.
  /// - Parameter library: what was found of the library's parameters; nil where nobody looked, which leaves those before.
  /// - Returns: the file.
  /// - Throws: `FileError`.
  package func add(
    _ products: [String: TuningRecord.Product], library: TunedLibrary?, of device: DeviceInformation
  ) throws -> String {
    var record = try record(for: device) { _ in } ?? TuningRecord(for: device)
    record.products.merge(products) { _, new in new }
    if let library { record.library = library.parameters?.description }
    try RunFolder.createFolder(path)
    let file = file(for: device)
    try record.write(to: file)
    return file
  }

  /// Letters, digits, dots and hyphens.
  private static func fileName(_ text: String) -> String {
    let words = text.lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber || $0 == ".")) }
    return words.joined(separator: "-")
  }
}
