"""A constraint as an axis: what stands on its side of the columns, with intervals and the bound."""

from __future__ import annotations

from dataclasses import dataclass

from mlstrat.workflow.select.evaluate import Columns, evaluate, unit
from mlstrat.workflow.select.expressions import Binary, Comparison, columns_in

_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "=="}


@dataclass(frozen=True)
class Axis:
    """K values with the ends of their intervals, and the bound that they are held against.

    NaN where a value or an end is not known. ``operator`` has the values on its left.
    """

    text: str
    label: str
    operator: str
    bound: float
    values: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]

    @property
    def lower_is_better(self) -> bool | None:
        """Whether less meets the constraint more easily; None for an equality."""
        return None if self.operator == "==" else self.operator in ("<", "<=")


def axis_of(constraint: Comparison, columns: Columns, confidence: float) -> Axis:
    """Return a constraint as an axis.

    Where one side names no column it is the bound; where both do, the axis is their difference
    and the bound is 0.
    """
    text, operator = constraint.text, constraint.operator
    both = Binary("-", constraint.left, constraint.right)
    whole = unit(both, columns)
    left, right = (any(True for _ in columns_in(x)) for x in (constraint.left, constraint.right))
    if left and right:
        span, bound, label = evaluate(both, columns, confidence, whole), 0.0, f"margin of {text}"
    elif left:
        span = evaluate(constraint.left, columns, confidence, whole)
        bound = float(evaluate(constraint.right, columns, confidence, whole).value[0])
        label = text.rpartition(operator)[0]
    else:
        span = evaluate(constraint.right, columns, confidence, whole)
        bound = float(evaluate(constraint.left, columns, confidence, whole).value[0])
        label, operator = text.partition(operator)[2], _TURNED[operator]
    values, low, high = (tuple(map(float, x)) for x in (span.value, span.low, span.high))
    return Axis(text, label.replace("`", "").strip(), operator, bound, values, low, high)
