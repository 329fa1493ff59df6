"""What is told of tags: MLS802 to 804."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlstrat.core.findings import Rule
from mlstrat.core.wording import Scale, clean, count, listed

Evidence = Mapping[str, Any]

MOST_STRAYS = 0.01
"""Share of the tags that are strays, above which the reading of the scheme matters (the issue's
threshold)."""


def _strays(e: Evidence, s: Scale) -> str:
    read, other = s.value(e["error"]), s.value(e["other_error"])
    return (
        f"{count(e['strays'])} of {count(e['tags'])} tags do not follow from the tag before, as "
        f"I-X after O. Read as {e['scheme']} the error on {e['split']} is {read}; "
        f"as {e['other']} it is {other}."
    )


STRAY_TAGS = Rule(
    "MLS802", "issue", "How stray tags are read changes the error",
    "A span may begin with a tag that only continues one. conlleval and seqeval take such a tag as "
    "a beginning; a strict reader finds no span there. Figures of two readers do not compare.",
    f"More than {100 * MOST_STRAYS:g}% of the tags are strays.",
    "Tjong Kim Sang and Buchholz (2000), conlleval; Palen-Michel, Holley and Lignos (2021)",
    ("name the scheme in whatever you report: --scheme iob2 or conlleval",
    "repair the tags where they are made: decode with the constraints of the scheme"),
    sentence=_strays)  # fmt: skip


def _unknown(e: Evidence, _s: Scale) -> str:
    named = [f"{clean(x, 30)} ({count(n)})" for x, n in e["types"].items()]
    return f"Predicted, and never in the truth of any split: {listed(named)}."


TYPES_NEVER_TRUE = Rule(
    "MLS803", "issue", "A type is predicted that the truth never has",
    "Every such span is an error, whatever the text: the two sides do not use the same names.",
    "A type occurs among predictions, and not in the truth of any split.",
    "mlstrat: two lists of names that differ are a mistake of the pipeline, not of the model",
    ("map the names of the model to those of the labels before you predict",),
    sentence=_unknown)  # fmt: skip
