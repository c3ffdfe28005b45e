"""A training run that goes on where it was interrupted."""

import json
import pathlib

from gpu_run.commands import GRACE
from gpu_run.measurement import DONE, FAILED, INTERRUPTED, Item, entry

RUN = "run"
INTERRUPTED_STATUS = 130


def items(context):
    return [Item("training", train, need=GRACE + 20)]


def train(context):
    context.peer.close()  # It holds memory of the device.
    run = pathlib.Path(context.out) / RUN
    going_on, sizes = (run / "checkpoints" / "last.safetensors").exists(), context.sizes
    words = context.on_device("train", "--out", run)
    if run.exists():
        words += ("--resume",)
    if not going_on:
        words += ("--model", sizes.model, "--data", context.data, "--epochs", sizes.epochs, *sizes.training)
    outcome = context.runner.run([context.espalier, *words], sizes.limits["train"], interruptible=True)
    result = {"model": sizes.model, "data": context.data, "epochs": epochs(run), "result": read(run / "result.json"),
              "resumed": going_on}
    if outcome.exit_code == INTERRUPTED_STATUS:
        return entry(INTERRUPTED, outcome, result, outcome.tail(3))
    if outcome.exit_code != 0 or result["result"] is None:
        return entry(FAILED, outcome, result, outcome.tail())
    return entry(DONE, outcome, result)


def read(path):
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return None


def epochs(run):
    """The lines of metrics.jsonl; the last of them may have been cut off."""
    try:
        lines = (run / "metrics.jsonl").read_text().splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        try:
            found.append(json.loads(line))
        except ValueError:
            break
    return found
