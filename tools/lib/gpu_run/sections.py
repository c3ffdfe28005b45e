"""The sections of the report in Markdown; one that has nothing to say is empty."""

import tables
from gpu_run import probe_stage
from gpu_run.measurement import ABSENT, DONE, FAILED, INTERRUPTED, REFUSED

# Rows of the tuner's table.
TUNED = 15
NETWORK_LEGEND = (
    "Images per second; medians of rounds in turns, each the median of several steps. A step of either side begins "
    "with its images in the host's memory and ends when the device has finished. PyTorch is eager, with "
    "cudnn.benchmark, in the faster of its layouts: fp32 has TF32 off, tf32 has it on, bf16 is autocast. The ratio is "
    "espalier's figure over PyTorch's, and beside it the lowest and the highest of single rounds.")
CONVOLUTION_LEGEND = (
    "2 operations per multiply-accumulate of the direct convolution, whatever algorithm ran; medians of rounds in "
    "turns. PyTorch's in the faster layout, by the GPU's own clock where it has one.")


def section(title, columns, rows, notes=()):
    if not rows:
        return ""
    text = [[cell if isinstance(cell, str) else number(cell) for cell in row] for row in rows]
    return f"## {title}\n\n" + tables.Report(title, columns, text, list(notes), {}).text()


def listing(title, columns, rows, notes=()):
    """A table of texts, which nobody aligns."""
    if not rows:
        return ""
    lines = [columns, ["---"] * len(columns), *([plain(cell) for cell in row] for row in rows)]
    table = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
    return f"## {title}\n\n{table}" + ("\n" + "".join(f"\n* {note}" for note in notes) if notes else "")


def number(value):
    """A figure with about three digits."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return str(value)


def plain(text):
    """A text that cannot end a cell of a table."""
    return " ".join(str(text).replace("|", "\\|").split())


def short(text, length=200):
    line = plain(text)
    return line if len(line) <= length else line[: length - 1] + "…"


def machine(entries):
    rows = []
    for entry in entries:
        result = entry["result"] or {}
        if entry["name"] == "devices":
            rows += [["device", f"`{device['id']}` {device['name']}, driver {device['driver']}"]
                     for device in result.get("devices", [])]
        elif entry["name"] == "nvidia-smi" and result:
            rows += [[f"nvidia-smi: {key}", value] for gpu in result["gpus"] for key, value in gpu.items()]
        else:
            rows += [[f"{entry['name']}: {key}", value] for key, value in result.items() if value is not None]
    return listing("Machine", ["what", "value"], rows)


def targets(found, dry_run):
    rows = []
    for target in found:
        verdict = {None: "not measured", True: "reached", False: "**missed**"}[target["reached"]]
        rows.append([target["target"], f"{target['relation']} {target['bound']}", number(target["value"]) or "–",
                     "dry run" if dry_run and target["value"] is not None else verdict])
    notes = ["The networks of a dry run stand in for those named."] if dry_run else []
    return section("Targets", ["", "expected", "measured", ""], rows, notes)


def networks(entries):
    rows, missing, devices = [], set(), set()
    for entry in having(entries, "task"):
        result = entry["result"]
        peer, ours = result["peer"], result["espalier"]
        spread = result["ratioOfRounds"]
        rows.append([
            f"{result['model']} {result['input']}", str(result["batchSize"]), result["task"], result["precision"],
            ours["imagesPerSecond"] if ours else entry["state"], peer["imagesPerSecond"] if peer else "–",
            peer["layout"] if peer else "", f"{result['ratio']:.2f}" if spread else "",
            f"{spread[0]:.2f}–{spread[1]:.2f}" if spread else ""])
        missing |= {result["peerMissing"]} - {None}
        devices |= {peer["device"]} if peer else set()
    notes = [NETWORK_LEGEND, *(f"PyTorch ran on its device `{device}`." for device in sorted(devices)),
             *(f"Not compared: {short(reason)}." for reason in sorted(missing))]
    columns = ["network", "batch", "task", "precision", "espalier", "PyTorch", "layout", "ratio", "of rounds"]
    return section("Networks beside PyTorch", columns, rows, notes)


def convolutions(entries):
    rows, missing, devices = [], set(), set()
    for result in (entry["result"] for entry in having(entries, "operations")):
        for row in result["operations"]:
            rows.append([row["problem"], row["direction"], result["precision"], row["gflops"], row["peerGflops"],
                         row["layout"] or "", f"{row['ratio']:.2f}" if row["ratio"] else ""])
        missing |= {result["peerMissing"]} - {None}
        devices |= {result["peerDevice"]} - {None}
    notes = [CONVOLUTION_LEGEND, *(f"PyTorch ran on its device `{device}`." for device in sorted(devices)),
             *(f"Not compared: {short(reason)}." for reason in sorted(missing))]
    columns = ["problem", "direction", "precision", "espalier GFLOP/s", "PyTorch GFLOP/s", "layout", "ratio"]
    return section("Convolutions beside PyTorch", columns, rows, notes)


def having(entries, key):
    return [entry for entry in entries if key in (entry["result"] or {})]


def startup(entries):
    lines = [f"The first step was finished {result['warmSeconds']:.2f} s after the start of the process, with the "
             f"driver's cache of kernels filled (median of {tables.counted(result['runs'], 'run')})."
             for result in (entry["result"] for entry in having(entries, "warmSeconds"))]
    return "## Warm start\n\n" + "\n".join(lines) if lines else ""


def training(entries):
    lines = []
    for entry in having(entries, "epochs"):
        result = entry["result"]
        done, final = result["epochs"], result["result"] or {}
        line = f"{result['model']} on {result['data']}: {tables.counted(len(done), 'epoch')}"
        if done:
            line += f", {number(float(done[-1]['imagesPerSecond']))} images/s in the last"
        if final and entry["state"] == DONE:
            line += f"; top-1 {final['top1']:.4f} after {final['seconds']:.0f} s in all"
        ended = {DONE: "finished", INTERRUPTED: "interrupted with a checkpoint, to be resumed", FAILED: "failed"}
        line += f" ({ended.get(entry['state'], entry['state'])}" + (", resumed" if result["resumed"] else "") + ")."
        lines.append(line)
    return "## Training\n\n" + "\n".join(lines) if lines else ""


def verification(entries):
    rows = []
    for entry in entries:
        result = entry["result"]
        counts = [result["passed"], result["failed"]] if result else ["–", "–"]
        rows.append([entry["name"], *counts, entry["seconds"], entry["state"]])
    return section("Verification", ["precision", "passed", "failed", "s", ""], rows)


def rejections(counts):
    """How many methods failed, were wrong and were slow."""
    return "/".join(str(counts.get(reason, 0)) for reason in ("failed", "wrong", "slow")) if counts else ""


def tuning(entries):
    problems = [
        (problem["defaultMicroseconds"] / problem["microseconds"], problem, entry["result"].get("precision"))
        for entry in having(entries, "problems") for problem in entry["result"]["problems"]
        if problem.get("microseconds") and problem.get("defaultMicroseconds")]
    problems.sort(key=lambda found: -found[0])
    rows = [[problem.get("problem"), precision, problem.get("method"), problem["microseconds"],
             problem["defaultMicroseconds"], f"{gain:.2f}", problem.get("share"), problem.get("candidates"),
             rejections(problem.get("rejected"))]
            for gain, problem, precision in problems[:TUNED]]
    columns = ["problem", "precision", "method", "µs", "µs untuned", "gain", "share", "candidates",
               "failed/wrong/slow"]
    note = f"The {min(TUNED, len(problems))} largest gains of {tables.counted(len(problems), 'problem')}."
    return section("Tuned kernels", columns, rows, [note])


def probes(entries):
    rows = []
    for entry in entries:
        if entry["name"] == "capabilities":
            rows += [[name, answer] for name, answer in probe_stage.probes(entry["result"])]
        else:
            rows += [[name, number(value)] for name, value in probe_stage.figures(entry["result"] or {})]
    return listing("Probes", ["probe", "answer"], rows)


def failures(stages):
    """What has no result, what has the same reason together."""
    groups = {}
    for stage, entries in stages.items():
        for entry in entries:
            if entry["state"] in (FAILED, REFUSED, ABSENT):
                groups.setdefault((stage, entry["state"], telling(entry["error"])), []).append(entry["name"])
    rows = [[f"{stage}: {'; '.join(names)}", state, why] for (stage, state, why), names in groups.items()]
    return listing("What failed, was refused or is absent", ["what", "how", "why"], rows,
                   ["results.json has the commands and the ends of their messages."])


def telling(error):
    """The line of a message that names the error."""
    lines = [line for line in (error or "").splitlines() if line.strip()]
    named = [line for line in lines if "error: " in line.lower()]
    return (named or lines or [""])[0]


def unmeasured(stages, found, go_on):
    lines = [f"* {stage}: {short(', '.join(names), 400)}" for stage, names in found["left"].items()]
    lines += [f"* {stage}: not asked for" for stage, entries in stages.items()
              if not entries and stage not in found["left"]]
    lines += [f"* target: {target['target']}" for target in found["targets"] if target["value"] is None]
    alone = [entry["name"] for entry in stages["bench"] if (entry["result"] or {}).get("peerMissing")]
    lines += [f"* beside PyTorch: {short('; '.join(alone), 400)}"] if alone else []
    if found["left"]:
        lines += ["", "Go on with:", "", "```sh", go_on, "```"]
    return "## What was not measured\n\n" + "\n".join(lines) if lines else ""
