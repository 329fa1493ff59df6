"""The figures that there are: one registry for `plot`, for `report --figures` and for its HTML.

Light to import: neither matplotlib nor numpy is loaded before a picture is made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlstrat.errors import UsageError, did_you_mean
from mlstrat.tasks.asked import OfTask

if TYPE_CHECKING:
    from mlstrat.show.document import Document
    from mlstrat.show.picture import Picture
    from mlstrat.workflow.plot.pictures_read import Sheet
    from mlstrat.workflow.score.curves import ScoreCurves, ThresholdCurve

OF_TASK = frozenset(OfTask.__annotations__)
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


@dataclass(frozen=True)
class FigureKind:
    """One kind of figure.

    Attributes
    ----------
    name
        What `plot` calls it, and its files.
    shows
        The question that it answers.
    reads
        What it is drawn from.
    made_by
        The command whose document it draws; ``scores`` for curves of scores, which a report draws
        too, ``threshold`` for that over thresholds.
    section
        The section of a report that it belongs to.
    options
        The options of `plot` that it takes.
    """

    name: str
    shows: str
    reads: str
    made_by: str
    section: str
    options: frozenset[str]


KINDS: dict[str, FigureKind] = {
    kind.name: kind
    for kind in (
        FigureKind("ladder", "which gap is the largest", "a run", "diagnose", "ladder", LADDER),
        FigureKind("confusion", "what is taken for what", "a run", "diagnose", "number", READING),
        FigureKind("reliability", "do the scores keep what they promise", "a run with scores",
                   "scores", "number", READING | {"of"}),
        FigureKind("precision-recall", "what every threshold would give", "a run with scores",
                   "scores", "number", READING | {"of"}),
        FigureKind("roc", "how well the scores rank", "a run with scores", "scores", "number",
                   READING | {"of"}),
        FigureKind("threshold", "what each threshold would give", "a run with scores", "threshold",
                   "number", READING | {"of"}),
        FigureKind("categories", "what fixing each kind of error would leave",
                   "a run of a task that tells kinds of error apart", "kinds", "error-table",
                   READING),
        FigureKind("pictures", "what is wrong in the worst pictures",
                   "a run of boxes or points", "pictures", "error-table",
                   READING | {"media", "worst"}),
        FigureKind("tally", "why the errors are errors, and what could be gained",
                   "a review sheet", "error-table", "error-table", SHEET),
        FigureKind("pareto", "what is bought with what", "candidates", "select", "select",
                   CHOOSING),
        FigureKind("curve", "will more data reach the target", "a table of sizes, or runs", "curve",
                   "history", CURVE),
        FigureKind("history", "which gap moved from run to run", "a folder of runs", "history",
                   "history", LADDER | {"no_cache"}),
        FigureKind("filters", "what the first convolution looks for",
                   "a folder of `train --weights`", "filters", "network", frozenset()),
        FigureKind("patches", "what moves the units of each layer",
                   "a folder of `train --weights`", "patches", "network", frozenset({"media"})),
        FigureKind("samples", "what a language model writes by itself",
                   "a folder of `train` of a recipe char_lm_* or markov_lm", "samples", "network",
                   frozenset()),
    )
}  # fmt: skip
"""In the order of the workflow."""


def find_kind(name: str) -> FigureKind:
    """Return the kind of figure of that name.

    Raises
    ------
    UsageError
        For an unknown one, with the nearest.

    Examples
    --------
    >>> find_kind("ROC").section
    'number'
    """
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

    Parameters
    ----------
    kind
        A name of `KINDS`.
    made
        The document of the command that the kind names as `made_by`; the curves of scores, the
        pictures, what is inside a network.
    confidence
        Of the intervals of curves; a document knows its own.

    Raises
    ------
    UsageError
        Where there is nothing to draw, with the reason.
    """
    found = find_kind(kind)
    return _DRAWN[found.name](made, confidence)


def pictures_of(
    parts: Mapping[str, Document], curves: ScoreCurves | None = None,
    thresholds: ThresholdCurve | None = None, sheet: Sheet | None = None,
) -> dict[str, list[Picture]]:  # fmt: skip
    """Return all figures of a report, by the section that each belongs to.

    Parameters
    ----------
    parts
        The documents by the command that made each: ``diagnose``, ``error-table``, ``select``,
        ``history``; others have no figure.
    curves
        What `mlstrat.workflow.plot.answer.read_score_curves` returns; None where the run has no
        scores.
    thresholds
        What `read_threshold_curve` beside it returns, or `figures_of_task` for a task.
    sheet
        The worst pictures of a task that has any.

    Returns
    -------
    dict
        Section to pictures. What has nothing to draw is left out: a choice without constraints,
        a history of one run, scores that are no probabilities.
    """
    out: dict[str, list[Picture]] = {}
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
            drawn = picture(kind.name, made, _confidence(parts))
        except UsageError:
            continue
        out.setdefault(kind.section, []).append(drawn)
    return out


def _confidence(parts: Mapping[str, Document]) -> float:
    found: float = getattr(getattr(parts.get("diagnose"), "signature", None), "confidence", 0.95)
    return found


def _ladder(document: Any, _: float) -> Picture:
    drawn: Picture = document.ladder_picture()
    return drawn


def _confusion(document: Any, _: float) -> Picture:
    if not hasattr(document, "diagnosis"):
        raise UsageError("a ladder of typed levels has no confusion matrix")
    drawn: Picture = document.confusion_picture()
    return drawn


def _reliability(curves: Any, confidence: float) -> Picture:
    from mlstrat.workflow.score.figure import reliability_picture

    return reliability_picture(curves, confidence)


def _precision_recall(curves: Any, confidence: float) -> Picture:
    if hasattr(curves, "points"):  # of a task: what each threshold gives
        from mlstrat.workflow.score.figure import operating_picture

        return operating_picture(curves, confidence)
    from mlstrat.workflow.score.figure import precision_recall_picture

    return precision_recall_picture(curves, confidence)


def _roc(curves: Any, confidence: float) -> Picture:
    from mlstrat.workflow.score.figure import roc_picture

    return roc_picture(curves, confidence)


def _threshold(curve: Any, confidence: float) -> Picture:
    from mlstrat.workflow.score.figure import threshold_picture

    return threshold_picture(curve, confidence)


def _categories(document: Any, _: float) -> Picture:
    from mlstrat.workflow.error_table.figure import ceilings_picture
    from mlstrat.workflow.error_table.layout import verdict

    return ceilings_picture(document.table, verdict(document.table))


def _pictures(made: Any, _: float) -> Picture:
    from mlstrat.workflow.plot.pictures_figure import contact_sheet

    return contact_sheet(made)


def _filters(made: Any, _: float) -> Picture:
    from mlstrat.workflow.plot.network_figure import filters_picture

    return filters_picture(made)


def _patches(made: Any, _: float) -> Picture:
    from mlstrat.workflow.plot.network_figure import patches_picture

    return patches_picture(made)


def _samples(made: Any, _: float) -> Picture:
    from mlstrat.workflow.plot.network_figure import samples_picture

    return samples_picture(made)


def _only(document: Any, _: float) -> Picture:
    drawn: Picture = document.pictures()[0]
    return drawn


_DRAWN: dict[str, Callable[[Any, float], Picture]] = {
    "ladder": _ladder,
    "confusion": _confusion,
    "reliability": _reliability,
    "precision-recall": _precision_recall,
    "roc": _roc,
    "threshold": _threshold,
    "categories": _categories,
    "pictures": _pictures,
    "tally": _only,
    "pareto": _only,
    "curve": _only,
    "history": _only,
    "filters": _filters,
    "patches": _patches,
    "samples": _samples,
}
