"""`error-table SHEET --run RUN` of a task: a person's tags beside the kinds that the task tells."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.counts import Floats, pick_split, sum_by
from mlstrat.core.figures import Figure
from mlstrat.core.intervals import logit_interval, t_quantile
from mlstrat.core.ratio import FEWEST_CLUSTERS
from mlstrat.core.wording import Scale, count, counts
from mlstrat.data.settings import Settled
from mlstrat.data.sheet.read import read_sheet, require_reviewed
from mlstrat.data.values import SPLIT_ALIASES, value_text
from mlstrat.errors import InputError
from mlstrat.show.blocks import Block, Heading
from mlstrat.show.document import Signature
from mlstrat.tasks.asking import how_of
from mlstrat.tasks.contract import How, Task
from mlstrat.workflow.error_table.automatic.answer import (
    METHOD,
    MeasuredErrorTableDocument,
    automatic_table,
)
from mlstrat.workflow.error_table.document import (
    MOST_TAGS,
    Read,
    bare_points,
    category_json,
    record,
    table_of,
    tags_of,
)
from mlstrat.workflow.error_table.findings import FEW_ERRORS_READ, sheet_findings, table_findings
from mlstrat.workflow.error_table.match_run import OTHER_RUN
from mlstrat.workflow.error_table.table import Category, ErrorTable, SplitError, TooManyReadError
from mlstrat.workflow.error_table.tally import SheetErrors, errors_of_sheet

if TYPE_CHECKING:
    from mlstrat.workflow.error_table import schema

MIXED = (
    "; tags of a person: shares as of a sheet, ceilings with num and den of the examples as they "
    "would be if fixed, each unit that was read standing for others (ultimate clusters, Särndal, "
    "Swensson and Wretman 1992)"
)
AMOUNT = "the loss of a document is an amount: fixing it has no size"


@dataclass(frozen=True)
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
    table = automatic_table(measured, task, split, how.sampling)
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
                             task.choose(None, measured).metric.name)  # fmt: skip
    return MixedErrorTableDocument(
        table, tuple(findings), signature,
        Read(split, None, found.tag_columns), task=task.name,
        counted="tokens" if task.unit == "token" else "errors",
        tagged=tagged,
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Examples:
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
