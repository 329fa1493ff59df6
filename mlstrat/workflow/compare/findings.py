"""What a comparison is to be told with: findings MLS32x, and those about the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mlstrat.core.decisions import DIFFERENCE
from mlstrat.core.figures import Sampling
from mlstrat.core.findings import Finding, Rule
from mlstrat.core.pairs import SIDES, PairCells
from mlstrat.core.wording import Scale, clean, count, some_of
from mlstrat.tasks.classification.findings import part_findings
from mlstrat.tasks.findings import TEST_LOOKED_AT

if TYPE_CHECKING:
    from mlstrat.workflow.compare.compute import Comparison

_SIZE = "C3W1 Size of the dev and test sets; Machine Learning Yearning 7"


Evidence = Mapping[str, Any]


def _disagree(e: Evidence, s: Scale) -> str:
    ci = s.interval(e["ci"]) if e["ci"] else "none"
    return f"p = {e['p_value']:.3g} for right rows; the interval of {e['metric']} is {ci}."


def slice_names(e: Evidence, _s: Scale) -> str:
    """Return slices with what each gained or lost."""
    points = Scale()
    parts = [
        f"{clean(column)} {clean(value) or '(blank)'} "
        f"({points.points(x['difference'], sign=True)} of accuracy)"
        for x in e["slices"]
        for column, value in x["where"].items()
    ]
    return f"{some_of(parts)}."


SAME_PREDICTIONS = Rule(
    "MLS321", "note", "Both predict the same on every row",
    "There is nothing to compare: no row tells the two apart.",
    "All predictions are equal.", "mlstrat: it is most often one file under two names",
    ("check that these are two models, and not one file under two names",),
    sentence=lambda e, _s: f"All {count(e['rows'])} predictions are equal.")  # fmt: skip


UNDECIDED = Rule(
    "MLS323", "note", "The data cannot tell which is better",
    "The difference that was seen may be chance.",
    "The p-value (accuracy, error) or the interval (other metrics) does not tell the two "
    "apart at the confidence asked for.", _SIZE,
    ("take the one that is simpler, faster or smaller",
    "or predict more examples with both before choosing"),
    decision=DIFFERENCE)  # fmt: skip

METRIC_AND_COUNT_DISAGREE = Rule(
    "MLS324", "note", "The metric and the count of right rows disagree",
    "The p-value is about right and wrong rows, the interval about the metric; the verdict "
    "follows the interval.", "One of the two tells the models apart and the other does not.",
    "C3W1 Single number evaluation metric",
    ("decide which of the two you rank models by, and keep to it",),
    sentence=_disagree, decision=DIFFERENCE)  # fmt: skip

INTERVAL_AND_P_VALUE_DISAGREE = Rule(
    "MLS294", "note", "The interval and the p-value fall on two sides of the line",
    "They are two methods for one question, and close to the line one may say yes and the other "
    "no. The verdict follows the p-value, which is exact; take it as borderline.",
    "The p-value is at most 1 − confidence and the interval of the difference holds 0, or the "
    "other way round.", "McNemar (1947); Newcombe (1998)",
    ("predict more examples with both before choosing",),
    sentence=lambda e, s: (
        f"p = {e['p_value']:.3g}, and the interval of the difference is {s.interval(e['ci'])}."),
    decision=DIFFERENCE)  # fmt: skip

P_VALUE_UNWEIGHTED = Rule(
    "MLS325", "note", "The p-value counts every row once",
    "Weights enter the figures and the difference, not McNemar's test.",
    "The run has weights and no groups.", "McNemar (1947)",
    sentence=lambda e, _s: f"p = {e['p_value']:.3g} is of rows, not of weights.")  # fmt: skip

SLICES_DIFFER = Rule(
    "MLS326", "note", "The two differ on some slices",
    "On these rows one of the two is right more often, whatever the total says.",
    "A slice's p-value, adjusted for the number of slices by Holm's method, is at most "
    "1 − confidence.", "Holm (1979)",
    ("read the examples on which only one of the two is right there",),
    sentence=slice_names, decision=DIFFERENCE)  # fmt: skip


def comparison_findings(
    result: Comparison,
    cells: PairCells,
    names: tuple[str, str],
    sampling: Sampling,
    notes: Sequence[Finding],
) -> tuple[Finding, ...]:
    """Return the findings of a comparison, the most urgent first."""
    out: list[Finding] = []
    p, alpha = result.p_value, 1 - sampling.confidence
    if result.verdict == "identical":
        out.append(Finding(SAME_PREDICTIONS, {"rows": result.rows}))
    elif result.verdict == "undecided":
        out.append(Finding(UNDECIDED, _undecided(result)))
    known = p is not None and result.difference.ci is not None
    if known and _apart(result) != (p <= alpha + 1e-12):  # type: ignore[operator]
        by_interval = result.decided_by == "interval"
        rule = METRIC_AND_COUNT_DISAGREE if by_interval else INTERVAL_AND_P_VALUE_DISAGREE
        out.append(Finding(rule, _disagreement(result)))
    if cells.weighted and cells.group is None and p is not None:
        out.append(Finding(P_VALUE_UNWEIGHTED, {"p_value": p}))
    sure = [
        {"where": {x.column: x.value}, "difference": x.difference.value,
         "p_adjusted": x.p_adjusted}
        for x in result.slices if x.p_adjusted is not None and x.p_adjusted <= alpha
    ]  # fmt: skip
    if sure:
        out.append(Finding(SLICES_DIFFER, {"slices": sure}))
    if cells.split == "test":
        out.append(Finding(TEST_LOOKED_AT, {"split": cells.split}))
    sides = {name: cells.side(x) for name, x in zip(names, SIDES, strict=True)}
    return (*out, *notes, *part_findings(sides, result.choice))


def _undecided(result: Comparison) -> dict[str, Any]:
    q, x = result.quadrants, result.to_settle
    return {
        "rows": result.rows,
        "n_needed": None if x is None else x.total,
        "discordant": None if q is None else q.discordant,
    }


def _disagreement(result: Comparison) -> dict[str, Any]:
    return {
        "metric": result.choice.metric.name,
        "p_value": result.p_value,
        "ci": list(result.difference.ci or ()),
    }


def _apart(result: Comparison) -> bool:
    ci = result.difference.ci
    return ci is not None and not ci[0] <= 0 <= ci[1]


BASELINE_IS_RUN = Rule(
    "MLS502", "issue", "The baseline is the run itself",
    "The two files hold the same bytes, so the comparison says nothing about a change.",
    "The run and its baseline have the same path or the same SHA-256.",
    "mlstrat: a run compared with itself shows no change",
    ("check which file the baseline should be",),
    sentence=lambda e, _s: (
        f"{clean(e['baseline'])} and {clean(e['run'])} are the same."))  # fmt: skip
