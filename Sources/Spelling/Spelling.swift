/// Guesses what a misspelt name was meant to be.
package enum Spelling {
  /// The name with the fewest inserted, deleted and replaced characters, the first of several; `text` itself where
  /// there are no names.
  package static func nearest(to text: String, among names: [String]) -> String {
    names.min { distance(text, $0) < distance(text, $1) } ?? text
  }

  /// The edit distance of Levenshtein.
  private static func distance(_ first: String, _ second: String) -> Int {
    var distances = Array(0...second.count)
    for (row, character) in first.enumerated() {
      var diagonal = row
      distances[0] = row + 1
      for (column, other) in second.enumerated() {
        let replaced = diagonal + (character == other ? 0 : 1)
        diagonal = distances[column + 1]
        distances[column + 1] = min(replaced, diagonal + 1, distances[column] + 1)
      }
    }
    return distances[second.count]
  }
}
