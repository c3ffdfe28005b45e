/// A place in a picture, in pixels from its top left corner.
struct Position: Equatable {
  var x: Double
  var y: Double
}

/// An upright rectangle in a picture, in pixels.
struct Box {
  var left: Double
  var top: Double
  var right: Double
  var bottom: Double

  var width: Double { right - left }
  var height: Double { bottom - top }
  var centre: Position { Position(x: (left + right) / 2, y: (top + bottom) / 2) }

  /// Whether the position lies inside or on the edge, give or take what rounding hides.
  func contains(_ position: Position) -> Bool {
    let slack = 0.05
    return position.x >= left - slack && position.x <= right + slack
      && position.y >= top - slack && position.y <= bottom + slack
  }

  func intersects(_ other: Box) -> Bool {
    left < other.right && other.left < right && top < other.bottom && other.top < bottom
  }

  func inset(by distance: Double) -> Box {
    Box(left: left + distance, top: top + distance, right: right - distance, bottom: bottom - distance)
  }

  /// The box at the nearest place that is inside another, larger one.
  func moved(into other: Box) -> Box {
    let dx = min(max(0, other.left - left), other.right - right)
    let dy = min(max(0, other.top - top), other.bottom - bottom)
    return Box(left: left + dx, top: top + dy, right: right + dx, bottom: bottom + dy)
  }

  /// The part of a straight segment that lies in the box (Liang–Barsky), nil where it passes by.
  func clip(from start: Position, to end: Position) -> (start: Position, end: Position)? {
    let dx = end.x - start.x
    let dy = end.y - start.y
    var first = 0.0
    var last = 1.0
    let edges = [
      (-dx, start.x - left), (dx, right - start.x), (-dy, start.y - top), (dy, bottom - start.y),
    ]
    for (direction, distance) in edges {
      if direction == 0 {
        if distance < 0 { return nil }
      } else if direction < 0 {
        first = max(first, distance / direction)
      } else {
        last = min(last, distance / direction)
      }
    }
    guard first <= last else { return nil }
    return (
      first == 0 ? start : Position(x: start.x + first * dx, y: start.y + first * dy),
      last == 1 ? end : Position(x: start.x + last * dx, y: start.y + last * dy)
    )
  }
}
