/// The logarithm, sine and cosine that normal random numbers need, from additions, multiplications and divisions
/// alone. A system's mathematics library may round its own differently on another machine.
enum Elementary {
  /// The natural logarithm of a positive, normal number, to about 1e-16 of its size or absolutely.
  ///
  /// With x = 2^e · m and m in [√½, √2): ln x = e · ln 2 + 2 · artanh((m − 1) / (m + 1)).
  static func logarithm(_ x: Double) -> Double {
    var exponent = Double(x.exponent)
    var mantissa = x.significand
    if mantissa > 2.0.squareRoot() {
      mantissa /= 2
      exponent += 1
    }
    let ratio = (mantissa - 1) / (mantissa + 1)
    let square = ratio * ratio
    var series = 0.0
    for denominator in stride(from: 23.0, through: 1, by: -2) {
      series = series * square + 1 / denominator
    }
    return exponent * 0.693147180559945309417 + 2 * ratio * series
  }

  /// The cosine and sine of an angle given in full turns, in [0, 1), to about 1e-16.
  static func direction(turns: Double) -> (cosine: Double, sine: Double) {
    let quarter = (turns * 4).rounded()
    let angle = (turns - quarter / 4) * (2 * Double.pi)
    let square = angle * angle
    var cosine = 1.0
    var sine = 1.0
    for term in stride(from: 16.0, through: 2, by: -2) {
      cosine = 1 - cosine * square / (term * (term - 1))
      sine = 1 - sine * square / (term * (term + 1))
    }
    sine *= angle
    switch quarter {
    case 1: return (-sine, cosine)
    case 2: return (-cosine, -sine)
    case 3: return (sine, -cosine)
    default: return (cosine, sine)
    }
  }
}
