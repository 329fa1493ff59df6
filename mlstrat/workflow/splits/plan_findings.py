"""What is to be known about a plan."""

from __future__ import annotations

from typing import Any

from mlstrat.core import sample_size as size
from mlstrat.core.findings import Finding
from mlstrat.workflow.splits.old_plan import (
    BLACKBOX_ENOUGH,
    BLACKBOX_USEFUL,
    EYEBALL_WORDS,
    LITTLE_LEFT,
    MOST_READ,
    SPEEDUP,
)
from mlstrat.workflow.splits.planning import LARGE, Plan


def plan_findings(plan: Plan) -> list[Finding]:
    """Return the findings of a plan."""
    out = _too_small(plan) + _shares(plan) + _parts_of_dev(plan)
    wanted, sizes = plan.wanted, plan.sizes
    if wanted.detect is not None and wanted.discordance is None:
        out.append(Finding("MLS345", {"detect": wanted.detect, "paired": _paired_sizes(plan)}))
    examples, test = wanted.examples, sizes["test"]
    if test is not None:
        evidence = {
            "test": test,
            "half_width": plan.test_half_width,
            "share": None if examples is None else test / examples,
        }
        out.append(Finding("MLS346", evidence))
    if examples is not None and examples >= LARGE:
        reduced = examples // SPEEDUP
        evidence = {"examples": examples, "reduced": reduced, "speedup": examples / reduced}
        out.append(Finding("MLS347", evidence))
    return out


def eyeball_quality(errors: int) -> str | None:
    """Return how good a picture so many errors give; None below the smallest number named.

    Examples
    --------
    >>> [eyeball_quality(n) for n in (9, 10, 20, 50, 100)]
    [None, 'very rough', 'rough', 'good', 'very good']
    """
    return next((word for n, word in reversed(EYEBALL_WORDS) if errors >= n), None)


def blackbox_quality(n: int) -> str:
    """Return what a blackbox set of n examples is good for.

    Examples
    --------
    >>> [blackbox_quality(n) for n in (0, 60, 100, 1_000)]
    ['none', 'too small', 'small but useful', 'enough']
    """
    if n == 0:
        return "none"
    if n < BLACKBOX_USEFUL:
        return "too small"
    return "enough" if n >= BLACKBOX_ENOUGH else "small but useful"


def _too_small(plan: Plan) -> list[Finding]:
    wanted, dev, error = plan.wanted, plan.sizes["dev"], plan.wanted.error
    out: list[Finding] = []
    if dev is None or error is None:
        return out
    for reason in plan.reasons:
        asked = reason.need == "mismatch" or reason.need.startswith("detect")
        if reason.set != "dev" or reason.n <= dev or not asked:
            continue
        if reason.need == "mismatch":
            if plan.sizes["train-dev"] is not None:
                continue  # a larger train-dev makes up for it
            difference = wanted.mismatch
        else:
            difference = wanted.detect
        evidence: dict[str, Any] = {"dev": dev, "need": reason.need, "difference": difference}
        out.append(Finding("MLS341", evidence | {"needed": reason.n, "tells": plan.detectable}))
    if plan.detectable is None:
        out.append(Finding("MLS349", {"dev": dev, "error": error}))
    return out


def _shares(plan: Plan) -> list[Finding]:
    if plan.era is None:
        return []
    evidence = {
        "examples": plan.wanted.examples,
        "rules": {rule.name: list(rule.counts) for rule in plan.rules},
    }
    out = [Finding("MLS342" if plan.era == "open" else "MLS340", evidence)]
    train, examples = plan.sizes["train"], plan.wanted.examples
    if train is not None and examples is not None and train < LITTLE_LEFT * examples:
        out.append(Finding("MLS348", {"train": train, "examples": examples}))
    return out


def _parts_of_dev(plan: Plan) -> list[Finding]:
    out: list[Finding] = []
    errors, eyeball = plan.wanted.eyeball_errors, plan.sizes["eyeball"]
    if errors is not None:
        out.append(_eyeball(errors, eyeball))
    blackbox = plan.sizes["blackbox"]
    if blackbox is not None:
        out.append(_blackbox(blackbox))
    return out


def eyeball_set_findings(errors: int, eyeball: int, blackbox: int) -> list[Finding]:
    """Return what an eyeball set will show, and what is left for the blackbox set."""
    return [_eyeball(errors, eyeball), _blackbox(blackbox)]


def _eyeball(errors: int, examples: int | None) -> Finding:
    evidence = {
        "errors": errors,
        "examples": examples,
        "picture": eyeball_quality(errors),
        "more_than_people_read": errors > MOST_READ,
    }
    return Finding("MLS343", evidence)


def _blackbox(n: int) -> Finding:
    return Finding("MLS344", {"blackbox": n, "use": blackbox_quality(n)})


def _paired_sizes(plan: Plan) -> list[dict[str, Any]]:
    """Return the paired size at twice the difference and at the error, where they can be."""
    error, detect = plan.wanted.error, plan.wanted.detect
    if error is None or detect is None:
        return []
    most = 2 * error - detect
    shares = sorted({min(2 * detect, most), min(max(error, detect), most)})
    return [{"discordance": s, "n": size.paired_size(s, detect, plan.test)} for s in shares]
