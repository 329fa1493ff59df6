# Over 300 lines: what every document can be stands together.
"""What a command returns: one frozen document with JSON, markdown, text, a frame and a display."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from mlstrat.core.asked import FULL
from mlstrat.core.findings import Finding
from mlstrat.core.record import Record
from mlstrat.core.wording import Scale, clean, count, files_read
from mlstrat.errors import RUNNER_MARK, UsageError
from mlstrat.places import STANDARD_OUTPUT, check_places
from mlstrat.show import text
from mlstrat.show.blocks import Block, Heading, Item, Paragraph, Verdict

if TYPE_CHECKING:
    import pandas as pd

    from mlstrat.core import schema_parts
    from mlstrat.core.figures import Sampling
    from mlstrat.core.findings import Finding
    from mlstrat.core.intervals import Interval
    from mlstrat.core.metrics import MetricChoice
    from mlstrat.core.schema_parts import Head, Input
    from mlstrat.show.picture import Picture

FORMATS = ("text", "markdown", "json", "csv")

REPR_LINES = 4
"""Lines that a result says of itself, at most, before what it is."""
_CELLS = r'(?<="cells": )\[(?:\n +\[\n +\d+,\n +\d+,\n +\d+\n +\],?)+\n +\]'
_CLASS = (
    r'\{\n +"label": .+\n +"support": .+\n +"predicted": .+\n +"precision": .+\n +"recall": .+'
    r'\n +"f1": .+\n +\}'
)
_BREAK = r"\n +"
"""The cells of a sparse confusion are many: they go on one line, at a third of the bytes, and so
does each of its classes.

A string holds no line break in JSON, so that none is taken for one.
"""

_CONTROLS = "[\x7f-\x9f\ud800-\udfff]"


class Told(Protocol):
    """An input that tells what a signature says of it."""

    def every(self) -> tuple[Input, ...]:
        """Return path, size, checksum and rows of each file."""


class Bounded(Protocol):
    """A figure, a level or a gap: a value with its interval."""

    @property
    def value(self) -> float | None:
        """The value; None where it does not exist."""

    @property
    def ci(self) -> Interval | None:
        """Low and high; None where nothing tells."""


class Signature(Record):
    """What a document is based on, so that anyone can make it again."""

    inputs: tuple[Input, ...] = ()
    metric: str | None = None
    average: str | None = None
    positive: str | None = None
    confidence: float = 0.95
    seed: int = 0
    resamples: int = 10_000
    method: str = ""

    @classmethod
    def of(
        cls,
        inputs: Iterable[Told | Input] = (),
        sampling: Sampling | None = None,
        method: str = "",
        metric: MetricChoice | str | None = None,
        positive: str | None = None,
        average: str | None = None,
    ) -> Signature:
        """Return the signature of what was read, how it was measured and resampled."""
        if metric is not None and not isinstance(metric, str):
            average, metric = metric.average, metric.metric.name
        if metric == "log_loss":
            from mlstrat.core.linearised import CLIP

            method += f"; probabilities clipped to {CLIP:.2g} from 0 and 1 for log loss"
        facts = tuple(told for x in inputs for told in ((x,) if isinstance(x, dict) else x.every()))
        how: Mapping[str, Any] = {} if sampling is None else vars(sampling)
        return cls(facts, metric, average, positive, method=method, **how)

    @property
    def level(self) -> str:
        """The confidence in percent."""
        return f"{100 * self.confidence:g}%"

    @property
    def interval(self) -> str:
        """What a column of intervals is called."""
        return f"{self.level} interval"

    @property
    def resampled(self) -> str:
        """How it was resampled, to follow the level."""
        return f", {count(self.resamples)} resamples, seed {self.seed}"

    def basis(self, about: str = "", intervals: str = "") -> Paragraph:
        """Return the line that ends a document: what was read, and how sure its figures are.

        `about` follows the files; `intervals`, such as `resampled`, the level.
        """
        read = f"Read {files_read(self.inputs)}{about}."
        return Paragraph(f"{read} Intervals at {self.level}{intervals}.")

    def to_dict(self) -> schema_parts.Signature:
        """Return the JSON of the signature."""
        from mlstrat.version import __version__

        facts = {"mlstrat": __version__, **vars(self), "inputs": list(self.inputs)}
        return cast("schema_parts.Signature", facts)


def head(signature: Signature | None = None, findings: Iterable[Finding] = ()) -> Head:
    """Return what each document says first, after the name of its schema."""
    said = (signature or Signature()).to_dict()
    return {"signature": said, "findings": [f.to_dict() for f in findings]}


def columns_read(columns: Mapping[str, str]) -> str:
    """Return the column of each role, but those of probabilities: ``label=y, prediction=p``."""
    named = [(role, c) for role, c in columns.items() if not role.startswith("prob_")]
    return ", ".join(f"{clean(role)}={clean(column)}" for role, column in named)


def ends(name: str, figure: Bounded, stem: str = "ci") -> dict[str, Any]:
    """Return a figure and the ends of its interval, as columns of a record."""
    low, high = figure.ci or (None, None)
    return {name: figure.value, f"{stem}_low": low, f"{stem}_high": high}


class Document(Record):
    """Base of all results."""

    def to_dict(self) -> Mapping[str, Any]:
        """Return the JSON document, of the type in its question's ``schema.py``."""
        raise NotImplementedError

    if TYPE_CHECKING:
        # Where a document has no field of this name, its result has.
        @property
        def findings(self) -> tuple[Finding, ...]:
            """The numbered conclusions."""
    else:

        def __getattr__(self, name: str) -> Any:
            if name == "findings":
                return tuple(findings_in(self) or ())
            if name == "verdict" and "verdict" in (document := self.to_dict()):
                return document["verdict"]
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def blocks(self) -> list[Block]:
        """Return the document laid out for reading."""
        raise NotImplementedError

    def laid_out(self) -> list[Block]:
        """Return the document laid out for reading, what makes its figures doubtful first."""
        return self._doubt_first(self.blocks())

    def on_screen(self) -> list[Block]:
        """Return what text shows unless all is asked for: all, where a document says no less."""
        return self.laid_out()

    def _doubt_first(self, blocks: list[Block]) -> list[Block]:
        issues = [x for x in self.findings if x.severity == "issue"]
        doubt = next((x for x in issues if x.doubts), None)
        if doubt is None:
            return blocks
        first = blocks[0] if blocks else None
        if isinstance(first, Verdict) and first.text in {x.first_line(Scale()) for x in issues}:
            return blocks
        return [Verdict(doubt.first_line(Scale())), *blocks]

    def records(self) -> list[dict[str, Any]]:
        """Return the main table, one record a row."""
        raise NotImplementedError

    def to_json(self) -> str:
        """Return the JSON document as text, `null` where a figure does not exist."""
        text = json.dumps(self.to_dict(), indent=1, ensure_ascii=False, allow_nan=False)
        if '"cells": [' in text:
            text = re.sub(_CELLS, lambda x: re.sub(_BREAK, "", x[0]).replace(",", ", "), text)
            text = re.sub(_CLASS, lambda x: re.sub(_BREAK, " ", x[0]), text)
        # Those from 0x7F are no less controls to a terminal, and JSON leaves them as they are;
        # a surrogate, of a file's name that is not UTF-8, could not even be written.
        text = re.sub(_CONTROLS, lambda c: f"\\u{ord(c[0]):04x}", text)
        return re.sub(RUNNER_MARK, r"#\\u0023", text) + "\n"

    def to_markdown(self) -> str:
        """Return the document as markdown for a pull request."""
        from mlstrat.show import markdown

        return markdown.render(self.laid_out())

    def to_text(self, width: int = 80, *, full: bool = True) -> str:
        """Return the document as plain text; without `full` what fits one screen."""
        return text.render(self.laid_out() if full else self.on_screen(), width)

    def to_csv(self) -> str:
        """Return the main table as CSV: no text can start a formula, or steer a terminal."""
        from mlstrat.core.wording import guarded, printable

        rows = [
            {k: guarded(printable(v)) if isinstance(v, str) else v for k, v in row.items()}
            for row in self.records()
        ]
        if not rows:
            return ""  # nothing to make a column of: no person, no candidate
        out = StringIO()
        writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        return out.getvalue()

    def to_frame(self) -> pd.DataFrame:
        """Return the main table as a pandas frame."""
        import pandas as pd

        return pd.DataFrame(self.records())

    def render(self, how: str) -> str:
        """Return the document in one of `FORMATS`, or as `FULL` text."""
        if how in ("text", FULL):
            return self.to_text(full=how == FULL)
        return {"json": self.to_json, "markdown": self.to_markdown, "csv": self.to_csv}[how]()

    def own_place(self, path: str | Path) -> str | Path:
        """Return where something is to be saved, unless the document was made of that file."""
        signature = getattr(self, "signature", None)
        inputs = [str(x["path"]) for x in signature.inputs] if signature is not None else []
        check_places([path], [name for name in inputs if name != STANDARD_OUTPUT])
        return path

    def __str__(self) -> str:
        return self.to_text(full=False)

    def __repr__(self) -> str:
        """Return what is said first, and what else there is: five lines at most."""
        first = self.to_text(full=False).lstrip("\n").partition("\n\n")[0]
        said = [line.rstrip() for line in first.split("\n")]
        if len(said) > REPR_LINES:
            said = [*said[: REPR_LINES - 1], said[REPR_LINES - 1] + " …"]
        codes = list(dict.fromkeys(finding.code for finding in self.findings))
        more = f"; {count(len(codes) - 6)} more" if len(codes) > 6 else ""
        verdict = getattr(self, "verdict", None)
        told = [f"verdict {verdict!r}"] if verdict and " " not in verdict else []
        told += [f"findings {', '.join(codes[:6])}{more}"] if codes else []
        return "\n".join([*said, f"<{type(self).__name__}{': ' * bool(told)}{', '.join(told)}>"])

    def pictures(self) -> Sequence[Picture]:
        """Return the figures that belong to it, drawn when they are shown."""
        return ()

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        from mlstrat.show.notebook import bundle

        try:
            pictures = self.pictures()
        except UsageError:  # nothing to draw
            pictures = ()
        return bundle(self.laid_out(), pictures, repr(self))

    def _repr_html_(self) -> str:  # for notebooks that ask for nothing else
        return self._repr_mimebundle_()["text/html"]


def findings_in(document: Any) -> Sequence[Finding] | None:
    """Return the findings of a document, or of the result that it shows; None without any."""
    if any(field.name == "findings" for field in fields(document)):
        found: Sequence[Finding] = document.findings
        return found
    results = (getattr(document, field.name) for field in fields(document))
    return next((x.findings for x in results if is_dataclass(x) and hasattr(x, "findings")), None)


def findings_blocks(findings: Sequence[Finding], scale: Scale) -> list[Block]:
    """Return findings laid out for reading, issues before tips before notes."""
    if not findings:
        return []
    order = {"issue": 0, "tip": 1, "note": 2}
    ranked = sorted(findings, key=lambda f: order[f.severity])
    return [Heading("Findings"), *(item(f, scale) for f in ranked)]


def item(finding: Finding, scale: Scale) -> Item:
    """Return a finding laid out for reading."""
    rule = finding.rule
    text = finding.sentence(scale)
    return Item(rule.code, finding.severity, rule.title, text, finding.next_steps)
