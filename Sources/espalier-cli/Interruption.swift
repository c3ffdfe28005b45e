import Dispatch
import Espalier
import Foundation

/// Turns Ctrl-C and SIGTERM into a request to stop; the second one ends the program at once.
struct Interruption {
  private let sources: [any DispatchSourceSignal]

  /// - Parameter notice: What to tell the user about the wait; nil for nothing.
  init(
    _ cancellation: Cancellation,
    notice: String? = "finishing this step and saving; once more to stop at once"
  ) {
    sources = [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        if cancellation.isRequested { _exit(ExitStatus.interrupted.rawValue) }
        cancellation.request()
        guard let notice else { return }
        if Console.terminalColumns != nil { Console.progress("\n") }
        Console.notice(notice)
      }
      source.resume()
      return source
    }
  }

  /// Gives the signals their usual meaning back.
  func end() {
    for source in sources { source.cancel() }
    for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
  }
}
