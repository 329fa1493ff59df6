"""Sizes of train, train-dev, dev and test, of the eyeball and the blackbox part of dev.

From what must be told apart, with the course's shares of each era beside it. Where both are silent
a size is unknown, and no number is made up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from mlstrat.core.record import Record
from mlstrat.core.sample_size import planned as size
from mlstrat.core.sample_size.planned import (
    Test,
    assumed_disagreement,
    detectable_difference,
    examples_for,
)
from mlstrat.errors import UsageError

SMALL, LARGE = 10_000, 1_000_000
"""Up to the one the old shares hold, from the other on the new (C3W1 Size of the dev and test
sets). Between them the lectures name none."""

QUIZ = 10_000_000
"""Of so many the first quiz of the course takes 95/2.5/2.5."""

MODERN_DEV = 10_000
"""What 1% of a million is: above a million a smaller share never means fewer (ours)."""


class RuleOfThumb(Record):
    """Shares that the course names, and what they mean for these examples."""

    name: str
    shares: tuple[float, float, float]
    examples: int

    @property
    def counts(self) -> tuple[int, int, int]:
        """Examples of train, dev and test; what rounding leaves belongs to train."""
        dev, test = (round(self.examples * share) for share in self.shares[1:])
        return self.examples - dev - test, dev, test


def era_of(examples: int) -> str:
    """Return the era of the course's shares: up to 10,000, from a million on, or open between."""
    if examples <= SMALL:
        return "small"
    return "large" if examples >= LARGE else "open"


def rules_of_thumb(examples: int) -> tuple[RuleOfThumb, ...]:
    """Return the course's shares for so many examples, those of both sides where it is silent."""
    old = (("60/20/20", (0.6, 0.2, 0.2)), ("70/30", (0.7, 0.0, 0.3)))
    new = (("98/1/1", (0.98, 0.01, 0.01)),)
    less = (("99.5/0.25/0.25", (0.995, 0.0025, 0.0025)), ("99.5/0.4/0.1", (0.995, 0.004, 0.001)))
    quiz = (("95/2.5/2.5", (0.95, 0.025, 0.025)),) if examples >= QUIZ else ()
    named = {
        "small": old,
        "open": old[:1] + new,
        "large": new if examples == LARGE else (*new, *quiz, *less),
    }[era_of(examples)]
    return tuple(RuleOfThumb(name, shares, examples) for name, shares in named)


SETS = ("train", "train-dev", "dev", "test", "eyeball", "blackbox")


class Wanted(Record):
    """What a plan is asked for; fractions, None where not said.

    ``examples`` there are in all, ``error`` is expected on dev, ``detect`` is the difference to
    tell, ``discordance`` the share of examples on which exactly one of two models is right,
    ``mismatch`` the gap train-dev → dev to tell from none, ``eyeball_errors`` how many errors to
    read, ``dev`` the size of a dev set that is there already.
    """

    examples: int | None = None
    error: float | None = None
    detect: float | None = None
    discordance: float | None = None
    mismatch: float | None = None
    eyeball_errors: int | None = None
    dev: int | None = None


class Reason(Record):
    """Why a set has its size: the need that asks for it, and what the need alone would take.

    ``need`` is one of detect_paired, half_width, mismatch, eyeball, rule_of_thumb, given, rest;
    ``binding`` where the size comes from this need.
    """

    set: str
    need: str
    n: int
    binding: bool


class Plan(Record):
    """The sizes, why, and what they can tell.

    ``detectable`` is the smallest improvement that dev tells, None where its size or the error
    is unknown or no improvement is told; ``test_half_width`` is ± of the error on test; ``era``
    is small, open or large, None where the number of examples is unknown.
    """

    wanted: Wanted
    test: Test
    sizes: Mapping[str, int | None]
    reasons: tuple[Reason, ...]
    detectable: float | None
    test_half_width: float | None
    era: str | None
    rules: tuple[RuleOfThumb, ...]

    @property
    def disagreement(self) -> float | None:
        """Share of dev on which exactly one of two models is right: as stated, else assumed."""
        error, difference = self.wanted.error, self.wanted.detect or self.detectable
        if self.wanted.discordance is not None or error is None or difference is None:
            return self.wanted.discordance
        return assumed_disagreement(error, difference)


def make_plan(wanted: Wanted, test: Test | None = None) -> Plan:
    """Return how large each set must be."""
    test = test or Test()
    _check(wanted)
    reasons = _needs(wanted, test)
    sizes = {name: max((r.n for r in reasons if r.set == name), default=None) for name in SETS}
    if wanted.dev is not None:
        sizes["dev"] = wanted.dev
    elif {r.need for r in reasons if r.set == "dev"} == {"eyeball"}:
        sizes["dev"] = None  # dev holds the eyeball set, and how much more nobody said
    dev, eyeball = sizes["dev"], sizes["eyeball"]
    if wanted.mismatch is not None and wanted.error is not None and dev is not None:
        found = size.train_dev_for(wanted.mismatch, wanted.error, dev, test)
        if found is not None:
            sizes["train-dev"] = found
            reasons.append(Reason("train-dev", "mismatch", found, True))
    if dev is not None and eyeball is not None:
        if eyeball > dev:
            raise UsageError(
                f"the eyeball set asks for {eyeball:,} examples and the dev set has {dev:,}",
                accepted=f"at most {dev:,} examples",
                hint="read fewer errors, or collect a larger dev set",
            )
        sizes["blackbox"] = dev - eyeball
        reasons.append(Reason("blackbox", "rest", dev - eyeball, True))
    _fill_train(wanted, test, sizes, reasons)
    return Plan(
        wanted,
        test,
        sizes,
        tuple(_bound(reasons, sizes)),
        None if dev is None else dev_tells(wanted, dev, test),
        None
        if sizes["test"] is None or wanted.error is None
        else size.half_width(wanted.error, sizes["test"], test.confidence),
        None if wanted.examples is None else era_of(wanted.examples),
        () if wanted.examples is None else rules_of_thumb(wanted.examples),
    )


def dev_tells(wanted: Wanted, dev: int, test: Test) -> float | None:
    """Return the smallest improvement that a dev set of this size tells; None where unknown."""
    if wanted.error is None:
        return None
    return detectable_difference(wanted.error, dev, test, wanted.discordance)


def _needs(wanted: Wanted, test: Test) -> list[Reason]:
    """Return what dev, test and the eyeball set must hold, each need by itself."""
    out: list[tuple[str, str, int]] = []
    error = wanted.error
    if wanted.detect is not None and error is not None:
        n = examples_for(error, wanted.detect, test, wanted.discordance)
        # Test is for confidence in the final figure: to ± the difference that matters.
        half = size.examples_for_half_width(error, wanted.detect, test.confidence)
        out += [("dev", "detect_paired", n), ("test", "half_width", half)]
    elif wanted.examples is not None and (era := era_of(wanted.examples)) != "open":
        least = MODERN_DEV if era == "large" else 1
        rules = reversed(rules_of_thumb(wanted.examples))
        _, *both = next(r for r in rules if r.shares[1] == r.shares[2]).counts
        out += [(name, "rule_of_thumb", max(n, least))
                for name, n in zip(("dev", "test"), both, strict=True)]  # fmt: skip
    if wanted.mismatch is not None and error is not None:
        # Two sets of this size tell it; a larger dev leaves less to train-dev.
        out.append(("dev", "mismatch", size.unpaired_size(error, wanted.mismatch, test)))
    if wanted.eyeball_errors is not None and error is not None:
        n = size.examples_for_errors(wanted.eyeball_errors, error)
        out += [("eyeball", "eyeball", n), ("dev", "eyeball", n)]
    if wanted.dev is not None:
        out.append(("dev", "given", wanted.dev))
    return [Reason(*need, binding=False) for need in out]


def _fill_train(
    wanted: Wanted, test: Test, sizes: dict[str, int | None], reasons: list[Reason]
) -> None:
    """Give train what the others leave; refuse a plan that leaves nothing."""
    largest = "eyeball" if sizes["dev"] is None else "dev"
    taken = {n: x for n in ("train-dev", largest, "test") if (x := sizes[n]) is not None}
    if wanted.examples is None or not taken:
        return
    total = sum(taken.values())
    if total >= wanted.examples:
        shown = " + ".join(f"{name} {n:,}" for name, n in taken.items())
        raise UsageError(
            f"the plan asks for more examples than there are: {shown} = {total:,} of "
            f"{wanted.examples:,}, with none left to train on",
            accepted=f"sets that leave some of the {wanted.examples:,} examples to train",
            hint=_way_out(wanted, test),
        )
    if "dev" in taken and "test" in taken:
        sizes["train"] = wanted.examples - total
        reasons.append(Reason("train", "rest", wanted.examples - total, True))


def _way_out(wanted: Wanted, test: Test) -> str:
    if wanted.detect is None or wanted.examples is None:
        return "ask for fewer, or collect more"
    half = dev_tells(wanted, wanted.examples // 4, test)
    hint = "detect a larger difference"
    if half is not None:
        hint += f" (a quarter each for dev and test tells {100 * half:.2g} points)"
    if wanted.discordance is None:
        hint += ", or give --discordance if the two models disagree on less"
    return hint


def _bound(reasons: list[Reason], sizes: Mapping[str, int | None]) -> list[Reason]:
    """Mark the needs that make a set as large as it is, and put them in order."""
    marked = [replace(r, binding=sizes[r.set] == r.n) for r in reasons]
    return sorted(marked, key=lambda r: (SETS.index(r.set), not r.binding))


def _check(wanted: Wanted) -> None:
    needs_error = {
        "--detect": wanted.detect, "--mismatch": wanted.mismatch,
        "--eyeball-errors": wanted.eyeball_errors, "--discordance": wanted.discordance,
    }  # fmt: skip
    asked = [name for name, value in needs_error.items() if value is not None]
    if asked and wanted.error is None:
        raise UsageError(f"{asked[0]} needs the expected error", hint="give --error RATE")
    if not asked and wanted.examples is None and wanted.dev is None:
        raise UsageError(
            "nothing to plan for",
            accepted="--examples N, --error RATE with --detect, --mismatch or --eyeball-errors",
        )
    if wanted.dev is not None and wanted.examples is not None and wanted.dev >= wanted.examples:
        raise UsageError(
            f"the plan asks for more examples than there are: dev {wanted.dev:,} of "
            f"{wanted.examples:,}, with none left to train on"
        )
    error = wanted.error
    if error is None:
        return
    if not 0 < error < 1:
        raise UsageError(
            f"the expected error is {100 * error:g}%",
            accepted="above 0 and below 100%",
            hint="with no errors there is nothing to tell apart or to read",
        )
    for name, value in (("--detect", wanted.detect), ("--mismatch", wanted.mismatch)):
        if value is not None and not 0 < value <= error:
            raise UsageError(
                f"{name} is {100 * value:g} points, and the error is {100 * error:g}%",
                accepted="above 0, and at most the error: it cannot fall below 0",
            )
    psi, least = wanted.discordance, wanted.detect or 0.0
    if psi is not None and not (least <= psi <= 2 * error - least and psi > 0):
        raise UsageError(
            f"--discordance is {100 * psi:g}%",
            accepted=f"{100 * least:g}% to {200 * error - 100 * least:g}%: the share of examples "
            "on which exactly one of two models is right, at least the difference and at most "
            "the sum of both errors",
        )
