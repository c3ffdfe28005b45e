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
  /// - Parameter notice: receives a line when the library is given up.
  /// - Throws: ``DeviceError/unavailable(requested:reason:advice:)`` where there is no such device.
  package static func openWithMatrixLibrary(
    _ index: Int, notice: @escaping (String) -> Void
  ) throws -> any Device {
    let runtime = try makeRuntime(index, memoryLimitBytes: nil, notice: notice)
    return KernelDevice(
      information: runtime.device.information(family: "gpu"), runtime: runtime,
      family: GPUFamily(gemm: .library))
  }

  /// The gpu family with matrix products of its own, by the tiles of `tiles`, on the device with this number.
  /// - Throws: ``DeviceError/unavailable(requested:reason:advice:)`` where there is no such device,
  ///   ``ProductTileError/unsuitable(tile:device:reason:)`` where it cannot run a tile.
  package static func open(_ index: Int, tiles: TileChoice) throws -> any Device {
    try tiles.check(on: try device(index).description)
    let runtime = try makeRuntime(index, memoryLimitBytes: nil) { _ in }
    return KernelDevice(
      information: runtime.device.information(family: "gpu"), runtime: runtime,
      family: GPUFamily(gemm: .own, tiles: tiles))
  }

  /// A runtime for the device with this number.
  /// - Parameter notice: receives a line for the user when something works, but not in the best way.
  /// - Throws: ``DeviceError/unavailable(requested:reason:advice:)`` where there is no such device.
  static func makeRuntime(
    _ index: Int, memoryLimitBytes: Int?, notice: @escaping (String) -> Void
  ) throws -> OpenCLRuntime {
    try OpenCLRuntime(try device(index), memoryLimitBytes: memoryLimitBytes, notice: notice)
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
