/// A graph of named nodes in one column, top to bottom, each with texts and a range beside it; edges that pass over nodes
/// run in lanes at the left.
public struct LayerGraph: Sendable, Equatable {
  /// One node.
  public struct Node: Sendable, Equatable {
    public var name: String
    /// One per column.
    public var texts: [String]
    /// Which of the graph's categories it belongs to; nil for none.
    public var category: Int?
    /// What is drawn on the graph's scale: a bar, or a mark where both ends are equal; nil for nothing.
    public var range: ClosedRange<Double>?
    /// The places of the nodes that it reads, all of them earlier.
    public var inputs: [Int]

    public init(
      _ name: String, texts: [String], category: Int?, range: ClosedRange<Double>?, inputs: [Int]
    ) {
      self.name = name
      self.texts = texts
      self.category = category
      self.range = range
      self.inputs = inputs
    }
  }

  /// What nodes with one colour have in common.
  public struct Category: Sendable, Equatable {
    public var name: String
    /// Which of the palette's seven colours to use.
    public var colour: Int

    public init(_ name: String, colour: Int) {
      self.name = name
      self.colour = colour
    }
  }

  /// A vertical line on the scale of the ranges.
  public struct Marker: Sendable, Equatable {
    public var value: Double
    public var text: String

    public init(_ text: String, at value: Double) {
      self.value = value
      self.text = text
    }
  }

  /// A line below a node that parts the graph.
  public struct Border: Sendable, Equatable {
    public var after: Int
    public var text: String

    public init(_ text: String, after: Int) {
      self.after = after
      self.text = text
    }
  }

  public var title: String
  public var subtitle: String?
  /// The headings of the nodes' texts.
  public var columns: [String]
  public var nodes: [Node]
  public var categories: [Category]
  /// The scale of the ranges.
  public var scale: Axis
  public var marker: Marker?
  public var border: Border?
  /// In pixels. The height follows from the number of nodes.
  public var width: Double

  public init(
    title: String, subtitle: String? = nil, columns: [String], nodes: [Node], categories: [Category],
    scale: Axis, marker: Marker? = nil, border: Border? = nil, width: Double = 900
  ) {
    self.title = title
    self.subtitle = subtitle
    self.columns = columns
    self.nodes = nodes
    self.categories = categories
    self.scale = scale
    self.marker = marker
    self.border = border
    self.width = width
  }

  /// The picture as a complete SVG document. Equal graphs give equal text.
  public var svg: String { LayerGraphPainter(self).document() }
}

/// Edges that pass over nodes, each in a lane that it shares with edges elsewhere.
package struct EdgeLanes: Equatable {
  package struct Edge: Equatable {
    package let from: Int
    package let to: Int
    /// Counted from the nodes outwards.
    package let lane: Int

    package init(from: Int, to: Int, lane: Int) {
      self.from = from
      self.to = to
      self.lane = lane
    }
  }

  package let edges: [Edge]
  package var count: Int { (edges.map(\.lane).max() ?? -1) + 1 }

  /// - Parameter inputs: Of each node; what is not earlier is left out.
  package init(inputs: [[Int]]) {
    let pairs = inputs.enumerated().flatMap { node, inputs in
      Set(inputs.filter { $0 >= 0 && $0 < node - 1 }).sorted().map { (from: $0, to: node) }
    }
    // Short edges first, so that they lie inside long ones.
    let ordered = pairs.sorted { ($0.to - $0.from, $0.from) < ($1.to - $1.from, $1.from) }
    var lanes: [[(from: Int, to: Int)]] = []
    var edges: [Edge] = []
    for pair in ordered {
      let free = lanes.firstIndex { lane in lane.allSatisfy { pair.to <= $0.from || $0.to <= pair.from } }
      let lane = free ?? lanes.count
      if free == nil { lanes.append([]) }
      lanes[lane].append(pair)
      edges.append(Edge(from: pair.from, to: pair.to, lane: lane))
    }
    self.edges = edges.sorted { ($0.to, $0.from) < ($1.to, $1.from) }
  }
}
