#!/usr/bin/env python3
"""Writes the PyTorch files that the tests of the importer read.

usage: tools/goldens/pytorch_files.py [OUTPUT]

Needs PyTorch (any CPU build); OUTPUT is Tests/InterchangeTests/Fixtures of this repository unless given. Every tensor's
values follow from its shape, see `values`. The storages of the older layout are called after addresses, so that
nested.th is another file each time.
"""

import math
import sys
from collections import OrderedDict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def main():
    if len(sys.argv) > 2 or sys.argv[1:] in (["-h"], ["--help"]):
        sys.exit(__doc__.strip())
    try:
        import torch
    except ImportError:
        index = "https://download.pytorch.org/whl/cpu"
        sys.exit(f"pytorch_files: PyTorch is not installed; try: pip install torch numpy --extra-index-url {index}")

    output = Path(sys.argv[1]) if len(sys.argv) == 2 else ROOT / "Tests" / "InterchangeTests" / "Fixtures"
    output.mkdir(parents=True, exist_ok=True)

    def values(*shape):
        """-1, -0.75, -0.5, …: exact in every type of floating point."""
        return torch.arange(math.prod(shape), dtype=torch.float32).reshape(shape) / 4 - 1

    base = values(12)
    weights = OrderedDict(
        float32=values(2, 3),
        float16=values(5).half(),
        bfloat16=values(5).bfloat16(),
        float64=values(2, 2).double(),
        int64=torch.tensor([-1, 0, 1 << 40]),
        int32=torch.tensor([-1, 0, 1 << 20], dtype=torch.int32),
        uint8=torch.tensor([0, 127, 255], dtype=torch.uint8),
        bool=torch.tensor([True, False, True]),
        scalar=torch.tensor(2.5),
        empty=torch.zeros(0, 4),
        parameter=torch.nn.Parameter(values(3)),
        transposed=values(2, 3).t(),
        permuted=values(2, 3, 2).permute(2, 0, 1),
        head=base[:5],
        tail=base[7:],
        thirds=base[1::3],
        expanded=values(3).expand(4, 3),
        größe=values(1),
        steps=7,
    )
    # Like the checkpoint of a training script that trained in parallel.
    nested = {
        "epoch": 7,
        "arch": "resnet20",
        "seed": 1 << 70,
        "best_acc1": torch.tensor(91.5),
        "state_dict": OrderedDict(("module." + name, value) for name, value in weights.items()),
        "optimizer": {
            "state": {0: {"momentum_buffer": values(3), "step": 5}},
            "param_groups": [{"lr": 0.1, "dampening": None, "nesterov": False, "betas": (0.9, 0.99), "params": [0]}],
        },
    }
    torch.save(nested, output / "nested.pt")
    torch.save(nested, output / "nested.th", _use_new_zipfile_serialization=False)
    torch.save({"net": {"model": nested["state_dict"]}}, output / "protocol4.pt", pickle_protocol=4)

    layers = torch.nn.Sequential(torch.nn.Conv2d(2, 3, 1, bias=False), torch.nn.BatchNorm2d(3))
    with torch.no_grad():
        layers[0].weight.copy_(values(3, 2, 1, 1))
    torch.save(layers.state_dict(), output / "plain.pth")
    torch.save({"weight": values(2), "short": torch.tensor([1, 2], dtype=torch.int16)}, output / "int16.pt")


if __name__ == "__main__":
    main()
