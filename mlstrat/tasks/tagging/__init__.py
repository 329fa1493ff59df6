"""Spans in sentences, written as a tag a token: names, chunks, terms.

CoNLL columns (gold and predicted last, sentences parted by a blank line), a CSV with a row a token
(``sentence_id, label, prediction``), or NDJSON with a line a sentence (``tokens, tags,
predictions``). The error is 1 − F1 of exact spans, an example a sentence.
"""

# No postponed annotations: they are the declarations.
import re
from collections.abc import Sequence
from typing import Annotated, TypedDict

from mlstrat.core.asked import TASK, Option

TAG = re.compile(r"(O|[BIESLU]-\S+)$")
SURE, MOST = 0.9, 0.5
"""Shares of the lines whose last column is a tag, and the one before it, too, from which columns
are those of tags: what is wrong in the other lines, of which one may always be, is for the reader
to say."""


class Asked(TypedDict, total=False):
    """The options of the task alone."""

    scheme: Annotated[str | None, Option(
        "Tagging: scheme of the tags.", "conlleval|iob2|iobes|bilou", panel=TASK)]  # fmt: skip


def fits(header: Sequence[str], lines: Sequence[str]) -> bool:
    """Tell whether a table is one of the task, or lines hold columns of tags."""
    names = set(header)
    if names:
        by_token = names >= {"sentence_id", "label", "prediction"}
        return by_token or ("tags" in names and bool(names & {"predictions", "predicted"}))
    rows = [x.split() for x in lines if x.strip() and not x.startswith("-DOCSTART-")]
    last = [x[-1] for x in rows if TAG.match(x[-1])]
    both = [x for x in rows if len(x) > 1 and TAG.match(x[-1]) and TAG.match(x[-2])]
    some = any(cell != "O" for row in both for cell in row[-2:])
    return (
        some
        and len(rows) - len(last) <= max(1, (1 - SURE) * len(rows))
        and len(both) >= MOST * len(rows)
    )
