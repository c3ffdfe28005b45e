import Foundation

/// Why a call of curl failed.
struct TransferFailure: Equatable {
  /// curl's exit status.
  let status: Int32
  /// The server's status, 0 where there is none.
  let httpStatus: Int
  /// What curl said.
  let reason: String

  /// Whether the server may send the file, but not from its middle.
  var refusesToResume: Bool { status == 33 || status == 36 || httpStatus == 416 }

  /// Whether curl could not write the file.
  var concernsDisk: Bool { status == 23 }

  /// Whether the same address may work a moment later.
  var isTransient: Bool {
    [18, 28, 52, 55, 56, 92].contains(status) || [408, 429, 500, 502, 503, 504].contains(httpStatus)
  }

  /// The failure in words.
  var words: String {
    if status == 22 { return "the server answered with HTTP status \(httpStatus)" }
    return Self.words[status] ?? "curl ended with status \(status) (\(reason))"
  }

  private static let words: [Int32: String] = [
    1: "curl does not support this kind of address",
    3: "the address is malformed",
    5: "the proxy's name is unknown; check the settings of the network",
    6: "the server's name is unknown; check the connection to the network",
    7: "the server does not accept connections",
    18: "the server ended the transfer early",
    28: "the server was silent for too long",
    33: "the server cannot resume a transfer",
    35: "no secure connection could be made",
    37: "the file cannot be read",
    47: "the server redirects too often",
    52: "the server answered with nothing",
    55: "sending to the server failed",
    56: "the connection broke while receiving",
    60: "the server's certificate is not trusted; check this computer's clock and certificates",
    77: "this computer's certificates cannot be read; install Debian's package 'ca-certificates'",
  ]
}

extension ExternalPrograms {
  /// Transfers the file at `address` to `path`, after the bytes that are there.
  ///
  /// - Parameter whileRunning: Called about ten times a second; the transfer is ended when it returns false.
  /// - Returns: How it failed, nil where it did not.
  /// - Throws: `FetchError`.
  func transfer(
    _ address: String, to path: String, whileRunning: () -> Bool
  ) throws -> TransferFailure? {
    // --disable only counts as the first word: the user's own settings could send the file elsewhere.
    // No --retry: curl would throw away what it received and start over, where our own next call goes on.
    let outcome = try run(
      .curl,
      [
        "--disable", "--fail", "--location", "--globoff", "--silent", "--show-error", "--no-buffer",
        "--continue-at", "-",
        "--connect-timeout", "20", "--speed-limit", "500", "--speed-time", "30",
        "--proto", "=https,http,ftp,file", "--proto-redir", "=https,http",
        "--write-out", "%{http_code}", "--output", path, "--url", address,
      ], whileRunning: whileRunning)
    switch outcome.end {
    case .exit(0): return nil
    case .exit(let status):
      return TransferFailure(
        status: status, httpStatus: Int(outcome.output.suffix(3)) ?? 0, reason: outcome.reason)
    case .signal where outcome.end.isInterruption: throw FetchError.interrupted(path: path)
    case .signal: return TransferFailure(status: -1, httpStatus: 0, reason: outcome.reason)
    }
  }
}
