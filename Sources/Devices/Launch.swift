/// A kernel by the source file that holds it (below `Kernels/`, without extension) and its function's name.
struct KernelReference: Hashable, Sendable {
  var source: String
  var name: String
  /// Preprocessor definitions that this kernel's program is compiled with, in order (OpenCL only).
  var definitions: [String] = []
}

/// Memory that a lowered program needs: a tensor's or a family's own scratch.
struct Slot: Hashable, Sendable {
  let index: Int
}

/// One argument of a launch.
enum Argument: Hashable, Sendable {
  /// A pointer to a slot's first word plus an offset in words.
  case slot(Slot, offset: Int = 0)
  case int(Int)
  case float(Float)
  case scalar(RuntimeScalar)
  /// Work-group memory of this many words (gpu family).
  case local(words: Int)
}

/// A single-precision matrix product `C = A·B (+ C)` handed to a GEMM library (gpu family on GPU devices).
/// All matrices are row-major; strides are in words and advance per batch entry.
struct GEMM: Hashable, Sendable {
  struct Matrix: Hashable, Sendable {
    var slot: Slot
    var offset: Int = 0
    var leadingDimension: Int
    var transposed = false
    var batchStride = 0
  }

  var m: Int
  var n: Int
  var k: Int
  var a: Matrix
  var b: Matrix
  var c: Matrix
  var accumulate = false
  var batchCount = 1
}

/// One entry of a lowered program.
enum Launch: Hashable, Sendable {
  /// `global` work-items along three axes; `local` is the work-group's size (1 × 1 × 1 for the cpu family).
  case kernel(KernelReference, arguments: [Argument], global: GridSize, local: GridSize = GridSize(1, 1, 1))
  case gemm(GEMM)
}

/// A number of work-items along three axes.
struct GridSize: Hashable, Sendable {
  var x: Int
  var y: Int
  var z: Int

  init(_ x: Int, _ y: Int = 1, _ z: Int = 1) {
    self.x = x
    self.y = y
    self.z = z
  }

  var count: Int { x * y * z }
}

extension Launch {
  /// The slots that this launch reads or writes.
  var slots: [Slot] {
    switch self {
    case .kernel(_, let arguments, _, _):
      arguments.compactMap { argument in
        if case .slot(let slot, _) = argument { slot } else { nil }
      }
    case .gemm(let gemm): [gemm.a.slot, gemm.b.slot, gemm.c.slot]
    }
  }

  /// A name for people.
  var kernelName: String {
    switch self {
    case .kernel(let kernel, _, _, _): kernel.name
    case .gemm(let gemm): "gemm \(gemm.m)x\(gemm.n)x\(gemm.k)"
    }
  }
}
