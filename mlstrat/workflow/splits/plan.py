"""`plan`: how large train-dev, dev, test, eyeball and blackbox sets must be."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from mlstrat.core.asked import asks
from mlstrat.core.decisions import DETECTABLE
from mlstrat.core.figures import Sampling
from mlstrat.core.findings import Finding
from mlstrat.core.sample_size.planned import Test, fewest_fixed
from mlstrat.core.wording import Scale, count, listed
from mlstrat.data.rates import parse_rate
from mlstrat.data.settings import check_rows, settle
from mlstrat.errors import UsageError
from mlstrat.show.blocks import Block, Heading, Paragraph, Table, Verdict
from mlstrat.show.document import Document, Signature, findings_blocks, head
from mlstrat.workflow.splits.command import PLAN, AskedPlan
from mlstrat.workflow.splits.findings import (
    COURSE_SHARES,
    fine,
    need_words,
    plan_findings,
    points,
)
from mlstrat.workflow.splits.planning import Plan, RuleOfThumb, Wanted, dev_tells, make_plan

if TYPE_CHECKING:
    from mlstrat.workflow.splits import schema

METHOD = (
    "Dev: Connor (1987) with Edwards's correction; test: Wilson (1927); train-dev: two proportions "
    "of unequal sets, Fleiss, Levin and Paik (2003)"
)


@asks(PLAN)
def plan(**asked: Unpack[AskedPlan]) -> PlanDocument:
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


class PlanDocument(Document):
    """How large each set must be, and why."""

    plan: Plan
    findings: tuple[Finding, ...]
    signature: Signature

    @property
    def sizes(self) -> dict[str, int | None]:
        """Examples of each set; None where nothing asks for a number."""
        return dict(self.plan.sizes)

    @property
    def detectable_difference(self) -> float | None:
        """The smallest improvement that dev tells, a fraction."""
        return self.plan.detectable

    def save_figure(self, path: str | Path) -> None:
        """Write the power curve as SVG or PNG, as the ending says."""
        from mlstrat.workflow.splits.power_figure import power_figure

        power_figure(self.plan, _verdict(self.plan), self.own_place(path))

    def to_dict(self) -> schema.Plan:
        """Return the JSON document."""
        plan, sizes, wanted = self.plan, self.plan.sizes, self.plan.wanted
        return {
            "schema": "mlstrat.plan/1",
            **head(self.signature, self.findings),
            "sizes": {
                "train": sizes["train"], "train-dev": sizes["train-dev"], "dev": sizes["dev"],
                "test": sizes["test"], "eyeball": sizes["eyeball"], "blackbox": sizes["blackbox"],
            },
            "detectable_difference": plan.detectable,
            "fewest_fixed": fewest_fixed(plan.test.confidence),
            "test_half_width": plan.test_half_width,
            "reasons": [
                {"set": r.set, "need": r.need, "n": r.n, "binding": r.binding,
                 "text": need_words(r.need, wanted)}
                for r in plan.reasons
            ],
            "assumptions": {
                "examples": wanted.examples, "error": wanted.error, "detect": wanted.detect,
                "discordance": plan.disagreement,
                "discordance_stated": wanted.discordance is not None,
                "mismatch": wanted.mismatch,
                "eyeball_errors": wanted.eyeball_errors, "dev": wanted.dev,
                "power": plan.test.power,
            },
            "era": plan.era,
            "rules_of_thumb": [
                {"name": rule.name,
                 "train": rule.counts[0], "dev": rule.counts[1], "test": rule.counts[2],
                 "detectable_difference": self._told_by(rule)}
                for rule in plan.rules
            ],
        }  # fmt: skip

    def blocks(self) -> list[Block]:
        """Return the document laid out for reading."""
        plan = self.plan
        rows = [
            (name, self._why(name), count(n))
            for name, n in plan.sizes.items()
            if n is not None or name in ("train", "dev", "test")
        ]
        out: list[Block] = [Verdict(_verdict(plan), decision=DETECTABLE)]
        if any(n is not None for n in plan.sizes.values()):
            out += [Heading("Sizes"), Table(("set", "because", "examples"), tuple(rows), left=2)]
            if plan.sizes["eyeball"] is not None:
                out.append(Paragraph("Eyeball and blackbox set are the two parts of dev."))
        if plan.rules:
            out += self._rules()
        told = [x for x in self.findings if not (plan.rules and x.code == COURSE_SHARES.code)]
        out += findings_blocks(tuple(told), Scale())  # the table has the shares
        out.append(self._basis())
        return out

    def _why(self, name: str) -> str:
        needs = [r.need for r in self.plan.reasons if r.set == name and r.binding]
        words = [need_words(need, self.plan.wanted) for need in needs]
        return "; ".join(words) if words else "nothing asks for a number"

    def _told_by(self, rule: RuleOfThumb) -> float | None:
        """Return what the dev set of a rule tells; test takes its place where there is no dev."""
        _, dev, test = rule.counts
        n = dev or test
        return dev_tells(self.plan.wanted, n, self.plan.test) if n else None

    def _rules(self) -> list[Block]:
        known = self.plan.wanted.error is not None
        rows = []
        for rule in self.plan.rules:
            told = self._told_by(rule)
            last = (points(told) if told is not None else "nothing",) if known else ()
            rows.append((rule.name, *(count(n) for n in rule.counts), *last))
        columns = ("shares", "train", "dev", "test", *(("dev tells",) if known else ()))
        return [Heading("The course's rules of thumb"), Table(columns, tuple(rows))]

    def _basis(self) -> Block:
        test = self.plan.test
        fixed = fewest_fixed(test.confidence)
        return Paragraph(
            f"Two-sided tests at {100 * (1 - test.confidence):g}%, power {100 * test.power:g}%; "
            f"a fix of {fixed} errors that breaks none shows on any dev set. "
            f"{self.signature.method}."
        )

    def records(self) -> list[dict[str, Any]]:
        """Return the sets, one record each."""
        return [
            {"set": name, "examples": n, "because": self._why(name)}
            for name, n in self.plan.sizes.items()
        ]


def _verdict(plan: Plan) -> str:
    wanted, sizes = plan.wanted, plan.sizes
    if wanted.dev is not None and wanted.error is not None:
        return _verdict_on_dev(plan, wanted.dev, wanted.error)
    if wanted.detect is not None and wanted.error is not None:
        dev, enough = sizes["dev"], _enough(plan)
        tell = " to tell" if dev == enough else f", of which {count(enough)} would tell"
        return (
            f"Dev needs {count(dev)} examples{tell} "
            f"{points(wanted.detect)} at an error of {fine(wanted.error)}%, {_same(plan)}; test "
            f"needs {count(sizes['test'])} to know the error to ± {points(wanted.detect)}."
        )
    if sizes["train"] is not None:
        parts = [
            f"{name} {count(n)}"
            for name in ("train", "train-dev", "dev", "test")
            if (n := sizes[name]) is not None
        ]
        told = "" if plan.detectable is None else f" Dev tells {points(plan.detectable)}."
        return f"Of {count(wanted.examples)} examples: {listed(parts)}.{told}"
    if wanted.mismatch is not None:
        return (
            f"A train-dev set of {count(sizes['train-dev'])} and a dev set of "
            f"{count(sizes['dev'])} examples tell a mismatch of {points(wanted.mismatch)}."
        )
    if wanted.eyeball_errors is not None:
        return (
            f"An eyeball set of {count(sizes['eyeball'])} examples holds about "
            f"{count(wanted.eyeball_errors)} errors to read."
        )
    return "There is no rule of thumb for this size: give --error and --detect."


def _enough(plan: Plan) -> int:
    return next(r.n for r in plan.reasons if r.need == "detect_paired")


def _same(plan: Plan) -> str:
    stated = "" if plan.wanted.discordance is not None else ", assumed"
    return (
        "both models on the same examples (they disagree on "
        f"{fine(plan.disagreement or 0.0)}%{stated})"
    )


def _verdict_on_dev(plan: Plan, dev: int, error: float) -> str:
    found, detect = plan.detectable, plan.wanted.detect
    told = f"tells {points(found)}" if found is not None else "tells no improvement at all"
    start = f"A dev set of {count(dev)} examples {told} at an error of {fine(error)}%"
    if found is not None:
        start += f", {_same(plan)}"
    if detect is None:
        return start + "."
    if found is not None and found <= detect * (1 + 1e-9):
        return f"{start}: enough for {points(detect)}."
    return f"{start}: not enough for {points(detect)}, which takes {count(_enough(plan))}."
