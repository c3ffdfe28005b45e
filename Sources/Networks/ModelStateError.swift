/// A model's state lacks a tensor of its network, or has it in another size.
public struct ModelStateError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The tensor's PyTorch name.
  public let tensor: String
  public let expectedShape: [Int]
  /// The number of values; nil where there is no such tensor.
  public let foundCount: Int?

  public init(tensor: String, expectedShape: [Int], foundCount: Int?) {
    self.tensor = tensor
    self.expectedShape = expectedShape
    self.foundCount = foundCount
  }

  public var description: String {
    "tensor '\(tensor)': expected shape \(expectedShape), found \(foundCount.map { "\($0) values" } ?? "none"); "
      + "take the state of the same network"
  }
}

extension ModelState {
  /// The values of a parameter or statistic.
  ///
  /// - Throws: ``ModelStateError`` where they are missing or not as many as the shape says.
  public func values(of entry: Parameter) throws(ModelStateError) -> [Float] {
    let values = parameters[entry.name] ?? statistics[entry.name]
    guard let values, values.count == entry.count else {
      throw ModelStateError(tensor: entry.name, expectedShape: entry.shape, foundCount: values?.count)
    }
    return values
  }
}
