"""`report`: one document for a pull request, made of what the other commands say."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from mlstrat.core.asked import asks
from mlstrat.core.findings import Finding
from mlstrat.data.config import find_config
from mlstrat.data.guard import guard
from mlstrat.data.settings import given_options, settle
from mlstrat.errors import UsageError
from mlstrat.show.blocks import Block, Illustration
from mlstrat.show.document import Document, Signature
from mlstrat.tasks.asking import how_of, other_task, skippable
from mlstrat.workflow.compare.findings import BASELINE_IS_RUN
from mlstrat.workflow.diagnose.answer import diagnose
from mlstrat.workflow.report.command import REPORT, Asked
from mlstrat.workflow.report.document import ReportDocument, merged
from mlstrat.workflow.report.sections import comparison_findings
from mlstrat.workflow.slices.read import ComparableColumns, comparable_columns

if TYPE_CHECKING:
    from mlstrat.show.picture import Picture
    from mlstrat.tasks.contract import Task

METHOD = "as the commands under sections; each document there tells its own"


@skippable
@asks(REPORT)
def report(
    run: Any,
    y_pred: Any = None,  # noqa: ARG001  put together with the run before
    *,
    beside: str | Path | None = None,
    **asked: Unpack[Asked],
) -> ReportDocument:
    """Return one document: is the run better, on what, and what to work on next.

    It adds no numbers of its own: `diagnose` makes the ladder and the single number, `compare`
    the comparison and the slices that got worse, `error_table` the tally, `mislabels` the wrong
    labels, `select` the candidates, `diagnose` again the history. Of a task other than
    classification its kinds of error stand where the tally of a sheet does.

    Parameters
    ----------
    run
        A file, a glob, a folder of partitioned Parquet, a frame; an array of labels, a dict of
        columns or of splits, or a fitted estimator; it is read more than once.
    y_pred
        Predictions, or probabilities (rows × classes), where `run` is an array of labels; the data
        of a fitted estimator, ``(X, y)`` or such a pair a split.
    beside
        The file that the report will be written to: links to figures are relative to it.

    Raises
    ------
    InputError, ConfigError, UsageError, UndefinedError
        As the commands that it is made of.

    Examples
    --------
    >>> import pandas as pd
    >>> right, wrong = ["cat", "dog", "owl"] * 30, ["cat", "dog", "cat"] * 30
    >>> frame = pd.DataFrame({"split": ["train"] * 90 + ["dev"] * 90, "id": range(180),
    ...                       "label": right * 2, "prediction": right + wrong})
    >>> better = frame.assign(prediction=right * 2)
    >>> report(better, baseline=frame, human_error="0%").verdict
    'b is better than a: higher macro-F1, by 44.4 points (39.2 to 49.1).'
    """
    baseline, review, candidates = asked["baseline"], asked["review"], asked["candidates"]
    history, figures, by = asked["history"], asked["figures"], asked["by"]
    config = asked["config"]
    refuse_strays(run, baseline, asked["margin"], by, no_cache=asked["no_cache"] and not history)
    other = other_task(asked, run, "review", "history", "positive", "threshold",
                       "choose_threshold", "average", "beta")  # fmt: skip
    of_task: dict[str, Any] = {} if other is None else {"task": other.name, **given_options(asked)}
    if figures is not None:
        read = [run, baseline, review, candidates, history, asked["human"], asked["truth"]]
        guard([beside, *figure_files(figures)], read, config=config)
    every: Mapping[str, Any] = {**asked}

    def passed_on(*names: str) -> dict[str, Any]:
        return {name: every[name] for name in names}

    reading = passed_on("columns", "split", "split_as", "positive", "threshold",
                        "choose_threshold", "confidence", "config", "checksum")  # fmt: skip
    resampling = passed_on("seed", "resamples")
    drawing = passed_on("average", "beta") | resampling
    ladder = reading | drawing | passed_on(
        "metric", "tolerance", "human_error", "human", "different_distributions"
    )  # fmt: skip
    diagnosis = diagnose(run, **ladder, **of_task)
    number = diagnosis.diagnosis.number
    parts: dict[str, Any] = {"diagnose": diagnosis}
    findings: list[Finding] = []
    if baseline is not None:
        from mlstrat.workflow.compare.answer import compare

        few = ComparableColumns()
        if other is None and not by:
            few = _comparable_columns(baseline, asked["columns"] or {}, config, diagnosis)
        parts["compare"] = compare(
            baseline, run, metric=number.choice.metric.name, margin=asked["margin"],
            by=by or few.columns,
            **{**reading, **drawing, **of_task, "split": number.split},
        )  # fmt: skip
        findings += _same(run, baseline, parts["compare"].signature)
        if other is None:
            findings += comparison_findings(parts["compare"], few.left_out)
    reading.pop("choose_threshold")
    if (chosen := getattr(diagnosis, "threshold", None)) is not None:
        reading["threshold"] = chosen  # what reads a sheet is told what dev chose
    if other is not None:
        parts |= _kinds(run, other, diagnosis, {**asked, "split": number.split})
    if review is not None:
        parts |= _review(review, run, reading, resampling)
    if candidates is not None:
        parts["select"] = _ranked(
            candidates, _optimized(run, number.choice.metric.name, config), config,
            **passed_on("confidence", "checksum"), **resampling,
        )  # fmt: skip
    if history is not None:
        from mlstrat.workflow.history.answer import history as read_history

        parts["history"] = read_history(
            history, skip_broken=asked["skip_broken"], no_cache=asked["no_cache"],
            options=ladder, known={str(run): diagnosis},
        )  # fmt: skip
    signature = merged(list(parts.values()), diagnosis.signature, METHOD)
    drawn = {}
    if figures is not None:
        how = {**ladder, **of_task, "split": number.split}
        if other is None:
            how["columns"] = diagnosis.columns
        drawn = _figures(parts, run, other, how, figures, beside)
    return ReportDocument(parts, tuple(findings), signature, drawn, asked["name"])


def _curve(parts: Mapping[str, Any]) -> dict[str, Document]:
    """Return the learning curve that the runs of the history form, to draw; nothing without."""
    metric = parts["diagnose"].diagnosis.level_metric.metric.name
    if "history" not in parts or metric not in ("error", "accuracy"):
        return {}
    from mlstrat.workflow.curve.answer import curve_of_history

    found = curve_of_history(parts["history"])
    return {} if found is None else {"curve": found}


def refuse_strays(
    run: Any, baseline: Any, margin: Any, by: Sequence[str], *, no_cache: bool = False
) -> None:
    """Refuse, before anything is read, what cannot be read twice and options without a subject."""
    if any(isinstance(source, str) and source == "-" for source in (run, baseline)):
        raise UsageError(
            "a report reads a run more than once, and standard input can be read once",
            accepted="a file, a glob or a folder",
        )
    if baseline is None and (margin is not None or by):
        option = "--margin" if margin is not None else "--by"
        raise UsageError(f"{option} belongs to a comparison", accepted="--baseline FILE with it")
    if no_cache:
        raise UsageError("--no-cache belongs to a history", accepted="--history FOLDER with it")


def _comparable_columns(
    baseline: Any, columns: Mapping[str, str], config: str | Path | None, document: Any
) -> ComparableColumns:
    """Return what to compare by where nobody says: every column of few values."""
    rows = max(x["rows"] for x in document.signature.inputs)
    return comparable_columns(baseline, {**find_config(baseline, config).columns, **columns}, rows)


def _optimized(run: Any, metric: str, config: str | Path | None) -> str | None:
    """Return what candidates are ranked by where the config does not say: the single number."""
    settings = find_config(run, config).select
    said = any(settings.get(way) for way in ("optimize", "maximize", "minimize"))
    return None if said else metric


def _ranked(table: Any, optimize: str | None, config: str | Path | None, **how: Any) -> Document:
    """Return the choice; where the single number ranks, an error says how to rank otherwise."""
    from mlstrat.workflow.select.answer import select

    try:
        return select(table, optimize=optimize, config=config, **how)
    except UsageError as error:
        if optimize is not None:
            error.hint = (
                f"candidates are ranked by the single number, {optimize}, unless --metric or "
                '[select] of mlstrat.toml says otherwise: optimize = "accuracy"'
            )
        raise


def _review(
    sheet: Any, run: Any, reading: Mapping[str, Any], drawing: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the tally and the wrong labels, each where the sheet says anything of it."""
    from mlstrat.data.sheet.read import read_sheet
    from mlstrat.workflow.error_table.answer import error_table
    from mlstrat.workflow.mislabels.answer import mislabels

    rows = read_sheet(sheet).rows
    out: dict[str, Any] = {}
    about_labels = any(row.mislabeled is not None for row in rows)
    # A sheet with nothing filled in is the tally's to refuse: it says how many rows wait.
    if not about_labels or any(row.tags for row in rows):
        out["error-table"] = error_table(sheet, run=run, **reading)
    if about_labels:
        out["mislabels"] = mislabels(sheet, run=run, **reading, **drawing)
    return out


def _kinds(run: Any, task: Task, diagnosis: Any, asked: Mapping[str, Any]) -> dict[str, Document]:
    """Return the kinds of error, where the task tells any apart.

    A threshold is chosen again, as it was for the ladder: each fifth of dev has its own.
    """
    if not diagnosis.measured[asked["split"]].categories:
        return {}
    from mlstrat.workflow.error_table.automatic_answer import kinds_of

    how = settle(run, {x: y for x, y in asked.items() if x not in ("seed", "resamples")})
    return {
        "error-table": kinds_of(run, task, how_of(how, checksum=asked["checksum"]), how.sampling)
    }


def _same(run: Any, baseline: Any, signature: Signature) -> list[Finding]:
    """Return the finding that a run was given as its own baseline."""
    first_hash, *rest = (x["sha256"] for x in signature.inputs)
    same_bytes = first_hash is not None and rest == [first_hash]
    paths = all(isinstance(x, str | Path) for x in (run, baseline))
    same_path = paths and Path(run).resolve() == Path(baseline).resolve()
    if not (same_bytes or same_path or run is baseline):
        return []
    names = [x["path"] for x in signature.inputs]
    return [Finding(BASELINE_IS_RUN, {"run": names[-1], "baseline": names[0]})]


def _figures(
    parts: Mapping[str, Document],
    run: Any,
    task: Task | None,
    how: Mapping[str, Any],
    folder: str | Path,
    beside: str | Path | None,
) -> dict[str, tuple[Block, ...]]:
    """Write every figure of a report as SVG and PNG; return them by section, to stand in it.

    Links are relative to the file that the report goes to, `beside`; without it they are as
    `folder` was written.
    """
    from mlstrat.show.picture import draw_all, figure_svg
    from mlstrat.workflow.plot.kinds import pictures_of

    parts = {**parts, **_curve(parts)}
    if task is not None:
        from mlstrat.workflow.plot.of_task import figures_of_task

        pictures = pictures_of(parts, None, *figures_of_task(run, task, how))
    else:
        from mlstrat.workflow.plot.answer import read_score_curves, read_threshold_curve

        curves = read_score_curves(run, how)
        thresholds = None if curves is None else read_threshold_curve(run, how)
        pictures = pictures_of(parts, curves, thresholds)
    draw_all(Path(folder), [one for several in pictures.values() for one in several])

    def illustration(one: Picture) -> Illustration:
        link = _link(Path(folder, f"{one.kind}.png"), beside)
        return Illustration(f"{one.title} {one.alt_text}", link, figure_svg(one))

    return {section: tuple(map(illustration, several)) for section, several in pictures.items()}


def figure_files(folder: str | Path) -> list[Path]:
    """Return all files that figures may be written to."""
    from mlstrat.show.canvas import ENDINGS
    from mlstrat.workflow.plot.kinds import KINDS

    return [Path(folder, f"{kind}{ending}") for kind in KINDS for ending in ENDINGS]


def _link(path: Path, beside: str | Path | None) -> str:
    if beside is None or path.is_absolute():
        return path.as_posix()
    return Path(os.path.relpath(path, Path(beside).parent)).as_posix()
