"""Every finding code with its meaning, rule, threshold and source: the text behind `explain`."""

from mlstrat.core.findings import Rule
from mlstrat.tasks.classification import findings as data
from mlstrat.workflow.compare import findings as comparison
from mlstrat.workflow.curve import findings as curve
from mlstrat.workflow.diagnose import findings as ladder
from mlstrat.workflow.error_table import findings as error_table
from mlstrat.workflow.error_table import sample_findings as sampling
from mlstrat.workflow.gate import findings as gate
from mlstrat.workflow.human import findings as people
from mlstrat.workflow.mislabels import findings as mislabels
from mlstrat.workflow.report import findings as report
from mlstrat.workflow.score import findings as scoring
from mlstrat.workflow.select import findings as selection
from mlstrat.workflow.slices import findings as slices
from mlstrat.workflow.splits import findings as splits
from mlstrat.workflow.splits import plan_findings as plan
from mlstrat.workflow.study import findings as study

_PARTS = (
    ladder, data, splits, scoring, comparison, plan, selection, people, report, gate, mislabels,
    error_table, sampling, slices, curve, study,
)  # fmt: skip

RULES: dict[str, Rule] = {
    x.code: x
    for x in sorted(
        {x.code: x for part in _PARTS for x in vars(part).values() if isinstance(x, Rule)}.values(),
        key=lambda x: x.code,
    )
}
"""By code."""
