import COpenCL

/// The completion of a command, with its times where the queue keeps them.
final class OpenCLEvent {
  private let handle: cl_event

  /// Takes over the reference that the enqueuing call returned.
  init(_ handle: cl_event) { self.handle = handle }

  deinit { clReleaseEvent(handle) }

  /// Calls `body` with a wait list of `event`, or with an empty one.
  static func withWaitList<Result>(
    _ event: OpenCLEvent?, _ body: (_ count: cl_uint, _ list: UnsafePointer<cl_event?>?) throws -> Result
  ) rethrows -> Result {
    guard let event else { return try body(0, nil) }
    return try withUnsafePointer(to: Optional(event.handle)) { try body(1, $0) }
  }

  func wait() throws {
    var events: [cl_event?] = [handle]
    try OpenCLStatus.check(clWaitForEvents(1, &events), "clWaitForEvents")
  }

  /// When the command began and ended, in nanoseconds of the device's clock.
  func times() throws -> (start: UInt64, end: UInt64) {
    (try time(CL_PROFILING_COMMAND_START), try time(CL_PROFILING_COMMAND_END))
  }

  private func time(_ parameter: Int32) throws -> UInt64 {
    let query = OpenCLQuery("clGetEventProfilingInfo") { [handle] in
      clGetEventProfilingInfo(handle, cl_profiling_info(parameter), $0, $1, $2)
    }
    return try query.value(cl_ulong(0))
  }
}
