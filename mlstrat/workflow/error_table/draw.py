# Over 300 lines: errors found, strata counted, rows chosen.
"""The rows of a review sheet: errors found, strata counted, rows chosen by their hash.

Errors are found in one lazy pass over a run of any size: Polars compares label and prediction as
they are written; only rows that differ are read as labels are read. What that pass cannot vouch for
(a blank label, an unknown split) sends the run through the door in full, which says what is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from mlstrat.core.hashing import ALL
from mlstrat.core.record import Record
from mlstrat.data.grouping import Counted, grouped
from mlstrat.data.sheet.design import (
    CONFIDENT,
    CORRECT,
    DRAW_PREFIX,
    KINDS,
    OTHERS,
    Drawn,
    EyeballSet,
    allocate,
    pooled,
    stratum_name,
)
from mlstrat.data.values import SPLIT_ALIASES
from mlstrat.errors import InputError, UsageError
from mlstrat.tasks.classification.row_source import ID, LABEL, PREDICTION, ROW, WHOLE, Drawable
from mlstrat.workflow.error_table.write import (
    STRATUM,
    Begun,
    count_eyeball,
    in_eyeball,
    sheet_row,
    shuffled,
    weighed,
)

ODD = "\x1fodd"

ALL_COLUMNS_UP_TO = 256 * 2**20
"""Bytes of errors up to which each is held with every column; of more, so much is held."""

SPELLED = {
    spelling: split
    for alias, split in SPLIT_ALIASES.items()
    for spelling in (alias, alias.capitalize(), alias.upper())
}
"""Values of a split column that need no second look."""


def collect_errors(
    run: Drawable, own: Mapping[str, Any], key: Any, *, quick: bool
) -> tuple[Any, str]:
    """Return the errors of the split, and the split.

    `key` is the hash by which rows are drawn: of too many, the smallest are held with every column.
    `quick` says that nothing asks for the run's counts, so that one pass may do.
    """
    simple = run.table.text and run.rule.kind == "column" and not run.split_as
    if quick and simple and run.asked in (None, *SPELLED.values()):
        split = run.asked or "dev"
        errors = _in_one_pass(run, own, key, split)
        if errors is not None:
            return errors, split
    wanted = run.within() & run.differs()
    found = run.collect(wanted, own, _affordable(run, wanted, key))
    return _errors(found), run.split


def _affordable(run: Drawable, wanted: Any, key: Any) -> Any:
    """Return the expression that is true for rows to hold with every column; None for all."""
    files, ns = run.table.files, run.table.ns
    if files is None or files.size <= ALL_COLUMNS_UP_TO:
        return None
    size = files.size * run.share(wanted)
    if size <= ALL_COLUMNS_UP_TO:
        return None
    return key < ns.lit(int(ALL * ALL_COLUMNS_UP_TO / size), dtype=ns.UInt64)


def _errors(found: Any) -> Any:
    return found.filter(found[LABEL] != found[PREDICTION])


def _in_one_pass(run: Drawable, own: Mapping[str, Any], key: Any, split: str) -> Any:
    """Return the errors; None where the run must be counted before anything is said of it."""
    table, ns = run.table, run.table.ns
    odd, wanted = table.column(run.columns.roles["label"]).is_null(), run.differs()
    column = run.columns.get("split")
    if column is not None:
        x = table.column(column)
        wanted = wanted & x.is_in([raw for raw, of in SPELLED.items() if of == split])
        odd = odd | ~x.is_in(list(SPELLED)).fill_null(value=False)
    elif split != "dev":
        return None
    found = run.collect(wanted | odd, {ODD: odd, **own}, _affordable(run, wanted | odd, key))
    if found[ODD].any() or (found[LABEL] == "").any():
        return None
    errors = _errors(found).drop(ODD)
    if not errors[LABEL].is_in(errors[PREDICTION].implode()).any():
        return None
    blank = bool((errors[PREDICTION] == "").any())
    seen = ns.DataFrame({"n": [run.rows], "blank": [None if blank else 0]})
    table.check_counted(Counted(seen, polars=True))
    return errors


def check_ids(run: Drawable, found: Any) -> None:
    """Refuse rows that a review sheet could not be joined to again: blank ids, and ids twice."""
    column = run.columns.get("id")
    if column is None:
        return
    table, ids = run.table, found[ID]
    if (ids == "").any():
        name, row, _ = table.first_row(run.key() == "", table.column(column))
        raise InputError(
            "a blank id", file=name, row=row, column=column, accepted="an id in every row"
        )
    twice = found.filter(ids.is_duplicated())
    if len(twice):
        first = twice[ID][0]
        places = twice.filter(twice[ID] == first)[ROW].to_list()
        alone = len(table.frames) == 1
        raise InputError(
            f"the id {first[:60]!r} is in {len(places)} wrong rows",
            file=table.name,
            row=table.row_of(places[1]) if alone else None,
            column=column,
            accepted="each id once in a split",
            hint="name the right column: --map id=COLUMN",
        )


HASH, EYE, PART = "\x1fhash", "\x1feye", "\x1fpart"
SURE = "\x1fsure"

PAIR = "pair"
"""Stratify by label and prediction."""

NONE_THERE = "(blank)"
"""How the name of a stratum shows a value that is not there."""


class Wanted(Record):
    """What to draw: ``kind`` all, fp or fn; ``stratify`` a column, ``pair`` or None."""

    n: int
    kind: str = "all"
    stratify: str | None = None
    correct: int = 0
    confident: bool = False
    threshold: float | None = None
    seed: int = 0
    eyeball: EyeballSet | None = None
    begun: Begun | None = None

    @cached_property
    def before(self) -> Mapping[str, str]:
        """Id to stratum of what was drawn into the sheet that is added to."""
        drawn = {} if self.begun is None else self.begun.drawn
        return {id_: str(row.stratum) for id_, row in drawn.items()}

    def already(self, stratum: str) -> int:
        """Rows of a stratum that were drawn before."""
        return sum(name == stratum for name in self.before.values())


class Drawing(Record):
    """What was drawn: the strata by falling size, correct rows last; the rows, which are new.

    ``errors`` could be drawn, of the kind, in the eyeball set; ``pooled`` strata were drawn as one.
    """

    split: str
    errors: int
    strata: tuple[Drawn, ...]
    rows: tuple[Mapping[str, str], ...]
    pooled: int = 0


def draw(run: Drawable, wanted: Wanted) -> Drawing:
    """Draw the rows of a sheet."""
    positive = _positive(run, wanted.kind)
    own = {HASH: run.hashes(DRAW_PREFIX, wanted.seed, collected=True)}
    if wanted.eyeball is not None:
        own[EYE] = in_eyeball(run, wanted.eyeball)
    if wanted.stratify not in (None, PAIR):
        own[PART] = run.text(str(wanted.stratify))
    if wanted.confident:
        own[SURE] = run.confidence(wanted.threshold)
    named = run.positive is not None  # and to be looked for among the labels
    plain = wanted.kind == "all" and not (wanted.correct or wanted.confident or named)
    found, split = collect_errors(run, own, run.table.ns.col(HASH), quick=plain)
    if wanted.kind != "all":
        found = found.filter(found[PREDICTION if wanted.kind == "fp" else LABEL] == positive)
    if wanted.eyeball is not None:
        found = found.filter(found[EYE])
    if not len(found):
        raise _nothing(run, wanted, split)
    check_ids(run, found)
    errors = len(found)
    found, joined = _with_strata(run, found, wanted)
    rows, strata = _choose(run, found, wanted, split)
    right: list[dict[str, str]] = []
    if wanted.correct or CORRECT in wanted.before.values():
        right, stratum = _correct(run, wanted)
        strata.append(stratum)
    if wanted.begun is not None:
        _check_begun(run, found, strata, wanted.begun)
    # The most confident first is an order; any other would tell who stops half way of some.
    rows = rows + right if wanted.confident else shuffled(rows + right, wanted.seed)
    return Drawing(split, errors, tuple(strata), tuple(weighed(rows, strata)), joined)


def _positive(run: Drawable, kind: str) -> str | None:
    """Return the positive class, where the kind of error needs one."""
    if kind == "all":
        return None
    labels, positive = run.counted.cells.classes, run.counted.positive
    what = f"{KINDS[kind]}s"
    if not labels:
        raise UsageError(
            f"{what} are of labels, and this run only tells which rows are right",
            accepted="--kind all",
        )
    if len(labels) > 2:
        raise UsageError(
            f"there are {len(labels)} labels, and {what} are of two",
            accepted="--kind all",
            hint="see which labels are taken for which: --stratify pair",
        )
    if positive is None:
        raise UsageError(
            f"which label is positive? {what} depend on it",
            accepted=", ".join(map(repr, labels)),
            hint=f"name it: --positive {labels[-1]}",
        )
    return positive


def _nothing(run: Drawable, wanted: Wanted, split: str) -> InputError:
    cells = run.counted.cells.of_split(split)
    where = f"{split}, which has {cells.errors:,} errors in {cells.rows:,} rows"
    within = "the eyeball set of " if wanted.eyeball is not None else ""
    return InputError(
        f"no {KINDS[wanted.kind]} to draw from {within}{where}",
        file=run.table.name,
        hint="leave --kind or --eyeball out"
        if cells.errors
        else f"splits there are: {', '.join(run.counted.cells.splits)}"
        if len(run.counted.cells.splits) > 1
        else None,
    )


def _with_strata(run: Drawable, found: Any, wanted: Wanted) -> tuple[Any, int]:
    """Return the errors with the names of their strata, and how many strata were pooled."""
    ns = run.table.ns
    if wanted.confident:
        if not found[SURE].is_finite().any():
            raise InputError("no score is a number", file=run.table.name)
        return found.with_columns(ns.lit(CONFIDENT).alias(STRATUM)), 0
    if wanted.stratify is None:
        return found.with_columns(ns.lit(stratum_name(wanted.kind)).alias(STRATUM)), 0

    def shown(name: str) -> Any:
        return ns.when(ns.col(name) == "").then(ns.lit(NONE_THERE)).otherwise(ns.col(name))

    if wanted.stratify == PAIR:
        part = ns.concat_str(shown(LABEL), shown(PREDICTION), separator="→")
    else:
        part = ns.lit(f"{wanted.stratify}=") + shown(PART)
    found = found.with_columns(part.alias(STRATUM))
    sizes = {stratum_name(wanted.kind, part): n for part, n in _sizes(found).items()}
    others = stratum_name(wanted.kind, OTHERS)
    old = set(wanted.before.values())
    if others in old:
        names = {name: name if name in old else others for name in sizes}
    elif old:
        names = {name: name for name in sizes}
    else:
        names = pooled(sizes, wanted.n, others)
    parts = {
        part: names[stratum_name(wanted.kind, part)] for part in found[STRATUM].unique().sort()
    }
    renamed = ns.col(STRATUM).replace_strict(
        list(parts), list(parts.values()), return_dtype=ns.String
    )
    return found.with_columns(renamed), sum(name == others for name in names.values())


def _sizes(found: Any) -> dict[str, int]:
    import polars as pl

    counted = grouped(found, (STRATUM,), pl.len())
    return dict(zip(counted[STRATUM].to_list(), counted["len"].to_list(), strict=True))


def _choose(
    run: Drawable, found: Any, wanted: Wanted, split: str
) -> tuple[list[dict[str, str]], list[Drawn]]:
    ns, sizes = run.table.ns, _sizes(found)
    already = {name: wanted.already(name) for name in sizes}
    more = allocate(sizes, wanted.n, already)
    rest = found.filter(~found[ID].is_in(list(wanted.before)))
    by = [SURE, HASH, ROW] if wanted.confident else [HASH, ROW]
    rest = rest.sort(by, descending=[x == SURE for x in by], nulls_last=True)
    place = ns.int_range(ns.len()).over(STRATUM)
    quota = ns.col(STRATUM).replace_strict(list(more), list(more.values()), return_dtype=ns.Int64)
    chosen = _complete(run, rest.filter(place < quota)).to_dicts()
    strata = [
        Drawn(name, size, already[name] + more[name], more[name], not wanted.confident)
        for name, size in sorted(sizes.items(), key=lambda x: (-x[1], x[0]))
    ]
    return [sheet_row(run, row, split, wanted.seed, wanted.eyeball) for row in chosen], strata


def _complete(run: Drawable, chosen: Any) -> Any:
    """Return the rows with every column: those that were not held are read again."""
    missing = chosen.filter(~chosen[WHOLE])[ROW].to_list()
    if not missing:
        return chosen
    names = run.table.names
    held = chosen.filter(chosen[WHOLE])
    fetched = chosen.drop(names).filter(~chosen[WHOLE]).join(run.fetch(missing), on=ROW)
    joined: Any = run.table.ns.concat([held, fetched.select(held.columns)])
    return chosen.select(ROW).join(joined, on=ROW, how="left", maintain_order="left")


def _correct(run: Drawable, wanted: Wanted) -> tuple[list[dict[str, str]], Drawn]:
    ns, cells = run.table.ns, run.counted.cells.of_split(run.split)
    total = cells.rows - cells.errors
    own = {HASH: run.hashes(DRAW_PREFIX, wanted.seed, collected=True)}
    near = run.hashes(DRAW_PREFIX, wanted.seed)
    right = run.within() & ~(run.differs() & (run.label() != run.prediction()))
    if wanted.eyeball is not None:
        right = right & in_eyeball(run, wanted.eyeball)
        eyeball, _ = count_eyeball(run, wanted.eyeball)
        total = eyeball.n - eyeball.errors
    already = wanted.already(CORRECT)
    n = max(min(wanted.correct, total - already), 0)
    if not n:
        return [], Drawn(CORRECT, total, already, 0)
    # As many as are needed, and some: of ten million correct rows few need to be held.
    share = min(1.0, (4 * (n + already) + 400) / total)
    for bound in (int(ALL * share), ALL):
        wanted_rows = right & (near < ns.lit(bound, dtype=ns.UInt64))
        found = run.below(DRAW_PREFIX, wanted.seed, bound).collect(wanted_rows, own, None)
        rest = found.filter(~found[ID].is_in(list(wanted.before)))
        if len(rest) >= n:
            break
    check_ids(run, found)
    chosen = rest.sort(HASH, ROW).head(n).with_columns(ns.lit(CORRECT).alias(STRATUM))
    rows = [
        sheet_row(run, row, run.split, wanted.seed, wanted.eyeball) for row in chosen.to_dicts()
    ]
    return rows, Drawn(CORRECT, total, already + len(rows), len(rows))


def _check_begun(run: Drawable, found: Any, strata: Sequence[Drawn], begun: Begun) -> None:
    """Refuse to add to a sheet that was drawn from other errors, or in another way."""
    known, file = {stratum.name for stratum in strata}, begun.sheet.origin
    for row in begun.drawn.values():
        if row.stratum not in known:
            raise InputError(
                f"the stratum {str(row.stratum)[:60]!r} does not occur in this sample",
                file=file,
                row=row.row,
                column="stratum",
                accepted=", ".join(repr(x[:60]) for x in sorted(known)[:6]),
                hint="draw with the options that the sheet was drawn with",
            )
    now = dict(zip(found[ID].to_list(), found[STRATUM].to_list(), strict=True))
    for id_, row in begun.drawn.items():
        if row.stratum not in (CORRECT, now.get(id_)):
            raise InputError(
                f"{id_[:60]!r} is no longer an error of {run.table.name} in the stratum "
                f"{row.stratum!r}",
                file=file,
                row=row.row,
                accepted="the run that the sheet was drawn from",
                hint="the errors of another run go into a sheet of their own",
            )
