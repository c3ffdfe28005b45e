import ArgumentParser
import Espalier

struct TuneKernelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tune-kernels",
    abstract: "Finds the fastest correct kernels of a GPU for a model's training step.",
    discussion: """
      Each matrix product of a training step is computed by many methods: tiles of all shapes, compiled-in sizes, depth in \
      parts, Winograd's convolution, matrix units, CLBlast. A method whose result is wrong or unsteady is out; of the others \
      the fastest wins, if it clearly beats the default. Before that, where CLBlast multiplies, other parameters of its \
      kernel are tried. What is found goes to espalier/tuning in the user's cache folder, \
      one file for each device, driver and precision; trainings that begin later use it and keep a copy in \
      RUN/tuning.json. Without such a file the defaults compute: nothing is ever timed within a training.
      """)

  @OptionGroup var options: BenchNetworkOptions
  @Option(help: "auto for the first GPU, or opencl[:N][/gpu].")
  var device = "auto"
  @Option(help: "Type of feature maps and products: fp32, tf32, bf16 or fp16.")
  var precision = Precision.float32
  @Option(help: "How long to search.")
  var seconds = 180.0
  @Option(help: "The folder to keep the results in (default: espalier/tuning in the user's cache folder).")
  var store: String?
  @Flag(help: "Print the report as JSON.")
  var json = false

  func validate() throws {
    guard seconds > 0, seconds.isFinite else {
      throw ValidationError("--seconds: expected a number above 0, found \(seconds)")
    }
  }

  func run() throws {
    guard let store = store.map({ TuningStore($0) }) ?? .user else {
      throw ValidationError(
        "there is no cache folder, as neither XDG_CACHE_HOME nor HOME is set; use --store")
    }
    let tuner = KernelTuner(network: try options.network(), batchSize: options.batchSize, seconds: seconds)
    let columns = Console.terminalColumns
    var reported = -1
    let report = try tuner.run(
      on: DeviceRequest(parsing: device), precision: precision, store: store,
      progress: { done, subject in
        let percent = Int(done * 100)
        if let columns {
          Console.progress("\r\u{1B}[K" + "\(percent) % \(subject)".prefix(max(0, columns - 1)))
        } else if percent / 10 > reported {
          reported = percent / 10
          Console.notice("\(percent) %: \(subject)")
        }
      }, notice: Console.notice)
    if columns != nil { Console.progress("\r\u{1B}[K") }
    try Console.result(json ? report.json.prettyText : Self.text(report))
  }

  private static func text(_ report: TuningReport) -> String {
    let rows = report.products.map { product in
      [
        product.problem, "\(product.count)", product.method, (product.seconds * 1e6).formatted(decimals: 1),
        (product.defaultSeconds * 1e6).formatted(decimals: 1),
        (product.defaultSeconds / product.seconds).formatted(decimals: 2),
        "\(product.candidates)", text(product.rejected),
      ]
    }
    let table = TextTable(
      header: ["product", "per step", "method", "µs", "default µs", "gain", "tried", "failed/wrong/slow"],
      rows: rows)
    let (tuned, defaults) = report.stepSeconds
    return table.text
      + "\n\n" + (report.library.map(text) ?? "")
      + "products of a step: \((tuned * 1e3).formatted(decimals: 3)) ms, by the defaults "
      + "\((defaults * 1e3).formatted(decimals: 3)) ms\nkept in \(report.file)"
  }
  private static func text(_ library: TuningReport.Library) -> String {
    let tried = "\(library.candidates) tried, \(text(library.rejected)) failed/wrong/slow"
    let own = "\((library.ownSeconds * 1e3).formatted(decimals: 3)) ms"
    guard let parameters = library.parameters else {
      return "CLBlast keeps its own parameters: \(own) (\(tried))\n"
    }
    return
      "CLBlast's parameters: \(parameters), \((library.seconds * 1e3).formatted(decimals: 3)) ms, by its own "
      + "\(own) (\(tried))\n"
  }

  private static func text(_ rejected: TuningReport.Rejected) -> String {
    "\(rejected.failed)/\(rejected.wrong)/\(rejected.slow)"
  }
}
