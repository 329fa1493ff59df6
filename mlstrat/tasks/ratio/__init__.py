"""Any additive error of one's own: a table of examples with ``num`` and ``den``.

=============================  ==============================================================
``id``                         names an example; needed to pair two runs
``num``, ``den``               what is wrong in it, and what could be; 0 or more
``split``, ``group``           as in every run
``count.<category>``           errors of a kind, a whole number
``fixed.<category>.num``       what changes in num if they were right: 0 or less
``fixed.<category>.den``       what changes in den; 0 where there is no such column
anything else                  a column to slice by
=============================  ==============================================================
"""

from __future__ import annotations

from collections.abc import Sequence


def fits(header: Sequence[str], _lines: Sequence[str]) -> bool:
    """Tell whether a table is one of the task, by its columns in lower case."""
    return {"num", "den"} <= set(header)
