extension LibraryParameters: CustomStringConvertible {
  private static let prefix = "xgemm"

  /// The tile MWG × NWG × KWG, items MDIMC × NDIMC, gathering items MDIMA × NDIMB, vectors VWM × VWN, and what is out of
  /// the ordinary, such as `xgemm:128x64x16:16x16:16x16:4x4:unroll2:localMN` or, for kernel 1,
  /// `xgemm:64x64x1:8x8:8x8:4x4:registers4`.
  package var description: String {
    var text = "\(Self.prefix):\(self[.rows])x\(self[.columns])x\(self[.depth])"
    text += ":\(self[.itemRows])x\(self[.itemColumns]):\(self[.gatherRows])x\(self[.gatherColumns])"
    text += ":\(self[.leftVector])x\(self[.rightVector])"
    if self[.unrolled] != 1 { text += ":unroll\(self[.unrolled])" }
    text += sides("local", .leftIsLocal, .rightIsLocal)
    text += sides("strided", .rowsAreStrided, .columnsAreStrided)
    if self[.kernel] != 0 { text += ":registers\(self[.registers])" }
    return text
  }

  private func sides(_ word: String, _ m: Name, _ n: Name) -> String {
    let letters = (self[m] == 0 ? "" : "M") + (self[n] == 0 ? "" : "N")
    return letters.isEmpty ? "" : ":\(word)\(letters)"
  }

  /// Understands what ``description`` gives.
  /// - Throws: ``LibraryParametersError`` where the text is no set of parameters, or one that the kernel cannot work with.
  package init(parsing text: String) throws(LibraryParametersError) {
    var parts = text.split(separator: ":", omittingEmptySubsequences: false)[...]
    guard parts.popFirst() == Self.prefix[...] else { throw .notUnderstood(text) }
    let tile = SizeText.numbers(parts.popFirst())
    let pairs = (0..<3).map { _ in SizeText.numbers(parts.popFirst()) }
    guard tile.count == 3, pairs.allSatisfy({ $0.count == 2 }) else { throw .notUnderstood(text) }
    var values: [Name: Int] = [
      .rows: tile[0], .columns: tile[1], .depth: tile[2], .itemRows: pairs[0][0], .itemColumns: pairs[0][1],
      .gatherRows: pairs[1][0], .gatherColumns: pairs[1][1], .leftVector: pairs[2][0],
      .rightVector: pairs[2][1],
    ]
    values[.unrolled] = Self.option("unroll", &parts).flatMap(SizeText.number) ?? 1
    let local = Self.option("local", &parts) ?? ""
    let strided = Self.option("strided", &parts) ?? ""
    (values[.leftIsLocal], values[.rightIsLocal]) = (local.contains("M") ? 1 : 0, local.contains("N") ? 1 : 0)
    values[.rowsAreStrided] = strided.contains("M") ? 1 : 0
    values[.columnsAreStrided] = strided.contains("N") ? 1 : 0
    let registers = Self.option("registers", &parts).flatMap(SizeText.number)
    (values[.kernel], values[.registers]) = (registers == nil ? 0 : 1, registers ?? 1)
    let parameters = LibraryParameters(unchecked: values)
    // What was passed over above, such as letters that mean nothing, is missing here.
    guard parts.isEmpty, parameters.description == text else { throw .notUnderstood(text) }
    try self.init(values)
  }

  /// What stands behind `word` in the next of `parts`, which is then taken off them; nil where it begins otherwise.
  private static func option(_ word: String, _ parts: inout ArraySlice<Substring>) -> Substring? {
    guard let part = parts.first, part.hasPrefix(word) else { return nil }
    parts.removeFirst()
    return part.dropFirst(word.count)
  }
}

/// Why parameters of CLBlast's kernel cannot be used.
package enum LibraryParametersError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A text that names no parameters.
  case notUnderstood(String)
  /// The kernel cannot work with these numbers on any device.
  case impossible(parameters: String, reason: String)

  package var description: String {
    switch self {
    case .notUnderstood(let text):
      "'\(text)' is no set of CLBlast's parameters: expected xgemm, the tile m x n x k, work-items m x n, gathering "
        + "work-items m x n, vectors m x n and options, such as xgemm:128x64x16:16x16:16x16:4x4:unroll2:localMN"
    case .impossible(let parameters, let reason):
      "CLBlast's parameters \(parameters) are impossible: \(reason)"
    }
  }
}
