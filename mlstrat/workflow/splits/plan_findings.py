# Over 300 lines: a question's codes stand together, each once, with its sentence and its rule.
"""What is to be known about a plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlstrat.core.decisions import DETECTABLE
from mlstrat.core.findings import Finding, Rule
from mlstrat.core.sample_size import planned as size
from mlstrat.core.sample_size.detectable import DISAGREEMENT
from mlstrat.core.sample_size.planned import Test
from mlstrat.core.wording import Scale, count, listed
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
    """Return a fraction in percent or points with as many digits as it takes.

    Examples
    --------
    >>> fine(0.001), fine(0.05), fine(0.01234)
    ('0.1', '5', '1.2')
    """
    return f"{100 * x:.2g}" if x < 0.1 else f"{100 * x:.3g}"


def points(x: float) -> str:
    """Return a fraction as a difference in points.

    Examples
    --------
    >>> points(0.01), points(0.001)
    ('1 point', '0.1 points')
    """
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
    out = _too_small(plan) + _shares(plan)
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


def _too_small(plan: Plan) -> list[Finding]:
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
