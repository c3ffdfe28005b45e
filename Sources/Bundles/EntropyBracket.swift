/// Bundles found in two ways, of which one finds too little and the other too much.
///
/// Two samples on either side of a cell's edge differ by less than its width and are in two cells; a chain of samples may
/// join ends that are far apart. Components here join at least what a cell holds, so that H of the cells never is above H of the
/// components. Ours.
public struct EntropyBracket: Hashable, Sendable {
  /// Samples with equal words in all elements.
  public let cells: BundlePartition
  /// Samples joined by differences of at most γ in every element, or by a cell.
  public let components: BundlePartition

  /// - Throws: `BundleError.wrongCount` unless there is a label for each sample, and where the cell widths do not split the
  ///   elements evenly.
  public init(_ activations: ActivationMatrix, labels: [Int], resolution: ResolutionModel) throws {
    let keys = try resolution.keys(of: activations)
    cells = try BundlePartition(keys: keys, labels: labels)
    let bundles = try ComponentClustering.bundles(
      of: activations, widths: resolution.cellWidths, joining: cells.bundleOfSample)
    components = try BundlePartition(grouping: bundles, keys: keys, labels: labels)
  }

  /// H of the cells, in nats; nil with NaN.
  public var lower: Double? { cells.entropy }
  /// H of the components, in nats; nil with NaN.
  public var upper: Double? { components.entropy }
}
