"""The zoo's networks in PyTorch: torchvision's own where it has them, with random but well-behaved weights."""

import torch
import torchvision
from torch import nn

from resnet import ResNet


class SmallVGG(nn.Module):
    """The convolutions of torchvision's VGG with batch norm, pooled, and one linear layer, or three."""

    def __init__(self, depth, head, classes):
        super().__init__()
        self.features = getattr(torchvision.models, f"vgg{depth}_bn")().features
        if head == 1:
            self.classifier = nn.Linear(512, classes)
        else:
            self.classifier = nn.Sequential(
                nn.Linear(512, 512), nn.ReLU(), nn.Dropout(), nn.Linear(512, 512), nn.ReLU(), nn.Dropout(),
                nn.Linear(512, classes))

    def forward(self, x):
        return self.classifier(self.features(x).mean((2, 3)))


def make(model, classes=10):
    """The PyTorch twin of a model of the zoo, in evaluation mode; weights follow from the name."""
    torch.manual_seed(len(model))
    match model:
        case "resnet20" | "resnet56":
            network = ResNet(int(model.removeprefix("resnet")), classes=classes)
        case "resnet18" | "resnet50":
            network = getattr(torchvision.models, model)(num_classes=classes)
        case "vgg16":
            network = SmallVGG(16, 1, classes)
        case "vgg11:head=3":
            network = SmallVGG(11, 3, classes)
    return randomize(network).eval()


def randomize(network):
    """Scales, shifts and statistics that are not those of an untrained network. The last layer is scaled so that the
    logits are of the size of a trained network's: rounding grows with them."""
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.weight.uniform_(0.5, 1.5)
                module.bias.normal_(std=0.2)
                module.running_mean.normal_(std=0.1)
                module.running_var.uniform_(0.8, 1.25)
        pixels = torch.rand(16, 3, 32, 32)
        largest = network.eval()((pixels - 0.45) / 0.225).abs().max()
        last = [module for module in network.modules() if isinstance(module, nn.Linear)][-1]
        last.weight *= 5 / largest
        last.bias *= 5 / largest
    return network
