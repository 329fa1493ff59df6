"""MLS27x: a model that is not above the floor, and a rare class of which the error says little."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlstrat.core.counts import Cells, pick_split
from mlstrat.core.decisions import ABOVE_FLOOR
from mlstrat.core.figures import Figure, Sampling
from mlstrat.core.findings import Finding, Rule
from mlstrat.core.metrics import MetricChoice
from mlstrat.core.wording import Scale, clean, count
from mlstrat.errors import UsageError
from mlstrat.tasks.classification.floor import RARE, Floor, RareClass, floor_of

Evidence = Mapping[str, Any]

LONGEST = 24
"""Letters of a label in a sentence."""


def rare_text(e: Evidence, s: Scale, *, intervals: bool = True) -> str:
    """Return how much there is of a rare class, and how well it is found."""
    name = clean(e["label"], LONGEST)
    text = f"{name!r} is rare ({s.value(e['share'])} of {e['split']}, {count(e['rows'])} rows): "
    parts = []
    for figure in ("recall", "precision"):
        x = e[figure]
        if x["value"] is None:
            parts.append(f"{figure} undefined, as it is never predicted")
            continue
        ends = f" ({s.interval(x['ci'])})" if intervals and x["ci"] is not None else ""
        parts.append(f"{figure} {s.value(x['value'])}{ends}")
    return f"{text}{', '.join(parts)}."


def _not_above(e: Evidence, _s: Scale) -> str:
    s = Scale()
    who = clean(e["name"], LONGEST) or "The model"
    constant = f"always answering {clean(e['label'], LONGEST)!r}"
    errors = f"error {s.value(e['model'])} against {s.value(e['constant'])} on {e['split']}"
    ci = e["difference"]["ci"]
    apart = f"{s.points(e['difference']['value'], sign=True)}"
    if e["only"] is not None:
        text = f"{who} is no better than {constant}: it "
        if e["only"] == e["label"]:
            text += f"gives that answer to every row (error {s.value(e['model'])} on {e['split']})."
        else:
            text += f"answers {clean(e['only'], LONGEST)!r} to every row ({errors})."
    elif ci is not None and ci[0] > 0:
        text = f"{who} is worse than {constant}: {errors} ({apart}, {s.interval(ci)})."
    else:
        around = "" if ci is None else f", {s.interval(ci)}"
        text = (
            f"{who} is no better than {constant}, as far as can be told: {errors} "
            f"({apart}{around})."
        )
    if e["rare"] is not None:
        text += f" {rare_text(e['rare'], s, intervals=False)}"
        if e["informative"]:
            text += " Judge it by these, not by its error: --metric f1."
    return text


def _rare(e: Evidence, _s: Scale) -> str:
    text = rare_text(e, Scale())
    if e["tolerance"] is None:
        return text
    return f"No gap of the error is above {Scale().points(e['tolerance'])}, but {text}"


NOT_ABOVE_FLOOR = Rule(
    "MLS270", "issue", "The model is not above the floor",
    "A constant answer, the most frequent label, errs no more than the model on the same rows, or "
    "that it does cannot be told. Small gaps between such errors say nothing of the model.",
    "The interval of the error of the model minus that of the constant answer, paired by row, does "
    "not lie wholly below 0. Where another metric than the error or the accuracy is asked for, the "
    "mean recall over the labels is not surely above that of a constant answer either. A split "
    "with one label alone has no floor.",
    "C3W1 Single number evaluation metric; Newcombe (1998c)",
    ("check that labels and predictions are what they seem: the right columns, the right threshold",
    "look at recall and precision by class, and choose a metric that a constant answer does not "
    "win: --metric f1 or balanced_accuracy",
    "more rows narrow the interval, if the model is better"),
    sentence=_not_above, decision=ABOVE_FLOOR)  # fmt: skip

RARE_CLASS = Rule(
    "MLS271", "note", "A class is rare: the error says little of it",
    "The error counts all rows alike, and nearly all are of the other label. A model may miss most "
    "of the rare class and still err on few rows.",
    f"Two labels, of which the rarer has at most {RARE:.0%} of the rows (mlstrat's threshold). An "
    "issue where every gap of the error would be called small, and recall or precision of the rare "
    "class is not surely above 90%.",
    "C3W1 Single number evaluation metric; Machine Learning Yearning 8",
    ("judge by recall and precision of the rare class, or by both: --metric f1",),
    sentence=_rare)  # fmt: skip


WELL_FOUND = 0.9
"""Recall and precision of a rare class above which small gaps of the error may be called small
(mlstrat's threshold)."""


def well_found(rare: RareClass) -> bool:
    """Tell whether recall and precision of a rare class are surely high."""
    return all(x.ci is not None and x.ci[0] >= WELL_FOUND for x in (rare.recall, rare.precision))


def floor_findings(floor: Floor | None, *, of_error: bool = True, model: str = "") -> list[Finding]:
    """Return the finding on a model that is not above the floor; none where it is.

    `of_error` tells whether the figure is one that a constant answer may win alone.
    """
    if floor is None or floor.above is not False or (floor.informative and not of_error):
        return []
    return [Finding(NOT_ABOVE_FLOOR, {
        "name": model, "split": floor.split, "label": floor.label,
        "constant": floor.constant.value, "model": floor.model,
        "difference": floor.difference.to_dict(), "only": floor.only,
        "informative": floor.informative,
        "rare": None if floor.rare is None else _of_rare(floor.rare, floor.split),
    })]  # fmt: skip


def rare_finding(floor: Floor | None, within: float | None) -> Finding | None:
    """Return the finding on a rare class: an issue where small gaps would hide how it is found.

    `within` is the tolerance, where every gap of the error is within it.
    """
    if floor is None or floor.rare is None:
        return None
    hidden = within is not None and not well_found(floor.rare)
    evidence = _of_rare(floor.rare, floor.split) | {"tolerance": within if hidden else None}
    return Finding(RARE_CLASS, evidence, lowered_to="issue" if hidden else None)


def floor_of_run(
    cells: Cells, split: str | None, choice: MetricChoice, sampling: Sampling, model: str = ""
) -> list[Finding]:
    """Return the finding on a model that is not above the floor, where a figure is looked at."""
    if choice.metric.needs:
        return []
    try:
        main = pick_split(cells.splits, split)
    except UsageError:  # several splits, none of them the one that counts
        return []
    of_error = choice.metric.name in ("error", "accuracy")
    return floor_findings(floor_of(cells, main, sampling), of_error=of_error, model=model)


def _of_rare(rare: RareClass, split: str) -> dict[str, Any]:
    def figure(x: Figure) -> dict[str, Any]:
        return {"value": x.value, "ci": None if x.ci is None else list(x.ci), "n": x.n}

    return {
        "split": split, "label": rare.label, "rows": rare.rows, "share": rare.share,
        "recall": figure(rare.recall), "precision": figure(rare.precision),
    }  # fmt: skip
