import CPUKernels

/// What the cpu family's kernels are compiled for.
public enum InstructionSet: String, CaseIterable, Hashable, Sendable {
  case avx512
  case avx2
  /// Any x86-64 processor, or NEON on 64-bit Arm.
  case baseline

  /// Whether this processor can run it.
  public var isAvailable: Bool { supports(.float32) }

  /// Whether there are kernels of it for such feature maps, and this processor can run them.
  public func supports(_ precision: Precision) -> Bool {
    kernels(for: precision).map(espalier_instruction_set_is_available) ?? false
  }

  /// The widest that this processor can run.
  public static var best: InstructionSet { allCases.first(where: \.isAvailable) ?? .baseline }

  /// The kernels for such feature maps; nil where there are none.
  func kernels(for precision: Precision) -> espalier_instruction_set? {
    switch (self, precision) {
    case (.avx512, .float32): espalier_avx512
    case (.avx512, .bfloat16): espalier_avx512_bf16
    case (.avx2, .float32): espalier_avx2
    case (.baseline, .float32): espalier_baseline
    case (_, .bfloat16), (_, .tensorFloat32), (_, .float16): nil
    }
  }

  /// Vectors of 16 floats that a kernel may keep in registers: the macro `ACCUMULATORS` of `Kernels/cpu`.
  var accumulators: Int {
    switch self {
    case .avx512: 14
    case .avx2: 6
    case .baseline:
      #if arch(arm64)
        6
      #else
        2
      #endif
    }
  }

  /// Whether the set has a fused multiply-add; without it `FMA(a, b, c)` is `a·b + c`.
  var hasFusedMultiplyAdd: Bool {
    #if arch(arm64)
      true
    #else
      self != .baseline
    #endif
  }

  /// The preprocessor definitions under which an OpenCL compiler makes the same kernels.
  var definitions: [String] {
    ["ACCUMULATORS=\(accumulators)"] + (hasFusedMultiplyAdd ? [] : ["NO_FMA=1"])
  }

  /// The register tiles of `Kernels/cpu/convolution.cl` for this set.
  var tiles: [ConvolutionTile] {
    switch accumulators {
    case 14...:
      [
        (1, 16), (1, 14), (2, 8), (2, 7), (4, 4), (5, 3), (8, 2), (16, 1), (1, 4), (2, 2), (1, 1),
      ].map(ConvolutionTile.init)
    case 6...: [(1, 6), (1, 4), (2, 3), (3, 2), (6, 1), (2, 2), (1, 1)].map(ConvolutionTile.init)
    default: [(1, 2), (2, 1), (1, 1)].map(ConvolutionTile.init)
    }
  }
}

extension Int {
  func roundedUp(to multiple: Int) -> Int { (self + multiple - 1) / multiple * multiple }
  func dividedRoundingUp(by divisor: Int) -> Int { (self + divisor - 1) / divisor }
}
