"""Spans in sentences, written as a tag a token: names, chunks, terms.

CoNLL columns (gold and predicted last, sentences parted by a blank line), a CSV with a row a token
(``sentence_id, label, prediction``), or NDJSON with a line a sentence (``tokens, tags,
predictions``). The error is 1 − F1 of exact spans, an example a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

TAG = re.compile(r"(O|[BIESLU]-\S+)$")
SURE = 0.9
"""Share of the lines whose last two columns are tags, from which columns are those of tags."""


def fits(header: Sequence[str], lines: Sequence[str]) -> bool:
    """Tell whether a table is one of the task, or lines hold columns of tags."""
    names = set(header)
    if names:
        by_token = names >= {"sentence_id", "label", "prediction"}
        return by_token or ("tags" in names and bool(names & {"predictions", "predicted"}))
    rows = [x.split() for x in lines if x.strip() and not x.startswith("-DOCSTART-")]
    if not rows or len({len(x) for x in rows[:-1]}) > 1 or len(rows[0]) < 2:
        return False
    tags = [all(TAG.match(cell) for cell in row[-2:]) for row in rows]
    some = any(cell != "O" for row in rows for cell in row[-2:])
    return some and sum(tags) >= SURE * len(rows)
