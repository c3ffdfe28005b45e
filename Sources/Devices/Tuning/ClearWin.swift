/// When what was found takes the place of a default, which has proved itself longer.
enum ClearWin {
  /// Of the default's time, what is less than noise away.
  private static let share = 0.98

  static func beats(_ seconds: Double, _ defaultSeconds: Double) -> Bool { seconds < share * defaultSeconds }
}
