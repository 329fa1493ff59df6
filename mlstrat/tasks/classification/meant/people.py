"""What is odd about the answers of people: values that no label has, or that look like one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mlstrat.core.findings import Finding
from mlstrat.tasks.classification.meant.disjoint import flags_of
from mlstrat.tasks.classification.meant.findings import LOOK_ALIKES
from mlstrat.tasks.classification.meant.judge import MOST_LISTED, unknown_values
from mlstrat.tasks.classification.meant.seen import MATTERS, Ints
from mlstrat.tasks.classification.meant.spelling import alike


def judge_answers(
    column: str,
    rows_of: dict[str, int],
    said: Sequence[str],
    codes: Ints,
    n: Ints,
    no_answers: frozenset[str],
) -> list[Finding]:
    """Return what is odd about the answers of a person.

    Parameters
    ----------
    column
        Where they stand.
    rows_of
        Rows of each label of the run.
    said, codes, n
        The distinct answers, the code of each counted row, and its rows.
    no_answers
        What is written instead of an answer, in lower case.
    """
    rows = np.bincount(codes, n, len(said)).astype(int)
    given = {
        x: int(k) for x, k in zip(said, rows, strict=True)
        if x and x.casefold() not in no_answers and k
    }  # fmt: skip
    stray = {x: k for x, k in given.items() if x not in rows_of}
    if not stray or (2 * sum(stray.values()) > sum(given.values()) and len(stray) > len(rows_of)):
        return []  # no person: times, counts and comments are named elsewhere
    spelled = {x: y for x, y in alike({**dict.fromkeys(stray, 0), **rows_of}).items() if x in stray}
    found = []
    if spelled:
        cost = sum(stray[x] for x in spelled)
        found.append(Finding(
            LOOK_ALIKES,
            {"column": column,
             "values": [{"value": x, "label": y, "rows": stray[x]}
                        for x, y in list(spelled.items())[:MOST_LISTED]],
             "distinct": len(spelled), "rows": {"all": cost}},
            lowered_to=None if cost >= MATTERS * sum(given.values()) else "tip",
            flags=flags_of(spelled, frozenset(rows_of)),
        ))  # fmt: skip
    rest = {x: k for x, k in sorted(stray.items(), key=lambda x: (-x[1], x[0])) if x not in spelled}
    if rest:
        found.append(unknown_values(column, rest, {"all": sum(rest.values())}, lowered=True))
    return found
