import COpenCL

/// A program compiled for one device.
final class OpenCLProgram {
  let name: String
  private let handle: cl_program

  /// - Throws: ``DeviceError/buildFailed(program:device:log:)`` with the compiler's messages.
  init(name: String, source: String, options: String, context: OpenCLContext) throws {
    self.name = name
    var code: cl_int = 0
    let program = source.withCString { text in
      var lines: [UnsafePointer<CChar>?] = [text]
      return clCreateProgramWithSource(context.handle, 1, &lines, nil, &code)
    }
    handle = try OpenCLStatus.created(program, code, "clCreateProgramWithSource", name)
    var devices: [cl_device_id?] = [context.device.handle]
    let status = clBuildProgram(handle, 1, &devices, options, nil, nil)
    if status == CL_SUCCESS { return }
    let log = (try? buildLog(of: context.device)) ?? ""
    throw DeviceError.buildFailed(
      program: name, device: context.device.description.name,
      log: log.isEmpty ? OpenCLStatus.name(of: status) : log)
  }

  deinit { clReleaseProgram(handle) }

  /// A kernel object of its own, with arguments of its own.
  /// - Throws: ``DeviceError/missingKernel(program:kernel:)``.
  func kernel(_ function: String) throws -> OpenCLKernel {
    var code: cl_int = 0
    let kernel = clCreateKernel(handle, function, &code)
    if code == CL_INVALID_KERNEL_NAME { throw DeviceError.missingKernel(program: name, kernel: function) }
    return OpenCLKernel(try OpenCLStatus.created(kernel, code, "clCreateKernel", function), name: function)
  }

  private func buildLog(of device: OpenCLDevice) throws -> String {
    try OpenCLQuery("clGetProgramBuildInfo") { [handle] in
      clGetProgramBuildInfo(handle, device.handle, cl_program_build_info(CL_PROGRAM_BUILD_LOG), $0, $1, $2)
    }.string()
  }
}
