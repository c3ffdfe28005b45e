extension OpenCLProbe {
  static let all = [halfArithmetic, halfLoads, uncontractedProduct, bfloat16MatrixInstruction]

  /// Half-precision arithmetic, which some drivers have without listing `cl_khr_fp16`.
  private static let halfArithmetic = OpenCLProbe(
    name: "half-arithmetic",
    source: """
      #pragma OPENCL EXTENSION cl_khr_fp16 : enable
      __kernel void probe(__global float *result) {
        half a = (half)(result[0] == result[0] ? 3.0f : 1.0f), b = (half)2049.0f;
        result[0] = (float)(a + b);
      }
      """,
    // 2049 and the sum 1 + 2048 both round to 2048: in single precision the result would be 2050 or 2049.
    items: 1, expected: [2048])

  /// Half-precision storage with arithmetic in single precision.
  private static let halfLoads = OpenCLProbe(
    name: "half-loads",
    source: """
      __kernel void probe(__global float *result) {
        __global half *halves = (__global half *)result;
        vstore_half(1.5f, 0, halves);
        vstore_half(-0.25f, 1, halves);
        float a = vload_half(0, halves), b = vload_half(1, halves);
        result[0] = a;
        result[1] = b;
      }
      """,
    items: 1, expected: [1.5, -0.25])

  /// Whether the pragma keeps the compiler from fusing a product and a sum.
  private static let uncontractedProduct = OpenCLProbe(
    name: "uncontracted-product",
    source: """
      #pragma STDC FP_CONTRACT OFF
      __kernel void probe(__global float *result) {
        float one = result[0] == result[0] ? 0.0f : 1.0f;
        float a = one + 0x1p-12f;
        result[0] = a * a - (one + 0x1p-11f);
        result[1] = fma(a, a, -(one + 0x1p-11f));
      }
      """,
    items: 1, expected: [0, 0x1p-24])

  /// NVIDIA's matrix units, reached by PTX within a kernel: one 16 × 8 × 16 product of bfloat16 with float sums.
  /// Every element of A is 1 and of B is 2, so every sum is 32.
  private static let bfloat16MatrixInstruction = OpenCLProbe(
    name: "nvidia-bf16-mma",
    source: """
      #ifndef __NV_CL_C_VERSION
      #error not an NVIDIA compiler
      #endif
      __kernel void probe(__global float *result) {
        uint a = 0x3f803f80u, b = 0x40004000u;
        float c0 = 0, c1 = 0, c2 = 0, c3 = 0;
        asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
                     "{%0,%1,%2,%3}, {%4,%4,%4,%4}, {%5,%5}, {%0,%1,%2,%3};"
                     : "+f"(c0), "+f"(c1), "+f"(c2), "+f"(c3) : "r"(a), "r"(b));
        uint lane = get_local_id(0);
        result[4 * lane] = c0;
        result[4 * lane + 1] = c1;
        result[4 * lane + 2] = c2;
        result[4 * lane + 3] = c3;
      }
      """,
    items: 32, expected: [Float](repeating: 32, count: 128))
}
