"""`error-table`: why the errors are errors, and what could be gained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Unpack

from mlstrat.core.asked import asks
from mlstrat.core.figures import Sampling
from mlstrat.data.rates import Rate, parse_rate
from mlstrat.data.settings import check_rows, names_of, settle
from mlstrat.errors import UsageError
from mlstrat.show.document import Signature
from mlstrat.tasks.asking import how_of, other_task, skippable
from mlstrat.workflow.error_table.command import ERROR_TABLE, Asked
from mlstrat.workflow.error_table.document import ErrorTableDocument, Read
from mlstrat.workflow.error_table.findings import (
    second_findings,
    sheet_findings,
    skipped_findings,
    table_findings,
)
from mlstrat.workflow.error_table.match_run import (
    CountedSheet,
    costed,
    count_sheet,
    shared_by,
    typed_split,
)
from mlstrat.workflow.error_table.table import (
    ErrorTable,
    Move,
    SplitError,
    TooManyReadError,
    all_at_once,
    moves,
)
from mlstrat.workflow.error_table.tally import tally_counts

if TYPE_CHECKING:
    from mlstrat.tasks.contract import Task

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
@asks(ERROR_TABLE)
def error_table(  # noqa: PLR0915  one step after another
    sheet: Any = None,
    after: Any = None,
    **asked: Unpack[Asked],
) -> ErrorTableDocument:
    """Return the table of reasons for errors: shares, ceilings, and what to conclude.

    The ceiling of a tag is the error that would be left if every error with it were right:
    error · (1 − share).

    A task other than classification tells kinds of error apart by itself: it has its run in place
    of the sheet, and the task ``ratio`` counts the columns ``count.<category>``. A sheet of units
    that `sample` drew from such a run, with `run`, sets a person's tags beside these kinds. A chain
    of parts has a run in place of the sheet, too, whose columns `parts` names.

    Parameters
    ----------
    sheet
        A review sheet that a person filled in: CSV, TSV, ``"-"`` or a frame. None for numbers
        alone.
    after
        A later sheet: the table is of it, and what moved since `sheet` is shown, paired on the
        errors that were read on both, by id.

    Raises
    ------
    InputError, UsageError, ConfigError
        With file, row, column, what was found and what is accepted.

    References
    ----------
    C3W2 Carrying out error analysis; MLY14-19, and 53-57 for parts of a chain.

    Examples
    --------
    >>> table = error_table(error="10%", reviewed=100, tags={"dog": 5, "great cat": 43})
    >>> [(c.tag, round(c.error, 4)) for c in table.categories]
    [('great cat', 0.057), ('dog', 0.095)]
    """
    run, error, reviewed = asked["run"], asked["error"], asked["reviewed"]
    tags, effort, rows = asked["tags"], asked["effort"], asked["rows"]
    tag_columns, merge = names_of(asked["tag_columns"]), asked["merge"]
    runs = list(run) if isinstance(run, list | tuple) else [] if run is None else [run]
    other = other_task(asked, runs[-1] if runs else sheet, "positive", "threshold")
    if other is not None or asked["parts"] is not None:
        return _of_run(sheet, after, other, runs, asked)
    how = settle(runs[-1] if runs else None, asked)
    sampling = how.sampling
    rate = None if error is None else parse_rate(error, "the error")
    if rate is not None and rate.value == 0:
        raise UsageError("the error is 0", accepted="an error above 0: there are errors to read")
    if sheet is None:
        if after is not None or runs or rows or asked["second"] is not None:
            raise UsageError("numbers alone have no run and no rows", accepted="a review sheet")
        table, uncosted = costed(_of_numbers(rate, reviewed, tags, sampling), effort)
        signature = Signature.of((), sampling, METHOD, "error")
        findings = tuple(table_findings(table))
        return ErrorTableDocument(table, findings, signature, Read(uncosted=uncosted))
    if reviewed is not None or tags is not None:
        raise UsageError("numbers alone go without a sheet", hint="leave --reviewed and --tag out")
    sheets = [sheet] if after is None else [sheet, after]
    if asked["second"] is not None and after is not None:
        raise UsageError("--second is of the same errors, and a later sheet of others",
                         accepted="one of the two")  # fmt: skip
    if rate is not None and (runs or after is not None):
        raise UsageError("several errors", accepted="--run for each sheet, or --error for one")
    if runs and len(runs) != len(sheets):
        raise UsageError(
            f"{len(sheets)} sheet{'s' if after is not None else ''} and {len(runs)} "
            f"run{'s' if len(runs) > 1 else ''}",
            accepted="a run for each sheet, in the same order",
        )
    reading = {**how.reading, "split": how.split, "checksum": asked["checksum"]}

    def counted(one: Any, its_run: Any) -> CountedSheet:
        return count_sheet(one, its_run, rate, tag_columns, merge, sampling, reading)

    found = list(map(counted, sheets, runs or [None] * len(sheets)))
    main = found[-1]
    every = tuple(dict.fromkeys(tag for one in found for tag in one.errors.tags))
    tables = [one.table(every, sampling.confidence) for one in found]
    table, uncosted = costed(tables[-1].of_tags(main.errors.tags), effort)
    findings_of_it = table_findings(
        table, variants=main.sheet.variants, merged=merge, added=main.errors.added
    )
    earlier = [
        finding
        for one, its in zip(found[:-1], tables[:-1], strict=True)
        for finding in sheet_findings(its, one.errors.added, one.sheet.origin)
    ]
    second, inputs = None, [x for one in found for x in one.inputs]
    if asked["second"] is not None:
        from mlstrat.workflow.error_table.review.compute import compare_readings

        theirs = counted(asked["second"], runs[0] if runs else None)
        second = compare_readings(main.errors, theirs.errors, main.split, sampling)
        earlier += second_findings(*second)
        inputs.append(theirs.inputs[0])
    if main.errors.random:
        earlier += skipped_findings(main.errors.drawn, main.errors.tags)
    method, shared = METHOD, None
    moved: tuple[Move, ...] = ()
    if after is not None:
        shared = shared_by(found[0], main)
        method += MOVED[shared is not None]
        surely = all_at_once(sampling.confidence, len(every))
        wide = [one.table(every, surely) for one in found]
        moved = moves(tables[0], tables[1], shared, (wide[0], wide[1]))
    return ErrorTableDocument(
        table,
        (*findings_of_it, *earlier, *(note for one in found for note in one.notes)),
        Signature.of(inputs, sampling, method, "error", main.errors.positive),
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
        second,
    )


def _of_run(
    sheet: Any, after: Any, other: Task | None, runs: Sequence[Any], asked: Mapping[str, Any]
) -> ErrorTableDocument:
    from mlstrat.workflow.error_table.automatic_answer import kinds_of, parts_of, refuse_sheets

    tag_columns, merge = names_of(asked["tag_columns"]), asked["merge"]
    effort, checksum = asked["effort"], asked["checksum"]
    refuse_sheets({
        "a second sheet": after, "--error": asked["error"], "--reviewed": asked["reviewed"],
        "--second": asked["second"], "--tag": asked["tags"], "--rows": asked["rows"],
    })  # fmt: skip
    if other is not None and runs and sheet is not None and asked["parts"] is None:
        from mlstrat.workflow.error_table.automatic_answer import mixed_of

        refuse_sheets({"a second run": runs[1:], "--effort": effort})
        how = settle(runs[0], asked)
        return mixed_of(
            sheet, runs[0], other, how, tag_columns=tag_columns, merge=merge, checksum=checksum
        )
    refuse_sheets({"--run": asked["run"], "--tag-column": tag_columns, "--merge": merge})
    how = settle(sheet, asked)
    if other is None or asked["parts"] is not None:
        parts = asked["parts"] or ()
        return parts_of(sheet, other, how, parts, effort, checksum=checksum)
    return kinds_of(sheet, other, how_of(how, checksum=checksum), how.sampling, effort)


def _of_numbers(
    rate: Rate | None, reviewed: int | None, tags: Mapping[str, int] | None, sampling: Sampling
) -> ErrorTable:
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
