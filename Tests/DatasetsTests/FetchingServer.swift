import Foundation
import Synchronization

/// An HTTP server on this computer that serves files from memory, one request after the other, and misbehaves on
/// demand.
final class FetchingServer: Sendable {
  /// How it answers a request.
  enum Answer: Sendable {
    /// Promises all that was asked for and sends it.
    case content
    /// Promises all that was asked for, but ends the connection after some bytes.
    case cut(after: Int)
    /// Promises all that was asked for, but is silent after some bytes until the other side gives up.
    case stall(after: Int)
    /// Sends the file from its start whatever was asked for.
    case withoutRanges
    /// Sends other bytes as if they were the file.
    case lie([UInt8])
    /// Sends a status and no file.
    case status(Int)
  }

  /// A request: the file's name, and the first byte that was asked for.
  struct Request: Equatable {
    let name: String
    let start: Int
  }

  private struct State {
    var answers: [Answer]
    var requests: [Request] = []
  }

  /// The address of the folder with the files.
  let address: String
  private let files: [String: [UInt8]]
  private let listener: Int32
  private let state: Mutex<State>

  /// Serves `files` by name. The first requests get `answers`, the others `.content`.
  init(_ files: [String: [UInt8]], answers: [Answer] = []) throws {
    self.files = files
    state = Mutex(State(answers: answers))
    (listener, address) = try Self.listen()
    Thread { [self] in serve() }.start()
  }

  /// What was asked for so far.
  var requests: [Request] { state.withLock { $0.requests } }

  /// Sets the answers to the next requests.
  func answer(_ answers: Answer...) { state.withLock { $0.answers = answers } }

  /// Takes no more connections.
  func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

  /// Opens a port that the system chooses.
  private static func listen() throws -> (listener: Int32, address: String) {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_addr.s_addr = inet_addr("127.0.0.1")
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isListening = withUnsafeMutablePointer(to: &name) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
        bind(listener, name, size) == 0 && Foundation.listen(listener, 8) == 0
          && getsockname(listener, name, &size) == 0
      }
    }
    guard isListening else { throw POSIXError(POSIXError.Code(rawValue: errno) ?? .EIO) }
    return (listener, "http://127.0.0.1:\(UInt16(bigEndian: name.sin_port))/")
  }

  private func serve() {
    while true {
      let connection = accept(listener, nil, nil)
      if connection < 0, errno == EINTR { continue }
      guard connection >= 0 else { break }
      answer(connection)
      close(connection)
    }
    close(listener)
  }

  private func answer(_ connection: Int32) {
    guard let request = receive(connection) else { return }
    let answer = state.withLock { state -> Answer in
      state.requests.append(request)
      return state.answers.isEmpty ? .content : state.answers.removeFirst()
    }
    guard let file = files[request.name] else { return send(404, connection) }
    switch answer {
    case .content: send(file, from: request.start, connection)
    case .cut(let count): send(file, from: request.start, limit: count, connection)
    case .stall(let count):
      send(file, from: request.start, limit: count, connection)
      waitForEnd(connection)
    case .withoutRanges: send(file, from: 0, connection)
    case .lie(let other): send(other, from: request.start, connection)
    case .status(let status): send(status, connection)
    }
  }

  /// The request that a connection begins with.
  private func receive(_ connection: Int32) -> Request? {
    var text = ""
    while !text.contains("\r\n\r\n") {
      var block = [UInt8](repeating: 0, count: 4096)
      let count = recv(connection, &block, block.count, 0)
      guard count > 0 else { return nil }
      text += String(decoding: block[..<count], as: UTF8.self)
    }
    guard let match = text.firstMatch(of: #/^GET /(\S*) /#) else { return nil }
    let start = text.firstMatch(of: #/\r\nRange: bytes=(\d+)-\r\n/#).flatMap { Int($0.1) }
    return Request(name: String(match.1), start: start ?? 0)
  }

  private func send(_ file: [UInt8], from start: Int, limit: Int = .max, _ connection: Int32) {
    guard start == 0 || start < file.count else { return send(416, connection) }
    let range = start == 0 ? "" : "Content-Range: bytes \(start)-\(file.count - 1)/\(file.count)\r\n"
    let head =
      "HTTP/1.1 \(start == 0 ? "200 OK" : "206 Partial Content")\r\n"
      + "Content-Length: \(file.count - start)\r\nConnection: close\r\n\(range)\r\n"
    send(Array(head.utf8), connection)
    send(Array(file[start...].prefix(limit)), connection)
  }

  private func send(_ status: Int, _ connection: Int32) {
    send(
      Array("HTTP/1.1 \(status) No\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno".utf8), connection)
  }

  private func send(_ bytes: [UInt8], _ connection: Int32) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        Foundation.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }

  private func waitForEnd(_ connection: Int32) {
    var byte: UInt8 = 0
    while recv(connection, &byte, 1, 0) > 0 {}
  }
}
