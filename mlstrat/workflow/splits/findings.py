# Over 300 lines: a question's codes stand together, each once, with its rule.
"""What is to be known about splits that were made."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from mlstrat.core.cuts import MADE, Cuts, Key, Stratum
from mlstrat.core.decisions import DETECTABLE
from mlstrat.core.findings import Finding, Rule, Severity
from mlstrat.core.sample_size.detectable import (
    DISAGREEMENT,
    assumed_disagreement,
    detectable_difference,
    examples_for,
)
from mlstrat.core.sample_size.planned import Test, examples_for_half_width
from mlstrat.core.wording import Scale, clean, count, listed, rounded_up
from mlstrat.tasks.findings import shared
from mlstrat.workflow.splits.plan_findings import fine, never_told

ALARM = 0.01
"""Two splits are called different where at most this share of random shuffles differ as much
(mlstrat's threshold)."""

_DIFFERENT = "C3W2 Training and testing on different distributions"

_MISMATCHED = "C3W2 Bias and variance with mismatched data distributions"

Evidence = Mapping[str, Any]

REASONS = {
    "source": "there is no source column, so whether dev and test are of one source, and of the "
    "target, is unknown",
    "target": "no --target says which source dev and test are for",
    "label": "there is no label column",
    "features": "no column but those with a role tells examples apart, so near-identical rows and "
    "a classifier were left out",
    "few": "too few rows of dev or test for a classifier to tell them apart",
    "id": "there is no id column",
    "splits": "there are no dev and test to compare",
}
"""Why a part of a check could not be made."""


def _sources(by: Mapping[str, int]) -> str:
    named = [f"{count(n)} {clean(s)}" for s, n in list(by.items())[:4]]
    more = len(by) - len(named)
    return listed([*named, *([f"{count(more)} other sources"] if more else [])])


def _unchecked(e: Evidence, _s: Scale) -> str:
    return "Not checked: " + "; ".join(REASONS[name] for name in e["unchecked"]) + "."


def _too_small(e: Evidence, s: Scale) -> str:
    detect, at = fine(e["detect"]), f"at an error of {s.value(e['error'])}"
    parts = []
    if "dev" in e["rows"]:
        least = e["detectable"]
        told = "no improvement" if least is None else f"{fine(least)} points at best"
        parts.append(
            f"Dev has {count(e['rows']['dev'])} rows, which tell {told}; to tell {detect} points "
            f"{at} takes about {count(rounded_up(e['needed']['dev']))}, if two models disagree on "
            f"{fine(e['disagreement'])}% of them."
        )
    if "test" in e["rows"]:
        parts.append(
            f"Test has {count(e['rows']['test'])} rows; to know the error to ± {detect} points "
            f"{at} takes about {count(rounded_up(e['needed']['test']))}."
        )
    return " ".join(parts)


def _different(e: Evidence, s: Scale) -> str:
    out = []
    for x in e["differences"]:
        if x["by"] == "classifier":
            ci = x["auc"]["ci"]
            sure = x["auc"]["reason"] if ci is None else f"{ci[0]:.2f} to {ci[1]:.2f}"
            out.append(
                "A classifier tells dev from test, on rows that it did not see, with an AUC of "
                f"{x['auc']['value']:.2f} ({sure})."
            )
        else:
            out.append(_mix(x, "dev", "test", s))
    return " ".join(out)


def _mix(x: Mapping[str, Any], one: str, two: str, s: Scale) -> str:
    chance = f"p {x['p_value']:.2g}" if x["p_value"] > 1e-4 else "p at most 0.0001"
    return (
        f"By {x['by']}s, {s.value(x['distance'])} of {one} would have to change to be like "
        f"{two} ({chance})."
    )


def _not_target(e: Evidence, s: Scale) -> str:
    parts = [
        f"{s.value(e['share'][split])} of {split} is not {listed([clean(t) for t in e['target']])} "
        f"({_sources(others)})"
        for split, others in e["rows"].items()
    ]
    return "; ".join(parts) + "."


CHECK_INCOMPLETE = Rule(
    "MLS350", "note", "Part of the check could not be made",
    "Unchecked parts may still hold problems.",
    "A column, a split, or enough rows are missing.",
    "mlstrat: silence would look like a clean bill",
    ("give what is missing, and check again",),
    sentence=_unchecked)  # fmt: skip

NO_TRAIN_DEV = Rule(
    "MLS352", "tip", "There is no train-dev set: variance and mismatch stay one gap",
    "Where train and dev come from different distributions, only a set held out from the "
    "training distribution tells what is variance and what is mismatch.",
    "Train holds sources that dev does not, and there is no train-dev split.", _MISMATCHED,
    ("set some rows of the training mixture aside: --train-dev N",),
    sentence=lambda e, _s: (
        f"Train holds {_sources(e['sources'])}, of which dev has none."))  # fmt: skip

NEAR_OVERLAP = Rule(
    "MLS353", "issue", "Near-identical rows occur in two splits",
    "Rows that differ only in case, spacing, punctuation or rounding count as duplicates.",
    "The features of rows in two splits are equal once text is in lower case, without "
    "punctuation, and numbers are rounded to 3 significant digits (mlstrat's choice).",
    "Elangovan, He and Verspoor (2021)",
    ("keep copies in one split: give them one group",),
    sentence=shared)  # fmt: skip

DEV_TEST_APART = Rule(
    "MLS354", "issue", "Dev and test come from different distributions",
    "If test differs from dev, tuning on dev optimises the wrong target.",
    f"At most {ALARM:.0%} of random shuffles differ as much (mlstrat's threshold); or a classifier "
    "tells dev from test, its AUC surely above 0.5.", "C3W1 Train/dev/test distributions",
    ("shuffle all of their sources into both dev and test",
    "choose them to stand for the data of the future that matter"),
    sentence=_different)  # fmt: skip

OFF_TARGET = Rule(
    "MLS355", "issue", "Dev or test holds rows from outside the target",
    "Dev and test say where to aim: they hold what matters, and nothing else.",
    "Rows of dev or test come from another source than --target.", _DIFFERENT,
    ("draw dev and test from the target source only",
    "put the other data into train, where they may help"),
    sentence=_not_target)  # fmt: skip

TRAIN_DEV_APART = Rule(
    "MLS356", "issue", "Train-dev is not drawn from the training mixture",
    "The gap from train to train-dev is variance only if both are of one distribution.",
    f"At most {ALARM:.0%} of random shuffles differ as much (mlstrat's threshold).",
    _MISMATCHED,
    ("sample train-dev at random from train: `mlstrat split --train-dev N` does",),
    sentence=lambda e, s: (
        " ".join(_mix(x, "train-dev", "train", s) for x in e["differences"])))  # fmt: skip

TOO_SMALL_TO_TELL = Rule(
    "MLS357", "issue", "Dev or test is too small for the difference that matters",
    "Ideas that differ by less than dev can tell are chosen by luck, and test is for confidence "
    "in the final figure.",
    "Two models on the same dev set are told apart with less than 80% power, or the error on test "
    "is known less closely than to ± the difference. That two models disagree on "
    f"{100 * DISAGREEMENT:g}% is assumed: a tip where dev would do if no row is broken, and test "
    "at another error than the one assumed.",
    "C3W1 Size of dev and test sets; Connor (1987)",
    ("make the set larger: `mlstrat plan` says how large",),
    sentence=_too_small, decision=DETECTABLE)  # fmt: skip

SPLIT_WITHOUT_IDS = Rule(
    "MLS358", "note", "There is no id: rows are known by their content",
    "A row keeps its split as long as none of its cells changes and no column is added.",
    "Neither a group nor an id column.",
    "mlstrat: without an id, content is all that tells rows apart",
    ("add an id column, so that corrected rows keep their place",),
    sentence=lambda e, _s: (
        f"Each of {count(e['rows'])} rows was placed by its content."))  # fmt: skip

NEW_STRATA = Rule(
    "MLS359", "note", "New sources or strata since the cut points were made",
    "New strata are cut at the shares of the whole when the cuts were made.",
    "A source or value to stratify by that was not there when the cuts were made.",
    "mlstrat: old rows keep their split when new ones come",
    ("make new cuts once the new data matter, and start dev and test afresh",),
    sentence=lambda e, _s: (
    f"{count(len(e['strata']))} new strata with {count(e['rows'])} rows: "
    + listed([clean(" ".join(x for x in (s["source"], s["value"]) if x)) or "blank"
    for s in e["strata"][:5]]) + "."
    ))  # fmt: skip


EXPECTED_ERROR = 0.1
"""The error at which sizes are judged where none is given (ours)."""

Sources = Mapping[str, Mapping[str, int]]
"""Rows by split and source."""


def by_split_and_source(placed: Mapping[tuple[str, Stratum], int]) -> dict[str, dict[str, int]]:
    """Return rows by split and source, the splits in the order of the ladder."""
    out: dict[str, dict[str, int]] = {split: {} for split in MADE}
    for (split, stratum), rows in sorted(placed.items(), key=lambda x: (x[0][1].source, x[0][0])):
        out[split][stratum.source] = out[split].get(stratum.source, 0) + rows
    return {split: found for split, found in out.items() if found}


def key_findings(key: Key, rows: int) -> list[Finding]:
    """Return whether rows are known by their content."""
    return [Finding(SPLIT_WITHOUT_IDS, {"rows": rows})] if key == "row" else []


def new_strata_findings(cuts: Cuts, rows: Mapping[Stratum, int]) -> list[Finding]:
    """Return what the data hold that the cut points do not know."""
    new = [s for s in rows if s not in cuts.strata]
    if not new:
        return []
    evidence = {
        "strata": [{"source": s.source, "value": s.value, "rows": rows[s]} for s in new],
        "rows": sum(rows[s] for s in new),
    }
    return [Finding(NEW_STRATA, evidence)]


def train_dev_findings(sizes: Sources) -> list[Finding]:
    """Return whether a train-dev set is missing where train is not of the distribution of dev."""
    if "train-dev" in sizes or not {"train", "dev"} <= set(sizes):
        return []
    others = {s: n for s, n in sizes["train"].items() if s not in sizes["dev"]}
    return [Finding(NO_TRAIN_DEV, {"sources": others})] if others else []


def resolution_findings(
    rows: Mapping[str, int], detect: float | None, error: float | None, confidence: float
) -> list[Finding]:
    """Return whether dev cannot tell a difference, and test not know the error to as much."""
    if detect is None:
        return []
    expected = max(EXPECTED_ERROR, detect) if error is None else error
    test = Test(confidence)
    needed = {"dev": examples_for(expected, detect, test),
              "test": examples_for_half_width(expected, detect, confidence)}  # fmt: skip
    small = {s: rows[s] for s in needed if s in rows and rows[s] < needed[s]}
    if not small:
        return []
    evidence: dict[str, Any] = {
        "detect": detect,
        "error": expected,
        "disagreement": assumed_disagreement(expected, detect),
        "needed": {split: needed[split] for split in small},
        "rows": small,
        "detectable": detectable_difference(expected, small["dev"], test)
        if "dev" in small
        else None,
    }
    sure = "test" in small and error is not None
    sure |= "dev" in small and never_told(detect, small["dev"], test)
    return [Finding(TOO_SMALL_TO_TELL, evidence, lowered_to=None if sure else "tip")]


def target_findings(sizes: Sources, target: Collection[str]) -> list[Finding]:
    """Return rows of dev and test that are of another source than the target."""
    found = {
        split: {s: n for s, n in sizes[split].items() if s not in target}
        for split in ("dev", "test")
        if split in sizes
    }
    found = {split: others for split, others in found.items() if others}
    if not target or not found:
        return []
    shares = {s: sum(others.values()) / sum(sizes[s].values()) for s, others in found.items()}
    return [Finding(OFF_TARGET, {"target": sorted(target), "rows": found, "share": shares})]


def unchecked_findings(reasons: Sequence[str]) -> list[Finding]:
    """Return what could not be checked, by the names of the reasons."""
    return [Finding(CHECK_INCOMPLETE, {"unchecked": list(reasons)})] if reasons else []


REUSED = 100
"""Rows made of one source from which it counts as used too often (mlstrat's threshold)."""

SYNTHESIS_SOURCES = Rule(
    "MLS870", "issue", "How few sources the synthesised rows come from",
    "A model can learn a small set of sources by heart, though the rows made of them look varied "
    "to people: 20 designs of cars in 100,000 pictures are 20 cars.",
    "--synthesis-source is given. An issue where a source stands behind "
    f"{REUSED} train rows or more (mlstrat's threshold), else a note.",
    "C3W2 Addressing data mismatch; Machine Learning Yearning 43",
    ("collect more distinct sources: as many as there are rows, where that is cheap",
    "see how far few sources carry: mlstrat study synthesis"),
    sentence=lambda e, _s: (
        f"{count(e['rows'])} train rows are made of {count(e['sources'])} distinct values of "
        f"{clean(e['column'])!r}: each serves {e['rows'] / e['sources']:,.1f} rows on average."
    ))  # fmt: skip


def synthesis_findings(column: str, sources: int, rows: int) -> list[Finding]:
    """Return how many distinct sources stand behind the synthesised rows of train."""
    if not rows:
        return []
    lowered: Severity | None = None if rows / sources >= REUSED else "note"
    evidence = {"column": column, "sources": sources, "rows": rows}
    return [Finding(SYNTHESIS_SOURCES, evidence, lowered_to=lowered)]


DISTINCT = 0.5
"""Share of distinct contents from which the columns tell examples apart (ours): below it, rows
that are alike are ordinary."""


FEWEST_TO_DISTINGUISH = 100
"""Rows of dev and of test from which a classifier is told to tell them apart (ours)."""
