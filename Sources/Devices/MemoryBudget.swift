/// How much memory a runtime has taken from its device, and how much it may take.
final class MemoryBudget {
  private let device: String
  private let capacityBytes: Int
  private let maximumAllocationBytes: Int
  /// Whether `capacityBytes` is a limit to keep or only what the device says it has.
  private let isLimited: Bool
  private var takenBytes = 0
  /// What was taken when the driver refused more, which then is all that there was: other programs use the device too.
  private var exhaustedBytes: Int?

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

  /// The error for an allocation that was noted and then refused by the driver.
  func refused(name: String, bytes: Int) -> DeviceError {
    exhaustedBytes = takenBytes - bytes
    return outOfMemory(name: name, bytes: bytes)
  }

  /// The error for an allocation that failed. What is left is an upper bound: other programs use the device too.
  func outOfMemory(name: String, bytes: Int) -> DeviceError {
    let left = min(max(capacityBytes - takenBytes, 0), maximumAllocationBytes)
    return .outOfMemory(device: device, name: name, requestedBytes: bytes, availableBytes: left)
  }

  /// What more could be taken as far as is known.
  var supply: MemorySupply {
    let capacity = min(exhaustedBytes ?? capacityBytes, capacityBytes)
    return MemorySupply(
      device: device, bytes: max(capacity - takenBytes, 0), allocationBytes: maximumAllocationBytes)
  }
}
