"""Times convolutions of oneDNN, or of cuDNN, through PyTorch. Standard input has a JSON list of {"problem",
"direction"}; standard output gets it back with "operations", twice the multiply-accumulates, and "milliseconds" by layout."""

import argparse
import json
import statistics
import sys
import time

import torch
from convolution_problem import Problem
from torch.nn import functional

FORMATS = {"channels_last": torch.channels_last, "contiguous": torch.contiguous_format}


def call(problem, direction, memory_format, device="cpu", dtype=torch.float32):
    """A function that computes the convolution in one direction, on random data in one layout."""
    x, weight, gradient = (
        torch.rand(shape).sub_(0.5).to(device=device, dtype=dtype, memory_format=memory_format)
        for shape in (problem.input, problem.weight, problem.output))
    sizes = problem.stride, problem.padding, problem.dilation
    if direction == "forward":
        return lambda: functional.conv2d(x, weight, None, *sizes)
    mask = {"backward-data": [True, False, False], "backward-weights": [False, True, False]}[direction]
    return lambda: torch.ops.aten.convolution_backward(
        gradient, x, weight, None, *sizes, False, [0, 0], 1, mask)


def milliseconds(function, seconds):
    """The median of at least 5 calls, and of as many as `seconds` have room for."""
    function()
    times, end = [], time.perf_counter() + seconds
    while len(times) < 5 or time.perf_counter() < end:
        begin = time.perf_counter()
        function()
        times.append((time.perf_counter() - begin) * 1000)
    return statistics.median(times)


# Calls that a GPU computes right behind each other, and the clock cycles that it waits before them: the host is then ahead,
# and its time does not count, as it does not where kernels alone are timed.
CALLS, HEAD_START = 20, 5_000_000


def device_milliseconds(function, seconds):
    """The same on a GPU, by its own clock."""
    for _ in range(5):
        function()
    torch.cuda.synchronize()
    times, end = [], time.perf_counter() + seconds
    while len(times) < 5 or time.perf_counter() < end:
        begin, finish = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        torch.cuda._sleep(HEAD_START)
        begin.record()
        for _ in range(CALLS):
            function()
        finish.record()
        torch.cuda.synchronize()
        times.append(begin.elapsed_time(finish) / CALLS)
    return statistics.median(times)


def measure(row, seconds, device="cpu", dtype=torch.float32):
    """`row` with "operations" and "milliseconds" by layout."""
    problem = Problem(row["problem"])
    clock = device_milliseconds if device == "cuda" else milliseconds
    with torch.no_grad():
        times = {
            name: clock(call(problem, row["direction"], memory_format, device, dtype), seconds / len(FORMATS))
            for name, memory_format in FORMATS.items()}
    return {**row, "operations": problem.operations, "milliseconds": times}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=0.5, help="for a problem in one direction")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(1)
    rows = [measure(row, arguments.seconds) for row in json.load(sys.stdin)]
    print(json.dumps({"version": torch.__version__, "rows": rows}))


if __name__ == "__main__":
    main()
