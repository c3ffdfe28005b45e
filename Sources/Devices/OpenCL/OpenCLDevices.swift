/// The OpenCL devices of this machine.
public enum OpenCLDevices {
  /// The devices of all platforms, numbered from 0; empty where there is no driver or no device.
  public static func list() -> [OpenCLDeviceDescription] { OpenCLDevice.all().map(\.description) }

  /// Small experiments on a device: see ``OpenCLProbe``.
  /// - Throws: ``DeviceError/unavailable(requested:reason:advice:)`` where there is no such device.
  public static func probes(of index: Int) throws -> [String: String] {
    try OpenCLProbe.run(on: try device(index))
  }

  /// The gpu family with matrix products by the library, which only GPUs get otherwise, on the device with this number.
  /// - Parameters:
  ///   - parameters: of the library's kernel; nil for its own.
  ///   - notice: receives a line when the parameters or the library are given up.
  /// - Throws: ``DeviceError/unavailable(requested:reason:advice:)`` where there is no such device.
  package static func openWithMatrixLibrary(
    _ index: Int, parameters: LibraryParameters? = nil, notice: @escaping (String) -> Void
  ) throws -> any Device {
    let runtime = try makeRuntime(
      index, memoryLimitBytes: nil, libraryParameters: parameters, notice: notice)
    return KernelDevice(
      information: runtime.device.information(family: "gpu"), runtime: runtime,
      family: GPUFamily(on: runtime.device, hasLibrary: true, choice: ProductChoice(library: parameters)))
  }

  /// The parameters that CLBlast multiplies large matrices by on a device now.
  /// - Throws: ``DeviceError``.
  package static func libraryParametersInForce(on index: Int) throws -> LibraryParameters {
    try MatrixLibrary.parametersInForce(on: try device(index))
  }

  /// The gpu family with matrix products of its own, by the methods of `choice`, on the device with this number.
  /// - Parameter mergesLaunches: whether one launch may do what several would; tests compare both.
  /// - Throws: ``DeviceError/unavailable(requested:reason:advice:)`` where there is no such device,
  ///   ``ProductTileError/unsuitable(tile:device:reason:)`` or ``WinogradTileError/unsuitable(tile:device:reason:)`` where it
  ///   cannot run a tile.
  package static func open(
    _ index: Int, choice: ProductChoice, arithmetic: MatrixArithmetic = MatrixArithmetic(),
    mergesLaunches: Bool = true
  ) throws -> any Device {
    try choice.check(on: try device(index).description, arithmetic)
    let runtime = try makeRuntime(index, memoryLimitBytes: nil) { _ in }
    return KernelDevice(
      information: runtime.device.information(family: "gpu", precision: arithmetic.precision),
      runtime: runtime,
      family: GPUFamily(
        on: runtime.device, arithmetic, hasLibrary: false, choice: choice, mergesLaunches: mergesLaunches))
  }

  /// How a device multiplies in `precision`, which probes have to confirm; nil where it cannot.
  static func arithmetic(of index: Int, _ precision: Precision) throws -> MatrixArithmetic? {
    let device = try device(index)
    let units = try MatrixUnits.hardware.first {
      try OpenCLProbe.matrixUnits($0, precision)?.passes(on: device) == true
    }
    if precision == .tensorFloat32, units == nil { return nil }
    return MatrixArithmetic(precision, units: units)
  }

  /// A family of kernels on the device with this number, which works as `configuration` says.
  /// - Throws: ``DeviceError/unavailable(requested:reason:advice:)`` where there is no such device.
  package static func open(
    _ index: Int, family: DeviceRequest.Family, configuration: OpenCLConfiguration,
    memoryLimitBytes: Int? = nil
  ) throws -> any Device {
    let runtime = try makeRuntime(
      index, configuration: configuration, memoryLimitBytes: memoryLimitBytes, notice: { _ in })
    return KernelDevice(
      information: runtime.device.information(family: family.rawValue), runtime: runtime,
      family: family == .cpu
        ? CPUFamily(instructionSet: .best, precision: .float32)
        : GPUFamily(on: runtime.device, hasLibrary: false))
  }

  /// A runtime for the device with this number.
  /// - Parameters:
  ///   - configuration: how it works; nil for what suits the device.
  ///   - libraryParameters: those of the library for matrices; nil for its own.
  ///   - notice: receives a line for the user when something works, but not in the best way.
  /// - Throws: ``DeviceError/unavailable(requested:reason:advice:)`` where there is no such device.
  static func makeRuntime(
    _ index: Int, configuration: OpenCLConfiguration? = nil, memoryLimitBytes: Int?,
    libraryParameters: LibraryParameters? = nil, notice: @escaping (String) -> Void
  ) throws -> OpenCLRuntime {
    try OpenCLRuntime(
      try device(index), configuration: configuration, memoryLimitBytes: memoryLimitBytes,
      libraryParameters: libraryParameters, notice: notice)
  }

  private static func device(_ index: Int) throws -> OpenCLDevice {
    let devices = OpenCLDevice.all()
    guard devices.indices.contains(index) else {
      let reason =
        devices.isEmpty
        ? "no OpenCL device was found" : "there are \(devices.count) OpenCL devices, numbered from 0"
      throw DeviceError.unavailable(
        requested: "opencl:\(index)", reason: reason, advice: "`espalier devices` lists what is there.")
    }
    return devices[index]
  }
}
