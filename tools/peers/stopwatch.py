"""What the timed peers share: the command line, a network in the layout and precision that it asks for, and the
figures, which are named as those of `espalier bench`."""

import argparse
import contextlib
import json
import os
import resource
import statistics
import time

# torch.compile then works in this process, whose memory and cores are the ones that count.
os.environ.setdefault("TORCHINDUCTOR_COMPILE_THREADS", "1")

import torch  # noqa: E402
import models  # noqa: E402

FORMATS = {"channels_last": torch.channels_last, "contiguous": torch.contiguous_format}


def parse(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--model", default="resnet20")
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--layout", choices=FORMATS, default="channels_last")
    parser.add_argument("--precision", choices=["fp32", "bf16", "autocast"], default="fp32",
                        help="bf16: everything is stored in it; autocast: PyTorch chooses what is computed in it")
    parser.add_argument("--fold", action="store_true", help="fold batch norm into convolutions (inference only)")
    parser.add_argument("--compile", action="store_true", help="use torch.compile")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(1)
    return arguments


class Subject:
    """A network and images in the layout and precision of a command line, and how to time what is done with them."""

    def __init__(self, arguments):
        self.batch_size, self.steps = arguments.batch_size, arguments.steps
        self.autocast = arguments.precision == "autocast"
        form = {"memory_format": FORMATS[arguments.layout],
                "dtype": torch.bfloat16 if arguments.precision == "bf16" else torch.float32}
        build = models.builder(arguments.model)
        self.import_bytes = peak_memory()
        self.network = build().to(**form)
        self.parameters = sum(parameter.numel() for parameter in self.network.parameters())
        self.images = torch.rand(self.batch_size, 3, 32, 32).mul_(2).sub_(1).to(**form)

    def precision(self):
        return torch.autocast("cpu", torch.bfloat16) if self.autocast else contextlib.nullcontext()

    def report(self, step):
        """Times `step`, after two more that do not count, and prints the figures."""

        def milliseconds():
            begin = time.perf_counter()
            step()
            return (time.perf_counter() - begin) * 1000

        for _ in range(2):
            step()
        median = statistics.median(milliseconds() for _ in range(self.steps))
        print(json.dumps({
            "medianMilliseconds": median,
            "imagesPerSecond": self.batch_size / median * 1000,
            "peakMemoryBytes": peak_memory(),
            "importBytes": self.import_bytes,
            "parameters": self.parameters,
            "version": torch.__version__,
        }))


def peak_memory():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
