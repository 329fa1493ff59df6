"""A run that was trained, as a document: its errors by split, its files, and what comes next."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any

from mlstrat.core.findings import Finding
from mlstrat.core.intervals import Interval, interval_json, normal_quantile, wilson_interval
from mlstrat.core.record import Record
from mlstrat.core.wording import Scale, clean, count, files_read, listed
from mlstrat.show.blocks import Block, Paragraph, Table, Verdict
from mlstrat.show.document import Document, Signature, findings_blocks, head

if TYPE_CHECKING:
    from mlstrat.harness import schema


class TrainedLevel(Record):
    """The error of one split and its interval, where there is one.

    ``errors`` of n rows are wrong; None where the error is no share of wrong rows.
    """

    split: str
    error: float | None
    errors: int | None
    n: int
    ci: Interval | None


class TrainDocument(Document):
    """A run that was trained."""

    what: str
    recipe: str | None
    small: bool
    knobs: Mapping[str, Any]
    seed: int
    dataset: str
    model: str
    command: str | None
    levels: tuple[TrainedLevel, ...]
    human: schema.Human | None
    expected: Mapping[str, Any] | None
    latency_ms: float
    batch_latency_ms: float
    size_bytes: int
    seconds: float
    notes: Mapping[str, Any]
    folder: str | None
    files: tuple[str, ...]
    signature: Signature
    remarks: tuple[str, ...] = ()
    task: str = "classification"
    bounded: bool = True
    findings: tuple[Finding, ...] = field(default=())
    reserved: Mapping[str, int] = field(default_factory=dict)
    table: Any = field(default=None, repr=False, compare=False)

    @property
    def errors(self) -> dict[str, float | None]:
        """Error by split, as a fraction, in the order of the ladder."""
        return {level.split: level.error for level in self.levels}

    @property
    def rows(self) -> dict[str, int]:
        """Rows by split, in the order of the ladder."""
        return {level.split: level.n for level in self.levels}

    @property
    def run(self) -> str | None:
        """The run's table, of other tasks its folder; None where it was not written."""
        if self.folder is None:
            return None
        folder = self.folder.rstrip("/")
        return f"{folder}/run.csv" if self.task in ("classification", "regression") else folder

    @property
    def predictions(self) -> Any:
        """The predictions, a pandas frame with a row an example: ``ms.diagnose`` takes it.

        It carries the run's config, as the human level of a recipe.
        """
        return self.table

    def to_dict(self) -> schema.Train:
        return {
            "schema": "mlstrat.train/1",
            **head(self.signature, self.findings),
            "task": self.task,
            "what": self.what,
            "recipe": self.recipe,
            "small": self.small,
            "knobs": {k: list(v) if isinstance(v, tuple) else v for k, v in self.knobs.items()},
            "dataset": self.dataset,
            "model": self.model,
            "command": self.command,
            "levels": self._levels(),
            "human": self.human,
            "expected": None if self.expected is None else {
                "verdict": self.expected["verdict"], "focus": list(self.expected["focus"]),
            },
            "latency_ms": self.latency_ms,
            "batch_latency_ms": self.batch_latency_ms,
            "size_bytes": self.size_bytes,
            "seconds": self.seconds,
            "notes": dict(self.notes),
            "remarks": list(self.remarks),
            "reserved": dict(self.reserved),
            "folder": self.folder,
            "files": list(self.files),
        }  # fmt: skip

    def records(self) -> list[dict[str, Any]]:
        return [{**x} for x in self._levels()]

    def _levels(self) -> list[schema.TrainedLevel]:
        return [
            {"level": x.split, "error": x.error, "ci": interval_json(x.ci),
             "n": x.n, "errors": x.errors}
            for x in self.levels
        ]  # fmt: skip

    def blocks(self) -> list[Block]:
        scale = self._scale
        counted = all(x.errors is not None for x in self.levels)
        rows = tuple(
            (x.split, scale.value(x.error), scale.interval(x.ci),
             *([count(x.errors or 0)] if counted else []), count(x.n))
            for x in self.levels
        )  # fmt: skip
        header = ("split", "error", "95% interval", *(["errors"] if counted else []), "rows")
        blocks: list[Block] = [
            Verdict(self._verdict()),
            Table(header, rows),
            Paragraph(f"{clean(self.model, 300)}; {clean(self.dataset, 300)}."),
            Paragraph(self._measured()),
            Paragraph(self._human()),
            *self._reserved(),
        ]
        blocks += [
            Paragraph(f"{clean(text[:1].upper() + text[1:], 300)}.") for text in self.remarks
        ]
        if self.expected is not None:
            focus = listed([x.replace("_", " ") for x in self.expected["focus"]] or [""])
            verdict = self.expected["verdict"] + (f", {focus}" if focus else "")
            blocks.append(Paragraph(f"What diagnose is expected to find: {verdict}."))
        return [*blocks, *findings_blocks(self.findings, scale), *self._next()]

    @property
    def _scale(self) -> Scale:
        return Scale(self.bounded)

    def _verdict(self) -> str:
        scale, errors = self._scale, self.errors
        held = errors.get("dev", next(reversed(errors.values())))
        return (
            f"{clean(self.what, 40)}: error {scale.value(errors['train'])} on train, "
            f"{scale.value(held)} on dev."
        )

    def _measured(self) -> str:
        size = self.size_bytes
        shown = f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.1f} kB"
        return (
            f"{self.seconds:.1f} s in all; {self.latency_ms:.2g} ms an example, "
            f"{self.batch_latency_ms:.2g} ms in a batch; {shown}."
        )

    def _human(self) -> str:
        if self.human is None:
            return "Human level: not known, so avoidable bias will be bounded, not guessed."
        known = "known" if self.human["known"] else "not measured"
        return (
            f"Human level: {self._scale.value(self.human['error'])}, {known} "
            f"({clean(self.human['source'], 200)})."
        )

    def _reserved(self) -> list[Block]:
        if not self.reserved:
            return []
        rows = listed([f"{count(n)} {name} rows" for name, n in self.reserved.items()])
        return [Paragraph(f"{rows} were not predicted (--with-test does, once a model is chosen).")]

    def _next(self) -> list[Block]:
        read = f"Read {files_read(self.signature.inputs)}. " if self.signature.inputs else ""
        if self.run is None:
            return [Paragraph(f"{read}Nothing was written: name a folder to keep the run.")]
        files = listed([clean(name) for name in self.files])
        return [
            Paragraph(f"{read}Wrote {files} to {clean(self.folder or '', 200)}."),
            Paragraph(f"next: mlstrat diagnose {clean(shlex.quote(self.run), 200)}"),
        ]


def levels_of(
    wrong: Mapping[str, int], rows: Mapping[str, int], *, independent: bool
) -> tuple[TrainedLevel, ...]:
    """Return the error of each split, with Wilson's interval where rows are independent."""
    z = normal_quantile(0.95)
    return tuple(
        TrainedLevel(
            split,
            wrong[split] / n,
            wrong[split],
            n,
            wilson_interval(wrong[split] / n, n, z) if independent else None,
        )
        for split, n in rows.items()
    )
