"""The gpu family on an OpenCL device beside the fallback, by the accuracy of a training."""

import datetime
import json
import statistics

from experiments import ESPALIER, RESULTS, RUNS, Table, processor, run

NAME = "gpu-family"
# The fallback, and the gpu family on the first OpenCL device, whatever that is.
SIDES = [("cpu", "fp32"), ("opencl:0/gpu", "fp32"), ("opencl:0/gpu", "bf16")]
SEEDS = (1, 2, 3)
MODEL, EPOCHS = "resnet20:width=0.25", 6


def accuracy(_):
    """Trains a small network on the sample that is inside the program."""
    table = Table(NAME, ["device", "precision", "seed", "top1", "seconds", "date", "processor"],
                  ["device", "precision", "seed"])
    for seed in SEEDS:
        for device, precision in SIDES:
            if table.has(device=device, precision=precision, seed=seed):
                continue
            folder = RUNS / NAME / f"{device.replace('/', '-')}-{precision}-{seed}"
            command = [ESPALIER, "train", "--model", MODEL, "--data", "sample", "--epochs", EPOCHS, "--batch-size", 32,
                       "--seed", seed, "--device", device, "--precision", precision, "--untuned", "--out", folder, "--json"]
            result = json.loads(run(command + (["--resume"] if folder.exists() else [])))
            table.add(device=device, precision=precision, seed=seed, top1=result["top1"],
                      seconds=round(result["seconds"]), date=datetime.date.today().isoformat(), processor=processor())
            summarise(table.rows())


def summarise(rows):
    lines = [
        "# The gpu family beside the fallback", "",
        f"`{MODEL}` on the sample, {EPOCHS} epochs, batches of 32, the same seed for all: initial weights, order and",
        "augmentation are equal, sums are added in other orders. Test top-1 of the last epoch's network on 1,000 images. The",
        "OpenCL device is PoCL on the processor: it shows that the kernels compute what they should, not how fast a GPU is.", "",
        "Command: `tools/experiment gpu-family .`", "",
        "| device | precision | seed | test top-1 | date |", "|---|---|--:|--:|---|",
    ]
    rows = sorted(rows, key=lambda row: (row["device"], row["precision"], row["seed"]))
    lines += [f"| {r['device']} | {r['precision']} | {r['seed']} | {float(r['top1']):.3f} | {r['date']} |" for r in rows]
    lines.append("")
    for device, precision in SIDES:
        found = [float(row["top1"]) for row in rows if (row["device"], row["precision"]) == (device, precision)]
        if found:
            lines.append(f"* {device}, {precision}: mean {statistics.mean(found):.4f} (n = {len(found)})")
    (RESULTS / f"{NAME}.md").write_text("\n".join(lines) + "\n")
