"""What is measured, and how large: on a GPU, and in a dry run."""

import collections
import dataclasses

import model_names

PRECISIONS = ["fp32", "tf32", "bf16"]
# Which targets a case answers (see targets.py).
LARGE_IMAGES, MANY_LAYERS = "large images", "many small layers"


class Case(collections.namedtuple("Case", "model input batch_size classes")):
    """A network with the shape of its images (3x32x32), the images of a step, and its classes."""

    @property
    def label(self):
        return f"{self.model} {self.input} batch {self.batch_size}"


CASES = [
    Case("resnet18", "3x224x224", 64, 1000), Case("resnet56", "3x32x32", 128, 10),
    Case("resnet20", "3x32x32", 128, 10), Case("vgg16", "3x32x32", 128, 10),
]


@dataclasses.dataclass
class Sizes:
    cases: list
    roles: dict
    """The cases that answer targets."""
    convolutions: list
    rounds: int
    """Turns of each side of a comparison, whose median counts."""
    steps: int
    """Timed steps in a turn."""
    convolution_seconds: float
    """The peer's time for a convolution in one direction, in a turn."""
    verify: list
    """More options of `espalier verify`."""
    tuning_seconds: float
    startup: list
    """Options of `espalier bench startup`."""
    training: list
    """Options of `espalier train`, but for the model, the data and the epochs."""
    model: str
    epochs: int
    limits: dict
    """The longest time of one command, in seconds, by stage; of tuning, what it takes beside the search."""

    def role(self, case):
        return next((role for role, held in self.roles.items() if held == case), None)


REAL = Sizes(
    cases=CASES, roles={LARGE_IMAGES: CASES[0], MANY_LAYERS: CASES[1]},
    convolutions=[
        "mb64ic3ih224oc64kh7sh2ph3", "mb64ic64ih56oc64kh3ph1", "mb64ic64ih56oc128kh3sh2ph1", "mb64ic64ih56oc128kh1sh2",
        "mb64ic128ih28oc128kh3ph1", "mb64ic256ih14oc256kh3ph1", "mb64ic512ih7oc512kh3ph1", "mb128ic16ih32oc16kh3ph1",
        "mb128ic32ih16oc32kh3ph1", "mb128ic64ih8oc64kh3ph1",
    ],
    rounds=3, steps=20, convolution_seconds=0.1, verify=[], tuning_seconds=90,
    startup=["--model", "resnet20", "--batch-size", "128", "--runs", "3"], training=["--batch-size", "128"],
    model="resnet20", epochs=10,
    limits={"machine": 120, "probes": 180, "verify": 420, "tune": 180, "bench": 180, "train": float("inf")})

# PoCL runs the kernels for GPUs a thousand times slower than a GPU: enough to see that all goes through.
SMALL = "resnet20:width=0.25"
DRY_CASES = [Case(SMALL, "3x24x24", 2, 1000), Case(SMALL, "3x16x16", 4, 10)]
DRY = Sizes(
    cases=DRY_CASES, roles={LARGE_IMAGES: DRY_CASES[0], MANY_LAYERS: DRY_CASES[1]},
    convolutions=["mb2ic16ih16oc16kh3ph1", "mb2ic8ih16oc16kh1sh2"],
    rounds=2, steps=2, convolution_seconds=0.01, verify=["--small", "--filter", "conv"], tuning_seconds=2,
    startup=["--model", SMALL, "--batch-size", "16", "--runs", "1"],
    training=["--batch-size", "32", "--train-limit", "256"], model=SMALL, epochs=1,
    limits={"machine": 60, "probes": 60, "verify": 120, "tune": 60, "bench": 60, "train": 180})


def cases(text):
    """Cases from a list of MODEL[@BATCH[@INPUT[@CLASSES]]], such as resnet20,resnet18@64@3x224x224@1000."""
    found = []
    for name in model_names.split(text):
        model, *more = name.split("@")
        if len(more) > 3 or not model:
            raise ValueError(f"{name}: expected MODEL[@BATCH[@INPUT[@CLASSES]]], such as resnet18@64@3x224x224@1000")
        batch_size, shape, classes = more + ["128", "3x32x32", "10"][len(more):]
        sizes = [batch_size, classes, *shape.split("x")]
        if len(sizes) != 5 or not all(size.isdigit() and int(size) > 0 for size in sizes):
            raise ValueError(f"{name}: expected whole numbers from 1 as the batch size and the classes and an input "
                             f"such as 3x32x32, found {batch_size}, {classes} and {shape}")
        found.append(Case(model, shape, int(batch_size), int(classes)))
    return found
