/// The loops over contiguous numbers that all else is made of. They add in an order that depends on the number of elements
/// alone.
enum VectorLoops {
  /// Σ xᵢ·yᵢ, eight partial sums at a time.
  @inline(__always)
  static func dot(_ x: UnsafePointer<Double>, _ y: UnsafePointer<Double>, count: Int) -> Double {
    var (first, second) = (SIMD4<Double>.zero, SIMD4<Double>.zero)
    let (x4, y4) = (UnsafeRawPointer(x), UnsafeRawPointer(y))
    var index = 0
    while index &+ 8 <= count {
      let (here, next) = (index &* 8, index &* 8 &+ 32)
      first +=
        x4.loadUnaligned(fromByteOffset: here, as: SIMD4<Double>.self)
        * y4.loadUnaligned(fromByteOffset: here, as: SIMD4<Double>.self)
      second +=
        x4.loadUnaligned(fromByteOffset: next, as: SIMD4<Double>.self)
        * y4.loadUnaligned(fromByteOffset: next, as: SIMD4<Double>.self)
      index &+= 8
    }
    var sum = (first + second).sum()
    while index < count {
      sum += x[index] * y[index]
      index &+= 1
    }
    return sum
  }

  /// yᵢ ← yᵢ + factor · xᵢ.
  @inline(__always)
  static func add(
    _ x: UnsafePointer<Double>, times factor: Double, to y: UnsafeMutablePointer<Double>, count: Int
  ) {
    for index in 0..<count { y[index] += factor * x[index] }
  }
}
