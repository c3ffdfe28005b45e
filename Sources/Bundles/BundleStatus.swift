/// What can be said of a layer's bundles in a word: the first of these that holds. Ours.
public enum BundleStatus: String, CaseIterable, Hashable, Sendable, Codable {
  /// No samples.
  case empty
  /// Some activation is NaN: there are no numbers.
  case notANumber = "nan"
  /// Some activation is infinite. Infinite activations count as equal.
  case infinite
  /// One sample, which cannot conflict.
  case singleSample = "single-sample"
  /// One bundle: no activation of any sample can be told from 0.
  case dead
  /// One bundle, of other values.
  case constant
  /// All labels are equal and cannot conflict.
  case singleClass = "single-class"
  /// Some bundle mixes labels.
  case conflicting
  /// No bundle mixes labels.
  case healthy
}
