import Devices

extension ProductSuite {
  /// Which convolutions to check Winograd's method by.
  package enum WinogradSelection: Sendable {
    /// All of the grid that allow it, and those that are awkward for it.
    case grid
    /// Those that are awkward for it.
    case awkward
    /// A few small ones, for simulators.
    case small
  }

  /// The suite of convolutions that Winograd's method can compute.
  /// - Throws: what the device throws, and ``VerificationError`` or ``OracleError`` for a case that makes no sense.
  package static func winograd(
    reference: any Device, selection: WinogradSelection
  ) throws -> ProductSuite {
    let problems =
      switch selection {
      case .grid: try gridConvolutions() + cases(of: awkward)
      case .awkward: try cases(of: awkward)
      case .small: try cases(of: small)
      }
    return try ProductSuite(problems, reference: reference)
  }

  private static func gridConvolutions() throws -> [ConvolutionCases] {
    try ProblemGrid.convolutions().compactMap { $0 as? ConvolutionCases }.filter(\.problem.allowsWinograd)
  }

  /// Single pixels, rows and columns, odd sizes, every padding, channels around powers of two, tiles of several images in a
  /// group of tiles, several groups and chunks.
  private static let awkward = [
    "mb1ic1ih1oc1kh3ph1", "mb1ic1ih3oc1kh3", "mb5ic1ih1oc17kh3ph2", "mb5ic33ih1oc15kh3ph1",
    "mb2ic3ih15iw17oc17kh3ph1", "mb1ic17ih9oc33kh3ph1pw0", "mb5ic16ih7iw3oc1kh3ph0pw2",
    "mb2ic15ih1iw33oc16kh3ph2pw0", "mb2ic33ih31iw1oc5kh3ph1", "mb1ic70ih3oc130kh3ph1",
    "mb5ic5ih17iw16oc20kh3ph2", "mb40ic2ih5oc3kh3ph1", "mb3ic65ih4iw6oc64kh3ph0pw1",
  ]

  /// A group of tiles and of channels that are not full, each with more than a step's depth.
  private static let small = ["mb2ic9ih3iw5oc5kh3ph1pw0", "mb3ic1ih1oc2kh3ph2"]

  private static func cases(of problems: [String]) throws -> [ConvolutionCases] {
    try problems.enumerated().map {
      ConvolutionCases(problem: try ConvolutionProblem(parsing: $1), bias: $0.isMultiple(of: 2))
    }
  }
}
