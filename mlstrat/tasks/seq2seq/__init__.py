"""Sequence to sequence: translations, summaries, answers, against references.

Lines in files (``hyp`` with ``--truth ref``), or NDJSON and CSV with ``reference, prediction[,
source, logprob_reference, logprob_prediction]``; several reference columns: the best counts. The
error is the share of outputs that equal no reference, or the column ``bad`` of people. Where both
log-probabilities are there, each error is the search's or the model's.
"""

# No postponed annotations: they are the declarations.
from collections.abc import Sequence
from typing import Annotated, TypedDict

from mlstrat.core.asked import TASK, Option


class Asked(TypedDict, total=False):
    """The options of the task alone."""

    length_penalty: Annotated[float | None, Option(
        "Sequence to sequence: log-probabilities are divided by length to this power.", "A",
        panel=TASK)]  # fmt: skip


def fits(header: Sequence[str], _lines: Sequence[str]) -> bool:
    """Tell whether a table is one of the task, by its columns in lower case."""
    return {"reference", "prediction"} <= set(header) and "speaker" not in header
