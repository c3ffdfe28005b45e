"""Training steps and inference of whole networks, in turns with PyTorch on the same device."""

import functools
import statistics

import medians
from gpu_run.measurement import DONE, FAILED, Item
from gpu_run.peer import PeerFailure
from gpu_run.sizes import PRECISIONS

TASKS = ["train-step", "inference"]
LAYOUTS = ["channels_last", "contiguous"]
# What a peer calls our precisions: fp32 has TF32 off, and in bf16 the weights stay fp32, as ours do.
THEIRS = {"fp32": "fp32", "tf32": "tf32", "bf16": "autocast"}


def items(context):
    return [Item(f"{task} {case.label}, {precision}", functools.partial(compare, task, case, precision), need=20)
            for case in context.sizes.cases for task in TASKS for precision in PRECISIONS]


def compare(task, case, precision, context):
    """The entry of a comparison. One whose peer failed has failed, but keeps our figures; PyTorch's are there too where
    espalier refuses the precision."""
    missing = peer_missing(context)
    found, ours, theirs, failure = take_turns(task, case, precision, context, alone=bool(missing))
    own = contender("espalier", ours) if len(ours) == context.sizes.rounds else None
    fastest = max((contender(*layout) for layout in theirs.items()), key=lambda one: one.rate, default=None)
    if fastest:
        failure = difference(context, case, fastest.results[0]["parameters"])
        fastest = None if failure else fastest
    if failure:
        missing = f"PyTorch: {failure}"
        found = {**found, "state": FAILED, "error": missing} if found["state"] == DONE else found
    ratio = medians.Ratio(own, fastest) if own and fastest else None
    return {**found, "result": {
        "task": task, "model": case.model, "input": case.input, "batchSize": case.batch_size, "classes": case.classes,
        "precision": precision, "role": context.sizes.role(case), "espalier": figures(own),
        "peer": fastest and {**figures(fastest), "layout": fastest.name, "device": context.peer.facts()["device"],
                             "precision": THEIRS[precision]},
        "layouts": {layout: contender(layout, results).rate for layout, results in theirs.items()},
        "peerMissing": missing, "ratio": ratio and ratio.value, "ratioOfRounds": ratio and [ratio.low, ratio.high]}}


def take_turns(task, case, precision, context, alone):
    """The entry of our last turn with the seconds of all of ours, what each of our turns told, what PyTorch's did by
    layout, and why PyTorch did not go on. Each side goes on without the other."""
    sizes = context.sizes
    words = context.on_device(
        "bench", task, "--model", case.model, "--input", case.input, "--classes", case.classes, "--batch-size",
        case.batch_size, "--steps", sizes.steps, precision=precision)
    found, ours, theirs, failure, seconds = None, [], {}, None, 0
    for _ in range(sizes.rounds):
        if found is None or found["state"] == DONE:
            found = context.ask(*words, limit=sizes.limits["bench"], precision=precision)
            seconds += found["seconds"]
            ours += [found["result"]] if found["state"] == DONE else []
        if not (alone or failure):
            try:
                for layout in LAYOUTS:
                    theirs.setdefault(layout, []).append(ask_peer(context, task, case, precision, layout))
            except PeerFailure as problem:
                failure, theirs = str(problem), {}
    return {**found, "seconds": seconds}, ours, theirs, failure


def peer_missing(context):
    """Why nothing is compared with PyTorch; nothing where it is there. A GPU is compared with the same GPU only."""
    facts = context.peer.facts()
    if "missing" in facts:
        return facts["missing"]
    if facts["device"] != "cuda" and not context.dry_run:
        return f"PyTorch {facts['torch']} finds no CUDA device here"
    return None


def ask_peer(context, task, case, precision, layout):
    options = {
        "--model": case.model, "--input": case.input, "--classes": case.classes, "--batch-size": case.batch_size,
        "--steps": context.sizes.steps, "--layout": layout, "--precision": THEIRS[precision],
        "--device": context.peer.facts()["device"]}
    request = {"do": task, "options": [str(word) for option in options.items() for word in option]}
    return context.peer.ask(request, context.sizes.limits["bench"])


def difference(context, case, theirs):
    """What is wrong with the peer's network; nothing where it has as many parameters as ours."""
    words = ["summary", case.model, "--input", case.input, "--classes", case.classes]
    summary = context.ask(*words, limit=context.sizes.limits["bench"])
    if summary["state"] != DONE:
        return summary["error"]
    ours = summary["result"]["parameters"]
    if ours == theirs:
        return None
    return (f"espalier has {ours} parameters but PyTorch's twin {theirs}; these are different networks, and a "
            "comparison would mean nothing")


def contender(name, results):
    return medians.Contender(name, [], results=results)


def figures(one):
    if one is None:
        return None
    device = [result.get("deviceMemoryBytes") for result in one.results]
    return {"imagesPerSecond": one.rate, "imagesPerSecondOfRounds": one.rates, "peakMemoryBytes": one.peak_memory,
            "medianMilliseconds": statistics.median(result["medianMilliseconds"] for result in one.results),
            "deviceMemoryBytes": max(device) if None not in device else None}
