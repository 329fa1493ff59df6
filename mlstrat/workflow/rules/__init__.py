"""Every finding code with its meaning, rule, threshold and source: the text behind `explain`."""

from mlstrat.workflow.findings import Rule
from mlstrat.workflow.rules import data, ladder

RULES: dict[str, Rule] = {rule.code: rule for part in (ladder, data) for rule in part.RULES}
"""By code."""
