"""Splits that were made, and splits that were checked, as documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mlstrat.core.cuts import Cuts, Mixed, Sizes
from mlstrat.core.findings import Finding
from mlstrat.core.wording import Scale, clean, count, files_read, listed
from mlstrat.show.blocks import Block, Heading, Paragraph, Table, Verdict
from mlstrat.show.document import Document, Signature, findings_blocks, head
from mlstrat.workflow.splits.checks import Difference, Distinguished
from mlstrat.workflow.splits.findings import CHECK_INCOMPLETE

if TYPE_CHECKING:
    from mlstrat.workflow.splits import schema

MOST_SOURCES = 4
"""Sources that have a column of their own; the JSON has all."""

Sources = Mapping[str, Mapping[str, int]]


class SplitDocument(Document):
    """Splits that were made, or that would be.

    ``sizes`` are rows by split and source, which is blank where there is no source column;
    ``units`` groups, ids or distinct rows by split. ``asked`` is None where cut points were reused,
    ``output`` where nothing was written; ``option_1`` is what shuffling all sources together would
    have meant, None without a target.
    """

    sizes: Sources
    units: Mapping[str, int]
    asked: Sizes | None
    cuts: Cuts
    option_1: Mixed | None
    output: str | None
    cuts_path: str | None
    findings: tuple[Finding, ...]
    signature: Signature

    @property
    def totals(self) -> dict[str, int]:
        """Rows by split."""
        return {split: sum(by.values()) for split, by in self.sizes.items()}

    def to_dict(self) -> schema.Split:
        """Return the JSON document."""
        asked, mixed = self.asked, self.option_1
        return {
            "schema": "mlstrat.split/1",
            **head(self.signature, self.findings),
            "target": list(self.cuts.target),
            "sizes": sizes_dict(self.sizes, self.units),
            "asked": None
            if asked is None
            else {"dev": asked.dev, "test": asked.test, "train-dev": asked.train_dev},
            "option_1": None
            if mixed is None
            else {
                "train": mixed.train, "dev": mixed.dev, "test": mixed.test,
                "dev_by_source": dict(mixed.dev_by_source),
                "share_by_source": dict(mixed.share_by_source),
            },
            "output": self.output,
            "cuts": {
                "path": self.cuts_path, "seed": self.cuts.seed, "key": self.cuts.key,
                "columns": dict(self.cuts.columns),
            },
        }  # fmt: skip

    def blocks(self) -> list[Block]:
        """Return the document laid out for reading."""
        blocks: list[Block] = [Verdict(self._verdict())]
        if self.output is None:
            blocks.append(Paragraph("Nothing was written: name a file with --output."))
        else:
            cut = "reused" if self.asked is None else "beside it"
            blocks.append(Paragraph(
                f"Written to {clean(self.output)}; cut points {cut}: {clean(self.cuts_path or '')}."
            ))  # fmt: skip
        blocks += [Heading("Rows by split"), sizes_table(self.sizes)]
        blocks += self._option_1()
        return [*blocks, *findings_blocks(self.findings, Scale()), self._basis()]

    def _verdict(self) -> str:
        n = self.totals
        of = (
            listed([clean(t) for t in self.cuts.target]) if self.cuts.target else "one distribution"
        )
        only = " only" if self.cuts.target else ""
        both = (
            f"{count(n['dev'])} rows each"
            if n["dev"] == n["test"]
            else f"{count(n['dev'])} and {count(n['test'])} rows"
        )
        held = f" Train-dev, of the mixture of train, has {count(n['train-dev'])}." if (
            "train-dev" in n) else ""  # fmt: skip
        return f"Dev and test are of {of}{only}, {both}; train has {count(n['train'])}.{held}"

    def _option_1(self) -> list[Block]:
        mixed = self.option_1
        if mixed is None or len(mixed.dev_by_source) < 2:
            return []
        named = list(mixed.dev_by_source.items())[:MOST_SOURCES]
        rows = [f"{count(n)} {clean(s)}" for s, n in named]
        more = len(mixed.dev_by_source) - len(named)
        rows += [f"{count(more)} other sources"] if more else []
        mine = sum(mixed.share_by_source.get(t, 0.0) for t in self.cuts.target)
        text = f"Were all sources shuffled together, dev would hold {listed(rows)}: "
        if mine < 1:
            text += (
                f"{Scale().value(1 - mine)} of it would not be the target, and choosing on it "
                "would aim there."
            )
        else:
            text += "all of it the target."
        return [Paragraph(text)]

    def _basis(self) -> Block:
        cuts, s = self.cuts, self.signature
        columns = ", ".join(f"{role}={clean(c)}" for role, c in cuts.columns.items())
        files = files_read(s.inputs)
        what = {"row": "each row by its content", "id": "each id", "group": "each whole group"}
        return Paragraph(
            f"Read {files}{'; columns ' + columns if columns else ''}. Placed {what[cuts.key]}, by "
            f"its hash, seed {cuts.seed}."
        )

    def records(self) -> list[dict[str, Any]]:
        """Return one record a split and source."""
        return size_records(self.sizes)


def sizes_dict(
    sizes: Sources, units: Mapping[str, int] | None = None
) -> dict[str, schema.SplitSize]:
    """Return rows by split and source as JSON; no sources where there is no such column."""
    out: dict[str, schema.SplitSize] = {}
    for split, by in sizes.items():
        n, sources = sum(by.values()), None if set(by) == {""} else dict(by)
        if units is None:
            out[split] = {"n": n, "sources": sources}
        else:
            out[split] = {"n": n, "units": units[split], "sources": sources}
    return out


def sizes_table(sizes: Sources) -> Table:
    """Return rows by split and source, the largest sources with a column each."""
    sources: dict[str, int] = {}
    for by in sizes.values():
        for source, n in by.items():
            sources[source] = sources.get(source, 0) + n
    named = sorted(sources, key=lambda s: -sources[s])[:MOST_SOURCES]
    named = [] if named == [""] else named
    others = len(sources) - len(named) if named else 0
    columns = ["split", "rows", *(clean(s, 20) for s in named)]
    rows = []
    for split, by in sizes.items():
        row = [split, count(sum(by.values())), *(count(by.get(s, 0)) for s in named)]
        if others:
            row.append(count(sum(n for s, n in by.items() if s not in named)))
        rows.append(tuple(row))
    return Table((*columns, *([f"{count(others)} others"] if others else [])), tuple(rows))


def size_records(sizes: Sources) -> list[dict[str, Any]]:
    """Return one record a split and source."""
    return [
        {"split": split, "source": source or None, "rows": rows}
        for split, by in sizes.items()
        for source, rows in by.items()
    ]


class SplitCheckDocument(Document):
    """What is to be known about splits that exist.

    ``sizes`` are as of `SplitDocument`; ``differences`` of dev against test, and of train against
    train-dev, by source and by label. ``classifier`` tells how well dev and test are told apart,
    None where that was not tried; ``target`` are the sources that both are for.
    """

    sizes: Sources
    overlaps: tuple[schema.Overlap, ...]
    differences: tuple[Difference, ...]
    classifier: Distinguished | None
    target: tuple[str, ...]
    findings: tuple[Finding, ...]
    signature: Signature

    def to_dict(self) -> schema.SplitCheck:
        """Return the JSON document."""
        return {
            "schema": "mlstrat.split/1",
            **head(self.signature, self.findings),
            "target": list(self.target),
            "sizes": sizes_dict(self.sizes),
            "overlaps": list(self.overlaps),
            "differences": [
                {"splits": list(d.splits), "by": d.by, "distance": d.distance,
                 "p_value": d.p_value}
                for d in self.differences
            ],
            "classifier": None
            if self.classifier is None
            else {"auc": self.classifier.auc.to_dict(), "tells_apart": self.classifier.alarm},
        }  # fmt: skip

    def blocks(self) -> list[Block]:
        """Return the document laid out for reading."""
        s = self.signature
        blocks: list[Block] = [Verdict(self._verdict()), Heading("Rows by split"),
                               sizes_table(self.sizes), *self._alike()]  # fmt: skip
        files = files_read(s.inputs)
        basis = f"Read {files}; {count(s.resamples)} shufflings, seed {s.seed}."
        return [*blocks, *findings_blocks(self.findings, Scale()), Paragraph(basis)]

    def _verdict(self) -> str:
        titles = [f.rule.title for f in self.findings if f.severity == "issue"]
        if titles:
            more = f", and {len(titles) - 1} more" if len(titles) > 1 else ""
            return f"{titles[0]}{more}."
        if any(f.rule == CHECK_INCOMPLETE for f in self.findings):
            return "Nothing wrong was found in what could be checked; some could not be."
        return "Nothing wrong was found: no leak, and no difference between dev and test."

    def _alike(self) -> list[Block]:
        rows = [
            (f"{d.splits[0]}, {d.splits[1]}", d.by, f"{Scale().value(d.distance)} apart",
             f"p {d.p_value:.2g}")
            for d in self.differences
        ]  # fmt: skip
        if self.classifier is not None and self.classifier.auc.value is not None:
            auc = self.classifier.auc
            ci = "" if auc.ci is None else f"{auc.ci[0]:.2f} to {auc.ci[1]:.2f}"
            rows.append(("dev, test", "classifier", f"AUC {auc.value:.2f}", ci))
        if not rows:
            return []
        columns = ("splits", "compared by", "difference", "chance")
        return [Heading("Are they alike?"), Table(columns, tuple(rows))]

    def records(self) -> list[dict[str, Any]]:
        """Return one record a split and source."""
        return size_records(self.sizes)
