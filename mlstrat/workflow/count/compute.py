"""The contingency table of a run, to be kept instead of its rows: counts that add up.

Whatever tells rows apart for the commands is a column of it, as it is: a weight, a group, a score.
So sums of weights and their squares, of losses and by group come out of the counts to the last
digit, and nothing needs to know how they were made.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.counts import Cells
from mlstrat.core.findings import Finding
from mlstrat.core.record import Record
from mlstrat.data.columns import ALIASES, COUNT, PROBABILITY, resolve_columns
from mlstrat.data.grouping import Counted
from mlstrat.data.parts import InputFile
from mlstrat.data.values import BLANK
from mlstrat.errors import InputError, UsageError
from mlstrat.tasks.classification.contingency import Sums, assemble, label_codes
from mlstrat.tasks.classification.run import Reading, open_run
from mlstrat.tasks.keys import collapse, split_codes, text_codes

MOST_COUNTS = 1_000_000
"""Counts up to which it does not matter how many rows one stands for: some 20 MB (ours)."""


ROLES = ("split", "label", "prediction", "correct", "group")
"""Roles that are always kept, with those of people and the weight."""


class RunCounts(Record):
    """Counts of a run.

    ``names`` are the columns, by role; ``values`` theirs, text but for weights and scores; ``n``
    the examples that each row stands for. ``columns`` are those of the run, by role.
    """

    names: tuple[str, ...]
    values: tuple[NDArray[Any], ...]
    n: NDArray[np.int64]
    columns: Mapping[str, str]
    input: InputFile
    positive: str | None
    findings: tuple[Finding, ...] = ()

    @property
    def rows(self) -> int:
        """Number of examples."""
        return int(self.n.sum())

    def table(self) -> dict[str, NDArray[Any]]:
        """Return the counts by column, ``n`` the last."""
        return {**dict(zip(self.names, self.values, strict=True)), COUNT: self.n}


def count_run(
    source: Any,
    *,
    by: Sequence[str] = (),
    scores: bool = False,
    checksum: bool = False,
    **how: Any,
) -> RunCounts:
    """Return the counts of a run, or the sum of counts.

    The columns `by` are kept beside those of roles; of counts all are, where none is named.
    Scores are kept too where they are asked for. A run that counts would not make smaller
    is refused.
    """
    reading = open_run(source, by=by, **how)
    if reading.table.counts is not None and not by:
        every = [x for x in reading.columns.header if x != reading.table.counts]
        reading, scores = replace(reading, by=tuple(every)), bool(_scores(reading))
    kept = _scores(reading) if scores else {}
    if scores and not kept:
        raise UsageError(
            f"{reading.table.name} has no scores to keep",
            accepted=", ".join((*ALIASES["score"], "prob_<class>")),
        )
    weight = reading.columns.get("weight")
    numbers = kept | ({"sample_weight": weight} if weight is not None else {})
    reading = replace(reading, by=_kept_columns(reading, numbers))
    (found, cells), findings = reading.of_labelled_splits(lambda x: _counted(x, numbers.values()))
    # Scores alone predict as they did in the run, at any threshold.
    predicted = not kept or reading.rule.kind == "column" or how.get("threshold") is not None
    coded = _coded(reading, found, predicted)
    floats = {name: found.floats(f"number {column}") + 0.0 for name, column in numbers.items()}
    columns = [*(codes for _, codes in coded.values()), *floats.values()]
    order, starts = collapse(columns)
    n = np.add.reduceat(found.ints("n")[order], starts)
    if len(n) > MOST_COUNTS and 2 * len(n) > cells.rows:
        raise _no_smaller(reading, len(n), cells.rows, list(numbers))
    first = order[starts]
    values = [np.array([*texts, BLANK], object)[codes[first]] for texts, codes in coded.values()]
    return RunCounts(
        (*coded, *floats),
        (*values, *(x[first] for x in floats.values())),
        n,
        dict(reading.columns.roles),
        reading.table.described(cells.rows, checksum=checksum),
        reading.positive,
        findings,
    )


def _counted(reading: Reading, numbers: Collection[str]) -> tuple[Counted, Cells]:
    found = reading.tally(numbers)
    return found, assemble(reading.keys, found, Sums({}, {}))[0]  # refuses what no command reads


def _scores(reading: Reading) -> dict[str, str]:
    """Return the columns of scores and probabilities, by role, in an order of their own."""
    roles = reading.columns.roles
    found = [r for r in roles if r == "score" or r.startswith(PROBABILITY)]
    return {r: roles[r] for r in sorted(found, key=lambda r: (r != "score", r))}


def _coded(
    reading: Reading, found: Counted, with_prediction: bool
) -> dict[str, tuple[Sequence[str], NDArray[np.int64]]]:
    """Return the values of each column as text, and the code of each row; the last is blank."""
    keys = reading.keys
    labels, codes, own = label_codes(keys, found)
    out: dict[str, tuple[Sequence[str], NDArray[np.int64]]] = {}
    if reading.columns.get("split") is not None:
        out["split"] = split_codes(keys, found)
    if keys.rule.kind == "correct":
        out["correct"] = (("1", "0"), codes["prediction"])
    else:
        out["label"] = (labels, codes["label"])
    if with_prediction and keys.rule.kind != "correct":
        _check_other_class(reading, own, labels)
        out["prediction"] = (labels, codes["prediction"])
    roles = [*(["group"] if reading.columns.get("group") else []), *reading.columns.answers]
    out |= {role: text_codes(found, role) for role in roles}
    return out | {column: text_codes(found, f"by {column}") for column in reading.by}


def _check_other_class(reading: Reading, own: Sequence[str], labels: Sequence[str]) -> None:
    """Refuse a score below the threshold where the name of the other class is anybody's guess."""
    guessed = [x for x in labels if x not in own]
    if reading.rule.kind == "threshold" and guessed == [f"not {x}" for x in own]:
        raise InputError(
            f"all labels are {own[0]!r}, so the class that a low score predicts has no name",
            file=reading.table.name,
            accepted="both classes among the labels, or a prediction column",
            hint="keep the scores instead: --scores",
        )


def _no_smaller(reading: Reading, counts: int, rows: int, numbers: Sequence[str]) -> InputError:
    named = [*numbers, *(r for r in ("group",) if reading.columns.get(r)), *reading.by]
    return InputError(
        f"{rows:,} rows are {counts:,} different ones: counts of them are no smaller",
        file=reading.table.name,
        accepted=f"up to {MOST_COUNTS:,} counts, or fewer than half of the rows",
        hint=f"of {', '.join(named)}, keep what has few values" if named else None,
    )


def _kept_columns(reading: Reading, numbers: Mapping[str, str]) -> tuple[str, ...]:
    """Return the columns to keep under their own names: those that no role keeps.

    A name that would give a column another role among the counts than in the run is
    refused.
    """
    own = reading.columns.roles
    by_role = {r: c for r, c in own.items() if r in ROLES or r in reading.columns.answers}
    fixed = {*by_role, *numbers, *(() if "correct" in own else ("prediction",))}
    kept = tuple(x for x in reading.by if x not in {*by_role.values(), *numbers.values()})
    folds = [own[role] for role in ("fold",) if role in own]  # told by its values there, too
    for column in kept:
        try:
            header = (*fixed, column, COUNT)
            roles = resolve_columns(header, {}, file="the counts", leave=folds).roles
        except InputError:  # two columns for one role
            roles = {}
        stray = any(c == column and own.get(r) != c for r, c in roles.items())
        if stray or COUNT not in roles or column in fixed:
            raise UsageError(
                f"among counts a column {column!r} would be taken for something else",
                hint="give it another name in the run",
            )
    return kept


def framed(table: Mapping[str, Any]) -> Any:
    """Return columns as a frame of Polars, arrays of objects being text."""
    import polars as pl

    types = {name: pl.String for name, x in table.items() if x.dtype == object}
    return pl.DataFrame(dict(table), schema_overrides=types)
