"""Read the candidates from a table, one row a model, and which of two people prefer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mlstrat.data.columns import find_column
from mlstrat.data.files import describe_input
from mlstrat.data.formats.first_lines import header_hint
from mlstrat.data.likely_roles import SEED_COLUMNS, other_models
from mlstrat.data.opening import open_all
from mlstrat.data.table import Table
from mlstrat.errors import InputError, did_you_mean
from mlstrat.workflow.select.table import CandidateTable, listed, place_of

NAME_COLUMNS = ("name", "model", "candidate", "run")


def read_candidates(
    source: Any, *, name: str | None = None, n: int | None = None, checksum: bool = False
) -> CandidateTable:
    """Return a table of candidates."""
    table = open_all(source)
    column = _name_column(table, name)
    cells = _cells(table)
    names = tuple("" if x is None else str(x).strip() for x in cells[column])
    if not names:
        raise InputError("a header and no rows", file=table.name, accepted="one row a candidate")
    seeds = next((h for h in table.header if h.lower() in SEED_COLUMNS and h != column), None)
    seen: set[tuple[str, str]] = set()
    for i, one in enumerate(names):
        run = (one, "" if seeds is None else str(cells[seeds][i]))
        if one and run not in seen:
            seen.add(run)
            continue
        file, row = place_of(table, i)
        what = f"candidate {one!r} is named twice" if one else "a blank name"
        raise InputError(
            what, file=file, row=row, column=column,
            accepted="one row a candidate, each with its own name; or a row a run of it, with a "
            "column seed",
        )  # fmt: skip
    candidates = tuple(dict.fromkeys(names))
    place = {one: i for i, one in enumerate(candidates)}
    runs = None if len(candidates) == len(names) else [place[one] for one in names]
    described = describe_input(table.name, table.files, len(names), checksum)
    return CandidateTable(
        table.name, candidates, table.header, (described,), table, cells, n, runs=runs
    )


def _name_column(table: Table, asked: str | None) -> str:
    if asked is not None:
        return find_column(table.header, asked, file=table.name, option="--name")
    found = [h for h in table.header if h.lower() in NAME_COLUMNS]
    if len(found) == 1:
        return found[0]
    if found:
        raise InputError(
            f"{len(found)} columns may hold the names: {', '.join(map(repr, found))}",
            file=table.name,
            hint=f"say which one: --name {found[0]}",
        )
    if models := other_models(table.header):
        raise InputError(
            f"no column of names among {listed(table.header)}",
            file=table.name,
            accepted=f"{', '.join(NAME_COLUMNS)}; or columns of predictions of one run",
            hint=f"to choose among {listed(models)}: --models 'pred_*'",
        )
    low = {h.lower() for h in table.header}
    if low & {"label", "y_true", "target"} and low & {"prediction", "pred", "y_pred", "score"}:
        raise InputError(
            "this is one run, and one candidate is no choice",
            file=table.name,
            accepted="a table with one row a candidate, or several runs",
        )
    raise InputError(
        f"no column of names among {listed(table.header)}",
        file=table.name,
        accepted=", ".join(NAME_COLUMNS),
        hint=header_hint(table.header, "name it: --name COLUMN"),
    )


def read_preferences(source: str | Path, names: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """Return the pairs of a table with the columns ``better`` and ``worse``, by index."""
    table = open_all(source)
    columns = []
    for role in ("better", "worse"):
        found = [h for h in table.header if h.lower() == role]
        if len(found) != 1:
            raise InputError(
                f"{'more than one' if found else 'no'} column {role!r}",
                file=table.name,
                accepted="columns better, worse: names of candidates",
            )
        columns.append(found[0])
    cells = _cells(table)
    places = {name: i for i, name in enumerate(names)}
    pairs = []
    for row, both in enumerate(zip(*(cells[c] for c in columns), strict=True)):
        pair = []
        for column, cell in zip(columns, both, strict=True):
            one = "" if cell is None else str(cell).strip()
            if one not in places:
                file, line = place_of(table, row)
                raise InputError(
                    f"{one!r} is not a candidate" if one else "a blank name",
                    file=file, row=line, column=column, accepted=listed(names),
                    hint=did_you_mean(one, names),
                )  # fmt: skip
            pair.append(places[one])
        if pair[0] == pair[1]:
            file, line = place_of(table, row)
            raise InputError("a candidate is preferred to itself", file=file, row=line)
        pairs.append((pair[0], pair[1]))
    if not pairs:
        raise InputError("a header and no rows", file=table.name)
    return tuple(pairs)


def _cells(table: Table) -> dict[str, list[Any]]:
    """Return the cells of each column."""
    read = table.collect(lambda frame: frame.select(*table.names))
    table.check_rows()
    columns = (read.frame[x].to_list() for x in table.names)
    return dict(zip(table.header, columns, strict=True))
