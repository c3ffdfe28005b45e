/// The parameters of CLBlast's kernel for large matrices in single precision, `Xgemm`: C (m × n) = A (m × k) · B (k × n),
/// tile by tile. The names and what they mean are those of CLBlast's documentation (doc/tuning.md) and of its tuner.
package struct LibraryParameters: Hashable, Sendable {
  private let values: [Name: Int]

  /// What CLBlast calls the parameters.
  package enum Name: String, CaseIterable, Hashable, Sendable {
    /// 0 is the kernel whose work-groups can gather factors in local memory, 1 the one that reads them into registers.
    case kernel = "GEMMK"
    /// Steps of depth that kernel 1 holds in registers.
    case registers = "KREG"
    /// Depth of a tile.
    case depth = "KWG"
    /// Steps of depth that the compiler unrolls.
    case unrolled = "KWI"
    /// Work-items along m that gather A.
    case gatherRows = "MDIMA"
    /// Work-items along m.
    case itemRows = "MDIMC"
    /// A tile's extent along m.
    case rows = "MWG"
    /// Work-items along n that gather B.
    case gatherColumns = "NDIMB"
    /// Work-items along n.
    case itemColumns = "NDIMC"
    /// A tile's extent along n.
    case columns = "NWG"
    /// 1 where A goes through local memory.
    case leftIsLocal = "SA"
    /// 1 where B goes through local memory.
    case rightIsLocal = "SB"
    /// 1 where an item's rows lie apart.
    case rowsAreStrided = "STRM"
    /// 1 where an item's columns lie apart.
    case columnsAreStrided = "STRN"
    /// Words of A and C at once.
    case leftVector = "VWM"
    /// Words of B at once.
    case rightVector = "VWN"
  }

  /// The name of the kernel in CLBlast.
  static let kernelName = "Xgemm"

  /// - Throws: ``LibraryParametersError/impossible(parameters:reason:)`` for numbers that the kernel cannot work with.
  package init(_ values: [Name: Int]) throws(LibraryParametersError) {
    self.init(unchecked: values)
    if let obstacle = obstacleInKernel {
      throw .impossible(parameters: "\(self)", reason: obstacle)
    }
  }

  /// Parameters that CLBlast judges itself: its own, and bad ones for tests.
  package init(unchecked values: [Name: Int]) { self.values = values }

  /// A parameter's value; 0 where it is missing.
  package subscript(name: Name) -> Int { values[name] ?? 0 }

  /// What is there, in the order of CLBlast's names.
  var entries: [(name: Name, value: Int)] {
    Name.allCases.compactMap { name in values[name].map { (name, $0) } }
  }

  /// Work-items of a group.
  package var items: Int { self[.itemRows] * self[.itemColumns] }

  /// Sums of a work-item.
  package var sums: Int { self[.rows] * self[.columns] / max(items, 1) }

  package var localMemoryBytes: Int {
    4 * self[.depth] * (self[.leftIsLocal] * self[.rows] + self[.rightIsLocal] * self[.columns])
  }
}
