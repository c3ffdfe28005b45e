"""The zoo's networks in PyTorch: torchvision's own where it has them, with random but well-behaved weights."""

import importlib
import re

import torch
from torch import nn

from resnet import ResNet

# The configurations of torchvision's VGG by depth.
VGG = {11: "A", 13: "B", 16: "D", 19: "E"}


class SmallVGG(nn.Module):
    """The convolutions of torchvision's VGG with batch norm, pooled, and one linear layer, or three."""

    def __init__(self, vgg, depth, head, classes):
        super().__init__()
        self.features = vgg.make_layers(vgg.cfgs[VGG[depth]], batch_norm=True)
        for module in self.features:
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
                nn.init.zeros_(module.bias)
        if head == 1:
            self.classifier = nn.Linear(512, classes)
        else:
            self.classifier = nn.Sequential(
                nn.Linear(512, 512), nn.ReLU(), nn.Dropout(), nn.Linear(512, 512), nn.ReLU(), nn.Dropout(),
                nn.Linear(512, classes))

    def forward(self, x):
        return self.classifier(self.features(x).mean((2, 3)))


def residual(models, name, stem, classes):
    network = getattr(models, name)(num_classes=classes)
    if stem == "cifar":
        network.conv1 = nn.Conv2d(3, 64, 3, 1, 1, bias=False)
        network.maxpool = nn.Identity()
    return network


def builder(model, classes=10):
    """A function that returns the PyTorch twin of a model of the zoo, as PyTorch initialises it. What it needs has been
    imported: torchvision takes some 160 MiB, which the networks of `resnet` do without."""
    name, _, text = model.partition(":")
    options = dict(option.partition("=")[::2] for option in text.split(",") if option)
    family, depth = name.rstrip("0123456789"), int(re.search(r"\d*$", name).group() or 0)
    if family == "resnet" and depth in (20, 32, 44, 56, 110) and options.keys() <= {"width"}:
        width = float(options.get("width", 1))
        return lambda: ResNet(depth, classes=classes, width=width)
    if family == "resnet" and depth in (18, 34, 50, 101, 152) and options in ({}, {"stem": "cifar"}):
        models = importlib.import_module("torchvision.models")
        return lambda: residual(models, name, options.get("stem"), classes)
    if family == "vgg" and depth in VGG and options in ({}, {"head": "1"}, {"head": "3"}):
        vgg = importlib.import_module("torchvision.models.vgg")
        return lambda: SmallVGG(vgg, depth, int(options.get("head", 1)), classes)
    raise ValueError(f"{model}: no PyTorch twin of this model is described in {__file__}")


def make(model, classes=10):
    """The same network in evaluation mode, with weights that follow from the name."""
    torch.manual_seed(len(model))
    return randomize(builder(model, classes)()).eval()


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
