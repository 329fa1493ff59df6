"""`explain`: what a finding, a term or a metric means."""

from __future__ import annotations

from mlstrat.core.metrics import METRICS
from mlstrat.errors import UsageError
from mlstrat.workflow.explain.document import Explanation, find, nearest
from mlstrat.workflow.explain.registry import RULES
from mlstrat.workflow.explain.terms import TERMS


def explain(code: str | None = None) -> Explanation:
    """Return what a finding, a term or a metric means: rule, checklist, numbers, source.

    Parameters
    ----------
    code
        A finding's code (``MLS102``), a term (``avoidable bias``) or a metric (``f1``), in any
        case, its words joined by anything; None for the list of all.

    Raises
    ------
    UsageError
        For what is none of these.

    Examples
    --------
    >>> explain("MLS102").rules[0].title
    'Variance: what was learnt does not carry to unseen examples'
    >>> explain("Avoidable bias").terms[0].numbers[0].partition(":")[0]
    'People 1 %, train 8 %, dev 10 %'
    >>> explain("f1").metrics[0].formula
    '2 TP / (2 TP + FP + FN), the harmonic mean of precision and recall'
    """
    if code is None:
        return Explanation(tuple(RULES.values()), tuple(TERMS.values()), tuple(METRICS.values()))
    found = find(code)
    if found is None:
        near = nearest(code)
        raise UsageError(
            f"nothing to explain under {code!r}",
            accepted="a code, a term or a metric that `mlstrat explain` lists",
            hint=f"did you mean {' or '.join(near)}?" if near else None,
        )
    return found
