"""What is told of points: MLS821 to 823."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlstrat.core.findings import Finding, Rule
from mlstrat.core.wording import Scale, count
from mlstrat.tasks.landmarks.compute import SHIFTED, SWAPPED

Evidence = Mapping[str, Any]

FEWEST_PICTURES = 5
MOST_OF_WRONG = 0.1
"""Pictures with a pattern, and its share of the wrong points, from which it is told (mlstrat's
thresholds)."""
WHEN = (
    f"It explains at least {100 * MOST_OF_WRONG:g}% of the wrong points, in {FEWEST_PICTURES} "
    "pictures or more."
)


def _explains(e: Evidence, _s: Scale) -> str:
    return (
        f"{count(e['points'])} of {count(e['wrong'])} wrong points, in {count(e['pictures'])} "
        "pictures, would be right without it."
    )


SIDES_SWAPPED = Rule(
    "MLS821", "issue", "Left and right are swapped in some pictures",
    "The points are found, and named after the wrong side. That is a mistake of names, which more "
    "training does not remove as long as the data teach it.",
    WHEN,
    "Ronchi and Perona (2017), Benchmarking and error diagnosis in multi-instance pose estimation",
    ("where training mirrors pictures, exchange the names of left and right as well",
    "check which side the labels mean: of the person, or of the picture"),
    sentence=_explains)  # fmt: skip

ALL_SHIFTED = Rule(
    "MLS822", "issue", "All points are shifted together in some pictures",
    "The shape is right and its place is not: what crops or scales the picture is a likelier cause "
    "than what finds points in it.",
    WHEN,
    "mlstrat: one displacement of all points has one cause",
    ("draw truth and prediction over some of these pictures",
    "check the crop, the scale and the rounding on the way from the picture to the network, and "
    "back"),
    sentence=_explains)  # fmt: skip


def _unknown(e: Evidence, _s: Scale) -> str:
    of = f"the distance of {e['norm']}" if e["norm"] else "the diagonal of the box"
    return f"{count(e['left_out'])} of {count(e['of'])} pictures: {of} is not known, or 0."


MEASURE_UNKNOWN = Rule(
    "MLS823", "note", "Some pictures have no measure and were left out",
    "How far a point is off is told in the measure of its picture. Without one its points are "
    "neither right nor wrong.",
    "One of the points of --norm is not visible; or one point alone is, whose box has no size.",
    "mlstrat: undefined is said, and never 0",
    ("measure by the box: leave out --norm", "or take two points that are nearly always visible"),
    sentence=_unknown)  # fmt: skip


def of_patterns(found: Mapping[str, Any], wrong: int) -> list[Finding]:
    """Return which patterns explain many of the wrong points."""
    notes = []
    for rule, kind in ((SIDES_SWAPPED, SWAPPED), (ALL_SHIFTED, SHIFTED)):
        points, pictures = int(found[kind].sum()), int((found[kind] > 0).sum())
        if pictures >= FEWEST_PICTURES and points >= MOST_OF_WRONG * wrong:
            notes.append(Finding(rule, {"points": points, "wrong": wrong, "pictures": pictures}))
    return notes


def left_out(lost: Any, norm: str | None) -> list[Finding]:
    """Return the finding on pictures without a measure."""
    evidence = {"left_out": int(lost.sum()), "of": len(lost), "norm": norm}
    return [Finding(MEASURE_UNKNOWN, evidence)] if lost.any() else []
