"""The figures that there are: one registry for `plot`, for `report --figures` and for its HTML.

Light to import: neither matplotlib nor numpy is loaded before a picture is made.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mlstrat.core.asked import declared
from mlstrat.core.record import Record
from mlstrat.errors import UsageError, did_you_mean
from mlstrat.tasks.asked import OfTask

if TYPE_CHECKING:
    from mlstrat.show.document import Document
    from mlstrat.show.picture import Picture
    from mlstrat.workflow.plot.pictures_read import Sheet
    from mlstrat.workflow.score.curves import ScoreCurves, ThresholdCurve

OF_TASK = frozenset(declared(OfTask))
READING = OF_TASK | frozenset(
    {"columns", "split", "split_as", "positive", "threshold", "choose_threshold", "confidence",
     "seed", "resamples", "config"}
)  # fmt: skip
LADDER = READING | {
    "human_error", "human", "different_distributions", "tolerance", "metric", "average", "beta",
}  # fmt: skip
CHOOSING = frozenset(
    {"optimize", "maximize", "minimize", "where", "name", "n", "confidence", "seed", "resamples",
     "config"}
)  # fmt: skip
CURVE = frozenset({"target", "dev_n", "accuracies", "columns", "split_as", "positive", "threshold",
                   "confidence", "config"})  # fmt: skip
SHEET = OF_TASK | {"run", "columns", "split", "split_as", "positive", "threshold", "confidence",
                   "config"}  # fmt: skip


class FigureKind(Record):
    """One kind of figure.

    ``made_by`` is the command whose document it draws; ``scores`` for curves of scores, which a
    report draws too, ``threshold`` for that over thresholds; ``section`` is that of a report.
    """

    name: str
    made_by: str
    section: str
    options: frozenset[str]


KINDS: dict[str, FigureKind] = {
    kind.name: kind
    for kind in (
        FigureKind("ladder", "diagnose", "ladder", LADDER),
        FigureKind("confusion", "diagnose", "number", READING),
        FigureKind("reliability", "scores", "number", READING | {"of"}),
        FigureKind("precision-recall", "scores", "number", READING | {"of"}),
        FigureKind("roc", "scores", "number", READING | {"of"}),
        FigureKind("threshold", "threshold", "number", READING | {"of"}),
        FigureKind("categories", "kinds", "error-table", READING),
        FigureKind("pictures", "pictures", "error-table", READING | {"media", "worst"}),
        FigureKind("tally", "error-table", "error-table", SHEET),
        FigureKind("pareto", "select", "select", CHOOSING),
        FigureKind("curve", "curve", "history", CURVE),
        FigureKind("history", "history", "history", LADDER | {"no_cache"}),
        FigureKind("filters", "filters", "network", frozenset()),
        FigureKind("patches", "patches", "network", frozenset({"media"})),
        FigureKind("samples", "samples", "network", frozenset()),
    )
}  # fmt: skip
"""In the order of the workflow."""


def find_kind(name: str) -> FigureKind:
    """Return the kind of figure of that name."""
    known = name.strip().lower().replace("_", "-")
    if known in KINDS:
        return KINDS[known]
    raise UsageError(
        f"unknown figure {name!r}",
        accepted=", ".join(KINDS),
        hint=did_you_mean(known, KINDS, 0.4),
    )


def picture(kind: str, made: Any, confidence: float = 0.95) -> Picture:
    """Return one figure of what its command made.

    ``made`` is the document of the command that the kind names as `made_by`; the curves of scores,
    the pictures, what is inside a network. ``confidence`` is that of curves; a document knows its
    own.
    """
    drawn: Picture = _drawn(find_kind(kind).name, made, confidence)
    return drawn


def _drawn(kind: str, made: Any, confidence: float) -> Any:
    match kind:
        case "ladder":
            return made.ladder_picture()
        case "confusion":
            if not hasattr(made, "diagnosis"):
                raise UsageError("a ladder of typed levels has no confusion matrix")
            return made.confusion_picture()
        case "precision-recall" if hasattr(made, "points"):  # of a task: what each threshold gives
            from mlstrat.workflow.score.figure import operating_picture

            return operating_picture(made, confidence)
        case "reliability" | "precision-recall" | "roc":
            from mlstrat.workflow.score import figure

            return getattr(figure, f"{kind.replace('-', '_')}_picture")(made, confidence)
        case "threshold":
            from mlstrat.workflow.score.figure import threshold_picture

            return threshold_picture(made, confidence)
        case "categories":
            from mlstrat.workflow.error_table.document import verdict
            from mlstrat.workflow.error_table.figure import ceilings_picture

            return ceilings_picture(made.table, verdict(made.table))
        case "pictures":
            from mlstrat.workflow.plot.pictures_figure import contact_sheet

            return contact_sheet(made)
        case "filters" | "patches" | "samples":
            from mlstrat.workflow.plot import network_figure

            return getattr(network_figure, f"{kind}_picture")(made)
    return made.pictures()[0]


def pictures_of(
    parts: Mapping[str, Document], curves: ScoreCurves | None = None,
    thresholds: ThresholdCurve | None = None, sheet: Sheet | None = None,
) -> dict[str, list[Picture]]:  # fmt: skip
    """Return all figures of a report, by the section that each belongs to.

    What has nothing to draw is left out: a choice without constraints, a history of one run, scores
    that are no probabilities.
    """
    out: dict[str, list[Picture]] = {}
    signature = getattr(parts.get("diagnose"), "signature", None)
    confidence = getattr(signature, "confidence", 0.95)
    known: dict[str, Any] = {"scores": curves, "threshold": thresholds, "pictures": sheet, **parts}
    kinds = parts.get("error-table")
    if getattr(getattr(kinds, "table", None), "of_run", False):
        known["kinds"] = known.pop("error-table")  # of the run itself, and not of a sheet
    for kind in KINDS.values():
        made = known.get(kind.made_by)
        if kind.name == "precision-recall" and thresholds is not None and thresholds.of_task:
            made = thresholds
        if made is None:
            continue
        try:
            drawn = picture(kind.name, made, confidence)
        except UsageError:
            continue
        out.setdefault(kind.section, []).append(drawn)
    return out
