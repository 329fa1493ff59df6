"""`compare` on what a task measured: two runs on the same examples, b's error against a's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

from mlstrat.core.figures import Sampling
from mlstrat.core.findings import Finding
from mlstrat.core.intervals import holm
from mlstrat.core.metrics import MetricChoice
from mlstrat.core.wording import Scale, is_share
from mlstrat.errors import UsageError
from mlstrat.show.blocks import Block
from mlstrat.show.document import Signature
from mlstrat.tasks.contract import How, Task
from mlstrat.tasks.findings import about_split
from mlstrat.tasks.measured import MeasuredPair
from mlstrat.tasks.unpaired import unpaired_findings
from mlstrat.workflow.compare.compute import (
    Comparison,
    Quadrants,
    SliceComparison,
    non_inferior,
    verdict_of,
)
from mlstrat.workflow.compare.document import (
    MOST_SLICES,
    ComparisonDocument,
    change_in,
    slice_cells,
    slices_table,
)
from mlstrat.workflow.compare.findings import SAME_PREDICTIONS
from mlstrat.workflow.compare.settling import settle_comparison

METHOD = (
    "ratio of sums; exact McNemar where examples are right or wrong, else Student's t of the "
    "influences of examples or groups (p_value); Newcombe (1998), Zou and Donner (2008)"
)


TESTS = {
    "mcnemar_exact": "exact McNemar",
    "t_of_influences": "Student's t of what each example, or group, moves",
}


class MeasuredComparisonDocument(ComparisonDocument):
    """Two runs of a task that is not classification: b against a."""

    each: ClassVar[str] = "examples"
    alike: ClassVar[str] = "agree"
    of_slices: ClassVar[str | None] = None

    def _sure(self) -> list[Block]:
        return []

    def _right_or_wrong(self) -> list[Block]:
        return []

    def _slices(self, scale: Scale) -> list[Block]:
        r = self.result
        columns = ("slice", "examples", f"{r.choice.title} b − a", "interval", "p (Holm)")
        rows = [
            (
                *slice_cells(x),
                change_in(scale, x),
                scale.interval(x.difference.ci),
                "–" if x.p_adjusted is None else f"{x.p_adjusted:.3g}",
            )
            for x in r.slices[:MOST_SLICES]
        ]
        return slices_table(f"By slice of {r.split}", columns, rows, len(r.slices))

    def _basis(self) -> Block:
        return self.signature.basis(
            f"; split {self.result.split}", f"; p by {TESTS[self.result.test]}"
        )


def compare_task(
    a: Any,
    b: Any,
    task: Task,
    hows: tuple[How, How],
    *,
    metric: str | None,
    margin: float | None,
    tolerance: float,
    sampling: Sampling,
) -> MeasuredComparisonDocument:
    """Return how two runs of a task compare on the same examples, b against a."""
    task.choose(metric)  # refused before large files are read
    if b is None:
        raise UsageError(
            "one run, and nothing to compare it with",
            accepted="a second run on the same examples, paired by id",
        )
    pair = task.pair(a, b, hows)
    choice = task.choose(metric, pair)
    names = pair.names if pair.names[0] != pair.names[1] else ("a", "b")
    change = pair.difference(choice, sampling)
    n = pair.examples()
    figures = [pair.estimate(side, choice, sampling).figure for side in "ab"]
    slices = _slices(pair, choice, sampling)
    p = 1.0 if change.p_value is None else change.p_value
    verdict = verdict_of(choice, change.figure, p, sampling, identical=pair.identical)
    quadrants, allowed = pair.quadrants(), tolerance if margin is None else margin
    to_settle = None
    if verdict == "undecided":
        to_settle = settle_comparison(
            change.figure,
            split=pair.split,
            tolerance=allowed,
            share=is_share(choice),
            confidence=sampling.confidence,
            quadrants=None if pair.grouped else quadrants,
        )
    findings: list[Finding] = []
    if verdict == "identical":
        findings.append(Finding(SAME_PREDICTIONS, {"rows": n}))
    findings += unpaired_findings(names, pair.missing, pair.extra, n)
    findings += about_split(pair.split, hows[0].split)
    findings += list(pair.notes)
    signature = Signature.of(pair.inputs, sampling, METHOD, choice)
    result = Comparison(
        choice, pair.split, (figures[0], figures[1]), n,
        None if quadrants is None else Quadrants(*quadrants), change.figure, change.p_value,
        "mcnemar_exact" if quadrants is not None and not pair.grouped else "t_of_influences",
        change.p_b_better, allowed, to_settle, margin,
        non_inferior(choice, change.figure, margin), verdict, "p_value", slices,
        tuple(findings),
    )  # fmt: skip
    return MeasuredComparisonDocument(
        result, names, pair.columns, pair.missing, pair.extra, signature
    )


def _slices(
    pair: MeasuredPair, choice: MetricChoice, sampling: Sampling
) -> tuple[SliceComparison, ...]:
    found = []
    for column in pair.by:
        for value in pair.values(column):
            where = {column: value}
            quadrants, change = pair.quadrants(where), pair.difference(choice, sampling, where)
            found.append(SliceComparison(
                column, value, pair.examples(where),
                None if quadrants is None else Quadrants(*quadrants), change.figure,
                change.p_value, None,
            ))  # fmt: skip
    adjusted = iter(holm([x.p_value for x in found if x.p_value is not None]))
    done = [x if x.p_value is None else replace(x, p_adjusted=next(adjusted)) for x in found]
    return tuple(sorted(done, key=lambda x: 2.0 if x.p_adjusted is None else x.p_adjusted))
