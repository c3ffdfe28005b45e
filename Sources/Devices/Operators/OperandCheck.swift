/// Checks that the tensors of an operation have the sizes that its problem states, so that no kernel reads beyond them.
struct OperandCheck {
  let schedule: Schedule
  let operation: String

  /// - Throws: ``OperatorError/mismatchedOperand(operation:expected:found:)`` where `tensor` is not feature maps of
  ///   this shape.
  func activation(_ role: String, _ tensor: Tensor, _ shape: ActivationShape) throws {
    try check(role, tensor, .activation(shape))
  }

  /// - Throws: ``OperatorError/mismatchedOperand(operation:expected:found:)`` where `tensor` is given and not a vector
  ///   of this many words.
  func vector(_ role: String, _ tensor: Tensor?, _ count: Int) throws {
    guard let tensor else { return }
    try check(role, tensor, .vector(count: count))
  }

  /// - Throws: ``OperatorError/mismatchedOperand(operation:expected:found:)`` where `tensor` is not a vector of whole
  ///   rows of so many words.
  func rows(_ role: String, _ tensor: Tensor, words: Int) throws {
    let found = schedule[tensor]
    guard case .vector(let count) = found.kind, count.isMultiple(of: words) else {
      throw mismatch(
        expected: "\(role) with whole rows of \(words) words",
        found: "'\(found.name)' with \(Self.text(found.kind))")
    }
  }

  /// Both or neither of an epilogue's part and its operands must be there.
  func presence(_ role: String, expected: Bool, found: Bool) throws {
    guard expected == found else {
      throw mismatch(
        expected: expected ? "operands for its \(role)" : "no \(role)", found: found ? "some" : "none")
    }
  }

  /// - Throws: ``OperatorError/mismatchedOperand(operation:expected:found:)`` where a batch has no `groups` equal groups.
  func groups(_ role: String, _ groups: Int, batch: Int) throws {
    guard groups > 0, batch % groups == 0 else {
      throw mismatch(expected: "\(role) that divide a batch of \(batch)", found: "\(groups)")
    }
  }

  private func check(_ role: String, _ tensor: Tensor, _ expected: TensorDescription.Kind) throws {
    let found = schedule[tensor]
    guard found.kind == expected else {
      throw mismatch(
        expected: "\(role) with \(Self.text(expected))",
        found: "'\(found.name)' with \(Self.text(found.kind))")
    }
  }

  private func mismatch(expected: String, found: String) -> OperatorError {
    .mismatchedOperand(operation: operation, expected: expected, found: found)
  }

  private static func text(_ kind: TensorDescription.Kind) -> String {
    switch kind {
    case .activation(let shape): "feature maps of \(shape)"
    case .vector(let count): "\(count) words"
    }
  }
}
