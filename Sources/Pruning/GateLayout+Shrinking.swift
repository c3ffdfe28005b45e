extension GateLayout {
  /// For each gate of `smaller`, the gate of this layout that it was.
  ///
  /// A group that has lost its first layer goes by the name of the next one, so sets are matched by the nodes they have.
  ///
  /// - Parameters:
  ///   - smaller: The layout of this network without the gates that are not kept.
  ///   - isKept: one per gate of this layout.
  public func origins(of smaller: GateLayout, keeping isKept: [Bool]) -> [Int] {
    smaller.sets.flatMap { set -> [Int] in
      let origin = sets.first { candidate in
        candidate.kind == set.kind
          && (set.kind == .block ? candidate.name == set.name : candidate.nodes.contains(set.nodes[0]))
      }
      let gates = origin?.range.filter { isKept[$0] } ?? []
      precondition(
        gates.count == set.count, "set \(set.name) has \(set.count) gates of \(gates.count) that were kept")
      return gates
    }
  }
}
