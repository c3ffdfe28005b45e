/// How the gpu family stores feature maps and multiplies them.
package struct MatrixArithmetic: Hashable, Sendable {
  package var precision: Precision
  /// Who multiplies the fragments of tiles for matrix units; nil where there are no such units.
  package var units: MatrixUnits?

  package init(_ precision: Precision = .float32, units: MatrixUnits? = nil) {
    self.precision = precision
    self.units = units
  }

  /// The definitions of every program that handles feature maps.
  var mapDefinitions: [String] {
    switch precision {
    case .float32, .tensorFloat32: []
    case .bfloat16: ["MAPS_BFLOAT16"]
    case .float16: ["MAPS_HALF"]
    }
  }

  /// Values of a factor in a word of local memory, as matrix units take them.
  var valuesPerUnitWord: Int { precision == .bfloat16 ? 2 : 1 }

  /// The value of `TILE_UNITS` in Kernels/gpu/tile.cl for a tile that matrix units compute; nil where none can.
  var unitCode: Int? {
    switch precision {
    case .bfloat16: 1
    case .tensorFloat32: 2
    case .float32, .float16: nil
    }
  }
}

/// Who multiplies fragments: see Kernels/gpu/matrix_units.cl.
package enum MatrixUnits: String, Hashable, Sendable {
  /// NVIDIA's tensor cores, by instructions within the kernels.
  case ptx
  /// The same, whose fragments a warp reads by instructions of its own too. Those need places in local memory as the
  /// hardware counts them, which a compiler for OpenCL does not promise.
  case ptxMatrixLoads = "ptx-matrix-loads"
  /// The items of a warp in turns, on any device: slow, for tests of everything else.
  case emulated

  /// Those of hardware, the best first.
  static let hardware: [MatrixUnits] = [.ptxMatrixLoads, .ptx]

  var definitions: [String] {
    switch self {
    case .ptx: ["UNITS_PTX"]
    case .ptxMatrixLoads: ["UNITS_PTX", "PTX_MATRIX_LOADS"]
    case .emulated: []
    }
  }

  /// What only the vendor's compilers have, so that others need not be asked.
  var requiredExtension: String? { self == .emulated ? nil : "cl_nv_device_attribute_query" }

  /// Words of work-group memory for each item: `FRAGMENT_WORDS` of Kernels/gpu/matrix_units.cl.
  var exchangeWords: Int { self == .emulated ? 6 : 0 }
}
