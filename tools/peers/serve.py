"""Measures in PyTorch on request, so that importing it and starting up CUDA are paid once. Each line of standard input
is a JSON document, and is answered by one line:

    {"do": "facts"}                                        versions and devices
    {"do": "train-step", "options": ["--model", …]}        as train_step.py prints; likewise "inference"
    {"do": "convolution", "problem", "direction", "device", "precision", "seconds"}   as a row of convolutions.py

What cannot be measured is answered by {"error": …}."""

import gc
import json
import os
import platform
import sys


def facts():
    import torch
    cuda = torch.cuda.is_available()
    answer = {
        "python": platform.python_version(), "torch": torch.__version__, "cuda": torch.version.cuda,
        "device": "cuda" if cuda else "cpu", "deviceName": torch.cuda.get_device_name() if cuda else platform.machine(),
        "cudnn": torch.backends.cudnn.version() if cuda else None}
    try:
        import torchvision
        answer["torchvision"] = torchvision.__version__
    except ImportError as error:
        answer["torchvision"] = f"missing: {error}"
    return answer


def network(task, options):
    import inference
    import stopwatch
    import train_step
    arguments = stopwatch.parser(task).parse_args(options)
    stopwatch.prepare(arguments.precision, arguments.threads)
    module = {"train-step": train_step, "inference": inference}[task]
    subject, step = module.prepared(arguments)
    return subject.figures(step)


def convolution(request):
    import convolutions
    import stopwatch
    import torch
    stopwatch.prepare(request["precision"], 1)
    dtype = torch.bfloat16 if request["precision"] == "bf16" else torch.float32
    row = {"problem": request["problem"], "direction": request["direction"]}
    return convolutions.measure(row, request["seconds"], request["device"], dtype)


def answer(request):
    if request["do"] == "facts":
        return facts()
    if request["do"] == "convolution":
        return convolution(request)
    return network(request["do"], request["options"])


def forget():
    """Gives back what the last measurement held."""
    gc.collect()
    torch = sys.modules.get("torch")
    if torch and torch.cuda.is_available():
        torch.cuda.empty_cache()


def main():
    # Only answers may reach standard output, whatever the libraries print.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        try:
            found = answer(json.loads(line))
        except (Exception, SystemExit) as error:
            found = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(found), file=answers, flush=True)
        forget()


if __name__ == "__main__":
    main()
