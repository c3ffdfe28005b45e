import COpenCL

/// An installed implementation of OpenCL.
struct OpenCLPlatform {
  let handle: cl_platform_id
  let name: String

  static func all() throws -> [OpenCLPlatform] {
    var count: cl_uint = 0
    let code = clGetPlatformIDs(0, nil, &count)
    // The loader's word for "no driver is installed".
    if OpenCLStatus.name(of: code) == "CL_PLATFORM_NOT_FOUND_KHR" || count == 0 { return [] }
    try OpenCLStatus.check(code, "clGetPlatformIDs")
    var handles = [cl_platform_id?](repeating: nil, count: Int(count))
    try OpenCLStatus.check(clGetPlatformIDs(count, &handles, nil), "clGetPlatformIDs")
    return handles.compactMap { $0 }.map { handle in
      let query = OpenCLQuery("clGetPlatformInfo") {
        clGetPlatformInfo(handle, cl_platform_info(CL_PLATFORM_NAME), $0, $1, $2)
      }
      return OpenCLPlatform(handle: handle, name: (try? query.string()) ?? "unnamed platform")
    }
  }

  func deviceHandles() throws -> [cl_device_id] {
    let every = cl_device_type(CL_DEVICE_TYPE_ALL)
    var count: cl_uint = 0
    let code = clGetDeviceIDs(handle, every, 0, nil, &count)
    if code == CL_DEVICE_NOT_FOUND || count == 0 { return [] }
    try OpenCLStatus.check(code, "clGetDeviceIDs", name)
    var handles = [cl_device_id?](repeating: nil, count: Int(count))
    try OpenCLStatus.check(clGetDeviceIDs(handle, every, count, &handles, nil), "clGetDeviceIDs", name)
    return handles.compactMap { $0 }
  }
}
