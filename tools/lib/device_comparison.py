"""Espalier beside itself: more threads against one, and PoCL against the fallback, both with one thread."""

import medians
import pinned
import tables

COLUMNS = ["", "images/s", "ratio", "of rounds", "peak MiB"]
LEGEND = (
    "Ratios are the median images/s over those of one thread of the fallback, with the lowest and the highest of a "
    "single round beside them. PoCL has one thread too, on the same core.")


def report(arguments):
    pocl = pocl_device(arguments.espalier)
    rows, notes, models = [], [], []
    for model, batch_size in arguments.models:
        label = f"{model}@{batch_size}"
        contenders = contenders_for(arguments, model, batch_size, pocl)
        there = medians.alternate(label, contenders, arguments.rounds)
        rows += [table_row(label, contender, there[0]) for contender in there]
        notes += medians.failures(label, contenders)
        models.append({"model": model, "batchSize": batch_size,
                       "contenders": [figures(contender, there[0]) for contender in there]})
    if not pocl:
        notes.append("PoCL was not compared: `espalier devices` lists no such device.")
    title = f"devices, {arguments.task}"
    return tables.Report(title, COLUMNS, rows, [*notes, LEGEND], {"task": arguments.task, "models": models})


def contenders_for(arguments, model, batch_size, pocl):
    command = [arguments.espalier, "bench", arguments.task, "--model", model, "--batch-size", batch_size,
               "--input", "3x32x32", "--steps", arguments.steps, "--json"]
    more = arguments.threads
    contenders = [
        medians.Contender("fallback, 1 thread", [*command, "--device", "cpu", "--threads", 1]),
        medians.Contender(f"fallback, {more} threads", [*command, "--device", "cpu", "--threads", more], more,
                          optional=True),
    ]
    if pocl:
        # A worker beside the program's own thread, which waits: both share the core that they are pinned to.
        contenders.append(medians.Contender(
            "PoCL, 1 thread", [*command, "--device", pocl], environment={"POCL_MAX_PTHREAD_COUNT": "1"}, optional=True))
    return contenders


def pocl_device(espalier):
    """What `--device` calls PoCL here, or nothing: an OpenCL device of kind cpu other than the simulator Oclgrind."""
    for device in pinned.read_json([espalier, "devices", "--json"], 1)["devices"]:
        if device["id"].startswith("opencl") and device["kind"] == "cpu" and "oclgrind" not in device["name"].lower():
            return device["id"]
    return None


def table_row(label, contender, first):
    name = f"**{label}**, {contender.name}" if contender is first else contender.name
    cells = [name, f"{contender.rate:.1f}", "", "", tables.mebibytes(contender.peak_memory)]
    if contender is not first:
        ratio = medians.Ratio(contender, first)
        cells[2:4] = [f"**{ratio.value:.2f}**", f"{ratio.low:.2f}–{ratio.high:.2f}"]
    return cells


def figures(contender, first):
    ratio = medians.Ratio(contender, first)
    return {**contender.figures, "ratio": ratio.value, "ratioOfRounds": [ratio.low, ratio.high]}
