# Over 300 lines: what a task tells of its errors, alone and beside the tags of a person.
"""`error-table` of a task: kinds of error as it tells them apart, parts of a chain, own tags.

Of a sheet with `--run RUN` a person's tags stand beside the kinds that the task tells.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.counts import Floats, pick_split, sum_by
from mlstrat.core.figures import Figure, Sampling
from mlstrat.core.findings import Finding
from mlstrat.core.intervals import Interval, interval_of_largest, logit_interval, t_quantile
from mlstrat.core.metrics import MetricChoice
from mlstrat.core.ratio import FEWEST_CLUSTERS, estimate
from mlstrat.core.ratio_pairs import Ceiling, part_of_errors
from mlstrat.core.record import Record
from mlstrat.core.wording import Scale, clean, count, counts, files_read, is_share, listed
from mlstrat.data.settings import Settled
from mlstrat.data.sheet.read import read_sheet, require_reviewed
from mlstrat.data.values import SPLIT_ALIASES, value_text
from mlstrat.errors import InputError, UsageError
from mlstrat.show.blocks import Block, Heading, Paragraph
from mlstrat.show.document import Signature
from mlstrat.tasks import find
from mlstrat.tasks.asking import how_of
from mlstrat.tasks.contract import How, Task
from mlstrat.tasks.findings import about_split
from mlstrat.tasks.measured import Measured
from mlstrat.workflow.error_table.document import (
    MOST_TAGS,
    ErrorTableDocument,
    Read,
    bare_points,
    category_json,
    record,
    table_of,
    tags_of,
)
from mlstrat.workflow.error_table.findings import (
    FEW_ERRORS_READ,
    STAYS_WRONG,
    sheet_findings,
    table_findings,
)
from mlstrat.workflow.error_table.match_run import OTHER_RUN, costed
from mlstrat.workflow.error_table.parts_read import read_parts
from mlstrat.workflow.error_table.table import Category, ErrorTable, SplitError, TooManyReadError
from mlstrat.workflow.error_table.tally import SheetErrors, errors_of_sheet, leading_by_intervals

if TYPE_CHECKING:
    from mlstrat.workflow.error_table import schema


CEILINGS = (
    "ceilings: ratio of sums with num and den as they would be if fixed, Newcombe (1998) with the "
    "correlation of both"
)
METHOD = f"kinds of error as the task tells them apart; {CEILINGS}"
PARTS_METHOD = (
    "each error is owned by the first part of the chain whose fix makes the whole right, else by "
    f"the last (Machine Learning Yearning 53-57); shares: ratio of sums; {CEILINGS}"
)
NO_SHARE = "no interval: a kind is counted by error, not by example"


class MeasuredErrorTableDocument(ErrorTableDocument):
    """Which kinds of error there are, and what fixing each could gain."""

    task: str = ""
    counted: str = "errors"
    parts: Mapping[str, str] = field(default_factory=dict)
    unexplained: int = 0

    def to_dict(self) -> schema.ErrorTable:
        """Return the JSON document."""
        out = super().to_dict()
        out["task"] = self.task
        for category in out["categories"]:
            category["source"] = "part" if self.parts else "automatic"
            category["ceiling"]["at_most"] = category["tag"] in self.table.at_most
        out["categories"].sort(key=lambda x: -(x["share"]["value"] or 0.0))
        if self.parts:
            out["parts"] = [{"part": x, "column": c} for x, c in self.parts.items()]
            out["unexplained"] = self.unexplained
        return out

    def _how_many(self) -> str:
        t, scale = self.table, self.table.scale
        n = len(t.categories)
        what = "part" if self.parts else "kind"
        error = t.split.error
        owned = "owned by" if self.parts else "of"
        return (
            f"{count(t.reviewed)} {self.counted} {owned} {count(n)} {what}{'' if n == 1 else 's'}. "
            f"The error is {scale.value(error.value)}"
            + (f" ({scale.interval(error.ci)})." if error.ci is not None else ".")
        )

    def _basis(self) -> Block:
        s, read = self.signature, self.read
        split = "" if read is None else f" {read.split}"
        chain = [f"{clean(x)} (column {clean(c)})" for x, c in self.parts.items()]
        return Paragraph(
            f"Read {files_read(s.inputs)};{split}. "
            + (f"The chain is {listed(chain)}. " if chain else "")
            + f"Intervals at {100 * s.confidence:g}%: gains "
            f"{'(in points) ' if self.table.percent else ''}of the population; that of the largest "
            f"{'part' if chain else 'kind'} allows for having been picked."
        )


def refuse_sheets(given: Mapping[str, Any]) -> None:
    """Refuse what speaks of a review sheet."""
    for option, value in given.items():
        empty = isinstance(value, list | tuple) and not value
        if value is not None and value is not False and not empty:
            raise UsageError(
                f"{option} belongs to a review sheet, and a task tells its kinds of error apart "
                "by itself",
                accepted="a run alone: mlstrat error-table RUN --task NAME",
            )


def kinds_of(
    run: Any, task: Task, how: How, sampling: Sampling, effort: str | Path | None = None
) -> MeasuredErrorTableDocument:
    """Return the table of the kinds of error of one split of a run."""
    if run is None:
        raise UsageError("no run", accepted="mlstrat error-table RUN --task NAME")
    measured = task.measure(run, how)
    split = pick_split(measured.splits, how.split)
    choice = task.choose(how.options.get("metric"), measured)
    table = automatic_table(measured, task, choice, split, sampling)
    if table is None:
        raise InputError(
            "no kinds of error to count",
            file=measured.inputs[0].path,
            accepted=", ".join(r.name for r in task.roles if r.name.startswith("count.")) or None,
        )
    table, uncosted = costed(table, effort)
    findings = [f for f in table_findings(table) if f.rule is not FEW_ERRORS_READ]
    findings += [*about_split(split, how.split), *measured.notes, *measured.about_groups()]
    return MeasuredErrorTableDocument(
        table,
        tuple(findings),
        Signature.of(measured.inputs, sampling, METHOD, choice.metric.name),
        Read(split, uncosted=uncosted),
        task=task.name,
        counted="tokens" if task.unit == "token" else "errors",
    )


def parts_of(
    run: Any, task: Task | None, how: Settled, parts: str | Sequence[str],
    effort: str | Path | None = None, *, checksum: bool = False,
) -> MeasuredErrorTableDocument:  # fmt: skip
    """Return the table of the parts of a chain: the errors that each owns, and their ceilings."""
    if run is None:
        raise UsageError("no run", accepted="mlstrat error-table RUN --parts COLUMN,COLUMN")
    read = read_parts(run, task, how, parts, checksum=checksum)
    measured, sampling = read.measured, how.sampling
    split = pick_split(measured.splits, how.split)
    part = measured.part(split)
    shares = {
        x: estimate(part_of_errors(part.ratios, one), sampling, draws=False).figure
        for x, one in part.categories.items()
    }
    ratio = find("ratio")
    choice = ratio.choose(None, measured)
    table = automatic_table(measured, ratio, choice, split, sampling, shares, noun="part")
    assert table is not None, "there is a part"
    table, uncosted = costed(table, effort)
    stays = read.unexplained.get(split, 0)
    last = list(read.columns)[-1]
    table = replace(table, at_most=(last,) if stays else ())
    findings = table_findings(table) if table.reviewed else []
    if stays:
        evidence = {"stays": stays, "errors": table.reviewed, "part": last}
        findings.insert(0, Finding(STAYS_WRONG, evidence))
    findings += [*about_split(split, how.split), *measured.notes, *measured.about_groups()]
    return MeasuredErrorTableDocument(
        table,
        tuple(findings),
        Signature.of(measured.inputs, sampling, PARTS_METHOD, "error"),
        Read(split, uncosted=uncosted),
        task=read.task,
        parts=read.columns,
        unexplained=stays,
    )


def automatic_table(
    measured: Measured,
    task: Task,
    choice: MetricChoice,
    split: str,
    sampling: Sampling,
    shares: Mapping[str, Figure] | None = None,
    noun: str = "tag",
) -> ErrorTable | None:
    """Return the table of the kinds of error of a split; None where none are told apart.

    Where every example is right or wrong, and each kind is of whole examples, shares are of the
    errors, with intervals; else of all that the kinds count.
    """
    whole = measured.estimate(choice, split, sampling, draws=False)
    found = measured.categories(split, sampling)
    if not found:
        return None
    shares = shares or measured.shares(split, sampling)
    every = sum(one.count for one in found.values())
    if task.overlap and whole.errors is not None:
        every = whole.errors
    if shares is None:
        shares = {x: Figure(one.count / every if every else None, None, every, NO_SHARE)
                  for x, one in found.items()}  # fmt: skip
    elif whole.errors is not None:
        every = whole.errors
    errors = SplitError(
        whole.figure, whole.errors, measured.examples(split), plain=measured.groups(split) is None
    )
    kinds = sorted(
        (_category(name, one, shares[name], errors, sampling) for name, one in found.items()),
        key=lambda c: (-(c.gain.value or 0.0), -c.count, c.tag),
    )
    leading = leading_by_intervals(kinds, lambda c: c.gain)
    if len(kinds) > 1 and kinds[0].gain.ci is not None:
        first = kinds[0]

        def at(confidence: float) -> Interval:
            again = measured.categories(split, replace(sampling, confidence=confidence))
            return again[first.tag].gain.ci or (0.0, 0.0)

        ci = interval_of_largest(at, len(kinds), sampling.confidence)
        kinds[0] = replace(first, picked=replace(first.gain, ci=ci))
    return ErrorTable(
        every, errors, tuple(kinds), None, None, (), leading, drawn=every,
        confidence=sampling.confidence, percent=is_share(choice), noun=noun,
        at_most=task.at_most, of_run=True,
    )  # fmt: skip


def _category(
    tag: str, one: Ceiling, share: Figure, split: SplitError, sampling: Sampling
) -> Category:
    shows = None if one.p_value is None else one.p_value <= 1 - sampling.confidence + 1e-12
    return Category(
        tag, one.count, share, share, replace(one.gain, n=split.rows), one.error.value,
        Figure(None, None, None, NO_SHARE), one.p_value,
        None if shows is None else "yes" if shows else "no",
    )  # fmt: skip


MIXED = (
    "; tags of a person: shares as of a sheet, ceilings with num and den of the examples as they "
    "would be if fixed, each unit that was read standing for others (ultimate clusters, Särndal, "
    "Swensson and Wretman 1992)"
)
AMOUNT = "the loss of a document is an amount: fixing it has no size"


class MixedErrorTableDocument(MeasuredErrorTableDocument):
    """What the task tells of its errors, and what a person does."""

    tagged: ErrorTable = field(kw_only=True)

    def to_dict(self) -> schema.ErrorTable:
        """Return the JSON document."""
        out, t = super().to_dict(), self.tagged
        for c in t.categories:
            one = category_json(c)
            one["source"] = "person"
            one["ceiling"]["at_most"] = False
            out["categories"].append(one)
        out["categories"].sort(key=lambda x: -(x["share"]["value"] or 0.0))
        out["reviewed"], out["drawn"] = t.reviewed, t.drawn
        out["untagged"] = t.untagged
        out["untagged_share"] = None if t.untagged_share is None else t.untagged_share.to_dict()
        return out

    def blocks(self) -> list[Block]:
        """Return the document laid out for reading: the person's tags after the kinds."""
        blocks, t = super().blocks(), self.tagged
        scale, shown = self.table.scale, t.categories[:MOST_TAGS]
        table = table_of({
            "tag": tags_of(shown),
            "read": counts([c.count for c in shown]),
            "share": Scale().values([c.share.value for c in shown]),
            "error left": ["–" if c.error is None else scale.value(c.error) for c in shown],
            "gain": bare_points(scale, [c.gain.value for c in shown]),
            "interval": scale.intervals([c.gain.ci for c in shown]),
        })  # fmt: skip
        head = Heading(
            f"Tags of a person, who read {count(t.reviewed)} of {count(t.split.errors)} errors"
        )
        place = next((i for i, x in enumerate(blocks) if isinstance(x, Heading)), len(blocks))
        return [*blocks[:place], head, table, *blocks[place:]]

    def records(self) -> list[dict[str, Any]]:
        """Return one record a kind or tag."""
        return [*super().records(), *map(record, self.tagged.categories)]


def mixed_of(
    sheet: Any, run: Any, task: Task, how: Settled, *, tag_columns: Sequence[str] = (),
    merge: bool = False, checksum: bool = False,
) -> MixedErrorTableDocument:  # fmt: skip
    """Return the kinds of error of a run, and a person's tags of units drawn from it."""
    found = read_sheet(sheet, tag_columns=tag_columns, merge=merge, checksum=checksum)
    require_reviewed(found)
    reads = how_of(how, checksum=checksum)
    run = task.opened(run, reads)
    measured = task.measure(run, reads)
    errors = errors_of_sheet(found, split=how.split)
    split = pick_split(measured.splits, errors.split or how.split)
    choice = task.choose(reads.options.get("metric"), measured)
    table = automatic_table(measured, task, choice, split, how.sampling)
    if table is None:
        raise InputError("no kinds of error to count", file=measured.inputs[0].path)
    units = [x for x in task.units(run, reads) if x.get("split", "dev") == split]
    kinds = found.layout.texts("category")
    kind_of_row = {row.row: kind for row, kind in zip(found.rows, kinds, strict=True)}
    weighed = round(sum(row.weight for row in errors.drawn)) if errors.weighted else len(units)
    known = SplitError(errors=weighed)
    try:
        tagged = errors.tally(known, how.sampling.confidence)
    except TooManyReadError as error:
        raise InputError(str(error), file=found.origin, hint=OTHER_RUN) from None
    examples = _Examples.of(task, run, reads, measured.columns, split, how, found.origin)
    changes = examples.changes(errors, known, kind_of_row, units, found.origin)
    amount = task.unit == "token" and not measured.bounded

    def with_ceiling(c: Category) -> Category:
        if not errors.random:
            return c
        if amount:
            return replace(c, gain=Figure(None, None, None, AMOUNT), picked=None, worth=None)
        num, den = np.zeros((2, len(examples.num)))
        for error, (i, by_num, by_den) in zip(errors.drawn, changes, strict=True):
            if c.tag in error.tags:
                num[i] += by_num
                den[i] += by_den
        gain, left = tagged_ceiling(
            examples.num, examples.den, (num, den), examples.group, how.sampling.confidence
        )
        return replace(c, gain=gain, error=left, picked=None, worth=None, p_value=None)

    tagged = replace(tagged, categories=tuple(with_ceiling(c) for c in tagged.categories))
    findings = [f for f in table_findings(table) if f.rule is not FEW_ERRORS_READ]
    findings += sheet_findings(tagged, errors.added, found.origin)
    findings += [*measured.notes, *measured.about_groups(), *found.notes]
    signature = Signature.of((found.input, *measured.inputs), how.sampling, METHOD + MIXED,
                             choice.metric.name)  # fmt: skip
    return MixedErrorTableDocument(
        table, tuple(findings), signature,
        Read(split, None, found.tag_columns), task=task.name,
        counted="tokens" if task.unit == "token" else "errors",
        tagged=tagged,
    )  # fmt: skip


class _Examples(Record, eq=False):
    """The examples of a split: N of them, with what changes if a kind of error is fixed."""

    place: Mapping[str, int]
    num: Floats
    den: Floats
    group: Any
    fixed: Mapping[str, tuple[Floats, Floats]]

    @classmethod
    def of(
        cls, task: Task, run: Any, reads: How, roles: Mapping[str, str], split: str, how: Settled,
        sheet: str,
    ) -> _Examples:  # fmt: skip
        table = task.table(run, reads)
        lower = {x.lower(): x for x in table.header}
        at = {x: c for x in ("id", "split", "group", "num", "den")
              if (c := roles.get(x)) in table.header or (c := lower.get(x))}  # fmt: skip
        if "id" not in at:
            raise InputError(
                "a run without ids has no place for the rows of a sheet", file=table.name,
                accepted=f"a run with ids, as {sheet} has",
            )  # fmt: skip
        frame = table.collect(lambda x: x.select(*table.names)).frame
        frame = frame.rename(dict(zip(table.names, table.header, strict=True)))
        if "split" in at:
            names = [str(x).strip() for x in frame[at["split"]].to_list()]
            ours = [how.split_as.get(x, SPLIT_ALIASES.get(x.lower(), x)) for x in names]
            frame = frame.filter(np.array([x == split for x in ours], bool))

        def numbers(name: str) -> Floats:
            if name not in frame.columns:
                return np.zeros(len(frame))
            return np.asarray(frame[name].to_numpy(), float)

        kinds = [x[len("count.") :] for x in frame.columns if x.lower().startswith("count.")]
        fixed = {x: (numbers(f"fixed.{x}.num"), numbers(f"fixed.{x}.den")) for x in kinds}
        group = None
        if "group" in at:
            texts = [str(x) for x in frame[at["group"]].to_list()]
            group = np.unique(texts, return_inverse=True)[1]
        ids = [value_text(x) for x in frame[at["id"]].to_list()]
        return cls({x: i for i, x in enumerate(ids)}, numbers(at["num"]), numbers(at["den"]),
                   group, fixed)  # fmt: skip

    def changes(
        self, errors: SheetErrors, known: SplitError, kinds: Mapping[int, str],
        units: Sequence[Mapping[str, Any]], sheet: str,
    ) -> list[tuple[int, float, float]]:  # fmt: skip
        """Return example, and change of num and of den, of what each row of a sheet stands for.

        A unit of a kind changes what its example does if all of that kind are fixed, by their
        number; the only unit of an example all that is wrong in it.
        """
        alike = Counter((value_text(x.get("id")), x["category"]) for x in units)
        alone = Counter(value_text(x.get("id")) for x in units)
        out = []
        for row, stands_for in zip(errors.rows, errors.stood_for(known), strict=True):
            i = self.place.get(row.id or "", -1)
            if i < 0 or not alone[row.id or ""]:
                raise InputError(f"{row.id!r} has no error in the run", file=sheet, row=row.row,
                                 hint=OTHER_RUN)  # fmt: skip
            kind = kinds[row.row]
            same, every = alike[row.id or "", kind], alone[row.id or ""]
            num, den = -self.num[i] / every, 0.0
            if same and kind in self.fixed:
                den = self.fixed[kind][1][i] / same
                num = num if every == 1 else self.fixed[kind][0][i] / same
            out.append((i, float(stands_for * num), float(stands_for * den)))
        return out


def tagged_ceiling(
    num: Floats, den: Floats, change: tuple[Floats, Floats], group: NDArray[np.int64] | None,
    confidence: float,
) -> tuple[Figure, float | None]:  # fmt: skip
    """Return by how much the error would fall if what has a tag were right, and what is left of it.

    Formula: g = N/D − (N + ΣwΔnum)/(D + ΣwΔden), with w the units that one that was read stands
    for; variance = G/(G − 1) Σ u² over clusters of the linearised u, which holds the sampling of
    units, too, as of ultimate clusters; g · exp(± t · standard error / g), t at the clusters with
    the tag less 1. `change` is ΣwΔnum and ΣwΔden of the units with the tag, by example.

    References
    ----------
    Särndal, Swensson and Wretman (1992), Model Assisted Survey Sampling, 4.6.
    """
    total, fixed = float(den.sum()), float((den + change[1]).sum())
    if total <= 0 or fixed <= 0:
        return Figure(None, None, len(num), "nothing is left that could be wrong"), None
    value = float(num.sum()) / total
    left = min(max(float((num + change[0]).sum()) / fixed, 0.0), 1.0 if value <= 1 else math.inf)
    gain = value - left
    influence = (num - value * den) / total - (num + change[0] - left * (den + change[1])) / fixed
    tagged = (change[0] != 0) | (change[1] != 0)
    if group is not None:
        place = np.unique(group, return_inverse=True)[1]
        influence, tagged = sum_by(place, influence), sum_by(place, tagged * 1.0) > 0
    clusters, n = int(tagged.sum()), len(influence)
    if clusters < FEWEST_CLUSTERS or gain <= 0:
        reason = f"no interval: fewer than {FEWEST_CLUSTERS} examples or groups have it"
        return Figure(gain, None, len(num), reason), left
    error = math.sqrt(n / (n - 1) * float(influence @ influence))
    reach = t_quantile(confidence, clusters - 1)
    low, high = logit_interval(gain, error, reach, 0.0, math.inf)
    return Figure(gain, (low, min(high, max(value, gain))), len(num)), left
