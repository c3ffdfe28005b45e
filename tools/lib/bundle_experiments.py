"""Experiments with conflicting bundles."""

import csv
import datetime
import json
import random
import shutil
import statistics

from experiments import ESPALIER, RESULTS, RUNS, Table, processor, run, train
from pruning_experiments import inference_rates

# Too deep to train without batch norm. What is measured is compared as after a step of this length.
DEEP = "bundle-vgg50:width=0.25"
RECIPE = ["--train-limit", 10000, "--epochs", 15, "--optimizer", "adam", "--batch-size", 64, "--threads", 1]
BLOCKS = [3, 6, 12, 3]


def random_rest(draw, removed=18):
    """Blocks per type, of which the first stays, after as many others went at random as the metric names."""
    others = [kind for kind, count in enumerate(BLOCKS) for _ in range(count - 1)]
    gone = random.Random(draw).sample(others, removed)
    return ".".join(str(count - gone.count(kind)) for kind, count in enumerate(BLOCKS))


REMOVALS = {
    "without batch norm, as it is": ("train", f"{DEEP},bn=0", "running"),
    "without batch norm, conflicts removed": ("remove-conflicts", f"{DEEP},bn=0", "running"),
    "batch norm, as it is": ("train", DEEP, "running"),
    "batch norm, conflicts removed by running statistics": ("remove-conflicts", DEEP, "running"),
    "batch norm, conflicts removed by batch statistics": ("remove-conflicts", DEEP, "batch"),
    **{f"without batch norm, 18 blocks removed at random, blocks {rest}": ("train", f"{DEEP},bn=0,blocks={rest}", "running")
       for rest in dict.fromkeys(map(random_rest, range(1, 7)))},
    "batch norm, the blocks left without batch norm": ("train", f"{DEEP},blocks=3.1.1.1", "running"),
}


def read_rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def conflicts_by_epoch(folder, samples=512):
    """The layers that conflict by epoch; those without a number count."""
    threshold = 2 * 0.6931471805599453 / samples
    found = {}
    for row in read_rows(folder / "bundles.csv"):
        if row["layer"] == "input":
            continue
        layers = found.setdefault(int(row["epoch"]), [])
        above = float(row["entropyAboveInput"] or "nan")
        if not above <= threshold + 1e-12:
            layers.append(row["layer"])
    return found


def first_macs(model):
    return json.loads(run([ESPALIER, "summary", model, "--json"]))["macs"]


def conflict_removal(data):
    """A network too deep to train, with and without batch norm: what the metric names, and what its removal does."""
    name = "conflict-removal"
    table = Table(name, ["setting", "top1", "macs", "parameters", "blocks", "restarts", "cost", "memory", "training_memory",
                         "first", "removed", "date", "processor"], ["setting"])
    for number, (setting, (command, model, statistic)) in enumerate(REMOVALS.items()):
        if table.has(setting=setting):
            continue
        folder = RUNS / name / str(number)
        measured = f"every=1,samples=512,statistics={statistic}"
        result = train(command, folder, "--model", model, "--data", f"cifar10={data}", *RECIPE, "--bundles", measured)
        summary = json.loads(run([ESPALIER, "summary", folder / "checkpoints/last.safetensors", "--json"]))
        if command == "train":
            found = conflicts_by_epoch(folder)
            layers = len({row["layer"] for row in read_rows(folder / "bundles.csv")}) - 1
            first = "; ".join(f"epoch {epoch}: {len(found.get(epoch, []))} of {layers} layers"
                              + (f" from {found[epoch][0]}" if found.get(epoch) else "") for epoch in (0, 1, max(found)))
            removed = ""
        else:
            report = json.loads((folder / "conflicts.json").read_text())
            first = "; ".join(
                f"training {check['attempt'] + 1}, epoch {check['epoch']}: {len(check['removed'])} blocks from "
                f"{check['removed'][0]}" for check in report["checks"] if check["removed"]) or "none"
            removed = " ".join(report["removed"])
            (RESULTS / name).mkdir(exist_ok=True)
            for kind in ("svg", "csv"):
                shutil.copy(folder / f"conflicts.{kind}", RESULTS / name / f"{number}.{kind}")
        table.add(
            setting=setting, top1=result["top1"], macs=result["macs"], parameters=result["parameters"],
            blocks=sum(map(int, model.split("blocks=")[1].split(".") if "blocks=" in model else BLOCKS)) - len(removed.split()), restarts=result.get("restarts", 0), cost=round(result["trainingCostFraction"] * first_macs(model) / first_macs(DEEP), 3),
            memory=summary["activationBytes"]["inference"], training_memory=summary["activationBytes"]["training"],
            first=first, removed=removed, date=datetime.date.today().isoformat(), processor=processor())
        summarise_removal(name, table.rows())
    measure_rates(name)


def measure_rates(name):
    """Images per second of every network in turns, on a machine that does nothing else, and the summary with them."""
    rates = Table(f"{name}-rates", ["setting", "rate", "date", "processor"], ["setting"])
    if any(not rates.has(setting=setting) for setting in REMOVALS):
        rates.path.write_text(",".join(rates.columns) + "\n")
        folders = [RUNS / name / str(number) for number in range(len(REMOVALS))]
        models = [folder / ("checkpoints/last.safetensors" if command == "train" else "model.safetensors")
                  for folder, (command, _, _) in zip(folders, REMOVALS.values())]
        for setting, rate in zip(REMOVALS, inference_rates(models)):
            rates.add(setting=setting, rate=round(rate), date=datetime.date.today().isoformat(), processor=processor())
    summarise_removal(name, Table(name, [], []).rows(), {row["setting"]: row["rate"] for row in rates.rows()})


def summarise_removal(name, rows, rates=None):
    rates = rates or {}
    lines = [
        "# Removing conflicting blocks from a network too deep to train", "",
        f"{DEEP} (24 blocks of two 3x3 convolutions, no skips; the family of Peer et al. at a quarter of its width), with and",
        "without batch norm, on a fixed subset of 10,000 images of CIFAR-10: 15 epochs, batch 64, Adam 1e-3 with a cosine",
        "schedule, crop and flip, He normal initialisation, one seed, one thread. Top-1 on all 10,000 test images. Bundles are",
        "looked for on 512 training images before the first step and after every epoch, with the reference resolution; rule",
        "`all`, cold restarts, structural protection, checks before epochs 0 to 9.", "",
        f"Command: `tools/experiment {name} DATA` with CIFAR-10.", "",
        "| setting | top-1 % | blocks | MACs | parameters | features, inference / training | images/s | restarts | training cost |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row in rows:
        lines.append(
            f"| {row['setting']} | {100 * float(row['top1']):.2f} | {row['blocks']} | {int(row['macs']) / 1e6:.1f} M "
            f"| {int(row['parameters']) / 1e3:.0f} k | {int(row['memory']) / 1024:.0f} / {int(row['training_memory']) / 1024:.0f} "
            f"KiB | {rates.get(row['setting'], '')} | {row['restarts']} | {float(row['cost']):.2f} |")
    lines += [
        "", "Features: bytes per image as `espalier summary` counts them. images/s: `espalier bench inference`, one thread,",
        "medians of 5 rounds in turns. Training cost: all trainings, over that of the first row's network.", "",
        "What the metric named:", ""]
    lines += [f"* {row['setting']}: {row['first']}." for row in rows]
    lines += ["", f"{rows[-1]['date']}, {rows[-1]['processor']}."]
    notes = RESULTS / name / "notes.md"
    if notes.exists():
        lines += ["", notes.read_text().strip()]
    (RESULTS / f"{name}.md").write_text("\n".join(lines) + "\n")


def lesions(data):
    """A deep residual network without some of its blocks: how many can go at once, and whether H foretold which."""
    name = "lesions"
    folder = RUNS / name / "resnet56"
    (RESULTS / name).mkdir(exist_ok=True)
    train("train", folder, "--model", "resnet56", "--data", f"cifar10={data}", "--train-limit", 20000, "--epochs", 20,
          "--lr", 0.05, "--lr-warmup-epochs", 1, "--nesterov", "--weight-decay", "5e-4", "--threads", 1)
    calibration = ["--recalibrate", 5000, "--draws", 5, "--sizes", "2,3,4,6"]  # 64 steps of training for every network
    for kind, flags in {"plain": ["--draws", 15], "recalibrated": calibration}.items():
        out = RESULTS / name / kind
        if out.with_suffix(".json").exists():
            summarise_lesions(name)
            continue
        found = run([ESPALIER, "lesion", folder, "--images", 2000, "--samples", 512, *flags,
                     "--csv", out.with_suffix(".csv"), "--svg", out.with_suffix(".svg"), "--json", "--threads", 1])
        report = json.loads(found)
        kept = {key: report[key] for key in ("baseline", "blocks", "summary", "verdicts")}
        kept["branches"] = [{key: layer[key] for key in ("name", "entropy", "bundles", "status")}
                            for layer in report["branches"]["layers"]]
        out.with_suffix(".json").write_text(json.dumps(kept, indent=1) + "\n")
        summarise_lesions(name)


def foretold(report):
    """Whether H foretold which blocks can go."""
    entropies = [layer["entropy"] for layer in report["branches"]]
    if len(set(entropies)) == 1:
        return f"* H is {entropies[0]} in every branch: it tells no block from another."
    return "* H of the branches: " + ", ".join(f"{l['name']} {l['entropy']:.4f}" for l in report["branches"] if l["entropy"]) + "."


def largest(report, loss):
    return max([s["removed"] for s in report["summary"]
                if s["candidates"] == "all" and s["mean"] >= report["baseline"] - loss], default=0)


def summarise_lesions(name):
    lines = [
        "# Leaving blocks out of a trained ResNet-56", "",
        "ResNet-56 (27 blocks, shortcuts without parameters) trained on a fixed subset of 20,000 images of CIFAR-10: 20 epochs,",
        "batch 128, Nesterov 0.9, learning rate 0.05 with a warm-up of one epoch and a cosine schedule, weight decay 5e-4, crop",
        "and flip, one seed. Lesions on the first 2,000 test images: every block alone, and random subsets of other sizes.",
        "Bundles of the branches' ends on 512 training images, reference resolution.", "",
        f"Command: `tools/experiment {name} DATA` with CIFAR-10.", ""]
    for kind, title in {"plain": "Statistics as trained", "recalibrated": "Batch norm's statistics follow each lesion"}.items():
        path = RESULTS / name / f"{kind}.json"
        if not path.exists():
            continue
        report = json.loads(path.read_text())
        single = [row for row in read_rows(path.with_suffix(".csv")) if row["candidates"] == "all" and row["removed"] == "1"]
        losses = {row["blocks"]: report["baseline"] - float(row["top1"]) for row in single}
        free = [block for block, loss in losses.items() if loss <= 0.005]
        lines += [
            f"## {title}", "",
            f"Whole network {100 * report['baseline']:.2f} %. Branches that conflict: "
            f"{report['verdicts'].count('conflicting')} of {len(report['blocks'])}.", "",
            "| blocks left out | networks | top-1 % | +- |", "|--:|--:|--:|--:|"]
        lines += [f"| {s['removed']} | {s['draws']} | {100 * s['mean']:.2f} | "
                  + (f"{100 * s['standardDeviation']:.2f}" if s["standardDeviation"] is not None else "-") + " |"
                  for s in report["summary"] if s["candidates"] == "all"]
        lines += [
            "", foretold(report),
            f"* {len(free)} of {len(losses)} blocks can go alone for at most 0.5 points; median loss "
            f"{100 * statistics.median(losses.values()):.2f} points, worst {max(losses, key=losses.get)} "
            f"({100 * max(losses.values()):.1f}).",
            f"* Jointly, drawn at random: {largest(report, 0.005)} of {len(losses)} at once cost at most 0.5 points on average "
            f"({100 * largest(report, 0.005) / len(losses):.0f} %), {largest(report, 0.02)} at most 2 points.", "",
            f"![accuracy by the number of blocks left out]({name}/{kind}.svg)", ""]
    lines += [f"{datetime.date.today().isoformat()}, {processor()}."]
    notes = RESULTS / name / "notes.md"
    if notes.exists():
        lines += ["", notes.read_text().strip()]
    (RESULTS / f"{name}.md").write_text("\n".join(lines) + "\n")


def cost(data):
    """What measuring every layer costs beside inference, and beside the leader loop."""
    name = "bundle-cost"
    table = Table(name, ["model", "ratio", "inference_ms", "hashing_ms", "key_bytes", "leader_samples", "leader_ratio",
                         "layer", "layer_leader_ratio", "date", "processor"], ["model"])
    for model in ("resnet20", "mlp:width=100,depth=50"):
        if table.has(model=model):
            continue
        found = json.loads(run([ESPALIER, "bench", "bundles", "--model", model, "--samples", 2048, "--leader-samples", 256,
                                "--rounds", 5, "--device", "cpu", "--threads", 1, "--json"]))
        if not found["sameBundles"]:
            raise SystemExit(f"{model}: hashes and the leader loop find different bundles")
        one = found["oneLayer"]
        table.add(
            model=model, ratio=round(found["ratio"], 3), inference_ms=round(found["inferenceMilliseconds"], 1),
            hashing_ms=round(found["hashingMilliseconds"], 1), key_bytes=found["keyBytes"],
            leader_samples=found["leaderSamples"], leader_ratio=round(found["leaderRatio"], 1), layer=one["name"],
            layer_leader_ratio=round(one["leaderRatio"], 1), date=datetime.date.today().isoformat(), processor=processor())
    (RESULTS / f"{name}.md").write_text("\n".join([
        "# What looking for bundles costs", "",
        "All layers at N = 2048 random images, one pinned thread, medians of 5 rounds in turns. Hashing: the forward pass that",
        "hashes every ReLU's output, with its preparation and the partition into bundles, over an inference pass. Leader loop: a",
        "plain re-implementation of the published one (all activations kept, every sample compared with every leader in all",
        "elements), over hashing and inference of as many images; of all layers at 256 images, and of one layer at 2048.", "",
        "Command: `tools/experiment bundle-cost .` on an otherwise idle machine.", "",
        "| network | hashing / inference | inference ms | hashing ms | bytes of keys | leader / hashing, 256 images | "
        "one layer, 2048 images |", "|---|--:|--:|--:|--:|--:|--:|"] + [
            f"| {r['model']} | {float(r['ratio']):.3f} | {r['inference_ms']} | {r['hashing_ms']} | {r['key_bytes']} "
            f"| {r['leader_ratio']}x | {r['layer_leader_ratio']}x ({r['layer']}) |" for r in table.rows()] + [
                "", f"{table.rows()[-1]['date']}, {table.rows()[-1]['processor']}."]) + "\n")
