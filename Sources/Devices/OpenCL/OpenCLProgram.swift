import COpenCL

/// A program compiled for one device.
final class OpenCLProgram {
  let name: String
  private let handle: cl_program

  /// Compiles a source.
  /// - Throws: ``DeviceError/buildFailed(program:device:log:)`` with the compiler's messages.
  init(name: String, source: String, options: String, context: OpenCLContext) throws {
    self.name = name
    var code: cl_int = 0
    let program = source.withCString { text in
      var lines: [UnsafePointer<CChar>?] = [text]
      return clCreateProgramWithSource(context.handle, 1, &lines, nil, &code)
    }
    handle = try OpenCLStatus.created(program, code, "clCreateProgramWithSource", name)
    try build(options: options, for: context.device)
  }

  /// Takes what ``binary()`` gave, with the options that it was compiled with.
  /// - Throws: ``DeviceError`` where the driver does not take it.
  init(name: String, binary: [UInt8], options: String, context: OpenCLContext) throws {
    self.name = name
    var devices: [cl_device_id?] = [context.device.handle]
    var status: cl_int = 0
    var code: cl_int = 0
    let program = binary.withUnsafeBufferPointer { bytes in
      var (length, start) = (bytes.count, bytes.baseAddress)
      return clCreateProgramWithBinary(context.handle, 1, &devices, &length, &start, &status, &code)
    }
    handle = try OpenCLStatus.created(program, code, "clCreateProgramWithBinary", name)
    try OpenCLStatus.check(status, "clCreateProgramWithBinary", name)
    try build(options: options, for: context.device)
  }

  deinit { clReleaseProgram(handle) }

  private func build(options: String, for device: OpenCLDevice) throws {
    var devices: [cl_device_id?] = [device.handle]
    let status = clBuildProgram(handle, 1, &devices, options, nil, nil)
    if status == CL_SUCCESS { return }
    let log = (try? buildLog(of: device)) ?? ""
    throw DeviceError.buildFailed(
      program: name, device: device.description.name, log: log.isEmpty ? OpenCLStatus.name(of: status) : log)
  }

  /// A kernel object of its own, with arguments of its own.
  /// - Throws: ``DeviceError/missingKernel(program:kernel:)``.
  func kernel(_ function: String) throws -> OpenCLKernel {
    var code: cl_int = 0
    let kernel = clCreateKernel(handle, function, &code)
    if code == CL_INVALID_KERNEL_NAME { throw DeviceError.missingKernel(program: name, kernel: function) }
    return OpenCLKernel(try OpenCLStatus.created(kernel, code, "clCreateKernel", function), name: function)
  }

  /// The compiled program in the driver's own form.
  /// - Throws: ``DeviceError/openCL(call:code:context:)``, also where the driver gives none.
  func binary() throws -> [UInt8] {
    // One device, hence one size and one pointer.
    let length = try OpenCLQuery("clGetProgramInfo") { [handle] in
      clGetProgramInfo(handle, cl_program_info(CL_PROGRAM_BINARY_SIZES), $0, $1, $2)
    }.value(0)
    guard length > 0 else {
      throw DeviceError.openCL(call: "clGetProgramInfo", code: "an empty binary", context: name)
    }
    var binary = [UInt8](repeating: 0, count: length)
    let code = binary.withUnsafeMutableBufferPointer { bytes in
      var start = bytes.baseAddress
      return clGetProgramInfo(
        handle, cl_program_info(CL_PROGRAM_BINARIES), MemoryLayout.size(ofValue: start), &start, nil)
    }
    try OpenCLStatus.check(code, "clGetProgramInfo", name)
    return binary
  }

  private func buildLog(of device: OpenCLDevice) throws -> String {
    try OpenCLQuery("clGetProgramBuildInfo") { [handle] in
      clGetProgramBuildInfo(handle, device.handle, cl_program_build_info(CL_PROGRAM_BUILD_LOG), $0, $1, $2)
    }.string()
  }
}
