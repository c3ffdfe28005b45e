/// The two parts of a data set as it was published.
public enum Split: String, Sendable, CaseIterable {
  case train
  case test
}
