"""`report`: one document for a pull request, made of what the other commands say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mlstrat.core.findings import Finding
from mlstrat.data.config import find_config
from mlstrat.data.guard import guard
from mlstrat.errors import UsageError
from mlstrat.show.document import Document, Signature
from mlstrat.tasks.asking import other_task
from mlstrat.tasks.left_out import skippable
from mlstrat.workflow.compare.findings import BASELINE_IS_RUN
from mlstrat.workflow.diagnose.answer import diagnose
from mlstrat.workflow.report.document import ReportDocument, merged
from mlstrat.workflow.report.sections import comparison_findings
from mlstrat.workflow.slices.few_values import FewValues, few_valued

METHOD = "as the commands under sections; each document there tells its own"


@skippable
def report(
    run: Any,
    *,
    task: str | None = None,
    baseline: Any = None,
    review: str | Path | None = None,
    candidates: Any = None,
    history: str | Path | None = None,
    skip_broken: bool = False,
    figures: str | Path | None = None,
    beside: str | Path | None = None,
    margin: str | float | None = None,
    by: Sequence[str] = (),
    columns: Mapping[str, str] | None = None,
    split: str | None = None,
    split_as: Mapping[str, str] | None = None,
    positive: str | None = None,
    threshold: float | None = None,
    metric: str | None = None,
    average: str | None = None,
    beta: float | None = None,
    human_error: str | float | None = None,
    human: str | Path | None = None,
    different_distributions: bool | None = None,
    tolerance: str | float | None = None,
    confidence: float | None = None,
    seed: int | None = None,
    resamples: int | None = None,
    config: str | Path | None = None,
    checksum: bool = False,
    name: str | None = None,
) -> ReportDocument:
    """Return one document: is the run better, on what, and what to work on next.

    It adds no numbers of its own: `diagnose` makes the ladder and the single number, `compare`
    the comparison and the slices that got worse, `error_table` the tally, `mislabels` the wrong
    labels, `select` the candidates, `diagnose` again the history.

    Parameters
    ----------
    run
        A file, a glob, a folder of partitioned Parquet, or a frame; it is read more than once.
    task
        What the runs predict; without it classification. ``"ratio"`` reads num and den by example;
        its kinds of error stand where the tally of a sheet does.
    baseline
        A run of the model before, on the same examples.
    review
        A review sheet that a person filled in.
    candidates
        A table of candidates; ``[select]`` of the config says what is optimised, else the metric.
    history
        A folder with runs and their configs: each knob that was tried, and the gap it moved.
    skip_broken
        Leave out runs of the history that cannot be read, and say so.
    figures
        A folder for figures, as SVG and PNG; the run is read once more where it has scores.
    beside
        The file that the report will be written to: links to figures are relative to it.
    margin, by
        As for `compare`: what a loss may be, and columns whose values are compared one by one;
        without `by` every column of few values that has no role, of up to a million rows.
    columns, split, split_as, positive, threshold, metric, average, beta
        As for `diagnose`.
    human_error, human, different_distributions, tolerance
        As for `diagnose`.
    confidence, seed, resamples, config, checksum
        As for `diagnose`.
    name
        Of this report among those in one pull request: a hash of it stands in the first line of the
        markdown, by which a bot finds the comment to write anew.

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
    'b is better than a, by 44.4 points of macro-F1 (39.2 to 49.2).'
    """
    refuse_strays(run, baseline, margin, by)
    other = other_task(task, {
        "review": review, "history": history, "figures": figures, "positive": positive,
        "threshold": threshold, "average": average, "beta": beta,
    })  # fmt: skip
    of_task: dict[str, Any] = {} if other is None else {"task": other.name}
    if figures is not None:
        from mlstrat.workflow.report.figures import figure_files

        read = [run, baseline, review, candidates, history, human]
        guard([beside, *figure_files(figures)], read, config=config)
    reading: dict[str, Any] = {
        "columns": columns, "split": split, "split_as": split_as, "positive": positive,
        "threshold": threshold, "confidence": confidence, "config": config, "checksum": checksum,
    }  # fmt: skip
    drawing = {"average": average, "beta": beta, "seed": seed, "resamples": resamples}
    ladder: dict[str, Any] = {
        **reading, **drawing, "metric": metric, "tolerance": tolerance,
        "human_error": human_error, "human": human,
        "different_distributions": different_distributions,
    }  # fmt: skip
    diagnosis = diagnose(run, **ladder, **of_task)
    number = diagnosis.diagnosis.number
    parts: dict[str, Any] = {"diagnose": diagnosis}
    findings: list[Finding] = []
    if baseline is not None:
        from mlstrat.workflow.compare.answer import compare

        few = FewValues()
        if other is None and not by:
            few = _few_valued(baseline, columns or {}, config, diagnosis)
        parts["compare"] = compare(
            baseline, run, metric=number.choice.metric.name, margin=margin, by=by or few.columns,
            **{**reading, **drawing, **of_task, "split": number.split},
        )  # fmt: skip
        findings += _same(run, baseline, parts["compare"].signature)
        if other is None:
            findings += comparison_findings(parts["compare"], few.left_out)
    if other is not None:
        parts |= _kinds(run, diagnosis, {**reading, **of_task, "split": number.split})
    if review is not None:
        parts |= _review(review, run, reading, {"seed": seed, "resamples": resamples})
    if candidates is not None:
        parts["select"] = _ranked(
            candidates, _optimized(run, number.choice.metric.name, config), config,
            confidence=confidence, seed=seed, resamples=resamples, checksum=checksum,
        )  # fmt: skip
    if history is not None:
        from mlstrat.workflow.history.answer import history as read_history

        parts["history"] = read_history(
            history, skip_broken=skip_broken, options=ladder, known={str(run): diagnosis}
        )
    signature = merged(list(parts.values()), diagnosis.signature, METHOD)
    drawn = {}
    if figures is not None:
        from mlstrat.workflow.plot.answer import read_score_curves
        from mlstrat.workflow.report.figures import draw_figures

        how = {
            name: value for name, value in reading.items() if name not in ("columns", "checksum")
        }
        how |= {"split": number.split, "seed": seed, "resamples": resamples}
        curves = read_score_curves(run, diagnosis.columns, **how)
        drawn = draw_figures(parts | _curve(parts), curves, figures, beside)
    return ReportDocument(parts, tuple(findings), signature, drawn, name)


def _curve(parts: Mapping[str, Any]) -> dict[str, Document]:
    """Return the learning curve that the runs of the history form, to draw; nothing without."""
    metric = parts["diagnose"].diagnosis.level_metric.metric.name
    if "history" not in parts or metric not in ("error", "accuracy"):
        return {}
    from mlstrat.workflow.curve.answer import curve_of_history

    found = curve_of_history(parts["history"])
    return {} if found is None else {"curve": found}


def refuse_strays(run: Any, baseline: Any, margin: Any, by: Sequence[str]) -> None:
    """Refuse what cannot be read twice, and options whose subject is missing.

    Raises
    ------
    UsageError
        Before anything is read.
    """
    if any(isinstance(source, str) and source == "-" for source in (run, baseline)):
        raise UsageError(
            "a report reads a run more than once, and standard input can be read once",
            accepted="a file, a glob or a folder",
        )
    if baseline is None and (margin is not None or by):
        option = "--margin" if margin is not None else "--by"
        raise UsageError(f"{option} belongs to a comparison", accepted="--baseline FILE with it")


def _few_valued(
    baseline: Any, columns: Mapping[str, str], config: str | Path | None, document: Any
) -> FewValues:
    """Return what to compare by where nobody says: every column of few values."""
    rows = max(x["rows"] for x in document.signature.inputs)
    return few_valued(baseline, {**find_config(baseline, config).columns, **columns}, rows)


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


def _kinds(run: Any, diagnosis: Any, how: Mapping[str, Any]) -> dict[str, Document]:
    """Return the kinds of error, where the task tells any apart."""
    if not diagnosis.measured[how["split"]].categories:
        return {}
    from mlstrat.workflow.error_table.answer import error_table

    return {"error-table": error_table(run, **how)}


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
