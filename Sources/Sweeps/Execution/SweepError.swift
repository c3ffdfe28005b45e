/// Why a sweep did not start.
public enum SweepError: Error, Hashable, Sendable {
  /// Its folder holds runs of a setting that had that name but other flags.
  case changedSetting(name: String, changes: [String], folder: String)
  /// A file of its folder is not what a sweep leaves there.
  case damagedFile(String, expected: String, found: String, advice: String)
  /// The folder holds something else.
  case notASweep(String)
  /// Another sweep, or a run that outlived one, works in the folder.
  case folderInUse(String)
}

extension SweepError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .changedSetting(let name, let changes, let folder):
      "setting \(name): expected the flags that the runs in \(folder) were made with, found others: "
        + "\(changes.joined(separator: "; ")); give the changed setting another name, or remove that folder to run it anew"
    case .damagedFile(let path, let expected, let found, let advice):
      "\(path): expected \(expected), found \(found); \(advice)"
    case .notASweep(let folder):
      "expected a new or empty folder, or that of an earlier sweep, found other files in \(folder); choose another folder"
    case .folderInUse(let folder):
      "\(folder): another sweep, or a run that outlived one, is at work in it; wait for its end, or choose another folder"
    }
  }
}
