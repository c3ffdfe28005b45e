"""A few convolutions in all three directions, in turns with cuDNN's through PyTorch."""

import functools

import operator_comparison
import pinned
from gpu_run.measurement import DONE, FAILED, Item
from gpu_run.network_benchmark import peer_missing
from gpu_run.peer import PeerFailure
from gpu_run.sizes import PRECISIONS


def items(context):
    return [Item(f"convolutions, {precision}", functools.partial(compare, precision), need=20)
            for precision in PRECISIONS]


def compare(precision, context):
    sizes = context.sizes
    words = context.on_device("bench", "ops", *sizes.convolutions, "--direction", "all", precision=precision)
    missing, failure, rows, ours, seconds = peer_missing(context), None, {}, {}, 0
    for _ in range(sizes.rounds):
        found = context.ask(*words, limit=sizes.limits["bench"], precision=precision)
        seconds += found["seconds"]
        if found["state"] != DONE:
            return {**found, "seconds": seconds}
        for operation in found["result"]["operations"]:
            key = (operation["problem"], operation["direction"])
            ours.setdefault(key, []).append(operation)
            if missing:
                continue
            try:
                rows.setdefault(key, operator_comparison.Row(*key)).add(operation, ask_peer(context, key, precision))
            except (PeerFailure, pinned.Failure) as problem:
                missing = failure = f"PyTorch: {problem}"
    compared = {} if missing else rows
    result = {"precision": precision, "peak": found["result"].get("peak"), "peerMissing": missing,
              "peerDevice": context.peer.facts().get("device"),
              "operations": [figures(key, ours[key], compared.get(key)) for key in ours]}
    if failure:
        found.update(state=FAILED, error=failure)
    return {**found, "seconds": seconds, "result": result}


def ask_peer(context, key, precision):
    problem, direction = key
    return context.peer.ask(
        {"do": "convolution", "problem": problem, "direction": direction, "precision": precision,
         "device": context.peer.facts()["device"], "seconds": context.sizes.convolution_seconds},
        context.sizes.limits["bench"])


def figures(key, operations, row):
    """One problem in one direction, over all rounds; medians."""
    own = sorted(operations, key=lambda operation: operation["milliseconds"])[len(operations) // 2]
    if row:
        row.finish(None)
    return {"problem": key[0], "direction": key[1], "gflops": row.rate if row else own["gflops"],
            "peerGflops": row.their_rate if row else None, "layout": row.layout if row else None,
            "ratio": row.ratio if row else None}
