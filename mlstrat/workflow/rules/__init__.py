"""Every finding code with its meaning, rule, threshold and source: the text behind `explain`."""

from mlstrat.workflow.findings import Rule
from mlstrat.workflow.rules import (
    comparison,
    data,
    ladder,
    people,
    plan,
    scoring,
    selection,
    splits,
)

RULES: dict[str, Rule] = {
    rule.code: rule
    for part in (ladder, data, splits, scoring, comparison, plan, selection, people)
    for rule in part.RULES
}
"""By code."""
