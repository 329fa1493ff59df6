# Over 300 lines: what each kind of figure is drawn from stands together.
"""`plot`: one figure alone, and the curves of scores that a report draws too."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import asdict
from importlib import import_module
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from mlstrat.core.asked import asks
from mlstrat.data.settings import Settled, settle
from mlstrat.errors import UndefinedError, UsageError
from mlstrat.show.document import Document, Signature, ends
from mlstrat.tasks.asking import how_of, skippable
from mlstrat.workflow.plot.command import PLOT, Asked
from mlstrat.workflow.plot.document import PlotDocument
from mlstrat.workflow.plot.kinds import KINDS, FigureKind, find_kind, picture
from mlstrat.workflow.plot.of_task import (
    Looked,
    curve_of_task,
    figures_of_task,
    needed_task,
    pictures_of_task,
    samples_of,
    task_of,
)

if TYPE_CHECKING:
    from mlstrat.core.counts import Cells
    from mlstrat.tasks.classification.run import Run
    from mlstrat.tasks.contract import Task
    from mlstrat.workflow.score.curves import ScoreCurves, ThresholdCurve

METHOD = (
    "counts by score; Newcombe (2006) (ROC AUC), resampled standard error (average precision), "
    "Wilson (bins), Bonferroni over the bins for what is off"
)

SAMPLES_METHOD = "letters drawn from the network's own probabilities, one after another"
WEIGHTS_METHOD = "weights as they were stored; the first of several networks"


@skippable
@asks(PLOT)
def plot(kind: str, source: Any, **asked: Unpack[Asked]) -> PlotDocument:
    """Return one figure, with its conclusion, a text alternative and the numbers drawn.

    Parameters
    ----------
    kind
        ``ladder``, ``confusion``, ``reliability``, ``precision-recall``, ``roc``, ``threshold``,
        ``categories``, ``pictures``, ``tally``, ``pareto``, ``curve``, ``history``, ``filters``,
        ``patches`` or ``samples``.
    source
        A run; for a tally a review sheet, for a Pareto front a table of candidates or several
        runs, for a learning curve a table of sizes or several runs, for a history a folder of
        runs, for filters, patches and samples the folder of a trained network.

    Raises
    ------
    InputError, ConfigError, UsageError, UndefinedError
        For an unknown kind, an option that the kind does not take, or nothing to draw.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"label": ["cat"] * 4 + ["dog"] * 6,
    ...                       "prediction": ["dog"] * 3 + ["cat"] + ["dog"] * 6})
    >>> plot("confusion", frame).title
    'cat taken for dog is 3 of the 3 errors on dev (100.0%).'
    """
    found = find_kind(kind)
    options = _options(found, asked)
    document: Any  # of the kinds that are drawn, each with a signature
    document, curves = _made(found, source, options)
    confidence_used = document.signature.confidence
    drawn = picture(found.name, document if curves is None else curves, confidence_used)
    if hasattr(curves, "records"):
        data = tuple(curves.records())
    elif curves is not None:
        data = tuple(_points(curves, found.name))
    else:
        data = tuple(_confusion(document) if found.name == "confusion" else document.records())
    told = getattr(document, "kept", "")
    return PlotDocument(drawn, data, document.signature, kept=told)


def _options(kind: FigureKind, given: Mapping[str, Any]) -> dict[str, Any]:
    said = {key: value for key, value in given.items() if _is_given(value)}
    for key in said:
        if key not in kind.options and key != "skip_broken":
            takes = [x.name for x in KINDS.values() if key in x.options]
            flag = PLOT.options()[key][1].typed_as(key)
            raise UsageError(
                f"{flag} does not belong to the figure {kind.name!r}",
                accepted=f"with {', '.join(takes)}",
            )
    return said


def _is_given(value: Any) -> bool:
    """Whether an option was given; a frame is, with or without rows."""
    empty = isinstance(value, tuple | list | dict) and not value
    return value is not None and value is not False and not empty


def _made(kind: FigureKind, source: Any, options: dict[str, Any]) -> tuple[Document, Any]:
    """Return what is drawn: a document, and curves, pictures or weights where these are drawn."""
    skip_broken = options.pop("skip_broken", False)  # of shards, the decorator takes care
    if kind.made_by == "history":
        return _history(source, skip_broken, options), None
    if kind.section == "network":
        return _of_network(kind.name, _one(source), options)
    if kind.made_by == "pictures":
        sheet, signature = pictures_of_task(_one(source), options)
        return _Basis(signature), sheet
    if kind.made_by in ("scores", "threshold"):
        one = _one(source)
        if kind.name in ("precision-recall", "threshold") and (task := task_of(options, one)):
            curve, signature = curve_of_task(one, task, options)
            return _Basis(signature), curve
        draws = score_curves_of if kind.made_by == "scores" else threshold_curve_of
        curves, signature = draws(one, {"confidence": None, **options}, options.pop("of", None))
        return _Basis(signature), curves
    if kind.made_by == "kinds":
        return _kinds(_one(source), options), None
    if kind.name == "confusion" and (task := task_of(options, _one(source))) is not None:
        return _confused(_one(source), task, options), None
    name = kind.made_by.replace("-", "_")
    answer = getattr(import_module(f"mlstrat.workflow.{name}.answer"), name)
    return answer(source if name in ("select", "curve") else _one(source), **options), None


def _of_network(kind: str, source: Any, options: Mapping[str, Any]) -> tuple[Document, Any]:
    from mlstrat.data.settings import file_facts
    from mlstrat.harness.predict.inside import inside_of, kernels_of, weights_of

    made: Any
    if not isinstance(source, str | Path):
        raise UsageError("weights are read from a folder", accepted="a folder of train --weights")
    folder, media = Path(source), options.get("media")
    if kind == "samples":
        made = samples_of(folder)
        return _Basis(Signature.of([file_facts(folder / "run.toml")], method=SAMPLES_METHOD)), made
    if kind == "filters":
        made = kernels_of(folder)
    else:
        made = inside_of(folder, None if media is None else Path(media))
    return _Basis(Signature.of([file_facts(weights_of(folder))], method=WEIGHTS_METHOD)), made


class _Basis(Document):
    """Stands for the document of curves: what they are based on."""

    def __init__(self, signature: Signature) -> None:
        object.__setattr__(self, "signature", signature)


def _kinds(source: Any, options: dict[str, Any]) -> Document:
    from mlstrat.workflow.error_table.automatic_answer import kinds_of

    task = needed_task(options, source, "kinds of error are told apart")
    how = settle(source, {"confidence": None, **options})
    return kinds_of(source, task, how_of(how, checksum=False), how.sampling)


def _confused(source: Any, task: Task, options: dict[str, Any]) -> Document:
    """Return the diagnosis of a task that tells what was taken for what."""
    from mlstrat.workflow.diagnose.answer import diagnose

    document = diagnose(source, **options)
    try:
        document.confused()
    except UsageError as error:
        error.accepted = f"a figure of it: {', '.join(_drawn(source, task, options))}"
        raise
    return document


def _drawn(run: Any, task: Task, options: Mapping[str, Any]) -> list[str]:
    """Return the kinds of figures that a run of a task without a confusion matrix has."""
    looked = Looked.at(run, task, options)
    curve, sheet = figures_of_task(run, task, options)
    kinds = looked.measured.categories(looked.split, looked.sampling)
    names = ["ladder"]
    for name in () if curve is None else ("precision-recall", "threshold"):
        with contextlib.suppress(UsageError):  # trials have the one alone
            names.append(picture(name, curve).kind)
    return names + ["categories"] * bool(kinds) + ["pictures"] * (sheet is not None)


def _history(source: Any, skip: bool, options: dict[str, Any]) -> Document:
    from mlstrat.workflow.history.answer import history

    no_cache = options.pop("no_cache", False)
    return history(_one(source), skip_broken=skip, no_cache=no_cache, options=options)


def _one(source: Any) -> Any:
    several = isinstance(source, list | tuple)
    if not several or (source and isinstance(source[0], dict)):  # results of COCO, in memory
        return source
    if len(source) != 1:
        raise UsageError(
            f"{len(source)} files for one figure", accepted="one, or several runs for pareto"
        )
    return source[0]


def read_score_curves(run: Any, asked: Mapping[str, Any]) -> ScoreCurves | None:
    """Return the curves of a run that a report draws; None where there are no scores to draw.

    The parameters are those of `score_curves_of`, `columns` as `diagnose` resolved them: without
    scores nothing is read again.
    """
    if not any(role == "score" or role.startswith("prob_") for role in asked["columns"]):
        return None
    try:
        return score_curves_of(run, asked)[0]
    except (UndefinedError, UsageError):
        # No positive class is named, or one class alone occurs: a report does without.
        return None


def read_threshold_curve(run: Any, asked: Mapping[str, Any]) -> ThresholdCurve | None:
    """Return the same over thresholds, of a run with scores; None of more than two classes."""
    try:
        return threshold_curve_of(run, asked, two_classes=True)[0]
    except (UndefinedError, UsageError):
        return None


def score_curves_of(
    run: Any, asked: Mapping[str, Any], of: str | None = None
) -> tuple[ScoreCurves, Signature]:
    """Return ROC, precision-recall and reliability of one split, and what they are based on.

    ``of`` is, of several classes, the one to draw.
    """
    from mlstrat.workflow.score.curves import score_curves

    read, how, part = _ranked(run, asked, of)
    signature = Signature.of(read.inputs, how.sampling, METHOD, positive=read.positive)
    return score_curves(part, how.sampling, of), signature


def threshold_curve_of(
    run: Any, asked: Mapping[str, Any], of: str | None = None, *, two_classes: bool = False
) -> tuple[ThresholdCurve, Signature]:
    """Return what every threshold would give on one split, and what it is based on.

    The parameters are those of `score_curves_of`; `two_classes` refuses more.
    """
    from mlstrat.workflow.score.curves import threshold_curve

    read, how, part = _ranked(run, asked, of)
    if two_classes and len(read.cells.scores or {}) > 1:
        raise UsageError("more than two classes", accepted="--of LABEL")
    used = how.threshold if read.point is None else read.point.value
    curve = threshold_curve(
        part, how.sampling.confidence, of=of, used=used,
        rule=None if read.point is None else read.point.rule,
    )  # fmt: skip
    method = "counts by score; Wilson (precision, recall, error, and F1 as a function of TP / " \
        "(TP + FP + FN))"  # fmt: skip
    return curve, Signature.of(read.inputs, how.sampling, method, positive=read.positive)


def _ranked(run: Any, asked: Mapping[str, Any], of: str | None) -> tuple[Run, Settled, Cells]:
    from mlstrat.core.counts import pick_split
    from mlstrat.tasks.classification.run import read_run

    how = settle(run, asked)
    read = read_run(run, needs="score", predicts=False, **how.reading)
    if of is not None and of not in (read.cells.scores or {}):
        raise UsageError(
            f"--of {of}: no class of that name is ranked",
            accepted=", ".join(map(repr, read.cells.scores or {})),
        )
    return read, how, read.cells.of_split(pick_split(read.cells.splits, how.split))


def _points(curves: ScoreCurves | ThresholdCurve, kind: str) -> list[dict[str, Any]]:
    from mlstrat.workflow.score.curves import ThresholdCurve

    if isinstance(curves, ThresholdCurve):
        return [
            {"label": curves.label, "threshold": t, "metric": name, **ends("value", x)}
            for t, found in curves.points.items() for name, x in found.items()
        ]  # fmt: skip
    if kind == "reliability":
        bins = [asdict(b) for b in curves.reliability]
        for b in bins:
            b["ci_low"], b["ci_high"] = b.pop("ci") or (None, None)
        return bins
    across, up = ("false_positive_rate", "recall") if kind == "roc" else ("recall", "precision")
    return [
        {"label": c.label, across: x, up: y}
        for c in curves.curves
        for x, y in zip(getattr(c, across), getattr(c, up), strict=True)
    ]


def _confusion(document: Any) -> list[dict[str, Any]]:
    """Return the cells of the confusion matrix of the split that is looked at.

    Of many classes those that hold any rows.
    """
    from mlstrat.workflow.diagnose.document import MOST_DENSE

    confused = document.confused()
    labels, filled = confused.labels, confused.full
    places = range(len(labels))
    told = [x for x in filled if x[1] < len(labels)]  # the last column is of blank predictions
    return [
        {"label": labels[i], "prediction": labels[j], "count": filled.get((i, j), 0)}
        for i, j in (product(places, places) if len(labels) <= MOST_DENSE else told)
    ]
