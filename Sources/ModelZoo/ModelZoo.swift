import Networks
import Spelling

/// The models by name: `name[:key=value,…]`, e.g. `resnet20`, `resnet56:shortcut=b,width=0.5`.
public enum ModelZoo {
  public static let families = [
    CIFARResNet.family, ImageNetResNet.family, VGG.family, BundleNetwork.vggFamily,
    BundleNetwork.resNetFamily,
    MultilayerPerceptron.family,
  ]

  /// Every name that ``network(_:input:classes:)`` knows, without options.
  public static var names: [String] { families.flatMap(\.names) }

  /// - Parameter description: the model grammar; an option that is left out takes its default.
  /// - Throws: ``ModelError`` for an unknown name, option or value, naming what is known;
  ///   ``NetworkError`` where the model cannot take such images.
  public static func network(_ description: String, input: ImageShape, classes: Int) throws -> Network {
    let model = try ModelDescription(parsing: description)
    guard let (family, depth) = families.lazy.compactMap({ $0.member(model.name) }).first else {
      throw ModelError.unknownModel(model.name, nearest: Spelling.nearest(to: model.name, among: names))
    }
    let request = try ModelRequest(
      model, depth: depth, known: family.options, input: input, classes: classes)
    let network = Network(name: description, input: input, classes: classes, nodes: try family.nodes(request))
    _ = try network.shapes()
    return network
  }
}
