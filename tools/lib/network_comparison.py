"""A training step or the evaluation of a batch, beside PyTorch's."""

import pathlib

import medians
import peers
import pinned
import tables

PEERS = pathlib.Path(__file__).resolve().parent.parent / "peers"
TASKS = {"train-step": ("training step", PEERS / "train_step.py"), "inference": ("inference", PEERS / "inference.py")}
# PyTorch's ways to compute in each of our precisions: layout, and what a peer calls the precision. The fastest counts.
VARIANTS = {
    "fp32": [("channels_last", "fp32"), ("contiguous", "fp32")],
    "bf16": [("channels_last", "bf16"), ("channels_last", "autocast")],
}
COLUMNS = ["", "images/s", "ratio", "of rounds", "peak MiB", "ratio", "less imports", "ratio"]
LEGEND = (
    "Ratios are espalier's figure over the other's: of the median images/s, with the lowest and the highest of a "
    "single round beside it, and of the peak memory, the second time without what importing PyTorch takes before "
    "there is a network.")


def report(task, arguments):
    subject, program = TASKS[task]
    peer = [peers.python(), "-B", program]
    rows, notes, models, versions = [], [], [], {}
    for model, batch_size in arguments.models:
        label = f"{model}@{batch_size}"
        contenders, parameters = contenders_for(task, arguments, peer, model, batch_size)
        there = medians.alternate(label, contenders, arguments.rounds)
        rows += table_rows(label, there)
        notes += medians.failures(label, contenders)
        models.append({"model": model, "batchSize": batch_size, "parameters": parameters,
                       "contenders": [figures(contender, there[0]) for contender in there]})
        versions["PyTorch"] = there[1].results[0]["version"]
    title = f"{subject}, {arguments.precision}, {tables.counted(arguments.threads, 'thread')}"
    return tables.Report(title, COLUMNS, rows, [*notes, LEGEND], {"task": task, "models": models}, versions)


def contenders_for(task, arguments, peer, model, batch_size):
    """What takes turns, espalier first and PyTorch's eager mode second, and the number of parameters that both have."""
    common = ["--model", model, "--batch-size", batch_size, "--threads", arguments.threads, "--steps", arguments.steps]
    eager = medians.fastest(f"{model}@{batch_size}", [
        medians.Contender(
            "PyTorch eager, " + layout + ("" if precision == "fp32" else f", {precision}"),
            [*peer, *common, "--layout", layout, "--precision", precision], arguments.threads)
        for layout, precision in VARIANTS[arguments.precision]])
    found = eager.results[0]["parameters"]
    eager.results.clear()
    parameters = pinned.read_json([arguments.espalier, "summary", model, "--json"], 1)["parameters"]
    if found != parameters:
        raise pinned.Failure(f"{model}: espalier has {parameters} parameters but PyTorch's twin {found}; these are "
                             "different networks, and a comparison would mean nothing")
    ours = [arguments.espalier, "bench", task, "--input", "3x32x32", "--device", arguments.device, "--json", *common]
    if arguments.precision != "fp32":
        ours += ["--precision", arguments.precision]
    contenders = [medians.Contender("espalier", ours, arguments.threads), eager]
    if arguments.keep_memory:
        contenders.append(eager.changed("eager", "eager keeping memory", environment=pinned.KEEP_MEMORY))
    if task == "inference":
        contenders.append(eager.changed("eager", "folded", "--fold"))
    if arguments.compile:
        contenders.append(eager.changed("eager", "compiled", "--compile"))
    return contenders, parameters


def table_rows(label, contenders):
    """A row for espalier, the first contender, and one for each of the others, the first ratio printed bold."""
    ours, *others = contenders
    rows = [[f"**{label}**, espalier", f"{ours.rate:.1f}", "", "", tables.mebibytes(ours.peak_memory), "", "", ""]]
    for other in others:
        ratio = medians.Ratio(ours, other)
        value = f"**{ratio.value:.2f}**" if other is others[0] else f"{ratio.value:.2f}"
        rows.append([
            other.name, f"{other.rate:.1f}", value, f"{ratio.low:.2f}–{ratio.high:.2f}",
            tables.mebibytes(other.peak_memory), f"{ours.peak_memory / other.peak_memory:.2f}",
            tables.mebibytes(other.own_memory), f"{ours.peak_memory / other.own_memory:.2f}"])
    return rows


def figures(contender, ours):
    if contender is ours:
        return contender.figures
    ratio = medians.Ratio(ours, contender)
    return {**contender.figures, "ratio": ratio.value, "ratioOfRounds": [ratio.low, ratio.high],
            "peakMemoryBytesLessImports": contender.own_memory,
            "memoryRatio": ours.peak_memory / contender.peak_memory,
            "memoryRatioLessImports": ours.peak_memory / contender.own_memory}
