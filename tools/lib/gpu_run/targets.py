"""What is to be reached on a GPU, and whether it was."""

from gpu_run import startup_benchmark
from gpu_run.sizes import LARGE_IMAGES, MANY_LAYERS


def evaluate(entries, dry_run):
    """The targets with what was measured for them; `entries` are those of the stage bench. Nothing can be met in a dry
    run, whose sizes and device are others."""
    results = [entry["result"] for entry in entries if entry["result"]]
    rows = {(row["role"], row["precision"]): row for row in results if row.get("task") == "train-step"}
    warm = [row["warmSeconds"] for row in results if "warmSeconds" in row]
    large = {precision: rate(rows.get((LARGE_IMAGES, precision))) for precision in ("fp32", "bf16")}
    return [
        target("training step of ResNet-18 at 224 px in fp32, over PyTorch's (TF32 off)", "at least", 0.75,
               (rows.get((LARGE_IMAGES, "fp32")) or {}).get("ratio"), dry_run),
        target("training step of ResNet-18 at 224 px in bf16, over our own in fp32", "at least", 2,
               large["bf16"] / large["fp32"] if all(large.values()) else None, dry_run),
        target("training step of ResNet-56 at 32 px, batch 128, in fp32, over PyTorch's eager mode", "at least", 1.5,
               (rows.get((MANY_LAYERS, "fp32")) or {}).get("ratio"), dry_run),
        target(f"warm start to the end of the first step, in s (`{startup_benchmark.NAME}`)", "under", 3,
               warm[0] if warm else None, dry_run),
    ]


def rate(row):
    return row["espalier"]["imagesPerSecond"] if row and row["espalier"] else None


def target(name, relation, bound, value, dry_run):
    reached = None
    if value is not None and not dry_run:
        reached = value < bound if relation == "under" else value >= bound
    return {"target": name, "relation": relation, "bound": bound, "value": value, "reached": reached}
