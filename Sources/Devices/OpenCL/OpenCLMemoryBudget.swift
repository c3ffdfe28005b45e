/// How much of a device's memory one runtime has taken: the numbers of an out-of-memory message.
final class OpenCLMemoryBudget {
  private let device: OpenCLDeviceDescription
  private var takenBytes = 0

  init(_ device: OpenCLDeviceDescription) { self.device = device }

  var maximumAllocationBytes: Int { device.maximumAllocationBytes }

  func take(bytes: Int) { takenBytes += bytes }

  func give(bytes: Int) { takenBytes -= bytes }

  /// The error for an allocation that failed. What is left is an upper bound: other programs use the device too.
  func outOfMemory(name: String, bytes: Int) -> DeviceError {
    let left = min(max(device.globalMemoryBytes - takenBytes, 0), device.maximumAllocationBytes)
    return .outOfMemory(device: device.name, name: name, requestedBytes: bytes, availableBytes: left)
  }
}
