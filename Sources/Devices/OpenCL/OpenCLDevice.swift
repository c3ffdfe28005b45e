import COpenCL

/// An OpenCL device: its handle, which lives as long as the process, and its description.
struct OpenCLDevice {
  let handle: cl_device_id
  let description: OpenCLDeviceDescription

  /// The devices of all platforms. A platform that fails to answer is left out: a broken driver must not hide the
  /// others. Without a loader, driver or device the list is empty.
  static func all() -> [OpenCLDevice] {
    var devices: [OpenCLDevice] = []
    for platform in (try? OpenCLPlatform.all()) ?? [] {
      for handle in (try? platform.deviceHandles()) ?? [] {
        guard let device = try? OpenCLDevice(handle, platform: platform.name, index: devices.count) else {
          continue
        }
        devices.append(device)
      }
    }
    return devices
  }

  private init(_ handle: cl_device_id, platform: String, index: Int) throws {
    self.handle = handle
    let type = try Self.query(handle, CL_DEVICE_TYPE).value(cl_device_type(0))
    let floats = try Self.query(handle, CL_DEVICE_SINGLE_FP_CONFIG).value(cl_device_fp_config(0))
    description = OpenCLDeviceDescription(
      index: index, platform: platform,
      name: try Self.query(handle, CL_DEVICE_NAME).string(),
      vendor: try Self.query(handle, CL_DEVICE_VENDOR).string(),
      driverVersion: try Self.query(handle, CL_DRIVER_VERSION).string(),
      kind: Self.kind(of: type),
      openCLCVersion: try Self.query(handle, CL_DEVICE_OPENCL_C_VERSION).string(),
      extensions: try Self.query(handle, CL_DEVICE_EXTENSIONS).string().split(separator: " ").map(
        String.init),
      computeUnits: Int(try Self.query(handle, CL_DEVICE_MAX_COMPUTE_UNITS).value(cl_uint(0))),
      globalMemoryBytes: try Self.size(handle, CL_DEVICE_GLOBAL_MEM_SIZE),
      localMemoryBytes: try Self.size(handle, CL_DEVICE_LOCAL_MEM_SIZE),
      maximumAllocationBytes: try Self.size(handle, CL_DEVICE_MAX_MEM_ALLOC_SIZE),
      maximumWorkGroupSize: try Self.query(handle, CL_DEVICE_MAX_WORK_GROUP_SIZE).value(0),
      roundsDivisionCorrectly: floats & cl_device_fp_config(CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT) != 0)
  }

  /// Simulators report several types at once; what can be a CPU is treated as one.
  private static func kind(of type: cl_device_type) -> DeviceInformation.Kind {
    if type & cl_device_type(CL_DEVICE_TYPE_CPU) != 0 { return .cpu }
    return type & cl_device_type(CL_DEVICE_TYPE_GPU) != 0 ? .gpu : .accelerator
  }

  private static func size(_ handle: cl_device_id, _ parameter: Int32) throws -> Int {
    Int(clamping: try query(handle, parameter).value(cl_ulong(0)))
  }

  private static func query(_ handle: cl_device_id, _ parameter: Int32) -> OpenCLQuery {
    OpenCLQuery("clGetDeviceInfo") { clGetDeviceInfo(handle, cl_device_info(parameter), $0, $1, $2) }
  }
}
