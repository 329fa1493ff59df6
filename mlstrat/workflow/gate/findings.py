"""What a gate is told with: how a check is called, and findings MLS51x and MLS52x."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mlstrat.core.decisions import GATE
from mlstrat.core.findings import Finding, Rule
from mlstrat.core.intervals import interval_json
from mlstrat.core.sample_size.to_settle import to_settle_sentence
from mlstrat.core.wording import GAP_TITLES, Scale, clean, count, listed
from mlstrat.workflow.gate.judge import DEFAULT_MARGIN, Check, Judgement

_SINGLE = "C3W1 Single number evaluation metric"


_WEAR = "C3W1 Train/dev/test distributions; Machine Learning Yearning 11"


Evidence = Mapping[str, Any]


MOST_SHOWN = 5

AGAINST = {"last": "the baseline", "pinned": "the pinned baseline"}


def named(e: Evidence) -> str:
    """Return what a check looks at: ``F1 on dev, region north``."""
    title = GAP_TITLES.get(e["metric"], clean(e["title"]))
    text = f"{title} on {e['split']}" if e["split"] else title
    parts = [f"{clean(k, 30)} {clean(v, 40) or '(blank)'}" for k, v in e["where"].items()]
    return ", ".join([text, *parts])


def bound(e: Evidence) -> str:
    """Return the bound as text: ``at least 90.0%``."""
    if e["kind"] == "margin":
        side = "below" if e["bound"] < 0 else "above"
        return f"{_points(e, abs(e['bound']))} {side} {AGAINST[e['against']]}"
    word = "at least" if e["kind"] == "min" else "at most"
    return f"{word} {_level(e, e['bound'])}"


def short_bound(e: Evidence) -> str:
    """Return the bound for a narrow column: ``-1.0 vs pinned``."""
    if e["kind"] == "margin":
        against = "baseline" if e["against"] == "last" else "pinned"
        return f"{_points(e, e['bound'], sign=True).removesuffix(' points')} vs {against}"
    return bound(e)


def short_observed(e: Evidence) -> str:
    """Return the figure for a narrow column, a difference without its unit."""
    return observed(e).removesuffix(" points")


def observed(e: Evidence) -> str:
    """Return the figure as text."""
    if e["observed"] is None:
        return "missing"
    if e["kind"] == "margin":
        return _points(e, e["observed"], sign=True)
    return _level(e, e["observed"])


def interval(e: Evidence) -> str:
    """Return the interval as text."""
    return Scale(e["share"]).interval(e["ci"])


def sentence(e: Evidence) -> str:
    """Return what a check found, in one line without its end."""
    text = f"{named(e)}: {observed(e)}"
    if e["ci"] is not None:
        text += f" ({interval(e)})"
    return f"{text}; {'allowed: less than' if e['kind'] == 'margin' else 'bound:'} {bound(e)}"


def settle(e: Evidence) -> str:
    """Return what would settle an inconclusive check, without its end."""
    if e["to_settle"] is None:
        reason = clean(e["reason"] or "no number of examples would settle it", 200)
        return reason[0].upper() + reason[1:]
    such = "such " if e["where"] else ""
    rows, most = (
        None if found is None else {f"{such}{split}": n for split, n in found.items()}
        for found in (e["to_settle"]["rows"], e["to_settle"]["or_more"])
    )
    return to_settle_sentence(rows or {}, most, paired=e["paired"]).removesuffix(".")


def _level(e: Evidence, x: float) -> str:
    if e["metric"] in GAP_TITLES:
        return Scale(e["share"]).points(x, sign=True)
    return Scale(True).value(x) if e["share"] else f"{x:.6g}"


def _points(e: Evidence, x: float, *, sign: bool = False) -> str:
    return Scale(e["share"]).points(x, sign=sign)


def _each(e: Evidence, write: Callable[[Evidence], str], between: str = "; ") -> str:
    checks = e["checks"]
    shown = [write(c) for c in checks[:MOST_SHOWN]]
    more = len(checks) - len(shown)
    return between.join([*shown, f"{count(more)} more checks"] if more else shown) + "."


def _times(n: int) -> str:
    return "once" if n == 1 else f"{count(n)} times"


def _uses(e: Evidence, _s: Scale) -> str:
    parts = [
        f"{x['split']} ({count(x['rows'])} rows) {_times(x['uses'])} by "
        f"{count(x['runs'])} run{'s' if x['runs'] != 1 else ''}"
        for x in e["sets"]
    ]
    return f"Used so far, this time included: {listed(parts)}." if parts else "No dev and no test."


def _worn(e: Evidence, _s: Scale) -> str:
    points = Scale()
    text = (
        f"After {count(e['uses'])} uses by {count(e['runs'])} runs, dev → test is "
        f"{points.points(e['gap'], sign=True)} ({points.interval(e['ci'])})."
    )
    if e["first_gap"] is not None:
        text += f" At the first use it was {points.points(e['first_gap'], sign=True)}."
    return text


CHECK_FAILED = Rule(
    "MLS511", "issue", "A check failed",
    "The figure is surely beyond its bound, at the confidence asked for.",
    "The whole interval, adjusted by Holm's method for the number of checks, is beyond the "
    "bound.", f"Holm (1979); {_SINGLE}",
    ("read the examples on which only the baseline is right",
    "or change the bound, in a commit that says why"),
    sentence=lambda e, _s: _each(e, named), decision=GATE)  # fmt: skip

CHECK_INCONCLUSIVE = Rule(
    "MLS512", "note", "A check is inconclusive",
    "The bound lies within the interval: these examples do not tell on which side the figure "
    "is.", "The adjusted interval contains the bound, or there is no interval.",
    "C3W1 Size of the dev and test sets; Machine Learning Yearning 7",
    ("predict more examples (mlstrat plan says how many), or allow a wider margin",
    'on_inconclusive = "fail" makes this exit 3'),
    sentence=lambda e, _s: _each(e, lambda c: f"{named(c)}: {settle(c)}", ". "),
    decision=GATE)  # fmt: skip

FIGURE_MISSING = Rule(
    "MLS513", "issue", "A figure that a check needs is missing",
    "What cannot be measured is not passed: the check fails.",
    "The metric, its split, or a number of the run's config is not there, or undefined.",
    "mlstrat: a gate that passes for want of a figure protects nothing",
    ("write what is missing into the run, or take the check out of the config",),
    sentence=lambda e, _s: (
        _each(e, lambda c: f"{named(c)}: {clean(c['reason'], 200)}")))  # fmt: skip

SLICE_TOO_SMALL = Rule(
    "MLS515", "note", "A slice is below its minimum size",
    "It decides nothing: the check is inconclusive whatever its figure.",
    "The slice has fewer rows than the gate's min_n.", "mlstrat: a few rows decide by chance",
    ("collect more of this slice, or lower min_n",),
    sentence=lambda e, _s: _each(
    e, lambda c: f"{named(c)}: {count(c['n'])} rows, at least {count(c['min_n'])} are asked for"
    ))  # fmt: skip

DEFAULT_GATE = Rule(
    "MLS516", "note", "The config has no gate, so the default one was taken",
    "The single number must not be worse than the baseline's by the margin or more.",
    f"No [[gate]] in the config; the margin is {DEFAULT_MARGIN:g} unless --margin says "
    "another (mlstrat's threshold: the course names none; 1 point is also the default "
    "tolerance of gaps).",
    f"{_SINGLE}; ICH E9 (1998), non-inferiority",
    ("write the gates that you mean into mlstrat.toml",),
    sentence=lambda e, _s: (
    f"The margin is {Scale(e['share']).points(e['margin'])} of {clean(e['title'])}, by which "
    "the run may not be worse than its baseline."
    ))  # fmt: skip

DECIDED_ON_VALUE = Rule(
    "MLS517", "tip", "A check was decided on its value alone",
    "Chance decides such a check where the value is near the bound. With 2,000 examples each, "
    "not paired, \"not worse by 0.01\" fails 15% of unchanged models by accuracy (error 10%), "
    "and four in ten by F1 with 10% positives.",
    'decide_on = "point".', "ICH E9 (1998): non-inferiority is shown by an interval",
    ("leave decide_on out, so that the interval decides",),
    sentence=lambda e, _s: _each(e, named))  # fmt: skip

UNPAIRED = {
    "scores": "a ranking within a slice is not paired.",
    "kinds": "each run tells kinds of error for itself, so their change is not paired.",
}

BASELINE_UNPAIRED = Rule(
    "MLS518", "tip", "The baseline is not paired with the run",
    "Rows are taken as different ones, so the interval of the difference is wider than it "
    "would be if they were paired by id.",
    "One of the two has no id column, the metric ranks the rows of a slice, or a gate is of a kind "
    "of error.",
    "Newcombe (1998b) where rows differ, (1998c) where they are paired",
    ("write an id column into both runs, or gate on a metric of predictions",),
    sentence=lambda e, _s: (
    f"{AGAINST[e['baseline']].capitalize()}: "
    + (
    UNPAIRED.get(e["reason"], "there are no ids in both.")
    )
    ))  # fmt: skip

BASELINE_UNUSED = Rule(
    "MLS519", "note", "No gate compares with the baseline that was given",
    "It was not read.", "A baseline is given, and no gate of the config has a margin for it.",
    "mlstrat: a baseline that nothing uses is mostly a mistake",
    ("add a margin to a gate: margin = 0.01",),
    sentence=lambda e, _s: f"{clean(e['baseline'])} was not compared with.")  # fmt: skip

CHECKS_ADJUSTED = Rule(
    "MLS520", "note", "The intervals are adjusted for the number of checks",
    "Adjusted so that all checks together raise a false alarm no more often than one would.",
    "More than one check is decided on its interval: the step-down of Holm, intervals at "
    "1 − α / (checks not yet decided), those of proportions exact beyond 99%.",
    "Holm (1979); Shaffer (1980); Brown, Cai and DasGupta (2001)",
    sentence=lambda e, _s: (
    f"{count(e['checks'])} checks share the {100 * (1 - e['confidence']):.3g}% of error."
    ))  # fmt: skip

USES_OF_SETS = Rule(
    "MLS521", "note", "How often the sets were used",
    "On a set that models are chosen on again and again, the chosen one looks better than it is.",
    "A ledger is kept (--ledger).", _WEAR,
    sentence=_uses)  # fmt: skip

DEV_WORN_OUT = Rule(
    "MLS522", "issue", "The dev set is worn out",
    "Models that were accepted on dev are worse on test: dev was looked at too often.",
    "A ledger is kept, dev was used by more than one run, and the interval of the gap "
    "dev → test is above 0.", _WEAR,
    ("collect a new dev set, or enlarge it",
    "fix it before the next choice: what is chosen now is chosen on noise"),
    sentence=_worn)  # fmt: skip

BASELINE_IS_LAST_RUN = Rule(
    "MLS523", "tip", "Only the last run is the baseline",
    "A loss smaller than the margin passes each time, and so do ten of them in a row.",
    "A margin is checked against --baseline and no --pinned baseline is given.",
    "mlstrat: losses within the margin add up over many runs",
    ("pin a run that was accepted, and give it too: --pinned FILE",),
    sentence=lambda _e, _s: (
    "The last run moves along: what it loses within the margin, again and again, adds up."
    ))  # fmt: skip


def gate_findings(result: Judgement, *, default: bool, confidence: float) -> list[Finding]:
    """Return the findings that follow from the checks alone, the most urgent first."""
    out: list[Finding] = []
    groups: Sequence[tuple[Rule, list[Check]]] = (
        (FIGURE_MISSING, [c for c in result.checks if c.missing]),
        (CHECK_FAILED, [c for c in result.checks if c.verdict == "fail" and not c.missing]),
        (SLICE_TOO_SMALL, [c for c in result.checks if c.too_small]),
        (
            CHECK_INCONCLUSIVE,
            [c for c in result.checks if c.verdict == "inconclusive" and not c.too_small],
        ),
    )
    for rule, checks in groups:
        if checks:
            out.append(Finding(rule, {"checks": [evidence(c) for c in checks]}))
    if default:
        q = result.checks[0].question
        evidence_of = {"metric": q.metric, "title": q.title, "share": q.share}
        out.append(Finding(DEFAULT_GATE, evidence_of | {"margin": q.gate.margin}))
    on_point = [c for c in result.checks if c.question.gate.decide_on == "point"
                and not c.question.exact and not c.missing]  # fmt: skip
    if on_point:
        out.append(Finding(DECIDED_ON_VALUE, {"checks": [evidence(c) for c in on_point]}))
    if result.family > 1:
        out.append(Finding(CHECKS_ADJUSTED, {"checks": result.family, "confidence": confidence}))
    margins = [c.question for c in result.checks if c.question.kind == "margin"]
    if margins and all(q.against == "last" for q in margins):
        out.append(Finding(BASELINE_IS_LAST_RUN, {"margin": max(abs(q.bound) for q in margins)}))
    return out


def evidence(check: Check) -> dict[str, Any]:
    """Return a check in figures, for a finding."""
    q, f = check.question, check.figure
    return {
        "metric": q.metric, "title": q.title, "share": q.share, "split": q.split,
        "where": dict(q.where), "kind": q.kind, "against": q.against, "bound": q.bound,
        "observed": f.value, "ci": interval_json(f.ci), "n": f.n,
        "needed": check.needed, "reason": check.reason, "min_n": q.gate.min_n,
        "to_settle": None if check.to_settle is None else check.to_settle.to_dict(),
        "paired": q.paired,
    }  # fmt: skip
