"""Experiments with receptive fields."""

import datetime
import json
import shutil
import statistics
import time

from experiments import ESPALIER, RESULTS, RUNS, Table, processor, run, train

RECIPE = ["--train-limit", 10000, "--epochs", 15, "--lr", 0.05, "--threads", 1]
SEEDS = (1, 2, 3)
MODELS = {"vgg16:width=0.25": ("as it is", "cut"), "resnet18:width=0.25": ("as it is", "cut", "hybrid", "performance")}
PROBES = ["--train-images", 10000, "--test-images", 10000, "--pool", 2, "--threads", 1]


def redesigned(model, design, folder):
    """What to train: the model itself, or a file of what a strategy makes of it."""
    if design == "as it is":
        return model
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{model.split(':')[0]}-{design}.safetensors"
    run([ESPALIER, "receptive-field", model, "--input-size", 32, "--apply", design, "--output", file])
    return file


def receptive_fields(data):
    """Networks and what their receptive fields make of them, trained alike."""
    name = "receptive-fields"
    table = Table(name, ["model", "design", "seed", "top1", "macs", "parameters", "seconds", "date", "processor"],
                  ["model", "design", "seed"])
    for seed in SEEDS:
        for model, designs in MODELS.items():
            for design in designs:
                if table.has(model=model, design=design, seed=seed):
                    continue
                folder = RUNS / name / f"{model.split(':')[0]}-{design.replace(' ', '-')}-{seed}"
                result = train(
                    "train", folder, "--model", redesigned(model, design, RUNS / name), "--data", f"cifar10={data}",
                    *RECIPE, "--seed", seed)
                table.add(model=model, design=design, seed=seed, top1=result["top1"], macs=result["macs"],
                          parameters=result["parameters"], seconds=round(result["seconds"]),
                          date=datetime.date.today().isoformat(), processor=processor())
                summarise(name, table.rows())
    probe(name)
    summarise(name, table.rows())


def probe(name):
    """Saturation and probes of the first seed's networks as they are."""
    target = RESULTS / name
    target.mkdir(exist_ok=True)
    for model in MODELS:
        short = model.split(":")[0]
        if (target / f"{short}.json").exists():
            continue
        folder = RUNS / name / f"{short}-as-it-is-1"
        picture, rows = target / f"{short}.svg", target / f"{short}.csv"
        report = run([ESPALIER, "probe", folder, *PROBES, "--svg", picture, "--csv", rows, "--json"])
        (target / f"{short}.json").write_text(report)


def summarise(name, rows):
    lines = [
        "# What receptive fields say, and what training says", "",
        "Networks as they are and as `espalier receptive-field --apply` redesigns them for 32 px, at a quarter of their width,",
        "trained alike on a fixed subset of 10,000 images of CIFAR-10: 15 epochs, batch 128, SGD with momentum 0.9, learning",
        "rate 0.05 with a cosine schedule, weight decay 1e-4, crop and flip, one thread. Top-1 on all 10,000 test images, mean",
        "and standard deviation over seeds.", "",
        f"Command: `tools/experiment {name} DATA` with CIFAR-10.", "",
        "| model | design | top-1 % | seeds | MACs | parameters | seconds |", "|---|---|--:|--:|--:|--:|--:|",
    ]
    for model, designs in MODELS.items():
        first = next((row for row in rows if row["model"] == model), None)
        for design in designs:
            found = [row for row in rows if row["model"] == model and row["design"] == design]
            if not found:
                continue
            top1 = [100 * float(row["top1"]) for row in found]
            spread = f" ± {statistics.stdev(top1):.2f}" if len(top1) > 1 else ""
            costs = [f"{int(found[0][key]) / 1e6:.2f} M ({int(found[0][key]) / int(first[key]):.2f})"
                     for key in ("macs", "parameters")]
            seconds = statistics.mean(float(row["seconds"]) for row in found)
            lines.append(f"| {model} | {design} | {statistics.mean(top1):.2f}{spread} | {len(top1)} | {costs[0]} | {costs[1]} "
                         f"| {seconds:.0f} |")
    lines += ["", "In brackets: shares of the model as it is."]
    for model in MODELS:
        lines += probe_lines(RESULTS / name, model.split(":")[0])
    notes = RESULTS / name / "notes.md"
    if notes.exists():
        lines += ["", notes.read_text().strip()]
    if rows:
        lines += ["", f"{rows[-1]['date']}, {rows[-1]['processor']}."]
    (RESULTS / f"{name}.md").write_text("\n".join(lines) + "\n")


def probe_lines(folder, model):
    file = folder / f"{model}.json"
    if not file.exists():
        return []
    report = json.loads(file.read_text())
    lines = ["", f"## Probes of {model}, seed 1", "", f"![saturation and probes]({folder.name}/{model}.svg)", "",
             "| layer | channels | saturation | probe % | ridge % |", "|---|--:|--:|--:|--:|"]
    for layer in report["layers"]:
        def percent(key):
            return "–" if layer.get(key) is None else f"{100 * layer[key]:.2f}"
        saturation = "–" if layer.get("saturation") is None else f"{layer['saturation']:.3f}"
        lines.append(f"| {layer['name']} | {layer['channels']} | {saturation} | {percent('testAccuracy')} "
                     f"| {percent('ridgeTestAccuracy')} |")
    return lines


TITLES = {"dense": "as it is", "receptiveFields": "receptive fields"}
ADVISED = {"resnet20": [], "vgg16:width=0.25": ["--image-size", 32]}


def advise(data):
    """Four methods on one network, and what became of what they propose."""
    name = "advise"
    target = RESULTS / name
    target.mkdir(parents=True, exist_ok=True)
    for model, options in ADVISED.items():
        short = model.split(":")[0]
        if not (target / f"{short}.json").exists():
            folder = RUNS / name / short
            started = time.monotonic()
            resume = ["--resume"] if folder.exists() else []
            report = run([ESPALIER, "advise", model, "--data", f"fashion-mnist={data}", "--train-limit", 10000, "--epochs", 10,
                          *options, "--device", "cpu", "--out", folder, "--json", *resume])
            seconds = round(time.monotonic() - started)
            for kind in ("advice.svg", "accuracy.svg", "advice.csv"):
                shutil.copy(folder / kind, target / f"{short}-{kind}")
            report = json.loads(report) | {"seconds": None if resume else seconds, "date": datetime.date.today().isoformat(),
                                           "processor": processor()}
            (target / f"{short}.json").write_text(json.dumps(report, indent=1, sort_keys=True) + "\n")
        summarise_advice(name)


def summarise_advice(name):
    lines = [
        "# Four methods on one network", "",
        "`espalier advise` on a fixed subset of 10,000 images of Fashion-MNIST (VGG-16 at 32 px), 10 epochs, batch 128, SGD 0.1",
        "with a cosine schedule, crop and flip, seed 1. Receptive fields before training, bundles after the first epoch, gates by",
        "a pruning to half of the multiply-accumulates, lesions of the trained network on 2,000 training images (at most 0.5 points",
        "together). Every proposal is trained from scratch for what the network as it is costs. Top-1 on all 10,000 test images;",
        "one seed: differences of half a point say little.", "", f"Command: `tools/experiment {name} DATA` with Fashion-MNIST.",
    ]
    for model in ADVISED:
        short = model.split(":")[0]
        file = RESULTS / name / f"{short}.json"
        if not file.exists():
            continue
        report = json.loads(file.read_text())
        lines += ["", f"## {model}", "", f"![what each method would remove]({name}/{short}-advice.svg)", "",
                  "| proposal | top-1 % | MACs | parameters | epochs | cost | what goes |", "|---|--:|--:|--:|--:|--:|---|"]
        dense = report["proposals"][0]
        for row in report["proposals"]:
            training = row["training"]
            figures = ["–"] * 5 if training is None else [
                f"{100 * training['top1']:.2f}", f"{row['macs'] / dense['macs']:.2f}",
                f"{row['parameters'] / dense['parameters']:.2f}", str(training["epochs"]), f"{training['costFraction']:.2f}"]
            lines.append(f"| {TITLES.get(row['method'], row['method'])} | " + " | ".join(figures) + f" | {row['summary']} |")
        lines += ["", "| block | MACs M | r min … r max | unproductive | H after epoch 1 | lesion, points | gates remove | removed by |",
                  "|---|--:|--:|--:|--:|--:|--:|---|"]
        for block in report["blocks"]:
            fields, lesion = block["receptiveFields"], block["lesion"]
            lines.append(
                f"| {block['name']} | {block['macs'] / 1e6:.2f} | {fields['rMin']} … {fields['rMax']} "
                f"| {fields['unproductive']} of {fields['convolutions']} | {block['entropyAboveInput']:.4f} "
                f"| {'–' if lesion is None else f'{100 * lesion:+.2f}'} | {100 * block['removed']['gates']:.0f} % "
                f"| {', '.join(TITLES.get(method, method) for method in block['agreement'])} |")
        lines += ["", f"The pruning itself ended at {100 * report['pruning']['top1']:.2f} % for "
                  f"{report['pruning']['costFraction']:.2f} of the cost."]
        if report["seconds"]:
            lines[-1] += f" All of it took {report['seconds'] / 60:.0f} minutes."
        lines += [f"{report['date']}, {report['processor']}."]
    notes = RESULTS / name / "notes.md"
    if notes.exists():
        lines += ["", notes.read_text().strip()]
    (RESULTS / f"{name}.md").write_text("\n".join(lines) + "\n")
