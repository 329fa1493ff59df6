"""Which objects are where? Boxes with a category and a score, matched to true boxes by overlap.

COCO truth and results, folders of YOLO and VOC, CSV with ``image_id, kind, category, x, y, w, h``;
truth and predictions in any two of them, joined by the name of the category and of the image. The
error is 1 − F1 of boxes at IoU ≥ 0.5 and at a threshold that is chosen on dev alone. What is
independent are images, not boxes.
"""

# No postponed annotations: they are the declarations.
from collections.abc import Sequence
from typing import Annotated, TypedDict

from mlstrat.core.asked import TASK, Option


class Asked(TypedDict, total=False):
    """The options of the task alone."""

    iou: Annotated[float | None, Option(
        "Detection: overlap from which a box is found.", "0.5", panel=TASK)]  # fmt: skip
    difficult: Annotated[bool, Option(
        "Detection: count difficult boxes, too.", panel=TASK)]  # fmt: skip


def fits(header: Sequence[str], lines: Sequence[str]) -> bool:
    """Tell whether a table is one of the task, or lines those of COCO results."""
    text = "".join(lines)
    if text.lstrip().startswith(("{", "[")) and '"bbox"' in text and '"category_id"' in text:
        return '"keypoints"' not in text
    return set(header) >= {"kind", "category", "x", "y", "w", "h"}
