"""Many labels an example: each is there or not, and may be unknown.

``label_<name>`` beside ``prediction_<name>`` or ``score_<name>``; or ``labels`` and ``predictions``
as ``a;b`` or a JSON list. The error is known labels wrong / known labels: a blank is not 0 but not
known, and left out. ``--metric f1`` is 1 − F1 over all labels.
"""

# No postponed annotations: they are the declarations.
import csv
from collections.abc import Sequence
from typing import Annotated, TypedDict

from mlstrat.core.asked import TASK, Option

LABEL, PREDICTION, SCORE = "label_", "prediction_", "score_"


class Asked(TypedDict, total=False):
    """The options of the task alone."""

    missing: Annotated[str | None, Option(
        "Multilabel: value that says a label is not known, beside a blank.", "VALUE", panel=TASK,
        )]  # fmt: skip


def fits(header: Sequence[str], _lines: Sequence[str]) -> bool:
    """Tell whether a table is one of the task, by its columns in lower case."""
    names = set(header)
    stems = [x[len(LABEL) :] for x in header if x.startswith(LABEL)]
    pairs = [x for x in stems if names & {PREDICTION + x, SCORE + x}]
    return bool(pairs) or names >= {"labels", "predictions"}


def surely(header: Sequence[str], lines: Sequence[str]) -> bool:
    """Tell whether cells of labels hold several, parted by ``;`` or as a JSON list."""
    if not set(header) >= {"labels", "predictions"}:
        return False
    place = list(header).index("labels")
    if lines and lines[0].lstrip().startswith("{"):
        return any('"labels": [' in x or '"labels":[' in x for x in lines)
    rows = csv.reader(lines[1:])
    cells = [row[place] for row in rows if len(row) > place]
    return any(";" in x or x.startswith("[") for x in cells)
