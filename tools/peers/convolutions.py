"""Times convolutions of oneDNN through PyTorch, fp32. Standard input has a JSON list of {"problem", "direction"};
standard output gets it back with "operations", twice the multiply-accumulates, and "milliseconds" by layout."""

import argparse
import json
import statistics
import sys
import time

import torch
from convolution_problem import Problem
from torch.nn import functional

FORMATS = {"channels_last": torch.channels_last, "contiguous": torch.contiguous_format}


def call(problem, direction, memory_format):
    """A function that computes the convolution in one direction, on random data in one layout."""
    x, weight, gradient = (torch.rand(shape).sub_(0.5).to(memory_format=memory_format)
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


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=0.5, help="for a problem in one direction")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(1)
    rows = json.load(sys.stdin)
    with torch.no_grad():
        for row in rows:
            problem = Problem(row["problem"])
            row["operations"] = problem.operations
            row["milliseconds"] = {
                name: milliseconds(call(problem, row["direction"], memory_format), arguments.seconds / len(FORMATS))
                for name, memory_format in FORMATS.items()}
    print(json.dumps({"version": torch.__version__, "rows": rows}))


if __name__ == "__main__":
    main()
