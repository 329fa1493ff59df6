"""The JSON of every document, described once: the schema that is published is made from it.

Each document has a typed description here. The tests hold every document that they make against
the schema that comes out of it, closed: a key that is added, renamed or left out there and not
here fails.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module

from mlstrat.report.schemas.generating import Schema, schema_of

HOMES: dict[str, tuple[str, tuple[str, ...]]] = {
    "gaps/1": ("measure", ("Gaps",)),
    "diagnose/1": ("measure", ("Diagnose",)),
    "score/1": ("measure", ("Score", "Metrics")),
    "count/1": ("counting", ("Counts",)),
    "human/1": ("measure", ("Human",)),
    "curve/1": ("curves", ("Curve",)),
    "plan/1": ("setup", ("Plan",)),
    "split/1": ("setup", ("Split", "SplitCheck")),
    "init/1": ("setup", ("Init",)),
    "config/1": ("setup", ("Config",)),
    "select/1": ("decide", ("Select",)),
    "compare/1": ("decide", ("Compare",)),
    "slices/1": ("slicing", ("Slices",)),
    "mislabels/1": ("mislabeling", ("Mislabels", "Suspects")),
    "sample/1": ("reading", ("Sample",)),
    "error-table/1": ("reading", ("ErrorTable",)),
    "report/1": ("reports", ("Report",)),
    "history/1": ("reports", ("History",)),
    "report-check/1": ("reports", ("ReportCheck",)),
    "gate/1": ("gating", ("Gate",)),
    "plot/1": ("figures", ("Plot",)),
    "train/1": ("harness", ("Train",)),
    "recipes/1": ("harness", ("Recipes",)),
    "network/1": ("harness", ("Network",)),
    "study/1": ("studies", ("Study",)),
    "gradients/1": ("gradients", ("Gradients",)),
    "explain/1": ("reports", ("Explain",)),
    "schema/1": ("reports", ("Schemas",)),
}
"""By what stands after ``mlstrat.`` in the key ``schema``: module and forms of the document."""

VERSIONS: dict[str, int] = {}
for _name in HOMES:
    _command, _, _version = _name.partition("/")
    VERSIONS[_command] = max(int(_version), VERSIONS.get(_command, 0))


def forms(name: str) -> tuple[type, ...]:
    """Return the typed descriptions of a document."""
    home, names = HOMES[name]
    module = import_module(f"mlstrat.report.schemas.{home}")
    return tuple(getattr(module, x) for x in names)


def title(name: str) -> str:
    """Return what a document is, in one line."""
    return " ".join(str(kind.__doc__).splitlines()[0] for kind in forms(name))


@cache
def _made(name: str, closed: bool) -> Schema:
    return schema_of(forms(name), name, closed=closed)


def schema(name: str, *, closed: bool = False) -> Schema:
    """Return the JSON schema of a document, such as ``gaps/1``."""
    make: Callable[[str, bool], Schema] = _made
    return make(name, closed)
