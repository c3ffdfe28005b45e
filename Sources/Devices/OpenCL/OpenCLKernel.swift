import COpenCL

/// A kernel with its arguments. OpenCL copies them when the kernel is enqueued: setting one afterwards is safe.
final class OpenCLKernel {
  let name: String
  private let handle: cl_kernel

  /// Takes over the reference that `clCreateKernel` returned.
  init(_ handle: cl_kernel, name: String) {
    self.handle = handle
    self.name = name
  }

  deinit { clReleaseKernel(handle) }

  func argumentCount() throws -> Int {
    let query = OpenCLQuery("clGetKernelInfo") { [handle] in
      clGetKernelInfo(handle, cl_kernel_info(CL_KERNEL_NUM_ARGS), $0, $1, $2)
    }
    return Int(try query.value(cl_uint(0)))
  }

  func set<Value: BitwiseCopyable>(_ index: Int, to value: Value) throws {
    let code = withUnsafeBytes(of: value) { clSetKernelArg(handle, cl_uint(index), $0.count, $0.baseAddress) }
    try OpenCLStatus.check(code, "clSetKernelArg", "argument \(index) of \(name)")
  }

  func set(_ index: Int, to memory: OpenCLMemory) throws {
    try set(index, to: Optional(memory.handle))
  }

  /// Work-group memory.
  func set(_ index: Int, localBytes: Int) throws {
    let code = clSetKernelArg(handle, cl_uint(index), localBytes, nil)
    try OpenCLStatus.check(code, "clSetKernelArg", "argument \(index) of \(name)")
  }

  func enqueue(on queue: OpenCLQueue, global: GridSize, local: GridSize) throws {
    try enqueue(on: queue, global: global, local: local, event: nil)
  }

  /// As ``enqueue(on:global:local:)``, with an event to time it by.
  func enqueueTimed(on queue: OpenCLQueue, global: GridSize, local: GridSize) throws -> OpenCLEvent {
    var event: cl_event?
    try enqueue(on: queue, global: global, local: local, event: &event)
    return OpenCLEvent(try OpenCLStatus.created(event, CL_SUCCESS, "clEnqueueNDRangeKernel", name))
  }

  private func enqueue(
    on queue: OpenCLQueue, global: GridSize, local: GridSize, event: UnsafeMutablePointer<cl_event?>?
  ) throws {
    let globalSizes = [global.x, global.y, global.z]
    let localSizes = [local.x, local.y, local.z]
    let code = clEnqueueNDRangeKernel(queue.handle, handle, 3, nil, globalSizes, localSizes, 0, nil, event)
    try OpenCLStatus.check(
      code, "clEnqueueNDRangeKernel", "\(name), \(globalSizes) items in groups of \(localSizes)")
  }
}
