import COpenCL

/// The way of an input to a device that computes meanwhile: one queue copies from the host to a landing place on the
/// device, and the queue that computes copies from there to the buffer that kernels read.
///
/// Landing place and buffer are a ring of two: what lands does not touch what the step before still reads. The second copy
/// keeps the order of things simple. It lies in the queue between the runs that see the old content and those that see
/// the new, just where a write by that queue would, so reads, fills, parts and repeated writes need no rule of their
/// own; and kernels keep one buffer, which was bound once. It costs the bytes of a batch at the bandwidth of the
/// device's memory, a few percent of the way over PCI Express that it hides. Kernels bound to two buffers in turn would
/// save that at the price of every plan twice.
final class OpenCLUploadLane {
  private let landing: OpenCLMemory
  private let compute: OpenCLQueue
  private let uploads: OpenCLQueue
  /// The last copy from the landing place, which the next upload must not overtake.
  private var departed: OpenCLEvent?

  /// - Throws: ``DeviceError/outOfMemory(device:name:requestedBytes:availableBytes:)``.
  init(
    words: Int, name: String, compute: OpenCLQueue, uploads: OpenCLQueue, budget: MemoryBudget
  ) throws {
    landing = try OpenCLMemory(words: words, name: name, queue: compute, budget: budget)
    self.compute = compute
    self.uploads = uploads
  }

  /// Enqueues both copies.
  /// - Parameters:
  ///   - source: memory that stays as it is until `event` completes.
  ///   - event: receives the completion of the copy from the host.
  /// - Returns: the code of the first call that failed.
  func write(
    _ source: UnsafeRawBufferPointer, to target: cl_mem, atWord offset: Int,
    event: UnsafeMutablePointer<cl_event?>
  ) -> cl_int {
    // A queue may wait for an event of another only when that other one has been told to work.
    var code = departed == nil ? CL_SUCCESS : clFlush(compute.handle)
    if code != CL_SUCCESS { return code }
    code = OpenCLEvent.withWaitList(departed) { count, list in
      clEnqueueWriteBuffer(
        uploads.handle, landing.handle, cl_bool(CL_FALSE), 0, source.count, source.baseAddress, count, list,
        event)
    }
    if code != CL_SUCCESS { return code }
    code = clFlush(uploads.handle)
    if code != CL_SUCCESS { return code }
    var copied: cl_event?
    code = withUnsafePointer(to: event.pointee) { landed in
      clEnqueueCopyBuffer(
        compute.handle, landing.handle, target, 0, offset * 4, source.count, 1, landed, &copied)
    }
    departed = copied.map { OpenCLEvent($0) }
    return code
  }
}
