import Yams

/// A flag and the values that it takes one after the other.
struct GridAxis {
  let key: String
  let values: [SweepFlag]
}

extension [GridAxis] {
  /// The number of combinations; the highest number there is where they are more than that.
  var cellCount: Int {
    reduce(1) { count, axis in
      let (product, isTooLarge) = count.multipliedReportingOverflow(by: axis.values.count)
      return isTooLarge ? .max : product
    }
  }
}

/// Turns the grid of a sweep's file into settings.
struct GridReader {
  let reader: SweepReader

  func axes(_ mapping: Node.Mapping) throws(SweepFileError) -> [GridAxis] {
    var axes: [GridAxis] = []
    try reader.checkCount(of: mapping)
    for (node, list) in mapping {
      let key = try reader.flagKey(node)
      guard case .sequence(let sequence) = list, !sequence.isEmpty else {
        throw reader.wrong(key, expected: "a list of values such as [0.05, 0.1]", list)
      }
      var values: [SweepFlag] = []
      var known: Set<String> = []
      for node in sequence {
        let flag = try reader.flag(key, node)
        guard known.insert(flag.text).inserted else {
          throw reader.wrong(key, expected: "every value once", node, found: "'\(flag.text)' again")
        }
        values.append(flag)
      }
      guard !axes.contains(where: { $0.key == key }) else {
        throw reader.error(node.mark?.line, .malformed("given twice: \(key)"))
      }
      axes.append(GridAxis(key: key, values: values))
    }
    guard !axes.isEmpty else {
      throw reader.error(
        mapping.mark?.line,
        .wrongValue(key: "grid", expected: "flags with lists of values", found: "an empty mapping"))
    }
    return axes
  }

  /// A setting for every combination, named like `nu=0.05,alpha=1`; the last key changes fastest.
  func settings(
    _ axes: [GridAxis], line: Int?, common: SweepDefaults
  ) throws(SweepFileError) -> [SweepSetting] {
    let cells = axes.reduce([[]]) { cells, axis in
      cells.flatMap { cell in axis.values.map { cell + [$0] } }
    }
    var settings: [SweepSetting] = []
    for cell in cells {
      let name = cell.map { "\($0.key)=\($0.text)" }.joined(separator: ",")
      guard SweepSetting.isName(name) else { throw reader.error(line, .wrongName(name)) }
      settings.append(common.setting(name, flags: cell))
    }
    return settings
  }
}
