import CCLBlast
import CLBlastParameters
import COpenCL

/// By which parameters CLBlast multiplies on each device. CLBlast keeps one set per device in the whole process, so
/// whoever multiplies says before each call what it counts on; that costs nothing while nothing changes.
struct LibraryOverrides: Sendable {
  /// By the device's handle, which lives as long as the process; a device that was never changed is not here.
  private var devices: [Int: Entry] = [:]

  private struct Entry: Sendable {
    /// CLBlast cannot forget what it was told: its own parameters come back by telling them.
    let own: LibraryParameters
    /// nil for its own.
    var current: LibraryParameters?
  }

  /// Sets a device's parameters; nil for CLBlast's own.
  /// - Throws: ``DeviceError/openCL(call:code:context:)`` where CLBlast refuses them; then those before stay.
  mutating func apply(_ parameters: LibraryParameters?, to device: cl_device_id) throws {
    let key = Int(bitPattern: device)
    guard devices[key]?.current != parameters else { return }
    let own = try devices[key]?.own ?? Self.inForce(on: device)
    try Self.override(parameters ?? own, on: device)
    devices[key] = Entry(own: own, current: parameters)
  }

  /// What CLBlast has for a device now.
  static func inForce(on device: cl_device_id) throws -> LibraryParameters {
    var values: [LibraryParameters.Name: Int] = [:]
    for name in LibraryParameters.Name.allCases {
      values[name] = try parameter(name.rawValue, of: LibraryParameters.kernelName, on: device)
    }
    return LibraryParameters(unchecked: values)
  }

  /// The side of the smallest square matrices that CLBlast multiplies by the kernel that has parameters; products with fewer
  /// multiplications go to another.
  static func largeSide(on device: cl_device_id) throws -> Int {
    try parameter("XGEMM_MIN_INDIRECT_SIZE", of: "GemmRoutine", on: device)
  }

  private static func parameter(_ name: String, of kernel: String, on device: cl_device_id) throws -> Int {
    var value = 0
    let status = espalier_clblast_parameter(UnsafeMutableRawPointer(device), kernel, name, &value)
    try OpenCLStatus.check(status, "clblast::RetrieveParameters", name)
    return value
  }

  private static func override(_ parameters: LibraryParameters, on device: cl_device_id) throws {
    let entries = parameters.entries
    let values = entries.map(\.value)
    var (characters, starts): ([CChar], [Int]) = ([], [])
    for entry in entries {
      starts.append(characters.count)
      characters += entry.name.rawValue.utf8CString
    }
    let status = characters.withUnsafeBufferPointer { characters in
      var names = starts.map { start in characters.baseAddress.map { $0 + start } }
      return CLBlastOverrideParameters(
        device, LibraryParameters.kernelName, CLBlastPrecisionSingle, names.count, &names, values)
    }
    try OpenCLStatus.check(status.rawValue, "CLBlastOverrideParameters", "\(parameters)")
  }
}
