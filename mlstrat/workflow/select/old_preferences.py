"""How people order candidates: a table of pairs, the better and the worse."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path

from mlstrat.errors import InputError
from mlstrat.workflow.select.table import listed, place_of


def read_preferences(source: str | Path, names: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """Return the pairs of a table with the columns ``better`` and ``worse``, by index.

    Raises
    ------
    InputError
        For a name that is no candidate, and a pair of one with itself.
    """
    from mlstrat.data.files import find_files
    from mlstrat.data.opening import open_files

    table = open_files(find_files(str(source)))
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
    read = table.collect(lambda frame: frame.select(*table.names))
    table.check_rows()
    cells = {h: read.frame[x].to_list() for h, x in zip(table.header, table.names, strict=True)}
    places = {name: i for i, name in enumerate(names)}
    pairs = []
    for row, both in enumerate(zip(*(cells[c] for c in columns), strict=True)):
        pair = []
        for column, cell in zip(columns, both, strict=True):
            one = "" if cell is None else str(cell).strip()
            if one not in places:
                file, line = place_of(table, row)
                near = difflib.get_close_matches(one, names, 1, 0.5)
                raise InputError(
                    f"{one!r} is no candidate" if one else "a blank name",
                    file=file, row=line, column=column, accepted=listed(names),
                    hint=f"did you mean {near[0]!r}?" if near else None,
                )  # fmt: skip
            pair.append(places[one])
        if pair[0] == pair[1]:
            file, line = place_of(table, row)
            raise InputError("a candidate is preferred to itself", file=file, row=line)
        pairs.append((pair[0], pair[1]))
    if not pairs:
        raise InputError("a header and no rows", file=table.name)
    return tuple(pairs)
