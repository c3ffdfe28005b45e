/// The devices of this machine and how to open one.
public enum DeviceCatalog {
  /// A device ready for use, and a line that says which and why.
  public struct Selection {
    public let device: any Device
    public let notice: String
  }

  /// Which methods to use on a device; nil for the defaults.
  public typealias Tuning = (DeviceInformation) throws -> KernelTuning?

  /// Every OpenCL device with the family that suits it, then the CPU fallback with each instruction set that this
  /// processor has.
  public static func list() -> [DeviceInformation] {
    OpenCLDevices.list().map { $0.information(family: $0.preferredFamily.rawValue) }
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
  ///   - precision: of feature maps and products.
  ///   - threads: of the CPU fallback; nil for one per core. OpenCL devices decide themselves.
  ///   - memoryLimitBytes: an upper bound on all memory taken from the device.
  ///   - tuning: what a tuner found on a device; asked once, of devices with the gpu family.
  ///   - warn: receives a line when something works, but not in the best way.
  /// - Throws: ``DeviceError`` where there is no such device or it cannot be opened.
  public static func open(
    _ request: DeviceRequest, precision: Precision = .float32, threads: Int? = nil,
    memoryLimitBytes: Int? = nil, tuning: Tuning = { _ in nil }, warn: @escaping (String) -> Void = { _ in }
  ) throws -> Selection {
    switch request {
    case .automatic:
      if let gpu = OpenCLDevices.list().first(where: { $0.kind == .gpu }) {
        return try openCL(gpu, family: nil, precision, memoryLimitBytes, "the first GPU", tuning, warn)
      }
      return try fallback(nil, precision, threads, memoryLimitBytes, "no OpenCL GPU was found")
    case .cpu(let set):
      return try fallback(set, precision, threads, memoryLimitBytes, "as requested")
    case .openCL(let index, let family):
      return try openCL(
        description(index: index), family: family, precision, memoryLimitBytes, "as requested", tuning,
        warn)
    }
  }

  /// The number of the OpenCL device that `request` means with the gpu family.
  /// - Throws: ``DeviceError/unavailable(requested:reason:advice:)`` where it means something else.
  package static func indexOfGPUFamily(_ request: DeviceRequest) throws -> Int {
    let advice = "opencl:N/gpu names a device with the gpu family; `espalier devices` lists the devices"
    switch request {
    case .automatic:
      guard let gpu = OpenCLDevices.list().first(where: { $0.kind == .gpu }) else {
        throw DeviceError.unavailable(requested: "auto", reason: "no OpenCL GPU was found", advice: advice)
      }
      return gpu.index
    case .cpu:
      throw DeviceError.unavailable(
        requested: "cpu", reason: "the fallback's kernels are chosen by the problem and need no tuning",
        advice: advice)
    case .openCL(let index, let family):
      let description = try description(index: index)
      guard (family ?? description.preferredFamily) == .gpu else {
        throw DeviceError.unavailable(
          requested: "opencl:\(description.index)/cpu",
          reason: "the cpu family's kernels are chosen by the problem and need no tuning", advice: advice)
      }
      return description.index
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
    _ description: OpenCLDeviceDescription, family: DeviceRequest.Family?, _ precision: Precision,
    _ memoryLimitBytes: Int?, _ why: String, _ tuning: Tuning,
    _ warn: @escaping (String) -> Void
  ) throws -> Selection {
    let family = family ?? description.preferredFamily
    let information = description.information(family: family.rawValue, precision: precision)
    let kernels: any KernelFamily
    var libraryParameters: LibraryParameters?
    switch family {
    case .cpu:
      guard precision == .float32 else {
        throw precision.unavailable(
          on: information.identifier, reason: "the cpu family computes in fp32 on OpenCL")
      }
      kernels = CPUFamily(instructionSet: .best, precision: .float32)
    case .gpu:
      guard let arithmetic = try OpenCLDevices.arithmetic(of: description.index, precision) else {
        throw precision.unavailableForMatrixUnits(on: information.identifier)
      }
      let choice = try tuning(information)?.choice ?? ProductChoice()
      let misfits = choice.misfits(on: description.tileLimits(arithmetic))
      if !misfits.isEmpty {
        warn(
          "\(misfits.count) of \(choice.exceptions.count) tuned methods do not suit \(information.name), such as "
            + "\(misfits[0]); the defaults compute instead")
      }
      if arithmetic.precision == .bfloat16, arithmetic.units == nil {
        warn(
          "no matrix units that we know to use were found: bf16 is stored, and multiplied in single precision"
        )
      }
      libraryParameters = choice.library
      kernels = GPUFamily(
        on: description, arithmetic, hasLibrary: description.kind == .gpu, choice: choice)
    }
    let device = KernelDevice(
      information: information,
      runtime: try OpenCLDevices.makeRuntime(
        description.index, memoryLimitBytes: memoryLimitBytes, libraryParameters: libraryParameters,
        notice: warn),
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
