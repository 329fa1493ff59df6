"""Speech to text: substitutions, deletions and insertions per word of the reference.

A pair of sclite's ``.trn`` (``words (id)``, alternatives ``{ a / b / @ }``), a pair of files of
lines, or NDJSON and CSV with ``reference, prediction[, speaker]``. Letter case is ignored unless
``--case-sensitive``. Utterances of one speaker are not independent.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

TRN = re.compile(r"^(.*?)\s*\(([^()\s]+)\)\s*$")
"""A line of a .trn: words, and the id of the utterance in parentheses."""


def fits(header: Sequence[str], lines: Sequence[str]) -> bool:
    """Tell whether a table is one of the task, or lines are those of a .trn."""
    names = set(header)
    if names:
        return {"reference", "prediction"} <= names and not names & {"source", "bad"} and not any(
            x.startswith("logprob") for x in names)  # fmt: skip
    told = [x for x in lines if x.strip() and not x.startswith(";;")]
    return bool(told) and all(TRN.match(x) for x in told[:-1] or told)
