"""What is told of several labels an example: MLS801."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlstrat.core.findings import Rule
from mlstrat.core.wording import Scale, clean, count, listed

MOST_NAMED = 5


def _unknown(e: Mapping[str, Any], _s: Scale) -> str:
    most = sorted(e["by_label"].items(), key=lambda x: (-x[1], x[0]))[:MOST_NAMED]
    named = [f"{count(n)} of {clean(name, 30)}" for name, n in most if n]
    return f"{count(e['unknown'])} of {count(e['of'])} labels are not known: {listed(named)}."


LABELS_UNKNOWN = Rule(
    "MLS801", "note", "Some labels are not known and were left out",
    "A label that nobody looked for is neither there nor absent: it counts neither as right nor as "
    "wrong. Read as 0 it would make the error of whatever finds it.",
    "The truth of a label is blank, nan, or the value of --missing.",
    "C3W2 Multi-task learning: sum only over the labels that are there",
    ("label more of those that matter most; until then mind how many rows each label rests on",),
    sentence=_unknown)  # fmt: skip
