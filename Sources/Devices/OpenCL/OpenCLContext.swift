import COpenCL

/// The objects of one device: memory, programs and queues belong to a context.
final class OpenCLContext {
  let device: OpenCLDevice
  let handle: cl_context

  init(_ device: OpenCLDevice) throws {
    self.device = device
    var code: cl_int = 0
    var handles: [cl_device_id?] = [device.handle]
    let context = clCreateContext(nil, 1, &handles, nil, nil, &code)
    handle = try OpenCLStatus.created(context, code, "clCreateContext", device.description.name)
  }

  deinit { clReleaseContext(handle) }
}
