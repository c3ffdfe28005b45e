import Pruning

extension ValueForm<Double> {
  static let price = number("a number from 0 to 1000000") { $0 >= 0 && $0 <= 1e6 }
  static let share = number("a number from 0 to 1") { $0 >= 0 && $0 <= 1 }
  static let positiveShare = number("a number above 0 and up to 1") { $0 > 0 && $0 <= 1 }
  static let exploration = number("a number above 0 and below 0.5") { $0 > 0 && $0 < 0.5 }
}

extension ValueForm<Int> {
  static let countFromZero = Self(
    "a whole number in 0…\(TrainingConfiguration.maximumCount)",
    parse: { Int($0).flatMap { (0...TrainingConfiguration.maximumCount).contains($0) ? $0 : nil } })
}

extension ValueForm<BundleMonitoring> {
  static let bundles = Self(
    "every=EPOCHS, and if need be samples=IMAGES, resolution=…, values=… and statistics=batch, such as "
      + "'every=1,samples=2048'",
    parse: { BundleMonitoring(parsing: $0) }, write: { $0.description })
}

extension ValueForm<WidthRounding> {
  static let rounding = Self(
    "none, auto or a whole number in 1…4096",
    parse: { text in
      switch text {
      case "none": WidthRounding.none
      case "auto": .automatic
      default: Int(text).flatMap { (1...4096).contains($0) ? .multiples(of: $0) : nil }
      }
    },
    write: { rounding in
      switch rounding {
      case .none: "none"
      case .automatic: "auto"
      case .multiples(let count): "\(count)"
      }
    })
}

extension ValueForm<MaskSharing> {
  static let masks = Self(
    "example, batch or the number of groups of a batch, from 4",
    parse: { text in
      switch text {
      case "example": MaskSharing.example
      case "batch": .batch
      default: Int(text).flatMap { (4...(1 << 20)).contains($0) ? .groups($0) : nil }
      }
    },
    write: { masks in
      switch masks {
      case .example: "example"
      case .batch: "batch"
      case .groups(let count): "\(count)"
      }
    })
}
