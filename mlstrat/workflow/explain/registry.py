"""Every finding code with its meaning, rule, threshold and source: the text behind `explain`."""

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from mlstrat.core.findings import Rule
from mlstrat.data.sheet import model as sheet
from mlstrat.harness.train import findings as training
from mlstrat.tasks import HOMES, asking
from mlstrat.tasks import findings as tasks
from mlstrat.tasks import operating_findings as operating
from mlstrat.tasks.classification import findings as data
from mlstrat.tasks.classification import floor_findings as floor
from mlstrat.tasks.classification.meant import findings as meant
from mlstrat.workflow.compare import findings as comparison
from mlstrat.workflow.curve import findings as curve
from mlstrat.workflow.diagnose import findings as ladder
from mlstrat.workflow.error_table import findings as error_table
from mlstrat.workflow.error_table import sample_findings as sampling
from mlstrat.workflow.gate import findings as gate
from mlstrat.workflow.history import findings as history
from mlstrat.workflow.human import findings as people
from mlstrat.workflow.improve import findings as improvement
from mlstrat.workflow.mislabels import findings as mislabels
from mlstrat.workflow.report import findings as report
from mlstrat.workflow.score import findings as scoring
from mlstrat.workflow.select import findings as selection
from mlstrat.workflow.slices import findings as slices
from mlstrat.workflow.splits import findings as splits
from mlstrat.workflow.study import findings as study


def _of_tasks() -> list[ModuleType]:
    """Return the findings of each task, where it has any of its own."""
    names = (f"{home.rpartition('.')[0]}.findings" for home in HOMES.values())
    return [import_module(name) for name in names if find_spec(name) is not None]


_PARTS = (
    ladder, tasks, operating, data, meant, floor, training, sheet, asking, history, splits, scoring,
    comparison, selection, people, report, gate, mislabels,
    error_table, sampling, slices, curve, study, improvement, *_of_tasks(),
)  # fmt: skip

_FAMILIES = ("MLS1", "MLS2", "MLS35", "MLS30", "MLS32", "MLS34", "MLS31", "MLS33", "MLS5",
             "MLS42", "MLS40", "MLS44", "MLS41", "MLS43", "MLS6", "MLS7", "MLS8")  # fmt: skip
"""How codes begin, in the order in which they are listed."""


def _place(code: str) -> tuple[int, str]:
    return next(i for i, family in enumerate(_FAMILIES) if code.startswith(family)), code


_FOUND = {x.code: x for part in _PARTS for x in vars(part).values() if isinstance(x, Rule)}

RULES: dict[str, Rule] = {code: _FOUND[code] for code in sorted(_FOUND, key=_place)}
"""By code."""
