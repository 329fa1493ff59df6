"""Language models: what the tokens of documents cost, in nats.

NDJSON or CSV with a row a token (``doc, token, logprob[, bytes]``) or a row a document (``tokens,
logprobs``), and the samples that lm-eval writes for perplexity tasks. The error is −Σ log p /
tokens; ``--metric bits_per_byte`` compares models whose tokens differ. Documents are what is
independent.
"""

# No postponed annotations: they are the declarations.
from collections.abc import Sequence
from typing import Annotated, TypedDict

from mlstrat.core.asked import TASK, Option

HARNESS = ("word_perplexity", "byte_perplexity", "bits_per_byte", "perplexity")
"""What the samples of lm-eval hold, beside ``doc_id``."""


class Asked(TypedDict, total=False):
    """The options of the task alone."""

    log_base: Annotated[float | None, Option(
        "Language model: base of the log-probabilities.", "e", panel=TASK)]  # fmt: skip


def fits(header: Sequence[str], _lines: Sequence[str]) -> bool:
    """Tell whether a table is one of the task, by its columns in lower case."""
    names = set(header)
    harness = {"doc_id", "resps"} <= names and bool(names & set(HARNESS))
    return harness or {"logprob", "token"} <= names or {"logprobs", "tokens"} <= names
