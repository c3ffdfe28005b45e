/// What an OpenCL device says of itself.
public struct OpenCLDeviceDescription: Hashable, Sendable {
  /// The N of `--device opencl:N`: a device's position among those of all platforms.
  public var index: Int
  public var platform: String
  public var name: String
  public var vendor: String
  public var driverVersion: String
  public var kind: DeviceInformation.Kind
  /// Such as `OpenCL C 1.2 `, with whatever the vendor adds.
  public var openCLCVersion: String
  public var extensions: [String]
  public var computeUnits: Int
  public var globalMemoryBytes: Int
  public var localMemoryBytes: Int
  public var maximumAllocationBytes: Int
  public var maximumWorkGroupSize: Int
  /// Whether the compiler can be asked for IEEE division and square root.
  public var roundsDivisionCorrectly: Bool

  /// The kernel family that suits the device: `gpu`, but `cpu` where work-groups and local memory gain nothing.
  public var preferredFamily: DeviceRequest.Family { kind == .cpu ? .cpu : .gpu }

  /// The device together with a family of kernels.
  public func information(family: String, precision: Precision = .float32) -> DeviceInformation {
    DeviceInformation(
      identifier: "opencl:\(index)/\(family)", name: name, vendor: vendor, driver: driverVersion, kind: kind,
      family: family, memoryBytes: globalMemoryBytes, precision: precision)
  }

  /// What a tile of the gpu family has to keep to.
  package func tileLimits(_ arithmetic: MatrixArithmetic = MatrixArithmetic()) -> ProductTile.Limits {
    ProductTile.Limits(
      items: maximumWorkGroupSize, localMemoryBytes: localMemoryBytes, arithmetic: arithmetic)
  }

  /// What a runtime on this device may take.
  func memoryBudget(limitBytes: Int?) -> MemoryBudget {
    MemoryBudget(
      device: name, capacityBytes: globalMemoryBytes, maximumAllocationBytes: maximumAllocationBytes,
      limitBytes: limitBytes)
  }
}
