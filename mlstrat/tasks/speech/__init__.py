"""Speech to text: substitutions, deletions and insertions per word of the reference.

A pair of sclite's ``.trn`` (``words (id)``, alternatives ``{ a / b / @ }``), a pair of files of
lines, or NDJSON and CSV with ``reference, prediction[, speaker]``. Letter case is ignored unless
``--case-sensitive``. Utterances of one speaker are not independent.
"""

# No postponed annotations: they are the declarations.
import re
from collections.abc import Sequence
from typing import Annotated, TypedDict

from mlstrat.core.asked import TASK, Option

TRN = re.compile(r"^(.*?)\s*\(([^()\s]+)\)\s*$")
"""A line of a .trn: words, and the id of the utterance in parentheses."""


class Asked(TypedDict, total=False):
    """The options of the task alone."""

    normalize: Annotated[str | None, Option(
        "Speech: how texts are made alike before they are compared.", "none|basic", panel=TASK,
        )]  # fmt: skip
    case_sensitive: Annotated[bool, Option(
        "Speech: take letters of another case as other letters.", panel=TASK)]  # fmt: skip
    unit: Annotated[str | None, Option(
        "Speech: what errors are counted by.", "word|char", panel=TASK)]  # fmt: skip


def fits(header: Sequence[str], lines: Sequence[str]) -> bool:
    """Tell whether a table is one of the task, or lines are those of a .trn."""
    names = set(header)
    if names:
        return {"reference", "prediction"} <= names and not names & {"source", "bad"} and not any(
            x.startswith("logprob") for x in names)  # fmt: skip
    told = [x for x in lines if x.strip() and not x.startswith(";;")]
    return bool(told) and all(TRN.match(x) for x in told[:-1] or told)
