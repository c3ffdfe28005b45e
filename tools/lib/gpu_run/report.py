"""The report of everything: for programs, and in Markdown."""

import tables
from gpu_run import sections, targets
from gpu_run.measurement import now
from gpu_run.store import FORMAT


def document(session):
    """All results, as JSON has them."""
    context = session.context
    entries = (session.contents["bench"] or {"entries": []})["entries"]
    return {
        "format": FORMAT, "date": now(), "dryRun": context.dry_run, "device": context.information["name"],
        "deviceId": context.device, "driver": context.information.get("driver"), "program": context.program,
        "stages": session.contents, "targets": targets.evaluate(entries, context.dry_run), "left": session.left(),
        "failed": session.failed()}


def markdown(found, go_on):
    """The report of a `document`; `go_on` is the command that measures what is left."""
    stages = {name: (stage or {"entries": []})["entries"] for name, stage in found["stages"].items()}
    parts = [
        f"# {'Dry run' if found['dryRun'] else 'GPU run'} on {found['device']}", preface(found),
        sections.machine(stages["machine"]), sections.targets(found["targets"], found["dryRun"]),
        sections.networks(stages["bench"]), sections.convolutions(stages["bench"]), sections.startup(stages["bench"]),
        sections.training(stages["train"]), sections.verification(stages["verify"]), sections.tuning(stages["tune"]),
        sections.probes(stages["probes"]), sections.failures(stages), sections.unmeasured(stages, found, go_on)]
    return "\n\n".join(part for part in parts if part) + "\n"


def preface(found):
    dates = [entry["date"] for stage in found["stages"].values() if stage for entry in stage["entries"]]
    programs = sorted({entry["program"] for stage in found["stages"].values() if stage for entry in stage["entries"]})
    lines = []
    if found["dryRun"]:
        lines.append(f"**This was a dry run on `{found['deviceId']}` ({found['device']}), with tiny sizes: it shows "
                     "that everything runs through. None of its figures says anything about a GPU.**")
    when = f"Measured from {min(dates)} to {max(dates)}" if dates else "Nothing was measured"
    lines.append(f"{when} on `{found['deviceId']}`, driver {found['driver']}, with espalier {', '.join(programs)}.")
    if len(programs) > 1:
        lines.append(f"**{tables.counted(len(programs), 'build')} of the program took part; results.json says which "
                     "measured what.**")
    return "\n\n".join(lines)
