/// What a compiled program depends on: equal keys may share a binary.
package struct ProgramKey: Hashable, Sendable {
  /// 64 hexadecimal digits.
  package let digest: String

  package init(digest: String) { self.digest = digest }

  /// - Parameters:
  ///   - source: the whole text that the compiler gets.
  ///   - options: its options.
  ///   - device: where it runs, with whose driver.
  package init(source: String, options: String, device: OpenCLDeviceDescription) {
    let parts = [
      source, options, device.name, device.vendor, device.driverVersion, device.platform,
      device.openCLCVersion,
    ]
    // Lengths keep what ends one part from passing for the beginning of the next.
    digest = SHA256.hexadecimal(parts.map { "\($0.utf8.count):\($0)" }.joined().utf8)
  }
}
