/// Where the mean and the deviation come from that images are normalised with.
public enum NormalizationChoice: String, Sendable, CaseIterable {
  /// Those published for the data set; those of ImageNet for a folder.
  case published
  /// Those of the training images, as evaluation sees them.
  case measured
}
