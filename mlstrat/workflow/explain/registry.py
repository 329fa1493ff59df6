"""Every finding code with its meaning, rule, threshold and source: the text behind `explain`."""

from mlstrat.core.findings import Rule
from mlstrat.tasks.classification import findings as data
from mlstrat.workflow.compare import comparison
from mlstrat.workflow.curve import curve
from mlstrat.workflow.diagnose import old_ladder as ladder
from mlstrat.workflow.error_table import error_table
from mlstrat.workflow.error_table import sample_findings as sampling
from mlstrat.workflow.gate import gate
from mlstrat.workflow.human import people
from mlstrat.workflow.mislabels import mislabels
from mlstrat.workflow.report import findings as report
from mlstrat.workflow.score import findings as scoring
from mlstrat.workflow.select import selection
from mlstrat.workflow.slices import findings as slices
from mlstrat.workflow.splits import old_plan as plan
from mlstrat.workflow.splits import splits
from mlstrat.workflow.study import study

RULES: dict[str, Rule] = {
    rule.code: rule
    for part in (
        ladder,
        data,
        splits,
        scoring,
        comparison,
        plan,
        selection,
        people,
        report,
        gate,
        mislabels,
        error_table,
        sampling,
        slices,
        curve,
        study,
    )
    for rule in part.RULES
}
"""By code."""
