# Over 300 lines: from a sheet, and from typed numbers alone.
"""`mislabels`: errors due to wrong labels, from a sheet that a person filled in or from numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Unpack

from mlstrat.core.asked import asks
from mlstrat.core.figures import Figure, Sampling
from mlstrat.core.findings import Finding
from mlstrat.core.groups import proportion
from mlstrat.core.intervals import normal_quantile, wilson_interval
from mlstrat.data.config import find_config
from mlstrat.data.rates import Rate, parse_rate
from mlstrat.data.settings import Settled, check_rows, names_of, settle
from mlstrat.errors import InputError, UsageError
from mlstrat.show.document import Signature
from mlstrat.tasks.asking import other_task, skippable
from mlstrat.workflow.mislabels.command import MISLABELS, Asked
from mlstrat.workflow.mislabels.compute import (
    NO_ERRORS,
    NO_ROWS,
    Concentration,
    Kind,
    LabelReview,
    LabelRow,
    Mislabels,
    SetSize,
    concentrations,
    estimate_mislabels,
    overall_error,
    usable,
)
from mlstrat.workflow.mislabels.document import MislabelsDocument
from mlstrat.workflow.mislabels.findings import is_systematic, mislabel_findings, worth_fixing
from mlstrat.workflow.mislabels.versus import Versus, typed_versus, versus_of_pair

if TYPE_CHECKING:
    from mlstrat.data.parts import InputFile
    from mlstrat.data.sheet.read import Sheet
    from mlstrat.tasks.classification.run import Run
    from mlstrat.tasks.contract import Task
    from mlstrat.workflow.mislabels.suspects import SuspectsDocument


METHOD = (
    "stratified estimates of rows read, Wilson (1927) by what each row stands for, put together "
    "by variance estimates recovery (Zou and Donner 2008); "
    "systematic: permutation test, Holm (1979); versus: Bayesian bootstrap of the quadrants, with "
    "the prior that wrong labels hit both alike"
)


@skippable
@asks(MISLABELS)
def mislabels(
    sheet: Any = None,
    **asked: Unpack[Asked],
) -> MislabelsDocument | SuspectsDocument:
    """Return the errors that are due to wrong labels, and whether correcting these is worth it.

    Parameters
    ----------
    sheet
        A review sheet with `mislabeled` and `true_label` filled in; without it, `error` and
        `from_labels` are typed numbers.

    Raises
    ------
    InputError, ConfigError, UsageError
        Also where nothing was said about labels, and for more errors from labels than errors.

    References
    ----------
    Ng, C3W2 Cleaning up incorrectly labeled data; Machine Learning Yearning 16.

    Examples
    --------
    >>> result = mislabels(error="10%", from_labels="0.6%")
    >>> result.error_from_other.value, result.label_share.value, result.worth_fixing
    (0.094, 0.06, False)
    """
    run, versus, suspects, error = asked["run"], asked["versus"], asked["suspects"], asked["error"]
    from_labels, versus_error, n = asked["from_labels"], asked["versus_error"], asked["n"]
    by = names_of(asked["by"])
    other = other_task(asked, suspects, "positive", "threshold")
    if other is not None:
        return _of_task(other, sheet, asked)
    if suspects is not None:
        others = (sheet, run, versus, error, from_labels, versus_error, by or None)
        if any(value is not None for value in others):
            raise UsageError(
                "suspects are picked from a run alone",
                accepted="mislabels --suspects run.csv -n 100 -o review.csv",
            )
        from mlstrat.workflow.mislabels.suspects import find_suspects

        return find_suspects(suspects, (), None, asked)
    if asked["output"] is not None:
        raise UsageError("output is the review sheet of suspects", accepted="suspects=run, too")
    settled = settle(run, asked)
    sampling = settled.sampling
    if sheet is None:
        given = {"--run": run, "--versus": versus, "--by": by or None, "--split": asked["split"]}
        extra = [name for name, value in given.items() if value is not None]
        if extra:
            raise UsageError(
                f"{' and '.join(extra)} without a review sheet",
                accepted="mislabels review.csv --run run.csv",
            )
        result, choice = typed(error, from_labels, versus_error, n, sampling)
        return _document(result, choice, ("a", "b"), (), None, (), sampling)
    if from_labels is not None or versus_error is not None:
        raise UsageError("a sheet tells itself what is from labels: leave typed numbers out")
    if run is not None and (error is not None or n is not None):
        raise UsageError("the run tells the error: leave --error and -n out")
    size = None if error is None else size_of_rate(parse_rate(error, "the error"), n)
    return _read(sheet, asked, settled, size)


def _of_task(task: Task, sheet: Any, asked: Asked) -> SuspectsDocument:
    from mlstrat.workflow.mislabels.suspects import find_suspects

    accepted = f"mislabels --suspects RUN --versus RUN --task {task.name} -o review.csv"
    if asked["suspects"] is None:
        raise UsageError(f"--task {task.name} belongs to --suspects", accepted=accepted)
    given = {
        "a sheet": sheet, "--run": asked["run"], "--error": asked["error"], "--by": asked["by"],
        "--from-labels": asked["from_labels"], "--versus-error": asked["versus_error"],
    }  # fmt: skip
    for name, value in given.items():
        if value is not None and not (isinstance(value, tuple | list) and not value):
            raise UsageError(f"{name}: suspects are picked from runs alone", accepted=accepted)
    versus = asked["versus"]
    others = versus if isinstance(versus, list | tuple) else [] if versus is None else [versus]
    return find_suspects(asked["suspects"], others, task, asked)


def _read(source: Any, asked: Asked, how: Settled, size: SetSize | None) -> MislabelsDocument:
    from mlstrat.data.sheet.layout import ROLES
    from mlstrat.data.sheet.read import read_sheet, split_of_sheet
    from mlstrat.workflow.error_table.match_run import columns_of_run, match_run
    from mlstrat.workflow.mislabels.read import review_labels

    run, columns, checksum = asked["run"], asked["columns"] or {}, asked["checksum"]
    sheet = read_sheet(
        source, of_run=() if run is None else columns_of_run(run), checksum=checksum,
        columns={role: name for role, name in columns.items() if run is None and role in ROLES},
    )  # fmt: skip
    inputs: list[InputFile] = [sheet.input]
    labels: tuple[str, ...] | None = None
    split: str | None
    notes: list[Finding] = list(sheet.notes)
    if run is not None:
        matched = match_run(sheet, run, split=how.split, checksum=checksum, **_reading(how, asked))
        sheet, split = matched.sheet, matched.split
        if not matched.run.cells.classes:
            raise UsageError(
                "there are no labels to be wrong: this run only tells which rows are right",
                accepted="a run with labels and predictions",
            )
        labels, size = matched.run.cells.labels, _size_of_run(matched.run, split)
        inputs += matched.run.inputs
        notes += matched.run.notes
    else:
        split = split_of_sheet(sheet, how.split)
    review = review_labels(sheet, split, labels, names_of(asked["by"]))
    _check_count(review.rows, size, sheet)
    result = estimate_mislabels(
        review.rows, size or SetSize(), weighted=sheet.weighted, confidence=how.sampling.confidence
    )
    choice = None
    rows = review.rows if result.picked else usable(review.rows)
    if asked["versus"] is not None:
        choice, others = _against(sheet, rows, split, asked, how)
        inputs += others
    found = concentrations(rows, review.columns, how.sampling.seed)
    names = ("a" if run is None else str(inputs[1].path), str(inputs[-1].path))
    return _document(result, choice, names, found, review, inputs, how.sampling, notes)


def _reading(how: Settled, asked: Asked, run: Any = None) -> dict[str, Any]:
    """Return how a run is read: another one by the settings beside it."""
    config = how.config if run is None else find_config(run, None)
    columns = {**config.columns, **(asked["columns"] or {})}
    return {**how.reading, "columns": columns, "threshold": how.threshold}


def _size_of_run(run: Run, split: str) -> SetSize:
    """Return rows and errors of a split; with groups, as many trials as its error has."""
    cells = run.cells.of_split(split)
    trials = None
    if cells.group is not None:
        ones = cells.n.astype(float)
        even = replace(cells, weight=ones, weight_squared=ones, weighted=False)
        found = proportion(even, even.wrong, even.n > 0)
        trials = None if found is None else found.trials
    return SetSize(cells.rows, cells.errors, trials, labels=run.cells.labels)


def _check_count(rows: Sequence[LabelRow], size: SetSize | None, sheet: Sheet) -> None:
    if size is None or size.errors is None:
        return
    wrong = sum(row.wrong for row in rows)
    right = len(rows) - wrong
    others = (size.rows or 0) - size.errors
    for found, known, what in ((wrong, size.errors, "errors"), (right, others, "correct rows")):
        if found > known:
            raise InputError(
                f"{found} {what} on the sheet, and the split has {known}",
                file=sheet.origin,
                hint="is this the run, or the error, of the sheet?",
            )


def _against(
    sheet: Sheet, rows: Sequence[LabelRow], split: str | None, asked: Asked, how: Settled
) -> tuple[Versus, tuple[InputFile, ...]]:
    from mlstrat.tasks.classification.pairing import read_pair
    from mlstrat.workflow.error_table.match_run import match_run

    run, versus, checksum = asked["run"], asked["versus"], asked["checksum"]
    if run is None:
        raise UsageError(
            "--versus compares two runs, and only one is there", accepted="--run run.csv, too"
        )
    of_a, of_b = _reading(how, asked), _reading(how, asked, versus)
    columns = (of_a.pop("columns"), of_b["columns"])
    pair = read_pair(run, versus, columns=columns, split=split, checksum=checksum, **of_a)
    chosen = [row for row in sheet.rows if row.reviewed and row.split in (None, split)]
    bare = replace(sheet, rows=tuple(chosen), has_predictions=False)
    found = match_run(bare, versus, split=split, checksum=checksum, **of_b)
    others = {row.id: row.prediction or "" for row in found.sheet.rows if row.id is not None}
    return versus_of_pair(pair.cells, rows, others, how.sampling), found.run.inputs


def _document(
    result: Mislabels,
    choice: Versus | None,
    names: tuple[str, str],
    found: tuple[Concentration, ...],
    review: LabelReview | None,
    inputs: Sequence[InputFile],
    sampling: Sampling,
    notes: Sequence[Finding] = (),
) -> MislabelsDocument:
    confidence = sampling.confidence
    findings = mislabel_findings(result, choice, found, review, confidence)
    signature = Signature.of(inputs, sampling, METHOD, "error")
    systematic = is_systematic(found, confidence)
    return MislabelsDocument(
        result,
        choice,
        names,
        found,
        worth_fixing(result, choice, confidence),
        systematic,
        None if review is None else review.split,
        (*findings, *notes),
        signature,
    )


def typed_mislabels(
    error: SetSize, from_labels: float, labelled: int | None, *, confidence: float = 0.95
) -> Mislabels:
    """Return the figures of numbers that were typed: all errors were read, correct rows were not.

    What the corrected error is depends on which errors become right, so it is only bounded.
    `labelled` errors have wrong labels, None where unknown.
    """
    rate = error.rate if error.rate is not None else (error.errors or 0) / (error.rows or 1)
    overall = overall_error(error, confidence)
    other = max(0.0, float(f"{rate - from_labels:.12g}"))
    z = normal_quantile(confidence)

    def figure(value: float) -> Figure:
        if error.rows is None:
            return Figure(value, None, None, NO_ROWS)
        return Figure(value, wilson_interval(value, error.rows, z), error.rows)

    share = float(f"{from_labels / rate:.12g}") if rate else None
    exact = None if share is None or labelled is None else (share, share)
    reason = NO_ERRORS if share is None else NO_ROWS if exact is None else None
    blamed = labelled or 0
    wrong = Kind(error.errors or 0, error.errors or 0, blamed, blamed, 0, error.errors or 0)
    return Mislabels(
        overall,
        figure(from_labels),
        figure(other),
        Figure(share, exact, error.errors, reason),
        Figure(None, None, error.rows, "which errors become right was not said"),
        Figure(None, None, error.rows, "nobody read correct rows"),
        wrong,
        Kind(0, 0, 0, 0, 0, 0),
        error,
        "at_least",
        (other, rate),
    )


def typed(
    error: str | float | None,
    from_labels: str | float | None,
    versus_error: str | float | None,
    n: int | None,
    sampling: Sampling,
) -> tuple[Mislabels, Versus | None]:
    """Return the figures of typed numbers, and the choice between two models."""
    if error is None or from_labels is None:
        raise UsageError(
            "nothing to look at",
            accepted="a review sheet, or --error RATE --from-labels RATE",
        )
    size = size_of_rate(parse_rate(error, "the error"), n)
    part = parse_rate(from_labels, "the error from labels")
    if part.n is not None and size.rows not in (None, part.n):
        raise InputError(
            f"the error is of {size.rows} rows, the error from labels of {part.n}",
            accepted="both of the same rows: --error 80/1000 --from-labels 6/1000",
        )
    if part.n is not None and size.rows is None:
        size = size_of_rate(Rate(size.rate or 0.0), part.n)
    rate = size.rate if size.rate is not None else (size.errors or 0) / (size.rows or 1)
    if part.value > rate + 1e-12:
        raise InputError(
            f"{100 * part.value:g}% of error from labels, and {100 * rate:g}% of error in all",
            accepted="a part of the error",
            hint="both are shares of the rows, not one of the errors",
        )
    labelled = part.errors
    if labelled is None and size.rows is not None:
        labelled = round(part.value * size.rows)
    result = typed_mislabels(size, part.value, labelled, confidence=sampling.confidence)
    choice = None
    if versus_error is not None:
        other = parse_rate(versus_error, "the error of the other model")
        if other.n is not None and size.rows not in (None, other.n):
            raise InputError(f"the errors are of {size.rows} and of {other.n} rows",
                             accepted="two models on the same rows")  # fmt: skip
        choice = typed_versus(rate, other.value, part.value, size.rows or other.n, sampling)
    return result, choice


def size_of_rate(rate: Rate, n: int | None) -> SetSize:
    """Return what a typed error says of the split."""
    if rate.n is not None:
        if n not in (None, rate.n):
            raise UsageError(f"-n {n} and counts of {rate.n} rows", accepted="one of the two")
        return SetSize(rate.n, rate.errors)
    if n is None:
        return SetSize(rate=rate.value)
    check_rows(n, "-n")
    return SetSize(n, round(rate.value * n), rate=rate.value)
