import COpenCL

/// An in-order command queue.
final class OpenCLQueue {
  let context: OpenCLContext
  let handle: cl_command_queue

  /// - Parameter profiling: whether its events carry times.
  init(_ context: OpenCLContext, profiling: Bool = false) throws {
    self.context = context
    var code: cl_int = 0
    let properties = profiling ? cl_command_queue_properties(CL_QUEUE_PROFILING_ENABLE) : 0
    let queue = clCreateCommandQueue(context.handle, context.device.handle, properties, &code)
    handle = try OpenCLStatus.created(queue, code, "clCreateCommandQueue")
  }

  deinit { clReleaseCommandQueue(handle) }

  /// Hands what was enqueued to the device without waiting.
  func flush() throws { try OpenCLStatus.check(clFlush(handle), "clFlush") }

  /// Waits until everything that was enqueued has finished.
  func finish() throws { try OpenCLStatus.check(clFinish(handle), "clFinish") }

  /// An event that completes with everything enqueued before it.
  func marker() throws -> OpenCLEvent {
    var event: cl_event?
    let code = clEnqueueMarkerWithWaitList(handle, 0, nil, &event)
    return OpenCLEvent(try OpenCLStatus.created(event, code, "clEnqueueMarkerWithWaitList"))
  }
}
