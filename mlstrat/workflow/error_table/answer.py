"""`error-table`: why the errors are errors, and what could be gained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlstrat.core.figures import Sampling
from mlstrat.data.config import find_config
from mlstrat.data.settings import asked_split, check_rows, first, names_of, sampling_of
from mlstrat.data.values import Rate, parse_rate
from mlstrat.errors import UsageError
from mlstrat.show.document import Signature
from mlstrat.tasks import How
from mlstrat.tasks.asking import other_task
from mlstrat.tasks.left_out import skippable
from mlstrat.workflow.error_table.document import ErrorTableDocument, Read
from mlstrat.workflow.error_table.findings import sheet_findings, table_findings
from mlstrat.workflow.error_table.known_split import count_sheet, shared_by, typed_split
from mlstrat.workflow.error_table.moves import Move, all_at_once, moves
from mlstrat.workflow.error_table.table import ErrorTable, SplitError, TooManyReadError
from mlstrat.workflow.error_table.tally import tally_counts

if TYPE_CHECKING:
    from mlstrat.data.input_file import InputFile

METHOD = (
    "shares: Wilson by what each row stands for, corrected for a finite set, put together by "
    "variance estimates recovery (Zou and Donner 2008); ceilings: double sampling (Cochran 1977, "
    "12.2); sets of tags: exact cover counts"
)
MOVED = {
    True: "; changes: Newcombe (1998), with the correlation of the errors read on both sheets, "
    "moved by Bonferroni's adjustment",
    False: "; changes: Newcombe (1998), independent samples, moved by Bonferroni's adjustment",
}


@skippable
def error_table(
    sheet: Any = None,
    after: Any = None,
    *,
    task: str | None = None,
    run: Any = None,
    error: str | float | None = None,
    reviewed: int | None = None,
    tags: Mapping[str, int] | None = None,
    tag_columns: Sequence[str] = (),
    merge: bool = False,
    effort: str | Path | None = None,
    rows: bool = False,
    columns: Mapping[str, str] | None = None,
    split: str | None = None,
    split_as: Mapping[str, str] | None = None,
    positive: str | None = None,
    threshold: float | None = None,
    confidence: float | None = None,
    config: str | Path | None = None,
    checksum: bool = False,
    skip_broken: bool = False,  # noqa: ARG001  read by `skippable`
) -> ErrorTableDocument:
    """Return the table of reasons for errors: shares, ceilings, and what to conclude.

    The ceiling of a tag is the error that would be left if every error with it were right:
    error · (1 − share).

    Parameters
    ----------
    sheet
        A review sheet that a person filled in: CSV, TSV, ``"-"`` or a frame. None for numbers
        alone.
    after
        A later sheet: the table is of it, and what moved since `sheet` is shown, paired on the
        errors that were read on both, by id.
    task
        What a run predicts, given in place of the sheet, whose kinds of error the task tells apart
        by itself: ``"ratio"`` has its columns ``count.<category>``.
    run
        The run that the sheet was drawn from: all errors, the error of the split, and every id
        checked. With two sheets a list of two.
    error
        The error of the split, where there is no run: ``"10%"``, or counts ``"100/1000"``, which
        bring intervals.
    reviewed, tags
        Numbers alone: errors read, and how many of them have each tag.
    tag_columns
        Further columns of tags.
    merge
        Count spelling variants as one tag.
    effort
        A TOML file of days of work by tag.
    rows
        Show every error that was read with its tags, as the lecture's table does.
    columns, split_as, positive, threshold, checksum
        As for `diagnose`.
    split
        Without it the one that the sheet is of.
    confidence
        Of the intervals (0.95).
    config
        A TOML file; without it ``mlstrat.toml`` in the current folder.
    skip_broken
        Leave out shards of a glob or a folder that are cut off or damaged, and say so.

    Raises
    ------
    InputError, UsageError, ConfigError
        With file, row, column, what was found and what is accepted.

    References
    ----------
    C3W2 Carrying out error analysis; MLY14-19.

    Examples
    --------
    >>> table = error_table(error="10%", reviewed=100, tags={"dog": 5, "great cat": 43})
    >>> [(c.tag, round(c.error, 4)) for c in table.categories]
    [('great cat', 0.057), ('dog', 0.095)]
    """
    tag_columns = names_of(tag_columns)
    other = other_task(task, {"positive": positive, "threshold": threshold})
    if other is not None:
        from mlstrat.workflow.error_table.measured import kinds_of, refuse_sheets

        refuse_sheets({
            "a second sheet": after, "--run": run, "--error": error, "--reviewed": reviewed,
            "--tag": tags, "--tag-column": tag_columns, "--merge": merge, "--rows": rows,
        })  # fmt: skip
        settings = find_config(sheet, config)
        how = How(
            {**settings.columns, **(columns or {})},
            asked_split(first(split, settings.diagnose.get("split"))),
            {**settings.splits, **(split_as or {})},
            checksum=checksum,
        )
        return kinds_of(sheet, other, how, sampling_of(confidence, None, None, settings), effort)
    runs = list(run) if isinstance(run, list | tuple) else [] if run is None else [run]
    settings = find_config(runs[-1] if runs else None, config)
    options = settings.diagnose
    sampling = sampling_of(confidence, None, None, settings)
    rate = None if error is None else parse_rate(error, "the error")
    if rate is not None and rate.value == 0:
        raise UsageError("the error is 0", accepted="an error above 0: there are errors to read")
    if sheet is None:
        if after is not None or runs or rows:
            raise UsageError("numbers alone have no run and no rows", accepted="a review sheet")
        table, uncosted = _costed(_of_numbers(rate, reviewed, tags, sampling), effort)
        findings = tuple(table_findings(table))
        signature = _signature((), None, sampling)
        return ErrorTableDocument(table, findings, signature, Read(uncosted=uncosted))
    if reviewed is not None or tags is not None:
        raise UsageError("numbers alone go without a sheet", hint="leave --reviewed and --tag out")
    sheets = [sheet] if after is None else [sheet, after]
    if rate is not None and (runs or after is not None):
        raise UsageError("several errors", accepted="--run for each sheet, or --error for one")
    if runs and len(runs) != len(sheets):
        raise UsageError(
            f"{len(sheets)} sheet{'s' if after is not None else ''} and {len(runs)} "
            f"run{'s' if len(runs) > 1 else ''}",
            accepted="a run for each sheet, in the same order",
        )
    asked = {
        "columns": {**settings.columns, **(columns or {})},
        "split": asked_split(first(split, options.get("split"))),
        "split_as": {**settings.splits, **(split_as or {})},
        "positive": first(positive, options.get("positive")),
        "threshold": first(threshold, options.get("threshold")),
        "checksum": checksum,
    }
    found = [
        count_sheet(one, runs[i] if runs else None, rate, tag_columns, merge, sampling, asked)
        for i, one in enumerate(sheets)
    ]
    main = found[-1]
    every = tuple(dict.fromkeys(tag for one in found for tag in one.errors.tags))
    tables = [one.table(every, sampling.confidence) for one in found]
    table, uncosted = _costed(tables[-1].of_tags(main.errors.tags), effort)
    findings_of_it = table_findings(
        table, variants=main.sheet.variants, merged=merge, added=main.errors.added
    )
    earlier = [
        finding
        for one, its in zip(found[:-1], tables[:-1], strict=True)
        for finding in sheet_findings(its, one.errors.added, one.sheet.origin)
    ]
    method, shared = METHOD, None
    moved: tuple[Move, ...] = ()
    if after is not None:
        shared = shared_by(*found)
        method += MOVED[shared is not None]
        surely = all_at_once(sampling.confidence, len(every))
        wide = [one.table(every, surely) for one in found]
        moved = moves(tables[0], tables[1], shared, (wide[0], wide[1]))
    return ErrorTableDocument(
        table,
        (*findings_of_it, *earlier, *(note for one in found for note in one.notes)),
        _signature(
            [x for one in found for x in one.inputs], main.errors.positive, sampling, method
        ),
        Read(
            main.split_name,
            main.errors.kind,
            main.sheet.tag_columns,
            main.sheet.ignored,
            uncosted,
            main.of_eyeball,
        ),
        main.rows() if rows else None,
        None if after is None else tables[0],
        moved,
        shared,
    )


def _of_numbers(
    rate: Rate | None, reviewed: int | None, tags: Mapping[str, int] | None, sampling: Sampling
) -> ErrorTable:
    """Return the table of numbers alone."""
    if not tags or reviewed is None:
        raise UsageError(
            "nothing to count",
            accepted="a review sheet; or --reviewed N and --tag NAME=COUNT, best with --error RATE",
        )
    check_rows(reviewed, "reviewed")
    for tag, number in tags.items():
        if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= reviewed:
            raise UsageError(
                f"{tag!r} has {number!r} of {reviewed} errors",
                accepted=f"a whole number from 0 to {reviewed}",
            )
    split = SplitError() if rate is None else typed_split(rate, sampling)
    try:
        return tally_counts(tags, reviewed, split, sampling.confidence)
    except TooManyReadError as error:
        raise UsageError(str(error), accepted="at most all errors") from None


def _costed(table: ErrorTable, effort: str | Path | None) -> tuple[ErrorTable, tuple[str, ...]]:
    if effort is None:
        return table, ()
    from mlstrat.workflow.error_table.sheet_errors import read_effort

    days, uncosted = read_effort(effort, [c.tag for c in table.categories])
    return table.with_days(days), uncosted


def _signature(
    inputs: Sequence[InputFile], positive: str | None, sampling: Sampling, method: str = METHOD
) -> Signature:
    return Signature(
        tuple(x.facts() for x in inputs),
        "error",
        positive=positive,
        confidence=sampling.confidence,
        seed=sampling.seed,
        resamples=sampling.resamples,
        method=method,
    )
