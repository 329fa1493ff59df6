"""`plan`: how large train-dev, dev, test, eyeball and blackbox sets must be."""

from __future__ import annotations

from typing import Unpack

from mlstrat.core.asked import asks
from mlstrat.core.figures import Sampling
from mlstrat.core.sample_size.planned import Test
from mlstrat.data.rates import parse_rate
from mlstrat.data.settings import check_rows, settle
from mlstrat.errors import UsageError
from mlstrat.show.document import Signature
from mlstrat.workflow.splits.command import PLAN, AskedPlan
from mlstrat.workflow.splits.plan_document import PlanDocument
from mlstrat.workflow.splits.plan_findings import plan_findings
from mlstrat.workflow.splits.planning import Wanted, make_plan

METHOD = (
    "Dev: Connor (1987) with Edwards's correction; test: Wilson (1927); train-dev: two proportions "
    "of unequal sets, Fleiss, Levin and Paik (2003)"
)


@asks(PLAN)
def plan(
    **asked: Unpack[AskedPlan],
) -> PlanDocument:
    """Return how large each set must be for what must be told apart.

    Dev: McNemar's size at a discordance, as both models predict the same examples. Test: Wilson's
    interval of the error no wider than ± the difference to detect. Without `detect`, the course's
    shares of `examples`.

    Raises
    ------
    InputError, UsageError, ConfigError
        For a rate that is none, a difference that cannot be, more examples than there are.

    References
    ----------
    Connor (1987); Wilson (1927); Fleiss, Levin and Paik (2003), 4.4; MLY5, 7, 17-19.

    Examples
    --------
    >>> plan(error="5%", eyeball_errors=100).sizes["eyeball"]
    2000
    >>> plan(error="10%", detect="0.1%").sizes["dev"]
    394440
    """
    sampling, power = settle(None, asked).sampling, asked["power"]
    examples, eyeball_errors, dev = asked["examples"], asked["eyeball_errors"], asked["dev"]
    if not 0.5 <= power < 1:
        raise UsageError(f"power is {power:g}", accepted="0.5 up to below 1, as 0.8")
    for name, n in (("examples", examples), ("eyeball-errors", eyeball_errors), ("dev", dev)):
        check_rows(n, name)
    rates = {"error": asked["error"], "detect": asked["detect"],
             "discordance": asked["discordance"], "mismatch": asked["mismatch"]}  # fmt: skip
    values = {
        name: None if rate is None else parse_rate(rate, f"--{name}").value
        for name, rate in rates.items()
    }
    wanted = Wanted(examples=examples, eyeball_errors=eyeball_errors, dev=dev, **values)
    made = make_plan(wanted, Test(sampling.confidence, power))
    signature = Signature.of((), Sampling(sampling.confidence), METHOD, "error")
    return PlanDocument(made, tuple(plan_findings(made)), signature)
