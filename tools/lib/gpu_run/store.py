"""The folder of results: one JSON file per stage, written anew whenever an entry is finished."""

import json
import os
import pathlib

FORMAT = 1


def write(path, text):
    """Replaces a file as a whole: whoever reads it finds the old text or the new one."""
    path = pathlib.Path(path)
    temporary = path.with_name(path.name + ".new")
    with open(temporary, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def write_json(path, value):
    write(path, json.dumps(value, indent=2, sort_keys=True) + "\n")


class Mismatch(Exception):
    """The folder holds results of something else."""


class Store:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)

    def load(self, stage):
        """What is there of a stage; None where there is nothing."""
        path = self.folder / f"{stage}.json"
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        try:
            found = json.loads(text)
            found["entries"], found["dryRun"], found["device"], found["family"]
        except (ValueError, KeyError, TypeError):
            raise Mismatch(f"{path} is no result of gpu-run; move it away, or give another --out") from None
        return found

    def save(self, stage, content):
        write_json(self.folder / f"{stage}.json", content)

    def check(self, stages, **ours):
        """Results of several devices must not end up beside each other, nor those of a dry run beside real ones."""
        for stage in stages:
            found = self.load(stage)
            for key, value in ours.items():
                if found and found[key] != value:
                    raise Mismatch(f"{self.folder} has results with {key} = {found[key]!r}, and these would be with "
                                   f"{value!r}; give another --out")
