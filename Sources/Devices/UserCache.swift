import Foundation

/// The folder of what can be made anew at any time.
package enum UserCache {
  /// `espalier` in the user's cache folder: `$XDG_CACHE_HOME`, or else `~/.cache`, as the XDG base directory
  /// specification has it. nil where there is neither.
  package static func folder(in environment: [String: String]) -> String? {
    // The specification says to ignore paths that are not absolute.
    func folder(_ name: String) -> String? { environment[name].flatMap { $0.hasPrefix("/") ? $0 : nil } }
    return (folder("XDG_CACHE_HOME") ?? folder("HOME").map { "\($0)/.cache" }).map { "\($0)/espalier" }
  }
}
