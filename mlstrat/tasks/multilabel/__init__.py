"""Many labels an example: each is there or not, and may be unknown.

``label_<name>`` beside ``prediction_<name>`` or ``score_<name>``; or ``labels`` and ``predictions``
as ``a;b`` or a JSON list. The error is known labels wrong / known labels: a blank is not 0 but not
known, and left out. ``--metric f1`` is 1 − F1 over all labels.
"""

from __future__ import annotations

from collections.abc import Sequence

LABEL, PREDICTION, SCORE = "label_", "prediction_", "score_"


def fits(header: Sequence[str], lines: Sequence[str]) -> bool:  # noqa: ARG001
    """Tell whether a table is one of the task, by its columns in lower case."""
    names = set(header)
    stems = [x[len(LABEL) :] for x in header if x.startswith(LABEL)]
    pairs = [x for x in stems if names & {PREDICTION + x, SCORE + x}]
    return bool(pairs) or names >= {"labels", "predictions"}
