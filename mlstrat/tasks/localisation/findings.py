"""What is told of boxes: MLS820."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlstrat.core.findings import Rule
from mlstrat.core.wording import Scale, clean, count, listed

MOST_NAMED = 5


def _never(e: Mapping[str, Any], _s: Scale) -> str:
    named = [f"{clean(x, 30)} ({count(n)})" for x, n in list(e["classes"].items())[:MOST_NAMED]]
    return f"Predicted, and never in the truth of any split: {listed(named)}."


CLASS_NEVER_TRUE = Rule(
    "MLS820", "issue", "A class is predicted that the truth never has",
    "Every such picture is an error, however good the box: the two sides do not use the same "
    "names.",
    "A class occurs among predictions, and not in the truth of any split.",
    "mlstrat: two lists of names that differ are a mistake of the pipeline, not of the model",
    ("map the names of the model to those of the labels before you predict",),
    sentence=_never)  # fmt: skip
