"""Every finding code with its meaning, rule, threshold and source: the text behind `explain`."""

from importlib import import_module
from pathlib import Path

from mlstrat.core.findings import Rule
from mlstrat.data.sheet import read as sheet
from mlstrat.tasks import asking
from mlstrat.tasks.classification import floor

_PACKAGE = Path(__file__).parents[2]
_FILES = [path.relative_to(_PACKAGE.parent) for path in _PACKAGE.rglob("*findings.py")]
_PARTS = (sheet, asking, floor, *(import_module(".".join(x.with_suffix("").parts)) for x in _FILES))

_FAMILIES = ("MLS1", "MLS2", "MLS35", "MLS30", "MLS32", "MLS34", "MLS31", "MLS33", "MLS5",
             "MLS42", "MLS40", "MLS44", "MLS41", "MLS43", "MLS6", "MLS7", "MLS8")  # fmt: skip
"""How codes begin, in the order in which they are listed."""


def _place(code: str) -> tuple[int, str]:
    return next(i for i, family in enumerate(_FAMILIES) if code.startswith(family)), code


_FOUND = {x.code: x for part in _PARTS for x in vars(part).values() if isinstance(x, Rule)}

RULES: dict[str, Rule] = {code: _FOUND[code] for code in sorted(_FOUND, key=_place)}
"""By code."""
