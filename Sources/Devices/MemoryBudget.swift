/// How much memory a runtime has taken from its device, and how much it may take.
final class MemoryBudget {
  private let device: String
  private let capacityBytes: Int
  private let maximumAllocationBytes: Int
  /// Whether `capacityBytes` is a limit to keep or only what the device says it has.
  private let isLimited: Bool
  private var takenBytes = 0

  /// - Parameters:
  ///   - capacityBytes: all memory of the device.
  ///   - maximumAllocationBytes: the largest single allocation.
  ///   - limitBytes: an upper bound that the user set; nil for none.
  init(device: String, capacityBytes: Int, maximumAllocationBytes: Int, limitBytes: Int?) {
    self.device = device
    self.capacityBytes = limitBytes.map { min($0, capacityBytes) } ?? capacityBytes
    self.maximumAllocationBytes = maximumAllocationBytes
    isLimited = limitBytes != nil
  }

  /// Notes an allocation before it is made; ``give(bytes:)`` takes it back.
  /// - Throws: ``DeviceError/outOfMemory(device:name:requestedBytes:availableBytes:)`` where it cannot be.
  func take(bytes: Int, name: String) throws {
    guard bytes <= maximumAllocationBytes, !isLimited || bytes <= capacityBytes - takenBytes else {
      throw outOfMemory(name: name, bytes: bytes)
    }
    takenBytes += bytes
  }

  func give(bytes: Int) { takenBytes -= bytes }

  /// The error for an allocation that failed. What is left is an upper bound: other programs use the device too.
  func outOfMemory(name: String, bytes: Int) -> DeviceError {
    let left = min(max(capacityBytes - takenBytes, 0), maximumAllocationBytes)
    return .outOfMemory(device: device, name: name, requestedBytes: bytes, availableBytes: left)
  }
}
