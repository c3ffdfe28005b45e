"""Times the evaluation of a batch in PyTorch; prints JSON like `espalier bench inference`."""

import stopwatch
import torch
from torch import nn
from torch.fx.experimental import optimization


def folded(network, images):
    """`network` with each batch norm folded into the convolution before it, after a check that it computes the same."""
    result = optimization.fuse(network)
    left = sum(isinstance(module, nn.BatchNorm2d) for module in result.modules())
    if left:
        raise RuntimeError(f"{left} batch norms could not be folded")
    with torch.inference_mode():
        expected, found = network(images), result(images)
    difference = ((found - expected).abs().max() / expected.abs().max()).item()
    bound = 1e-3 if images.dtype == torch.float32 else 0.1
    if not difference < bound:
        raise RuntimeError(f"folding batch norm changed the logits by {difference:.2g}, more than {bound}")
    return result


def prepared(arguments):
    """What is timed, and a function that evaluates a batch."""
    subject = stopwatch.Subject(arguments)
    network = subject.network.eval()
    if arguments.fold:
        network = folded(network, subject.batch()[:2])
    if arguments.compile:
        network = torch.compile(network)

    def step():
        with torch.inference_mode(), subject.precision():
            network(subject.batch())

    return subject, step


def main():
    subject, step = prepared(stopwatch.parse(__doc__))
    subject.report(step)


if __name__ == "__main__":
    main()
