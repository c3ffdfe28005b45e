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


def shape(text):
    return [int(size) for size in text.split("x")]


def parser(description):
    options = argparse.ArgumentParser(description=description)
    options.add_argument("--model", default="resnet20")
    options.add_argument("--input", type=shape, default=[3, 32, 32], help="channels, height and width: 3x32x32")
    options.add_argument("--classes", type=int, default=10)
    options.add_argument("--batch-size", type=int, default=128)
    options.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    options.add_argument("--threads", type=int, default=1)
    options.add_argument("--steps", type=int, default=8)
    options.add_argument("--layout", choices=FORMATS, default="channels_last")
    options.add_argument("--precision", choices=["fp32", "tf32", "bf16", "autocast"], default="fp32",
                         help="tf32: products may be computed in it (CUDA); bf16: everything is stored in it; autocast: "
                              "PyTorch chooses what is computed in bf16")
    options.add_argument("--fold", action="store_true", help="fold batch norm into convolutions (inference only)")
    options.add_argument("--compile", action="store_true", help="use torch.compile")
    return options


def parse(description):
    arguments = parser(description).parse_args()
    prepare(arguments.precision, arguments.threads)
    return arguments


def prepare(precision, threads):
    """Sets what PyTorch keeps for the whole process."""
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    torch.backends.cudnn.benchmark = True
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"


class Subject:
    """A network and images in the layout and precision of a command line, and how to time what is done with them."""

    def __init__(self, arguments):
        self.batch_size, self.steps, self.device = arguments.batch_size, arguments.steps, arguments.device
        self.autocast = arguments.precision == "autocast"
        form = {"memory_format": FORMATS[arguments.layout],
                "dtype": torch.bfloat16 if arguments.precision == "bf16" else torch.float32}
        build = models.builder(arguments.model, arguments.classes)
        self.import_bytes = peak_memory()
        if self.device == "cuda":
            torch.cuda.reset_peak_memory_stats()
        self.network = build().to(device=self.device, **form)
        self.parameters = sum(parameter.numel() for parameter in self.network.parameters())
        self.images = torch.rand(self.batch_size, *arguments.input).mul_(2).sub_(1).to(**form)
        if self.device == "cuda":
            self.images = self.images.pin_memory()

    def precision(self):
        return torch.autocast(self.device, torch.bfloat16) if self.autocast else contextlib.nullcontext()

    def batch(self):
        """The images on the device. A GPU gets them anew for each step, as it does from espalier."""
        return self.images.to(self.device, non_blocking=True)

    def wait(self):
        if self.device == "cuda":
            torch.cuda.synchronize()

    def figures(self, step):
        """Times `step`, after a few more that do not count."""

        def milliseconds():
            self.wait()
            begin = time.perf_counter()
            step()
            self.wait()
            return (time.perf_counter() - begin) * 1000

        # cuDNN tries its algorithms out in the first step; the clocks of a GPU rise in the others.
        for _ in range(2 if self.device == "cpu" else 5):
            step()
        median = statistics.median(milliseconds() for _ in range(self.steps))
        return {
            "medianMilliseconds": median,
            "imagesPerSecond": self.batch_size / median * 1000,
            "peakMemoryBytes": peak_memory(),
            "deviceMemoryBytes": torch.cuda.max_memory_allocated() if self.device == "cuda" else None,
            "importBytes": self.import_bytes,
            "parameters": self.parameters,
            "version": torch.__version__,
        }

    def report(self, step):
        print(json.dumps(self.figures(step)))


def peak_memory():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
