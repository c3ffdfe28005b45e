/// One launch with everything bound: ready to be enqueued again and again.
protocol OpenCLStep: AnyObject {
  func enqueue(on queue: OpenCLQueue) throws
  /// Runs the launch alone on a profiling queue.
  /// - Returns: its seconds.
  func measure(on queue: OpenCLQueue) throws -> Double
}

/// A launch of one of our own kernels.
final class OpenCLKernelStep: OpenCLStep {
  private let kernel: OpenCLKernel
  private let global: GridSize
  private let local: GridSize
  /// Where the kernel takes numbers that change from run to run.
  private var scalarIndices: [(scalar: RuntimeScalar, index: Int)] = []
  /// OpenCL retains no buffer that is bound to a kernel.
  private var memories: [OpenCLMemory] = []

  init(
    _ kernel: OpenCLKernel, arguments: [Argument], global: GridSize, local: GridSize,
    place: (Slot) throws -> (memory: OpenCLMemory, offset: Int)
  ) throws {
    self.kernel = kernel
    self.global = global
    self.local = local
    var index = 0
    for argument in arguments { try bind(argument, at: &index, place: place) }
    let expected = try kernel.argumentCount()
    guard index == expected else {
      throw DeviceError.openCL(
        call: "binding \(kernel.name)", code: "CL_INVALID_KERNEL_ARGS",
        context: "\(index) arguments for \(expected) parameters")
    }
  }

  func set(_ scalar: RuntimeScalar, bits: UInt32) throws {
    for entry in scalarIndices where entry.scalar == scalar { try kernel.set(entry.index, to: bits) }
  }

  func enqueue(on queue: OpenCLQueue) throws {
    if global.count == 0 { return }
    try kernel.enqueue(on: queue, global: global, local: local)
  }

  func measure(on queue: OpenCLQueue) throws -> Double {
    if global.count == 0 { return 0 }
    let event = try kernel.enqueueTimed(on: queue, global: global, local: local)
    try event.wait()
    let times = try event.times()
    return Double(times.end &- times.start) * 1e-9
  }

  /// A slot takes two OpenCL arguments, buffer and offset (see Kernels/common/kernel.cl); everything else takes one.
  private func bind(
    _ argument: Argument, at index: inout Int, place: (Slot) throws -> (memory: OpenCLMemory, offset: Int)
  ) throws {
    switch argument {
    case .slot(let slot, let offset):
      let placement = try place(slot)
      memories.append(placement.memory)
      try kernel.set(index, to: placement.memory)
      index += 1
      try kernel.set(index, to: UInt64(placement.offset + offset))
    case .int(let value):
      guard let value = Int32(exactly: value) else {
        throw DeviceError.openCL(
          call: "binding \(kernel.name)", code: "CL_INVALID_ARG_VALUE", context: "\(value) exceeds 32 bits")
      }
      try kernel.set(index, to: value)
    case .float(let value): try kernel.set(index, to: value)
    case .scalar(let scalar):
      scalarIndices.append((scalar, index))
      try kernel.set(index, to: UInt32(0))
    case .local(let words): try kernel.set(index, localBytes: words * 4)
    }
    index += 1
  }
}
