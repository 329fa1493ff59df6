# Over 300 lines: a question's codes stand together, each once, with its sentence and its rule.
"""What is to be known about a plan, and about splits that were made."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from mlstrat.core.cuts import MADE, Cuts, Key, Stratum
from mlstrat.core.decisions import DETECTABLE
from mlstrat.core.findings import Finding, Rule, Severity
from mlstrat.core.sample_size import planned as size
from mlstrat.core.sample_size.planned import (
    DISAGREEMENT,
    Test,
    assumed_disagreement,
    detectable_difference,
    examples_for,
    examples_for_half_width,
)
from mlstrat.core.wording import Scale, clean, count, listed, rounded_up
from mlstrat.tasks.findings import shared
from mlstrat.workflow.splits.planning import LARGE, MODERN_DEV, QUIZ, SMALL, Plan, Wanted

EYEBALL_WORDS = ((10, "very rough"), (20, "rough"), (50, "good"), (100, "very good"))
"""From how many errors the picture of where errors come from is how good (MLY18)."""

MOST_READ = 1_000
"""More errors than this are rarely read by anyone (MLY18)."""

BLACKBOX_USEFUL, BLACKBOX_ENOUGH = 100, 1_000
"""From how many examples a blackbox set is useful, and from how many mostly enough (MLY18)."""

LITTLE_LEFT = 0.5
"""Share of the examples below which what is left to train on is called little (ours)."""

SPEEDUP = 10
"""By how much fewer examples make a first pass quicker (Quiz W1 Q15: 100 to 10 million)."""

_SIZE = "C3W1 Size of the dev and test sets"

_words = "; ".join(f"{word} from {n} errors" for n, word in EYEBALL_WORDS)

Evidence = Mapping[str, Any]


def fine(x: float) -> str:
    """Return a fraction in percent or points with as many digits as it takes."""
    return f"{100 * x:.2g}" if x < 0.1 else f"{100 * x:.3g}"


def points(x: float) -> str:
    """Return a fraction as a difference in points."""
    return f"{fine(x)} point{'' if fine(x) == '1' else 's'}"


def _shares_text(e: Evidence, _s: Scale) -> str:
    rules = [
        f"{name} ({', '.join(count(n) for n in counts)})" for name, counts in e["rules"].items()
    ]
    return f"For {count(e['examples'])} examples: {listed(rules)} of train, dev, test."


def _open(e: Evidence, s: Scale) -> str:
    return f"{_shares_text(e, s)} Neither is named for this size; both ends are shown."


def _too_small_text(e: Evidence, _s: Scale) -> str:
    what = "a mismatch" if e["need"] == "mismatch" else "a difference"
    return (
        f"{count(e['dev'])} dev examples do not tell {what} of {points(e['difference'])}; "
        f"{count(e['needed'])} would."
    )


def _eyeball_text(e: Evidence, _s: Scale) -> str:
    picture = e["picture"]
    sense = "no picture to rely on" if picture is None else f"a {picture} picture"
    text = (
        f"{count(e['errors'])} errors give {sense} of where errors come from; about "
        f"{count(e['examples'])} examples hold them."
    )
    return text + (" Rarely does anyone read as many." if e["more_than_people_read"] else "")


def _blackbox_text(e: Evidence, _s: Scale) -> str:
    if e["use"] == "none":
        return "Nothing is left: all of dev is read, so watch for overfitting to it."
    return f"{count(e['blackbox'])} dev examples are never read: {e['use']}."


def _paired(e: Evidence, _s: Scale) -> str:
    sizes = [f"{count(p['n'])} if they disagree on {fine(p['discordance'])}%" for p in e["paired"]]
    return (
        f"To tell {points(e['detect'])} takes {listed(sizes)} of the examples "
        f"({fine(e['assumed'])}% is assumed); on examples of its own each model takes "
        f"{count(e['unpaired'])}."
    )


def _test(e: Evidence, _s: Scale) -> str:
    text = f"{count(e['test'])} examples"
    if e["share"] is not None:
        text += f" ({fine(e['share'])}% of all)"
    if e["half_width"] is not None:
        text += f" know the error to ± {points(e['half_width'])}"
    return text + "."


COURSE_SHARES = Rule(
    "MLS340", "note", "The course's shares for so many examples",
    "Shares of train, dev and test by era; they ignore the difference you need to detect.",
    f"60/20/20 or 70/30 up to {SMALL:,}; 98/1/1 at {LARGE:,}; above it 99.5/0.25/0.25 or "
    f"99.5/0.4/0.1, from {QUIZ:,} also 95/2.5/2.5 (the quiz), and never fewer than "
    f"{MODERN_DEV:,} in dev and test (mlstrat's threshold).",
    f"{_SIZE}; Quiz W1; C2W1; MLY5",
    sentence=_shares_text)  # fmt: skip

DEV_TOO_SMALL = Rule(
    "MLS341", "issue", "The dev set is too small for what is asked",
    "A difference smaller than what dev can tell is lost in its noise: 100 examples do not "
    "tell 0.1 points.",
    "A dev set that is there already, smaller than the formula asks for. A tip where the "
    "disagreement of the two models is assumed, and the set is large enough if no row is broken.",
    "MLY7",
    ("collect more dev examples, or ask for a larger difference",
    "give --discordance, if the two models disagree on fewer examples than assumed"),
    sentence=_too_small_text, decision=DETECTABLE)  # fmt: skip

NO_COURSE_SHARES = Rule(
    "MLS342", "note", "The course names no shares for so many examples",
    f"The course names shares up to {SMALL:,} examples and at {LARGE:,}, and none between.",
    f"More than {SMALL:,}, fewer than {LARGE:,} examples.",
    _SIZE, ("say what must be told apart, with --error and --detect",),
    sentence=_open)  # fmt: skip

EYEBALL_SHOWS = Rule(
    "MLS343", "note", "What the eyeball set will show",
    "The part of dev whose errors are read by people. A task that people cannot do needs "
    "none: there is nothing to learn from reading.",
    f"The picture of where errors come from is {_words}. Rarely are more than {MOST_READ:,} "
    "read.", "MLY17-19", ("read these errors, and tune on none of the blackbox set",),
    sentence=_eyeball_text)  # fmt: skip

BLACKBOX_LEFT = Rule(
    "MLS344", "note", "What is left for the blackbox set",
    "The part of dev that is only measured on. Where dev is small all of it is the eyeball "
    "set, which matters more; then watch for overfitting to it.",
    f"Useful from {BLACKBOX_USEFUL} examples, mostly enough from {BLACKBOX_ENOUGH:,} to "
    "10,000.", "MLY18-19",
    sentence=_blackbox_text)  # fmt: skip

DISAGREEMENT_ASSUMED = Rule(
    "MLS345", "tip", "How often two models disagree is assumed",
    "Two models predict the same dev examples, and only those count on which exactly one of the "
    "two is right: the fewer these are, the fewer examples tell the two apart.",
    f"--detect without --discordance: {100 * DISAGREEMENT:g}% is assumed (mlstrat's: two models "
    "that err on as many and share half of their errors), or twice the difference where that is "
    "more, and at most what two models disagree on that err independently.",
    "Connor (1987)",
    ("plan with --discordance: the share of examples on which exactly one of two models is "
    "right, which `compare` counts",),
    sentence=_paired, decision=DETECTABLE)  # fmt: skip

TEST_FOR_CONFIDENCE = Rule(
    "MLS346", "note", "The test set is sized for confidence, not as a share",
    "It must be large enough to trust the last word. 10,000 or 100,000 are usually enough, "
    "far below 30% of many examples. To do without a test set is acceptable only with a "
    "very large dev set, and not recommended: the figure on a dev set used for choosing looks "
    "better than it is.",
    "A test set is planned.", f"{_SIZE}; MLY7",
    sentence=_test)  # fmt: skip

TENTH_TO_ITERATE = Rule(
    "MLS347", "tip", "A tenth of the examples makes iteration ten times faster",
    "Where training takes days and a tenth is enough to rank ideas, fewer examples speed up the "
    "work: two weeks for 100 million examples are 1.4 days for 10 million, if the cost grows with "
    "the examples.", f"At least {LARGE:,} examples; a factor of {SPEEDUP}. How long training "
    "takes is for you to say.", "Quiz W1 Q15; MLY 4, 10",
    ("if training takes days: try ideas on a tenth of the training set",
    "compare the last few on all of it, since the order of ideas can change with the size",
    "then train the chosen one on all"),
    sentence=lambda e, _s: (
    f"{count(e['reduced'])} of {count(e['examples'])} examples take about 1/"
    f"{e['speedup']:.3g} of the time, where the cost grows with the examples."
    ))  # fmt: skip

LITTLE_TO_TRAIN_ON = Rule(
    "MLS348", "issue", "Little is left to train on",
    "Dev and test take more than they leave.",
    f"Train gets less than {100 * LITTLE_LEFT:g}% of the examples (mlstrat's threshold).", _SIZE,
    ("ask for a larger difference, or give --discordance if the two models disagree on less",),
    sentence=lambda e, _s: (
    f"{count(e['train'])} of {count(e['examples'])} examples are left for train."
    ))  # fmt: skip

NOTHING_DETECTABLE = Rule(
    "MLS349", "issue", "This dev set cannot detect any improvement",
    "Even a perfect model could not be told from this one.",
    "No difference up to the error itself reaches the power asked for.", "MLY7",
    ("collect more dev examples",),
    sentence=lambda e, _s: (
    f"On {count(e['dev'])} examples even a fall from {fine(e['error'])}% to 0 is not told."
    ), decision=DETECTABLE)  # fmt: skip


def plan_findings(plan: Plan) -> list[Finding]:
    """Return the findings of a plan."""
    out = _dev_too_small(plan) + _shares(plan)
    wanted, sizes = plan.wanted, plan.sizes
    if wanted.eyeball_errors is not None:
        out.append(_eyeball(wanted.eyeball_errors, sizes["eyeball"]))
    if (blackbox := sizes["blackbox"]) is not None:
        out.append(_blackbox(blackbox))
    if wanted.detect is not None and wanted.error is not None and wanted.discordance is None:
        out.append(Finding(DISAGREEMENT_ASSUMED, {
            "detect": wanted.detect,
            "assumed": plan.disagreement,
            "paired": _paired_sizes(plan),
            "unpaired": size.unpaired_size(wanted.error, wanted.detect, plan.test),
        }))  # fmt: skip
    examples, test = wanted.examples, sizes["test"]
    if test is not None:
        out.append(Finding(TEST_FOR_CONFIDENCE, {
            "test": test,
            "half_width": plan.test_half_width,
            "share": None if examples is None else test / examples,
        }))  # fmt: skip
    if examples is not None and examples >= LARGE:
        reduced = examples // SPEEDUP
        out.append(Finding(TENTH_TO_ITERATE, {
            "examples": examples, "reduced": reduced, "speedup": examples / reduced,
        }))  # fmt: skip
    return out


def _dev_too_small(plan: Plan) -> list[Finding]:
    wanted, dev, error = plan.wanted, plan.sizes["dev"], plan.wanted.error
    out: list[Finding] = []
    if dev is None or error is None:
        return out
    for reason in plan.reasons:
        if reason.set != "dev" or reason.n <= dev:
            continue
        if reason.need == "mismatch" and plan.sizes["train-dev"] is None:
            difference, sure = wanted.mismatch, True
        elif reason.need == "detect_paired":
            difference = wanted.detect
            sure = wanted.discordance is not None or never_told(difference or 0.0, dev, plan.test)
        else:
            continue  # for a mismatch, a larger train-dev makes up for it
        evidence = {"dev": dev, "need": reason.need, "difference": difference,
                    "needed": reason.n, "tells": plan.detectable}  # fmt: skip
        out.append(Finding(DEV_TOO_SMALL, evidence, lowered_to=None if sure else "tip"))
    if plan.detectable is None:
        out.append(Finding(NOTHING_DETECTABLE, {"dev": dev, "error": error}))
    return out


def never_told(difference: float, rows: int, test: Test) -> bool:
    """Tell whether so many rows do not tell a difference even where no row is broken."""
    return size.paired_size(difference, difference, test) > rows


def _shares(plan: Plan) -> list[Finding]:
    if plan.era is None:
        return []
    evidence = {
        "examples": plan.wanted.examples,
        "rules": {rule.name: list(rule.counts) for rule in plan.rules},
    }
    out = [Finding(NO_COURSE_SHARES if plan.era == "open" else COURSE_SHARES, evidence)]
    train, examples = plan.sizes["train"], plan.wanted.examples
    if train is not None and examples is not None and train < LITTLE_LEFT * examples:
        out.append(Finding(LITTLE_TO_TRAIN_ON, {"train": train, "examples": examples}))
    return out


def eyeball_set_findings(errors: int, eyeball: int, blackbox: int) -> list[Finding]:
    """Return what an eyeball set will show, and what is left for the blackbox set."""
    return [_eyeball(errors, eyeball), _blackbox(blackbox)]


def _eyeball(errors: int, examples: int | None) -> Finding:
    return Finding(EYEBALL_SHOWS, {
        "errors": errors,
        "examples": examples,
        "picture": next((word for n, word in reversed(EYEBALL_WORDS) if errors >= n), None),
        "more_than_people_read": errors > MOST_READ,
    })  # fmt: skip


def _blackbox(n: int) -> Finding:
    use = "enough" if n >= BLACKBOX_ENOUGH else "small but useful"
    if n < BLACKBOX_USEFUL:
        use = "too small" if n else "none"
    return Finding(BLACKBOX_LEFT, {"blackbox": n, "use": use})


def _paired_sizes(plan: Plan) -> list[dict[str, Any]]:
    """Return the size at twice the difference, as assumed, and where errors are independent."""
    error, detect = plan.wanted.error or 0.0, plan.wanted.detect or 0.0
    other = error - detect
    independent = error + other - 2 * error * other
    shares = {min(2 * detect, independent), plan.disagreement or detect, independent}
    return [{"discordance": s, "n": size.paired_size(s, detect, plan.test)} for s in sorted(shares)]


def need_words(need: str, wanted: Wanted) -> str:
    """Return in words what asks for a size."""
    detect = "" if wanted.detect is None else points(wanted.detect)
    errors, mismatch = wanted.eyeball_errors, wanted.mismatch
    return {
        "detect_paired": f"tells {detect}, two models on the same examples",
        "half_width": f"tells the error to ± {detect}",
        "mismatch": f"tells a mismatch of {points(mismatch or 0.0)}",
        "eyeball": f"holds about {count(errors)} errors",
        "rule_of_thumb": "the course's rule of thumb",
        "given": "there already",
        "rest": "the rest",
    }[need]


ALARM = 0.01
"""Two splits are called different where at most this share of random shuffles differ as much
(mlstrat's threshold)."""

_DIFFERENT = "C3W2 Training and testing on different distributions"

_MISMATCHED = "C3W2 Bias and variance with mismatched data distributions"

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
