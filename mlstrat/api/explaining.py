"""`explain`: what a finding code means."""

from __future__ import annotations

from mlstrat.errors import UsageError
from mlstrat.report.explanation import Explanation
from mlstrat.workflow.rules import RULES


def explain(code: str | None = None) -> Explanation:
    """Return what a finding code means: rule, threshold, source and next steps.

    Parameters
    ----------
    code
        ``MLS102``, in any case; None for the list of all.

    Raises
    ------
    UsageError
        For an unknown code.

    Examples
    --------
    >>> explain("MLS102").rules[0].title
    'Variance: what was learnt does not carry to unseen examples'
    """
    if code is None:
        return Explanation(tuple(RULES.values()))
    rule = RULES.get(code.strip().upper())
    if rule is None:
        import difflib

        near = difflib.get_close_matches(code.upper(), RULES, 3, 0.6)
        raise UsageError(
            f"unknown code {code!r}",
            accepted="a code of `mlstrat explain`",
            hint=f"did you mean {' or '.join(near)}?" if near else None,
        )
    return Explanation((rule,))
