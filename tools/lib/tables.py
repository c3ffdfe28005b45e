"""A table of results with its notes: as text, as JSON, and as a dated section of a Markdown file."""

import dataclasses
import json
import pathlib


@dataclasses.dataclass
class Report:
    title: str
    columns: list
    rows: list
    notes: list
    figures: dict
    """The same for programs, and more of it."""
    versions: dict = dataclasses.field(default_factory=dict)
    """Of the programs compared with espalier."""

    def table(self):
        """The table in Markdown, aligned to be read as plain text too: the first column to the left, others right."""
        cells = [self.columns, *self.rows]
        widths = [max(3, *(len(row[column]) for row in cells)) for column in range(len(self.columns))]
        rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
        lines = [line(self.columns, widths), line(rule, widths), *(line(row, widths) for row in self.rows)]
        return "\n".join(lines)

    def text(self):
        notes = "".join(f"\n* {note}" for note in self.notes)
        return self.table() + ("\n" + notes if notes else "")

    def json(self, provenance):
        return json.dumps({**provenance, **self.figures, "notes": self.notes}, indent=2, sort_keys=True)

    def append(self, path, provenance):
        """Adds a section to the file at `path`: what was measured when, on what and how, and the table."""
        versions = ", ".join(f"{name} {version}" for name, version in provenance["versions"].items())
        section = (f"## {provenance['date']}: {self.title}\n\n{provenance['processor']}; {versions}.\n\n"
                   f"```sh\n{provenance['command']}\n```\n\n{self.text()}\n")
        path = pathlib.Path(path)
        before = path.read_text().rstrip("\n") + "\n\n" if path.exists() else ""
        path.write_text(before + section)


def line(cells, widths):
    first, *others = cells
    padded = [f"{first:<{widths[0]}}", *(f"{cell:>{width}}" for cell, width in zip(others, widths[1:]))]
    return f"| {' | '.join(padded)} |"


def mebibytes(count):
    return f"{count / 2**20:.0f}"


def counted(count, noun):
    return f"{count} {noun}" + ("" if count == 1 else "s")
