extension OpenCLProbe {
  static let all =
    [halfArithmetic, halfLoads, uncontractedProduct]
    + MatrixUnits.hardware.flatMap { units in unitPrecisions.compactMap { matrixUnits(units, $0) } }

  /// Half-precision arithmetic, which some drivers have without listing `cl_khr_fp16`.
  private static let halfArithmetic = OpenCLProbe(
    name: "half-arithmetic",
    source: .text(
      """
      #pragma OPENCL EXTENSION cl_khr_fp16 : enable
      __kernel void probe(__global float *result) {
        half a = (half)(result[0] == result[0] ? 3.0f : 1.0f), b = (half)2049.0f;
        result[0] = (float)(a + b);
      }
      """),
    // 2049 and the sum 1 + 2048 both round to 2048: in single precision the result would be 2050 or 2049.
    items: GridSize(1), expected: [2048])

  /// Half-precision storage with arithmetic in single precision.
  private static let halfLoads = OpenCLProbe(
    name: "half-loads",
    source: .text(
      """
      __kernel void probe(__global float *result) {
        __global half *halves = (__global half *)result;
        vstore_half(1.5f, 0, halves);
        vstore_half(-0.25f, 1, halves);
        float a = vload_half(0, halves), b = vload_half(1, halves);
        result[0] = a;
        result[1] = b;
      }
      """),
    items: GridSize(1), expected: [1.5, -0.25])

  /// Whether the pragma keeps the compiler from fusing a product and a sum.
  private static let uncontractedProduct = OpenCLProbe(
    name: "uncontracted-product",
    source: .text(
      """
      #pragma OPENCL FP_CONTRACT OFF
      __kernel void probe(__global float *result) {
        float one = result[0] == result[0] ? 0.0f : 1.0f;
        float a = one + 0x1p-12f;
        result[0] = a * a - (one + 0x1p-11f);
        result[1] = fma(a, a, -(one + 0x1p-11f));
      }
      """),
    items: GridSize(1), expected: [0, 0x1p-24])
}

// Matrix units, by the primitives of Kernels/gpu/matrix_units.cl.
extension OpenCLProbe {
  private static let unitPrecisions: [Precision] = [.bfloat16, .tensorFloat32]

  /// Two warps, each with several fragments and steps of depth.
  /// - Parameter precision: one in which matrix units multiply.
  static func matrixUnits(_ units: MatrixUnits, _ precision: Precision) -> OpenCLProbe? {
    let arithmetic = MatrixArithmetic(precision, units: units)
    guard arithmetic.unitCode != nil, let tile = try? ProductTile(parsing: "8x8:4x4x32:units") else {
      return nil
    }
    return OpenCLProbe(
      name: "\(units.rawValue)-\(precision.rawValue)-mma",
      source: .file(
        "gpu/unit_probe", definitions: arithmetic.mapDefinitions + tile.definitions(arithmetic)),
      items: tile.local, expected: product(tile), requiredExtension: units.requiredExtension)
  }

  /// What `Kernels/gpu/unit_probe.cl` should find.
  private static func product(_ tile: ProductTile) -> [Float] {
    (0..<tile.rows).flatMap { row in
      (0..<tile.columns).map { column in
        var sum = 0
        for k in 0..<tile.depth { sum += ((row * 7 + k * 3) % 11 - 5) * ((k * 5 + column * 2) % 13 - 6) }
        return Float(sum)
      }
    }
  }
}
