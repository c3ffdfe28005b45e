/// The devices of this machine and how to open one.
public enum DeviceCatalog {
  /// A device ready for use, and a line that says which and why.
  public struct Selection {
    public let device: any Device
    public let notice: String
  }

  /// Every OpenCL device with the family that suits it, then the CPU fallback with each instruction set that this
  /// processor has.
  public static func list() -> [DeviceInformation] {
    OpenCLDevices.list().map { $0.information(family: $0.preferredFamily) }
      + InstructionSet.allCases.filter(\.isAvailable).map { CPUFallback.information($0, .float32) }
  }

  /// Small experiments on a device, by name; for the fallback, whether it has bfloat16.
  public static func probes(of device: DeviceInformation) throws -> [String: String] {
    switch try DeviceRequest(parsing: device.identifier) {
    case .openCL(let index?, _): return try OpenCLDevices.probes(of: index)
    case .cpu(let set?): return ["precision bf16": set.supports(.bfloat16) ? "yes" : "no"]
    default: return [:]
    }
  }

  /// - Parameters:
  ///   - precision: of feature maps. What is not single precision takes the CPU fallback.
  ///   - threads: of the CPU fallback; nil for one per core. OpenCL devices decide themselves.
  ///   - memoryLimitBytes: an upper bound on all memory taken from the device.
  ///   - warn: receives a line when something works, but not in the best way.
  /// - Throws: ``DeviceError`` where there is no such device or it cannot be opened.
  public static func open(
    _ request: DeviceRequest, precision: Precision = .float32, threads: Int? = nil,
    memoryLimitBytes: Int? = nil, warn: @escaping (String) -> Void = { _ in }
  ) throws -> Selection {
    switch request {
    case .automatic:
      guard precision == .float32 else {
        return try fallback(nil, precision, threads, memoryLimitBytes, "for \(precision.rawValue)")
      }
      if let gpu = OpenCLDevices.list().first(where: { $0.kind == .gpu }) {
        return try openCL(gpu, family: nil, memoryLimitBytes, "the first GPU", warn)
      }
      return try fallback(nil, precision, threads, memoryLimitBytes, "no OpenCL GPU was found")
    case .cpu(let set):
      return try fallback(set, precision, threads, memoryLimitBytes, "as requested")
    case .openCL(let index, let family):
      guard precision == .float32 else {
        throw precision.unavailable(on: "opencl", reason: "OpenCL devices compute in fp32")
      }
      return try openCL(
        description(index: index), family: family, memoryLimitBytes, "as requested", warn)
    }
  }

  private static func description(index: Int?) throws -> OpenCLDeviceDescription {
    let devices = OpenCLDevices.list()
    guard !devices.isEmpty else {
      throw DeviceError.unavailable(
        requested: "opencl", reason: "no OpenCL platform was found",
        advice: "Install the driver of your GPU, or pocl-opencl-icd to try OpenCL on the CPU "
          + "(sudo apt-get install pocl-opencl-icd); --device cpu needs neither")
    }
    guard let index else { return devices.first { $0.kind == .gpu } ?? devices[0] }
    guard devices.indices.contains(index) else {
      throw DeviceError.unavailable(
        requested: "opencl:\(index)", reason: "there are \(devices.count) OpenCL devices, numbered from 0",
        advice: "`espalier devices` lists them")
    }
    return devices[index]
  }

  private static func openCL(
    _ description: OpenCLDeviceDescription, family: DeviceRequest.Family?, _ memoryLimitBytes: Int?,
    _ why: String, _ warn: @escaping (String) -> Void
  ) throws -> Selection {
    let name = family?.rawValue ?? description.preferredFamily
    let kernels: any KernelFamily =
      name == "cpu"
      ? CPUFamily(instructionSet: .best, precision: .float32)
      : GPUFamily(gemm: description.kind == .gpu ? .library : .own)
    let information = description.information(family: name)
    let device = KernelDevice(
      information: information,
      runtime: try OpenCLDevices.makeRuntime(
        description.index, memoryLimitBytes: memoryLimitBytes, notice: warn),
      family: kernels)
    return Selection(
      device: device, notice: "device: \(information.name) (\(information.identifier)), \(why)")
  }

  private static func fallback(
    _ set: InstructionSet?, _ precision: Precision, _ threads: Int?, _ memoryLimitBytes: Int?, _ why: String
  ) throws -> Selection {
    let device = try CPUFallback.make(
      instructionSet: set, precision: precision, threads: threads, memoryLimitBytes: memoryLimitBytes)
    return Selection(
      device: device,
      notice: "device: \(device.information.name) (\(device.information.identifier)), \(why)")
  }
}
