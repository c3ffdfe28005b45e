import Dispatch
import Espalier
import Foundation

/// Turns Ctrl-C and SIGTERM into a request to stop; the second one ends the program at once.
struct Interruption {
  private let sources: [any DispatchSourceSignal]

  init(_ cancellation: Cancellation) {
    sources = [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        if cancellation.isRequested { _exit(ExitStatus.interrupted.rawValue) }
        cancellation.request()
        if Console.terminalColumns != nil { Console.progress("\n") }
        Console.notice("finishing this step and saving; once more to stop at once")
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
