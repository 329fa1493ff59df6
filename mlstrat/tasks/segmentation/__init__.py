"""What is each pixel? A class a pixel, one of them mostly the background.

``id, split, label, prediction, pixels[, group]``: a row an image and pair of classes, with how many
of its pixels are of the one and were taken for the other. A blank label is not annotated, and left
out. The error is 1 − Dice over the pixels of all classes but the background. Classification reads
such a table, too: the task has to be named.
"""

from __future__ import annotations

from collections.abc import Sequence


def fits(_header: Sequence[str], _lines: Sequence[str]) -> bool:
    """Tell that no table is of the task by itself: classification reads label and prediction."""
    return False
