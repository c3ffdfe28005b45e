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

  /// The host's time from an idle queue until it has finished what `body` enqueues. Events would leave the host out, but
  /// not every driver has times for markers, or in order.
  func seconds(_ body: () throws -> Void) throws -> Double {
    try finish()
    let passed = try ContinuousClock().measure {
      try body()
      try finish()
    }
    return passed / .seconds(1)
  }
}
