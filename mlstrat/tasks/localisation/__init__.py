"""Where is it? One object a picture at most: whether there is one, its box, its class.

``id, pc, bx, by, bh, bw, c`` twice: what is right, and what was predicted, joined by id. A picture
is wrong if presence, class, or box is (IoU below 0.5); where ``pc`` is 0 the rest is ignored.
"""

# No postponed annotations: they are the declarations.
from collections.abc import Sequence
from typing import Annotated, TypedDict

from mlstrat.core.asked import TASK, Option

MIDDLE, XYWH, XYXY = "middle", "xywh", "xyxy"
SIDES = {
    MIDDLE: ("bx", "by", "bw", "bh"), XYWH: ("bx", "by", "bw", "bh"), XYXY: ("x1", "y1", "x2", "y2")
}  # fmt: skip
"""The columns of a box: its middle or upper left corner with its width and height, or corners."""


class Asked(TypedDict, total=False):
    """The options of the task alone."""

    box: Annotated[str | None, Option(
        "Localisation: what the columns of a box hold.", "middle|xywh|xyxy", panel=TASK,
        )]  # fmt: skip


def fits(header: Sequence[str], _lines: Sequence[str]) -> bool:
    """Tell whether a table is one of the task, by its columns in lower case."""
    names = set(header)
    return "pc" in names and any(names >= set(x) for x in SIDES.values())
