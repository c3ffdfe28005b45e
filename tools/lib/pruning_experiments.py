"""Experiments with pruning."""

import csv
import datetime
import json
import math
import shutil
import statistics
import struct
import subprocess

from experiments import ESPALIER, RESULTS, RUNS, Table, processor, run, train

LANES = 16  # The channels that the CPU's kernels compute at once.


def sweep(name, data, data_set="fashion-mnist"):
    """Runs docs/results/NAME.yaml, which finds the data beside it, and returns the folder of its results."""
    place = RUNS / name
    place.mkdir(parents=True, exist_ok=True)
    link = place / data_set
    link.unlink(missing_ok=True)
    link.symlink_to(data)
    subprocess.run([ESPALIER, "sweep", "--config", RESULTS / f"{name}.yaml", "--out", place / "sweep", "--threads", "1"],
                   check=True, cwd=place, stdout=subprocess.DEVNULL)
    (RESULTS / name).mkdir(exist_ok=True)
    return place / "sweep"


def parameters(data):
    """What the three numbers of a pruning do: a sweep, its tables and pictures."""
    summarise_parameters("pruning-parameters", sweep("pruning-parameters", data))


def last_row(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))[-1]


def summarise_parameters(name, out):
    lines = [
        "# What nu, alpha and beta do", "",
        "ResNet-20 on Fashion-MNIST, a fixed subset of 10,000 training images, 8 epochs, batch 128, Nesterov 0.9, learning rate",
        "0.1 with a cosine schedule, weight decay 5e-4, crop and flip; gates learn in epochs 2 to 4, blocks are judged by a second",
        "pass. One seed; test top-1 on 10,000 images (standard error about 0.3 points).", "",
        f"Command: `tools/experiment {name} DATA`, which runs [{name}.yaml]({name}.yaml).",
        f"{datetime.date.today().isoformat()}, {processor()}.", "",
        "| setting | top-1 % | MACs % | parameters % | training cost | blocks | units 28x28 | 14x14 | 7x7 |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    with (out / "sweep.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        folder = out / "runs" / row["setting"] / f"seed-{row['seed']}"
        end = last_row(folder / "pruning.csv")
        lines.append(
            f"| {row['setting']} | {100 * float(row['top1']):.2f} | {100 * float(row['macsFraction']):.1f} "
            f"| {100 * float(row['parametersFraction']):.1f} | {float(row['trainingCostFraction']):.2f} | {end['blocks']} "
            f"| {end['units 28x28']} | {end['units 14x14']} | {end['units 7x7']} |")
        if row["setting"] in ("alpha=0", "alpha=1", "beta=0.1", "beta=0.9"):
            shutil.copy(folder / "widths.svg", RESULTS / name / f"widths-{row['setting'].replace('=', '-')}.svg")
    shutil.copy(out / "accuracy-macs.svg", RESULTS / name / "accuracy-macs.svg")
    lines += [
        "", "nu = 0 is plain training, bit for bit (a test compares the states). Units of `--gates all` (the nu rows) include the",
        "channels of the residual streams, 448 in all; those of `both` (alpha and beta) do not, 336 in all.", "",
        f"![accuracy against multiply-accumulates]({name}/accuracy-macs.svg)", "",
        "Widths before and after, alpha = 0 (parameters) and alpha = 1 (computation):", "",
        f"![alpha = 0]({name}/widths-alpha-0.svg)", f"![alpha = 1]({name}/widths-alpha-1.svg)", "",
        "The same for beta = 0.1 (units) and beta = 0.9 (blocks):", "",
        f"![beta = 0.1]({name}/widths-beta-0.1.svg)", f"![beta = 0.9]({name}/widths-beta-0.9.svg)",
    ]
    (RESULTS / f"{name}.md").write_text("\n".join(lines) + "\n")


def comparison(name, data_set="fashion-mnist"):
    """Half of the multiply-accumulates, several ways, and what it does to the accuracy: tables and pictures for
    docs/results/pruning.md."""
    def experiment(data):
        out = sweep(name, data, data_set)
        for file in ("sweep.csv", "summary.md", "accuracy-macs.svg"):
            shutil.copy(out / file, RESULTS / name / file)
        shutil.copy(out / "runs/bernoulli/seed-1/widths.svg", RESULTS / name / "widths.svg")
    return experiment


def blocked_macs(model):
    """Multiply-accumulates of a model's file with every width rounded up to the lanes, and as they are."""
    with model.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        tensors = json.loads(file.read(length))
    true = blocked = 0
    for layer in json.loads(run([ESPALIER, "summary", model, "--json"]))["layers"]:
        if not layer["macs"]:
            continue
        outputs, inputs, *kernel = tensors[f"{layer['name']}.weight"]["shape"]
        positions = layer["macs"] // (outputs * inputs * math.prod(kernel))
        true += layer["macs"]
        if layer["operator"] == "convolution":
            outputs, inputs = (-(-width // LANES) * LANES for width in (outputs, inputs))
        blocked += outputs * inputs * math.prod(kernel) * positions
    return true, blocked


def epoch_seconds(folder, after):
    """The median time of the epochs after so many, training alone."""
    with (folder / "metrics.csv").open(newline="") as file:
        return statistics.median(float(row["seconds"]) for row in csv.DictReader(file) if int(row["epoch"]) > after)


def inference_rates(models, rounds=5):
    """Images per second of each model, medians of rounds in which they take turns."""
    rates = [[] for _ in models]
    for _ in range(rounds):
        for model, found in zip(models, rates):
            found.append(json.loads(run([ESPALIER, "bench", "inference", "--model", model, "--device", "cpu", "--threads",
                                         "1", "--json"]))["imagesPerSecond"])
    return [statistics.median(found) for found in rates]


TIMED = {
    "ResNet-20": ("resnet20", "fashion-mnist", 6400, ["--target-macs", "0.5", "--nu", "0.3"]),
    "VGG-16, width 0.5": ("vgg16:width=0.5", "cifar10", 1920, ["--target-macs", "0.5", "--nu", "0.3", "--round-to", "auto"]),
}


def time(data):
    """Time per epoch, of the whole training and of inference, pruned and dense, beside the counts that they follow."""
    name = "pruning-time"
    table = Table(name, ["network", "macs", "blocked", "epoch", "training", "inference", "date", "processor"], ["network"])
    for label, (model, data_set, images, flags) in TIMED.items():
        if table.has(network=label):
            continue
        common = ["--model", model, "--data", f"{data_set}={data / data_set}", "--train-limit", images, "--epochs", 10,
                  "--nesterov", "--weight-decay", "5e-4", "--threads", 1]
        folders = [RUNS / name / model / kind for kind in ("dense", "pruned")]
        dense = train("prune", folders[0], *common, "--method", "dense")
        pruned = train("prune", folders[1], *common, *flags, "--freeze-at", 3)
        models = [folder / "model.safetensors" for folder in folders]
        (true, blocked), (small, small_blocked) = map(blocked_macs, models)
        rates = inference_rates(models)
        table.add(
            network=label, macs=round(small / true, 4), blocked=round(small_blocked / blocked, 4),
            epoch=round(epoch_seconds(folders[1], 3) / epoch_seconds(folders[0], 3), 4),
            training=round(pruned["seconds"] / dense["seconds"], 4), inference=round(rates[1] / rates[0], 4),
            date=datetime.date.today().isoformat(), processor=processor())
        summarise_time(name, table.rows())


def summarise_time(name, rows):
    lines = [
        "# What pruning saves in time", "",
        "One training of 10 epochs dense, one in which gates learn in epochs 2 and 3; one thread. Epoch: median time of the",
        "last 7 epochs, training alone. Training: all 10 epochs with evaluations, gates included. Inference: images per",
        "second of `espalier bench inference`, medians of 5 rounds in turns. All are ratios, pruned over dense.",
        f"Blocked counts round every width up to {LANES} channels, which the kernels compute at once.", "",
        f"Command: `tools/experiment {name} DATA` on an otherwise idle machine.", "",
        "| network | MACs | blocked MACs | time per epoch | of the MACs | of the blocked MACs | whole training | images/s |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row in rows:
        macs, blocked, epoch = (float(row[key]) for key in ("macs", "blocked", "epoch"))
        lines.append(
            f"| {row['network']} | {macs:.3f} | {blocked:.3f} | {epoch:.3f} | {epoch / macs:.2f}x | {epoch / blocked:.2f}x "
            f"| {float(row['training']):.2f} | {float(row['inference']):.2f}x |")
    lines += ["", f"{rows[-1]['date']}, {rows[-1]['processor']}."]
    (RESULTS / f"{name}.md").write_text("\n".join(lines) + "\n")
