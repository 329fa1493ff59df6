"""Every finding code with its meaning, rule, threshold and source: the text behind `explain`."""

from mlstrat.workflow.findings import Rule
from mlstrat.workflow.rules import (
    comparison,
    curve,
    data,
    error_table,
    gate,
    ladder,
    mislabels,
    people,
    plan,
    report,
    sampling,
    scoring,
    selection,
    slices,
    splits,
    study,
)

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
