"""What a table of errors concludes."""

from __future__ import annotations

from collections.abc import Sequence

from mlstrat.core.findings import Finding
from mlstrat.workflow.error_table.table import Category, ErrorTable

ROUGH, GOOD, VERY_GOOD = 20, 50, 100
"""Errors read from which a table is rough, good, very good (MLY17-19); fewer are very rough."""


def reading_level(reviewed: int) -> str:
    """Return how good a sense this many errors give.

    Examples
    --------
    >>> [reading_level(n) for n in (10, 20, 50, 100)]
    ['very_rough', 'rough', 'good', 'very_good']
    """
    if reviewed >= VERY_GOOD:
        return "very_good"
    if reviewed >= GOOD:
        return "good"
    return "rough" if reviewed >= ROUGH else "very_rough"


def table_findings(
    table: ErrorTable,
    *,
    variants: Sequence[Sequence[str]] = (),
    merged: bool = False,
    added: int = 0,
) -> list[Finding]:
    """Return the findings of a table.

    Parameters
    ----------
    table
        As it was counted.
    variants, merged
        Groups of tags that may be one, and whether they were joined.
    added
        Rows of a sheet with weights that have none.
    """
    out = [*sheet_findings(table, added), *_worth(table)]
    seen = [c for c in table.categories if c.count]
    # A tag that is known to be too small does not compete with the first.
    rivals = [c for c in seen if c.worth != "no"]
    if len(rivals) > 1 and table.random:
        costed = all(c.days is not None for c in rivals)
        out.append(Finding("MLS403", _first(rivals), done=costed))
    pair = table.leading
    known = table.split.drawn_from
    every = known is not None and table.reviewed >= known  # then nothing is left to chance
    if pair is not None and not pair.resolved and not every:
        out.append(
            Finding(
                "MLS404",
                {"tags": list(pair.tags), "difference": pair.difference.value,
                 "ci": None if pair.difference.ci is None else list(pair.difference.ci),
                 "reviewed": table.reviewed, "errors": table.split.drawn_from, "more": pair.more},
            )
        )  # fmt: skip
    if table.reviewed < GOOD and table.random:
        evidence = {"reviewed": table.reviewed, "reading": reading_level(table.reviewed),
                    "errors": table.split.drawn_from}  # fmt: skip
        out.append(Finding("MLS405", evidence))
    if variants:
        groups = [list(group) for group in variants]
        out.append(Finding("MLS406", {"variants": groups, "merged": merged}))
    if table.unread >= 0.5:
        out.append(Finding("MLS408", {"unread": table.unread, "errors": table.split.drawn_from}))
    return out


def sheet_findings(table: ErrorTable, added: int, sheet: str | None = None) -> list[Finding]:
    """Return what is wrong with how the errors of a sheet were drawn; `sheet` names one of two."""
    which = {} if sheet is None else {"sheet": sheet}
    out = []
    if not table.random:
        out.append(Finding("MLS410", {"reviewed": table.reviewed, **which}))
    if table.weighed is not None or added:
        errors = table.split.drawn_from
        evidence = {"weighed": table.weighed, "errors": errors, "added": added, **which}
        out.append(Finding("MLS407", evidence))
    return out


def _worth(table: ErrorTable) -> list[Finding]:
    out = []
    for code, answer in (("MLS401", "yes"), ("MLS402", "no")):
        found = [c for c in table.categories if c.worth == answer]
        if found:
            tags = [
                {"tag": c.tag, "gain": c.gain.value, "error": c.error, "ci": list(c.gain.ci or ())}
                for c in found
            ]
            out.append(Finding(code, {"tags": tags, "noise": table.split.noise}))
    return out


def _first(rivals: Sequence[Category]) -> dict[str, object]:
    """Return the largest tag, and the one with most gain for each day where days are known."""
    costed = [c for c in rivals if c.share_per_day is not None]
    best = max(costed, key=lambda c: c.share_per_day or 0.0) if len(costed) > 1 else None
    return {
        "largest": rivals[0].tag,
        "others": len(rivals) - 1,
        "most_per_day": None if best is None else best.tag,
        "days": None if best is None else best.days,
        "gain_per_day": None if best is None else best.gain_per_day,
    }
