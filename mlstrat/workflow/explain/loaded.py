"""A document that was read back from its JSON: the same figures, laid out plainly.

What a result computes with (resamples, cells) is not in its JSON, so reading it back cannot give
the result itself. It gives what was said: every figure, finding and name, exactly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mlstrat.core.wording import clean, count, files_read
from mlstrat.show.blocks import Block, Heading, Item, Paragraph, Table, Verdict
from mlstrat.show.document import Document
from mlstrat.workflow.explain.schemas import title

ABOUT = ("schema", "signature", "findings")
MOST_ROWS = 50
"""Rows of a table that a reader is shown; the JSON has all."""


@dataclass(frozen=True)
class LoadedDocument(Document):
    """What a command said, as its JSON holds it."""

    document: Mapping[str, Any]

    @property
    def command(self) -> str:
        """The command that made it."""
        return str(self.document["schema"]).removeprefix("mlstrat.").partition("/")[0]

    def __getitem__(self, key: str) -> Any:
        """Return one part of the JSON, such as ``loaded["focus"]``."""
        return self.document[key]

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON document, equal to the file."""
        return dict(self.document)

    def records(self) -> list[dict[str, Any]]:
        """Return the first table of the document; without one, its single figures as one row."""
        for key, value in self.document.items():
            if key not in ABOUT and _is_table(value):
                return [_flat(row) for row in value]
        return [_flat({k: v for k, v in self.document.items() if k not in ABOUT})]

    def blocks(self) -> list[Block]:
        """Return every part as a table, then the findings."""
        s = self.document["signature"]
        name = str(self.document["schema"]).removeprefix("mlstrat.")
        blocks: list[Block] = [
            Verdict(f"{clean(self.command)}: {title(name)}"),
            Paragraph(f"Read back from JSON that mlstrat {clean(s['mlstrat'])} wrote."),
        ]
        single: list[tuple[str, str]] = []
        for key, value in self.document.items():
            if key in ABOUT:
                continue
            if _is_table(value):
                blocks += _table(key, [_flat(row) for row in value])
            else:
                single += [(k, _shown(v)) for k, v in _flat({key: value}).items()]
        if single:
            blocks.insert(2, Table(("", "value"), tuple((clean(k), v) for k, v in single), 2))
        if self.document["findings"]:
            blocks.append(Heading("Findings"))
            blocks += [_item(f) for f in self.document["findings"]]
        if not s["inputs"]:
            return blocks
        return [*blocks, Paragraph(f"Based on {files_read(s['inputs'])}.")]


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(x, dict) for x in value)


def _flat(row: Mapping[str, Any], under: str = "") -> dict[str, Any]:
    """Return an object as one row: parts of parts by their path, intervals as two columns."""
    out: dict[str, Any] = {}
    for key, value in row.items():
        name = f"{under}.{key}" if under else key
        if key == "ci":
            low, high = value or (None, None)
            out |= {f"{name}_low": low, f"{name}_high": high}
        elif isinstance(value, Mapping) and value:
            out |= _flat(value, name)
        else:
            out[name] = value
    return out


def _table(name: str, rows: list[dict[str, Any]]) -> list[Block]:
    columns = list(dict.fromkeys(key for row in rows for key in row))
    shown = tuple(tuple(_shown(row.get(c)) for c in columns) for row in rows[:MOST_ROWS])
    head = clean(name) + (f" ({MOST_ROWS} of {count(len(rows))})" if len(rows) > MOST_ROWS else "")
    return [Heading(head), Table(tuple(clean(c) for c in columns), shown)]


def _shown(value: Any) -> str:
    if value is None or value in ([], {}):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list):
        return clean(", ".join(map(str, value)))
    return clean(str(value))


def _item(finding: Mapping[str, Any]) -> Item:
    evidence = "; ".join(f"{k} {_shown(v)}" for k, v in _flat(finding["evidence"]).items())
    text = clean(evidence, 400)
    return Item(
        clean(finding["code"]), finding["severity"], clean(finding["title"], 200), text,
        tuple(clean(step, 400) for step in finding["next_steps"]),
    )  # fmt: skip
