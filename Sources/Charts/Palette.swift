/// Colours that stay apart for readers with any of the common colour deficiencies (after Okabe and Ito), and the
/// greys of everything that is not data.
enum Palette {
  static let background = "#ffffff"
  static let title = "#1f1f1f"
  static let text = "#4d4d4d"
  static let axis = "#8c8c8c"
  /// What outlines a part of a heat map, whose colours it must not be.
  static let region = "#c0392b"
  static let grid = "#e4e4e4"
  static let missing = "#ececec"

  private static let categories = [
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#4d4d4d",
  ]

  /// The colour with an index, any number: the seven repeat.
  static func category(_ index: Int) -> String {
    let remainder = index % categories.count
    return categories[remainder < 0 ? remainder + categories.count : remainder]
  }
}
