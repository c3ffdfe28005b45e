/// What marks a point. Shapes tell series apart where colours do not.
enum SymbolShape: Int, CaseIterable {
  case circle, square, triangle, diamond

  /// The shape of the series with a colour index, any number.
  init(index: Int) {
    let count = SymbolShape.allCases.count
    self = SymbolShape.allCases[(index % count + count) % count]
  }

  /// The outline as a path from the centre, for a size in the picture's units.
  func pathData(radius r: Int) -> String {
    let wide = r * 6 / 5
    switch self {
    case .circle: return "m\(-r) 0a\(r) \(r) 0 1 0 \(2 * r) 0a\(r) \(r) 0 1 0 \(-2 * r) 0z"
    case .square: return "m\(-r) \(-r)h\(2 * r)v\(2 * r)h\(-2 * r)z"
    case .triangle: return "m0 \(-wide)l\(wide) \(2 * r)h\(-2 * wide)z"
    case .diamond: return "m0 \(-wide)l\(wide) \(wide) \(-wide) \(wide) \(-wide) \(-wide)z"
    }
  }
}
