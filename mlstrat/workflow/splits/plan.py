"""`plan`: how large train-dev, dev, test, eyeball and blackbox sets must be."""

from __future__ import annotations

from pathlib import Path

from mlstrat.core.sample_size import Test
from mlstrat.data.config import find_config
from mlstrat.data.settings import check_rows, sampling_of
from mlstrat.data.values import parse_rate
from mlstrat.errors import UsageError
from mlstrat.show.document import Signature
from mlstrat.workflow.splits.plan_document import PlanDocument
from mlstrat.workflow.splits.plan_findings import plan_findings
from mlstrat.workflow.splits.planning import Wanted, make_plan

METHOD = (
    "Two proportions: Fleiss, Levin and Paik (2003); the same examples: Connor (1987) with "
    "Edwards's correction; train-dev: two proportions of unequal sets"
)


def plan(
    *,
    examples: int | None = None,
    error: str | float | None = None,
    detect: str | float | None = None,
    discordance: str | float | None = None,
    mismatch: str | float | None = None,
    eyeball_errors: int | None = None,
    dev: int | None = None,
    power: float = 0.8,
    confidence: float | None = None,
    config: str | Path | None = None,
) -> PlanDocument:
    """Return how large each set must be for what must be told apart.

    Dev and test: n = (z₁ √(2 p̄(1 − p̄)) + z₂ √(p₁(1 − p₁) + p₂(1 − p₂)))² / d² with p₂ = p₁ − d, or
    McNemar's size at a discordance; without `detect`, the course's shares of `examples`.

    Parameters
    ----------
    examples
        How many there are in all.
    error
        The error to expect on dev: ``"5%"``, ``0.05`` or counts.
    detect
        The difference of two models to tell, ``"0.1%"`` or ``0.001``: an improvement on `error`.
    discordance
        The share of examples on which exactly one of two models is right; then both are compared
        on the same examples.
    mismatch
        The gap from train-dev to dev that must be told from none.
    eyeball_errors
        How many errors people shall read.
    dev
        The size of a dev set that is there already: what does it tell?
    power
        The chance to find a difference of this size, 0.5 up to below 1.
    confidence
        1 minus the level of the two-sided test (0.95).
    config
        A TOML file; without it ``mlstrat.toml`` in the current folder.

    Raises
    ------
    InputError, UsageError, ConfigError
        For a rate that is none, a difference that cannot be, more examples than there are.

    References
    ----------
    Fleiss, Levin and Paik (2003), 4.2; Connor (1987); MLY5, 7, 17-19.

    Examples
    --------
    >>> plan(error="5%", eyeball_errors=100).sizes["eyeball"]
    2000
    >>> plan(error="10%", detect="0.1%").sizes["dev"]
    1406515
    """
    sampling = sampling_of(confidence, None, None, find_config(None, config))
    if not 0.5 <= power < 1:
        raise UsageError(f"power is {power:g}", accepted="0.5 up to below 1, as 0.8")
    for name, n in (("examples", examples), ("eyeball-errors", eyeball_errors), ("dev", dev)):
        check_rows(n, name)
    rates = {"error": error, "detect": detect, "discordance": discordance, "mismatch": mismatch}
    values = {
        name: None if rate is None else parse_rate(rate, f"--{name}").value
        for name, rate in rates.items()
    }
    wanted = Wanted(examples=examples, eyeball_errors=eyeball_errors, dev=dev, **values)
    made = make_plan(wanted, Test(sampling.confidence, power))
    signature = Signature((), "error", confidence=sampling.confidence, method=METHOD)
    return PlanDocument(made, tuple(plan_findings(made)), signature)
