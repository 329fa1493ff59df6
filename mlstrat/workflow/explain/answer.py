"""`explain`: what a finding, a term or a metric means, or what a JSON document said.

What a result computes with (resamples, cells) is not in its JSON, so reading it back cannot give
the result itself. It gives what was said: every figure, finding and name, exactly.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from mlstrat.core.metrics import METRICS
from mlstrat.core.wording import clean, count, files_read
from mlstrat.data.config import ACCEPTED, read_document
from mlstrat.errors import InputError, UsageError, did_you_mean
from mlstrat.show.blocks import Block, Heading, Item, Paragraph, Table, Verdict
from mlstrat.show.document import Document
from mlstrat.show.schema import first_fault
from mlstrat.workflow.explain.document import Explanation, find, nearest
from mlstrat.workflow.explain.registry import RULES
from mlstrat.workflow.explain.schemas import HOMES, VERSIONS, SchemaDocument, SchemaList, title
from mlstrat.workflow.explain.schemas import schema as json_schema
from mlstrat.workflow.explain.terms import TERMS

ABOUT = ("schema", "signature", "findings")


MOST_ROWS = 50
"""Rows of a table that a reader is shown; the JSON has all."""


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


def explain(code: str | None = None) -> Explanation:
    """Return what a finding, a term or a metric means: rule, checklist, numbers, source.

    Parameters
    ----------
    code
        A finding's code (``MLS102``), a term (``avoidable bias``) or a metric (``f1``), in any
        case, its words joined by anything; ``weighting 200000 5000`` weighs data of two sizes;
        None for the list of all.

    Raises
    ------
    UsageError
        For what is none of these.

    Examples
    --------
    >>> explain("MLS102").rules[0].title
    'Variance: the model does not generalise to new examples'
    >>> explain("Avoidable bias").terms[0].numbers[0].partition(":")[0]
    'People 1%, train 8%, dev 10%'
    >>> explain("f1").metrics[0].formula
    '2 TP / (2 TP + FP + FN), the harmonic mean of precision and recall'
    >>> explain("weighting 200,000 5,000").terms[0].numbers[0].partition(":")[2]
    ' β = 1/40 = 0.025 on each of the others gives both kinds the same weight in all.'
    """
    if code is None:
        return Explanation(tuple(RULES.values()), tuple(TERMS.values()), tuple(METRICS.values()))
    found = find(code) or _weighed(code)
    if found is None:
        near = nearest(code)
        raise UsageError(
            f"nothing to explain under {code!r}",
            accepted="a code, a term or a metric that `mlstrat explain` lists",
            hint=f"did you mean {' or '.join(near)}?" if near else None,
        )
    return found


_SIZES = re.compile(r"(.*?)[\s:]+([\d,_]+)\s+([\d,_]+)")
"""A term and two sizes."""


def _weighed(text: str) -> Explanation | None:
    """Return the weight of other data from two sizes: theirs, and that of the target's."""
    typed = _SIZES.fullmatch(text.strip())
    found = None if typed is None else find(typed[1])
    if typed is None or found is None or found.terms != (TERMS["weighting-data"],):
        return None
    others, target = (int(re.sub("[,_]", "", typed[i]) or 0) for i in (2, 3))
    if not 0 < target <= others:
        raise UsageError(
            f"no weight from {typed[2]} and {typed[3]}",
            accepted="the number of other examples, then the smaller number of the target's",
        )
    ratio = Fraction(target, others)
    said = (
        f"{count(others)} others and {count(target)} of the target: β = {ratio} = "
        f"{float(ratio):.3g} on each of the others gives both kinds the same weight in all."
    )
    return Explanation(terms=(replace(found.terms[0], numbers=(said,)),))


def schema(command: str | None = None) -> Document:
    """Return the JSON schema (draft 2020-12) of the document that a command writes.

    Parameters
    ----------
    command
        ``diagnose``, or ``diagnose/1`` for one version; None for the list of all.

    Raises
    ------
    UsageError
        For a command or version that has none.

    Examples
    --------
    >>> schema("gaps").to_dict()["title"]
    'mlstrat.gaps/1'
    """
    if command is None:
        return SchemaList()
    name, slash, version = command.strip().lower().removeprefix("mlstrat.").partition("/")
    name = name.replace("_", "-")
    full = f"{name}/{version if slash else VERSIONS.get(name, 1)}"
    if full not in HOMES:
        raise UsageError(
            f"no schema {command!r}",
            accepted=", ".join(HOMES),
            hint=did_you_mean(name, VERSIONS, 0.6),
        )
    return SchemaDocument(full)


def load(path: str | Path) -> LoadedDocument:
    """Return a document that a command wrote with ``--format json``.

    Its ``to_dict()`` equals the file, and its main table is ``to_frame()``. It says what was
    said: what the result was computed from is not in the file.

    Raises
    ------
    InputError
        Where the file is no such document, is of a newer version than this mlstrat knows, or
        does not hold what its schema says.
    """
    document = read_document(path)
    named = document.get("schema")
    if not isinstance(named, str) or not named.startswith("mlstrat."):
        raise InputError("has no key schema that names a document of mlstrat", file=str(path),
                         accepted=ACCEPTED)  # fmt: skip
    name = named.removeprefix("mlstrat.")
    if name not in HOMES:
        raise _unknown(name, str(path))
    fault = first_fault(document, json_schema(name))
    if fault is not None:
        raise InputError(f"is not {named}: {fault}", file=str(path), accepted=ACCEPTED)
    return LoadedDocument(document)


def _unknown(name: str, file: str) -> InputError:
    command, _, version = name.partition("/")
    known = VERSIONS.get(command)
    if known is None:
        return InputError(
            f"is of an unknown schema {f'mlstrat.{name}'!r}",
            file=file,
            accepted=", ".join(f"mlstrat.{x}" for x in HOMES),
            hint=did_you_mean(command, VERSIONS, 0.6),
        )
    newer = bool(re.fullmatch("[0-9]{1,9}", version)) and int(version) > known
    return InputError(
        f"is mlstrat.{name}, and this mlstrat knows version {known} at most"
        if newer
        else f"is of an unknown version, mlstrat.{name}",
        file=file,
        accepted=f"mlstrat.{command}/{known}",
        hint="upgrade mlstrat to read it" if newer else None,
    )
