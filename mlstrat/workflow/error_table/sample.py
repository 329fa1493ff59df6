"""`sample`: misclassified dev examples in a review sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

from mlstrat.core.asked import asks
from mlstrat.core.figures import Sampling
from mlstrat.core.findings import Finding
from mlstrat.data.guard import guard
from mlstrat.data.settings import sampling_of, settle
from mlstrat.data.sheet.design import CORRECT, KINDS, OTHERS
from mlstrat.errors import UsageError
from mlstrat.places import STANDARD_OUTPUT
from mlstrat.show.document import Signature
from mlstrat.tasks.asking import how_of, other_task, skippable
from mlstrat.tasks.findings import NO_SPLIT_COLUMN, ONLY_SPLIT_USED
from mlstrat.workflow.error_table.command import SAMPLE, AskedSample
from mlstrat.workflow.error_table.findings import (
    CONFIDENT_NOT_RANDOM,
    FEWER_ROWS,
    RARE_STRATA_JOINED,
    SAMPLE_WITHOUT_IDS,
    TEST_ERRORS_READ,
)
from mlstrat.workflow.error_table.sample_document import SampleDocument
from mlstrat.workflow.error_table.write import (
    Begun,
    check_ending,
    check_output,
    eyeball_of,
    read_begun,
    sheet_text,
    size_of,
    write_sheet,
)

if TYPE_CHECKING:
    from mlstrat.tasks.classification.row_source import Drawable
    from mlstrat.workflow.error_table.draw import Drawing, Wanted

METHOD = (
    "rows by rising hash fmix64(FNV-1a-64('<seed>/draw/<id>')) >> 1 within each stratum; "
    "at least two of each, then Webster's divisors"
)
CONFIDENT_METHOD = "rows by falling confidence of the prediction"
MOST_DRAWN = 1_000_000


@skippable
@asks(SAMPLE)
def sample(
    run: Any,
    y_pred: Any = None,  # noqa: ARG001  put together with the run before
    **asked: Unpack[AskedSample],
) -> SampleDocument:
    """Draw misclassified dev examples into a review sheet: a row each, with columns to fill in.

    Within a stratum the rows whose ids have the smallest hashes are drawn: a simple random sample
    that the same seed repeats and that `append` continues. ``stratum`` and ``sampling_weight``
    (rows of the run in the stratum / rows of it in the sheet) make every later estimate right
    without another file. Drawn by confidence the errors are no random sample: their stratum says
    so and their ``sampling_weight`` is blank. Rows stand in random order, so that who stops half
    way has read a random part.

    Parameters
    ----------
    run
        A file, a glob, a folder of partitioned Parquet, ``"-"``, a frame; an array of labels, a
        dict of columns or of splits, or a fitted estimator. A run without ids
        gets ``row 1``, ``row 2``, … by the place of its rows.
    y_pred
        Predictions, or probabilities (rows × classes), where `run` is an array of labels; the data
        of a fitted estimator, ``(X, y)`` or such a pair a split.

    Raises
    ------
    InputError, UsageError, ConfigError
        For no errors to draw, a sheet whose filled cells would be lost, a sheet of another run.

    References
    ----------
    C3W2 Carrying out error analysis; Machine Learning Yearning 14-19.

    Examples
    --------
    >>> import polars as pl
    >>> run = pl.DataFrame({"id": range(300), "label": ["cat"] * 300,
    ...                     "prediction": ["cat", "cat", "dog"] * 100})
    >>> drawn = sample(run, n=20)
    >>> drawn.errors, drawn.strata[0].weight, len(drawn.to_frame())
    (100, 5.0, 20)
    """
    from mlstrat.data.columns import find_column
    from mlstrat.tasks.classification.row_source import open_drawable
    from mlstrat.workflow.error_table.draw import PAIR, Wanted, draw

    n, kind, correct, by = asked["n"], asked["kind"], asked["correct"], asked["by"]
    stratify, append, output = asked["stratify"], asked["append"], asked["output"]
    seed, eyeball = asked["seed"], asked["eyeball"]
    other = other_task(
        asked, run, "stratify", "correct", "by", "append", "eyeball", "positive", "threshold",
    )  # fmt: skip
    _check(asked, any_kind=other is not None)
    guard([output], [run, eyeball], config=asked["config"])
    if other is not None:
        from mlstrat.workflow.error_table.sample_answer import sample_units

        return sample_units(
            run, other, how_of(settle(run, asked), checksum=asked["checksum"]), n=n, kind=kind,
            seed=seed or 0, output=output, bom=asked["bom"],
        )  # fmt: skip
    begun: Begun | None = None
    if append and output is not None:
        check_ending(output)
        begun = read_begun(output)
    else:
        check_output(output)
    how = settle(run, asked)
    drawable = open_drawable(run, split=how.split, whole=False, **how.reading)
    if stratify not in (None, PAIR):
        table = drawable.table
        stratify = find_column(table.header, stratify, file=table.name, option="--stratify")
    chosen = _seed(seed, begun)
    wanted = Wanted(
        n, kind, stratify, correct, by is not None, how.threshold, chosen,
        eyeball_of(drawable, eyeball, begun, chosen), begun,
    )  # fmt: skip
    drawing = draw(drawable, wanted)
    if begun is None:
        write_sheet(output, drawing.rows, bom=asked["bom"])
    elif drawing.rows and output is not None:
        begun.append(output, drawing.rows, drawing.strata)
    return SampleDocument(
        split=drawing.split,
        kind=kind,
        stratify=stratify,
        by=by,
        errors=drawing.errors,
        strata=drawing.strata,
        rows=drawing.rows,
        sheet=sheet_text(drawing.rows) if drawing.rows else "",
        eyeball=wanted.eyeball,
        output=None if output is None else str(output),
        appended=append,
        findings=tuple(_findings(drawable, drawing, wanted, fixed=size_of(eyeball) is not None)),
        signature=_signature(drawable, wanted, asked["checksum"]),
        columns=dict(drawable.columns.roles),
    )


def _check(asked: AskedSample, *, any_kind: bool) -> None:
    sampling_of(None, None, asked["seed"])
    n, kind, correct, by = asked["n"], asked["kind"], asked["correct"], asked["by"]
    if not 1 <= n <= MOST_DRAWN:
        raise UsageError(f"-n is {n}", accepted=f"1 to {MOST_DRAWN:,} errors")
    if not 0 <= correct <= MOST_DRAWN:
        raise UsageError(f"--correct is {correct}", accepted=f"0 to {MOST_DRAWN:,} rows")
    if kind not in KINDS and not any_kind:
        raise UsageError(f"--kind {kind}: no such kind", accepted=", ".join(KINDS))
    if by not in (None, "confidence"):
        raise UsageError(f"--by {by}: no such order", accepted="confidence")
    if by is not None and asked["stratify"] is not None:
        raise UsageError(
            "--by confidence takes the first of one order, and --stratify some of each stratum",
            accepted="one of the two",
        )
    if asked["append"] and asked["output"] in (None, STANDARD_OUTPUT):
        raise UsageError("--append adds to a sheet, and none is named", accepted="-o review.csv")


def _seed(seed: int | None, begun: Begun | None) -> int:
    if begun is None:
        return seed or 0
    if seed not in (None, begun.seed):
        raise UsageError(
            f"--seed is {seed}, and the sheet was drawn with {begun.seed}",
            accepted=f"--seed {begun.seed}, or none",
        )
    return begun.seed


def _findings(
    drawable: Drawable, drawing: Drawing, wanted: Wanted, *, fixed: bool
) -> list[Finding]:
    from mlstrat.workflow.splits.findings import eyeball_set_findings

    out: list[Finding] = []
    errors = [s for s in drawing.strata if s.name != CORRECT]
    right = [s for s in drawing.strata if s.name == CORRECT]
    drawn = sum(s.drawn for s in errors)
    short = []
    if sum(s.new for s in errors) < wanted.n:
        short.append({"what": "errors", "asked": wanted.n, "rows": drawing.errors})
    if wanted.correct and right[0].new < wanted.correct:
        short.append({"what": "correct rows", "asked": wanted.correct, "rows": right[0].rows})
    if short:
        out.append(Finding(FEWER_ROWS, {"short": short}))
    if wanted.confident:
        out.append(Finding(CONFIDENT_NOT_RANDOM, {"drawn": drawn, "errors": drawing.errors}))
    others = [s for s in errors if s.name.endswith(OTHERS)]
    if drawing.pooled and others:
        out.append(Finding(RARE_STRATA_JOINED, {"strata": drawing.pooled, "rows": others[0].rows}))
    if drawing.split == "test":
        out.append(Finding(TEST_ERRORS_READ, {"drawn": drawn + sum(s.drawn for s in right)}))
    elif drawable.asked is None and drawing.split != "dev":
        out.append(Finding(ONLY_SPLIT_USED, {"split": drawing.split}))
    if drawable.columns.get("split") is None:
        out.append(Finding(NO_SPLIT_COLUMN, {"rows": drawable.rows}))
    if drawable.columns.get("id") is None:
        out.append(Finding(SAMPLE_WITHOUT_IDS, {"rows": drawable.rows}))
    if fixed and wanted.eyeball is not None:
        e, b = wanted.eyeball.eyeball, wanted.eyeball.blackbox
        out += eyeball_set_findings(e.errors, e.n, b.n)
    return out


def _signature(drawable: Drawable, wanted: Wanted, checksum: bool) -> Signature:
    x = drawable.origin.described(drawable.rows, checksum=checksum)
    method = CONFIDENT_METHOD if wanted.confident else METHOD
    return Signature.of((x,), Sampling(seed=wanted.seed), method, positive=drawable.positive)
