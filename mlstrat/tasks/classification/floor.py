# Over 300 lines: the floor, a rare class and the two findings on them stand together.
"""The floor: what a constant answer and chance reach on the rows that a model is measured on.

MLS27x: a model that is not above it, and a rare class of which the error says little.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from typing import Any

import numpy as np

from mlstrat.core.counts import ABSTAINED, Cells, Floats, codes_in, pick_split, sum_by
from mlstrat.core.decisions import ABOVE_FLOOR
from mlstrat.core.estimates import FEWEST_GROUPS
from mlstrat.core.figures import Figure, Sampling
from mlstrat.core.findings import Finding, Rule
from mlstrat.core.groups import Proportion, proportion
from mlstrat.core.intervals import contrast, newcombe_interval, paired_correlation
from mlstrat.core.metrics import MetricChoice
from mlstrat.core.record import Record
from mlstrat.core.wording import Scale, clean, count
from mlstrat.errors import UsageError

RARE = 0.1
"""Of two labels the rarer is rare up to this share of the rows: then 90% of right answers take no
model at all (mlstrat's threshold)."""

MOST_RECALLS = 50
"""Classes up to which recalls are held against chance: of more, the error tells enough."""


class RareClass(Record):
    """The rarer of two labels, where it is rare.

    ``share`` of the rows; ``recall`` and ``precision`` as figures, the latter undefined where it is
    never predicted; ``rows`` of it.
    """

    label: str
    rows: int
    share: float
    recall: Figure
    precision: Figure


class Base(Record):
    """What takes no model on one split: the errors of the constant answer and of chance."""

    constant: float
    chance: float


class Floor(Record):
    """The floor of one split, and whether a model is above it.

    ``label`` is the constant answer, the most frequent label of the split ``source``: train, else
    the one that is looked at. ``constant``, ``chance`` (answers drawn with the frequencies of the
    labels there) and ``model`` are errors, ``difference`` is model minus constant on the same rows.
    ``only`` is the one answer that the model gives to every row, if so; ``informative`` tells
    whether the mean recall over the labels is surely above that of any constant.
    """

    split: str
    label: str
    source: str
    constant: Figure
    chance: float
    model: float
    difference: Figure
    only: str | None
    informative: bool
    rare: RareClass | None
    splits: Mapping[str, Base] = field(default_factory=dict)

    @property
    def above(self) -> bool | None:
        """Whether the model surely errs less than the constant; None without an interval."""
        ci = self.difference.ci
        return None if ci is None else ci[1] < 0


def floor_of(cells: Cells, split: str, sampling: Sampling) -> Floor | None:
    """Return the floor of a split; None where it has one label alone, which a constant knows.

    Formula: the difference of the two errors by Newcombe's paired interval (1998c, method 10), its
    correlation that of rows, or of groups.
    """
    part = cells.by_split[split]
    source = "train" if "train" in cells.splits else split
    by_split = _shares(cells)
    shares, frequencies = by_split[split], by_split[source]
    if frequencies is None or shares is None or np.count_nonzero(shares) < 2:
        return None
    code = int(np.argmax(frequencies))  # of equals the first
    everything = np.ones(len(part.n), bool)
    fixed = replace(part, predicted=np.full_like(part.predicted, code))
    model = proportion(part, part.wrong, everything, paired=True)
    constant, alone = (
        proportion(fixed, part.truth != code, everything, paired=x) for x in (True, False)
    )
    if model is None or constant is None or alone is None:
        return None
    answers = codes_in(part.predicted)
    only = None
    if len(answers) == 1 and answers[0] != ABSTAINED:
        only = part.labels[int(answers[0])]
    difference = _difference(part, code, constant, model, sampling)
    below = difference.ci is not None and difference.ci[1] < 0
    return Floor(
        split,
        part.labels[code],
        source,
        _figure(alone, sampling),
        _chance(frequencies, shares),
        model.value,
        difference,
        only,
        below or _informative(part, sampling),
        _rare(part, shares, sampling),
        {name: _base(known, code, frequencies) for name, known in by_split.items()},
    )


def _shares(cells: Cells) -> dict[str, Floats | None]:
    """Return the share of each label by split; None where all weights are 0."""
    size = len(cells.labels)
    weights = sum_by(cells.split * size + cells.truth, cells.weight, size * len(cells.splits))
    of_split = zip(cells.splits, weights.reshape(-1, size), strict=True)
    return {name: x / x.sum() if x.sum() > 0 else None for name, x in of_split}


def _chance(frequencies: Floats, shares: Floats) -> float:
    """Return the error of answers drawn with some frequencies: 1 − Σ pₖ qₖ."""
    return 1 - float(frequencies @ shares)


def _base(shares: Floats | None, code: int, frequencies: Floats) -> Base:
    if shares is None:
        return Base(0.0, 0.0)
    return Base(1 - float(shares[code]), _chance(frequencies, shares))


def _figure(found: Proportion, sampling: Sampling) -> Figure:
    if _few(found):
        return Figure(found.value, None, found.rows, "no interval: too few groups")
    return Figure(found.value, found.interval(sampling.confidence), found.rows)


def _few(found: Proportion) -> bool:
    return found.degrees is not None and found.degrees + 1 < FEWEST_GROUPS


def _difference(
    part: Cells, code: int, constant: Proportion, model: Proportion, sampling: Sampling
) -> Figure:
    """Return the error of the model minus that of the constant answer, on the same rows."""
    value = model.value - constant.value
    if _few(model):
        return Figure(value, None, model.rows, "no interval: too few groups")
    if model.influence is not None and constant.influence is not None:
        spread = (model.influence.variance * constant.influence.variance) ** 0.5
        shared = constant.influence.covariance(model.influence) / spread if spread > 0 else 0.0
    else:
        quadrant = 2 * (part.truth != code) + part.wrong
        counts = sum_by(quadrant, part.weight, 4)
        kish = float(part.weight.sum()) ** 2 / float(part.weight_squared.sum())
        shared = paired_correlation(*(float(x) for x in counts / counts.sum() * kish))
    ends = [x.interval(sampling.confidence) for x in (constant, model)]
    ci = newcombe_interval(
        constant.value, ends[0], model.value, ends[1], max(-1.0, min(1.0, shared))
    )
    return Figure(value, ci, model.rows)


def _informative(part: Cells, sampling: Sampling) -> bool:
    """Tell whether the mean recall over the labels is surely above 1/C, that of any constant."""
    here = codes_in(part.truth)
    if len(here) > MOST_RECALLS:
        return True
    recalls = [proportion(part, ~part.wrong, part.truth == code) for code in here]
    known = [x for x in recalls if x is not None]
    if len(known) < 2 or any(_few(x) for x in known):
        return False
    terms = [(1 / len(known), x.value, x.interval(sampling.confidence)) for x in known]
    return contrast(terms)[0] > 1 / len(known)


def _rare(part: Cells, shares: Floats, sampling: Sampling) -> RareClass | None:
    if len(part.labels) != 2 or shares.min() > RARE:
        return None
    code = int(np.argmin(shares))
    called = part.predicted == code
    recall = proportion(part, called, part.truth == code)
    precision = proportion(part, part.truth == code, called)
    if recall is None:
        return None
    missing = Figure(None, None, 0, "undefined: it is never predicted")
    return RareClass(
        part.labels[code],
        recall.rows,
        float(shares[code]),
        _figure(recall, sampling),
        missing if precision is None else _figure(precision, sampling),
    )


Evidence = Mapping[str, Any]

LONGEST = 24
"""Letters of a label in a sentence."""


def _rare_text(e: Evidence, s: Scale, *, intervals: bool = True) -> str:
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
        text += f" {_rare_text(e['rare'], s, intervals=False)}"
        if e["informative"]:
            text += " Judge it by these, not by its error: --metric f1."
    return text


def _rare_sentence(e: Evidence, _s: Scale) -> str:
    text = _rare_text(e, Scale())
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
    sentence=_rare_sentence)  # fmt: skip


WELL_FOUND = 0.9
"""Recall and precision of a rare class above which small gaps of the error may be called small
(mlstrat's threshold)."""


def _well_found(rare: RareClass) -> bool:
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
    hidden = within is not None and not _well_found(floor.rare)
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
