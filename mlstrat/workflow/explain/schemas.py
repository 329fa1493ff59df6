"""The JSON of every document, described once: the schema that is published is made from it.

Each document has a typed description here. The tests hold every document that they make against
the schema that comes out of it, closed: a key that is added, renamed or left out there and not
here fails.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module

from mlstrat.show.schema import Schema, schema_of

HOMES: dict[str, tuple[str, tuple[str, ...]]] = {
    "gaps/1": ("workflow.diagnose.schema", ("Gaps",)),
    "diagnose/1": ("workflow.diagnose.schema", ("Diagnose",)),
    "score/1": ("workflow.score.schema", ("Score", "Metrics")),
    "count/1": ("workflow.count.schema", ("Counts",)),
    "human/1": ("workflow.human.schema", ("Human",)),
    "curve/1": ("workflow.curve.schema", ("Curve",)),
    "plan/1": ("workflow.splits.schema", ("Plan",)),
    "split/1": ("workflow.splits.schema", ("Split", "SplitCheck")),
    "init/1": ("workflow.settings.schema", ("Init",)),
    "config/1": ("workflow.settings.schema", ("Config",)),
    "select/1": ("workflow.select.schema", ("Select",)),
    "compare/1": ("workflow.compare.schema", ("Compare",)),
    "slices/1": ("workflow.slices.schema", ("Slices",)),
    "mislabels/1": ("workflow.mislabels.schema", ("Mislabels", "Suspects")),
    "sample/1": ("workflow.error_table.schema", ("Sample",)),
    "error-table/1": ("workflow.error_table.schema", ("ErrorTable",)),
    "report/1": ("workflow.report.schema", ("Report",)),
    "history/1": ("workflow.history.schema", ("History",)),
    "report-check/1": ("workflow.report.schema", ("ReportCheck",)),
    "gate/1": ("workflow.gate.schema", ("Gate",)),
    "plot/1": ("workflow.plot.schema", ("Plot",)),
    "predict/1": ("harness.predict.schema", ("Predict",)),
    "improve/1": ("workflow.improve.schema", ("Improve",)),
    "improve-plan/1": ("workflow.improve.schema", ("ImprovePlan",)),
    "train/1": ("harness.train.schema", ("Train",)),
    "recipes/1": ("harness.recipes.schema", ("Recipes",)),
    "network/1": ("harness.recipes.schema", ("Network",)),
    "study/1": ("workflow.study.schema", ("Study",)),
    "gradients/1": ("workflow.study.schema", ("Gradients",)),
    "explain/1": ("workflow.explain.schema", ("Explain",)),
    "schema/1": ("workflow.explain.schema", ("Schemas",)),
}
"""By what stands after ``mlstrat.`` in the key ``schema``: module and forms of the document."""

VERSIONS: dict[str, int] = {}
for _name in HOMES:
    _command, _, _version = _name.partition("/")
    VERSIONS[_command] = max(int(_version), VERSIONS.get(_command, 0))


def forms(name: str) -> tuple[type, ...]:
    """Return the typed descriptions of a document."""
    home, names = HOMES[name]
    module = import_module(f"mlstrat.{home}")
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
