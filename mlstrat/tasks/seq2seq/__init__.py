"""Sequence to sequence: translations, summaries, answers, against references.

Lines in files (``hyp`` with ``--truth ref``), or NDJSON and CSV with ``reference, prediction[,
source, logprob_reference, logprob_prediction]``; several reference columns: the best counts. The
error is the share of outputs that equal no reference, or the column ``bad`` of people. Where both
log-probabilities are there, each error is the search's or the model's.
"""

from __future__ import annotations

from collections.abc import Sequence


def fits(header: Sequence[str], lines: Sequence[str]) -> bool:  # noqa: ARG001
    """Tell whether a table is one of the task, by its columns in lower case."""
    return {"reference", "prediction"} <= set(header) and "speaker" not in header
