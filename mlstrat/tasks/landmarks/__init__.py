"""Where is each point? Named points of a picture, as eyes or joints, each of which may be hidden.

``id, x_<point>, y_<point>`` twice: what is right, and what was predicted, joined by id; or a truth
of COCO with keypoints, and results. The error is visible points that are further off than a tenth
of the measure of the picture / visible points; a blank point is not visible, and left out.
"""

# No postponed annotations: they are the declarations.
from collections.abc import Sequence
from typing import Annotated, TypedDict

from mlstrat.core.asked import TASK, Option

X, Y = "x_", "y_"
CORNERS = {"x_min", "x_max"}
"""Of a box, not points."""


class Asked(TypedDict, total=False):
    """The options of the task alone."""

    norm: Annotated[str | None, Option(
        "Landmarks: two points, whose distance is the measure of a picture; without it the "
        "diagonal of the box.", "A,B", panel=TASK)]  # fmt: skip


def fits(header: Sequence[str], lines: Sequence[str]) -> bool:
    """Tell whether a table is one of the task, or lines are results of COCO with keypoints."""
    from mlstrat.data.columns import ALIASES

    names = set(header)
    points = [x for x in header if x.startswith(X) and Y + x[len(X) :] in names]
    if points and names & {*ALIASES["id"]} and not {*points} <= CORNERS:
        return True
    text = "".join(lines).lstrip()
    return text.startswith("[") and '"keypoints"' in text and '"image_id"' in text
