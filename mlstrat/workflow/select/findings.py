# Over 300 lines: a question's codes stand together, each once, with its sentence and its rule.
"""The findings of a choice: what was seen, in figures."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, cast

from mlstrat.core.decisions import CONSTRAINTS, TIED
from mlstrat.core.figures import Spread
from mlstrat.core.findings import Finding, Rule
from mlstrat.core.intervals import newcombe_interval
from mlstrat.core.sample_size.to_settle import to_settle_sentence
from mlstrat.core.wording import Scale, clean, count, listed, some_of
from mlstrat.workflow.select.compute import Selection
from mlstrat.workflow.select.preferences import Agreement, WrongPair

if TYPE_CHECKING:
    from mlstrat.workflow.select import schema

_SATISFICING = "C3W1 Satisficing and optimizing metric; Machine Learning Yearning 9"


_METRIC = "C3W1 When to change dev/test sets and metrics; Machine Learning Yearning 11"


Evidence = Mapping[str, Any]


MOST_NAMES = 8
"""Names in a sentence; the table and the JSON have all."""


def named(names: Sequence[str]) -> str:
    """Return some names, and how many more there are."""
    return some_of([clean(x, 30) for x in names], MOST_NAMES)


def _tie(e: Evidence, s: Scale) -> str:
    best, next_ = clean(e["best"], 30), clean(e["tied"][0], 30)
    text = f"{named(e['tied'])} cannot be told from {best}"
    text += ", on shared examples" if e["paired"] else ""
    text += f", looking at {count(e['candidates'])}."
    if e["equivalent"]:
        text += f" {next_} is within {s.points(e['tolerance'])} of {best}."
    if (x := e["to_settle"]) is not None:
        if len(e["tied"]) > 1:
            text += f" Is {best} better than {next_}, the next?"
        text += " " + to_settle_sentence(x["rows"], x["or_more"], paired=e["paired"])
    return text


def _runs(e: Evidence, s: Scale) -> str:
    parts = [
        f"{clean(x['name'], 30)} {count(x['runs'])} runs, {s.value(x['low'])} to "
        f"{s.value(x['high'])} (standard deviation {s.points(x['sd'])})"
        for x in e["candidates"][:MOST_NAMES]
    ]
    more = len(e["candidates"]) - len(parts)
    if more:
        parts.append(f"{count(more)} more")
    return f"{clean(e['column'])}: {'; '.join(parts)}."


def _nearest(e: Evidence, _s: Scale) -> str:
    misses = [f"{clean(m['constraint'])} by {m['by']:.4g} ({m['value']:.4g})" for m in e["misses"]]
    return f"{named(e['nearest'])} is nearest: it misses {listed(misses)}."


def _preferences(e: Evidence, _s: Scale) -> str:
    pairs = [
        f"{clean(p['better'], 30)} over {clean(p['worse'], 30)}" for p in e["wrong"][:MOST_NAMES]
    ]
    text = f"People prefer {listed(pairs)}; the metric does not."
    if e["weights_tried"] is None:
        return text
    if e["smallest"] is None:
        return text + f" No weight on one of {count(e['weights_tried'])} parts alone fixes it."
    where = listed([f"{clean(k)} {clean(v)}" for k, v in e["smallest"]["where"].items()])
    return text + (
        f" An error that weighs {where} {e['smallest']['weight']:g} times would agree (any weight "
        f"just above {e['smallest']['above']:.3g})."
    )


CANDIDATES_TIED = Rule(
    "MLS310", "note", "Candidates that cannot be told apart",
    "The highest of many figures is the highest partly by luck; the candidates named may be "
    "just as good.",
    "The interval of the difference to the best includes 0 at 1 - (1 - confidence)/(k - 1) "
    "for k candidates, so that the truly best one is left out in at most 2.5% of trials at "
    "95%.",
    "Gupta (1965), subset selection, by Bonferroni; Newcombe (1998b), (1998c) on shared examples",
    ("break the tie by what else matters: --prefer COLUMN, one of the table such "
    "as time or memory",
    "measure on more examples, the same ones for all"),
    sentence=_tie, decision=TIED)  # fmt: skip

NONE_SURELY_FEASIBLE = Rule(
    "MLS311", "tip", "No candidate surely meets every constraint",
    "The interval of a constraint's figure straddles its bound, so that the candidate may "
    "meet it or not.",
    "No candidate has the interval of every constraint within its bound, adjusted for the "
    "number of candidates; those that pass by value are preferred.",
    _SATISFICING,
    ("measure the constraint on more examples, or for more hours, before relying on it",),
    sentence=lambda e, _s: f"Undecided: {named(e['undecided'])}.",
    decision=CONSTRAINTS)  # fmt: skip

NONE_FEASIBLE = Rule(
    "MLS312", "issue", "No candidate meets every constraint",
    "Every candidate surely misses a constraint.",
    "The interval of a constraint is beyond its bound, adjusted for the number of candidates and "
    "of constraints. The nearest has the smallest largest miss, each relative to its bound "
    "(mlstrat's order: a miss of a tenth weighs the same in milliseconds and in points).",
    _SATISFICING,
    ("relax the bound that costs most, or improve the nearest candidate",),
    sentence=_nearest, decision=CONSTRAINTS)  # fmt: skip

BETTER_UNDECIDED = Rule(
    "MLS313", "note", "A better candidate is undecided",
    "It has a better figure than the choice, and may or may not meet the constraints.",
    "The interval of a constraint straddles its bound and the value is better than that of "
    "the choice.", _SATISFICING,
    ("measure its constraint on more examples, or for more hours",),
    sentence=lambda e, _s: (
    f"Better than {clean(e['choice'], 30)}, but undecided: {named(e['candidates'])}."
    ), decision=CONSTRAINTS)  # fmt: skip

NO_COUNTS = Rule(
    "MLS314", "note", "Without counts nothing tells luck from merit",
    "The figures that are optimised have no number of rows, so that they are ranked by "
    "value alone.",
    "No column n, no --n, or a figure that is not a proportion of rows.",
    "mlstrat: a figure without its number of rows has no interval",
    ("give the number of examples with a column n or --n",),
    sentence=lambda e, _s: f"{clean(e['optimize'])} has no interval.")  # fmt: skip

N_OF_SOME_ROWS = Rule(
    "MLS315", "note", "n is taken as the denominator of a share of some rows",
    "Precision is a share of the rows called positive, recall of the positive ones: fewer "
    "than all rows, so that its interval is too narrow if n counts all.",
    "A column of such a name has its interval from n.", "Wilson (1927)",
    ("give its own denominator in a column such as recall_n",),
    sentence=lambda e, _s: f"Columns: {named(e['columns'])}.")  # fmt: skip

ORDER_UNLIKE_PEOPLE = Rule(
    "MLS316", "issue", "The metric does not order candidates as people do",
    "Doing well on the metric and the dev set is not what is wanted, so the metric, the dev "
    "set or both must change.",
    "A pair of --preferences comes out equal or the other way round; a tip where the intervals "
    "of all such pairs leave it open.", _METRIC,
    ("first define a metric that captures what you prefer (a weight on what hurts, or a "
    "dev set of what users send); then, as a separate step, aim at it",
    "do not tune a model to a metric that ranks candidates wrongly"),
    sentence=_preferences, decision=TIED)  # fmt: skip

RUNS_INDEPENDENT = Rule(
    "MLS317", "note", "Runs were taken as independent",
    "Runs on the same examples are compared example by example, which tells smaller "
    "differences apart.",
    "Ids are missing, no id is shared, or the difference has no paired interval.",
    "Newcombe (1998b, independent rows; 1998c, paired)",
    ("give every run an id column and the same examples",),
    sentence=lambda e, _s: f"Not paired: {named(e['runs'])}.")  # fmt: skip

FIGURES_BLANK = Rule(
    "MLS318", "note", "Some figures are blank or undefined",
    "A candidate without the figure that is optimised cannot be chosen; one without a "
    "constraint's figure is undecided.", "A blank cell, or a figure that does not exist.",
    "mlstrat: what is blank is unknown, not 0", ("fill in the blanks",),
    sentence=lambda e, _s: (
    "Blank or undefined: "
    + listed([f"{count(n)} of {clean(c, 30)}" for c, n in e["columns"].items()])
    + "."
    ))  # fmt: skip


CONSTRAINTS_SHARED = Rule(
    "MLS319", "note", "The candidates share the error of the constraints",
    "The best of many is easily one that meets a constraint by luck, so that a candidate counts "
    "as meeting it only if it would among so many.",
    "More than one candidate, and a constraint whose figure has an interval. Met: one-sided at "
    "α/k for k candidates; broken: at α/(k·m) for m such constraints. Candidates that an exact "
    "constraint rules out do not count.",
    "Berger (1982); Clopper and Pearson (1934); Bonferroni's inequality",
    sentence=lambda e, _s: (
    f"{count(e['candidates'])} candidates share the {100 * (1 - e['confidence']):.3g}% of error "
    "of meeting every constraint."
    ), decision=CONSTRAINTS)  # fmt: skip


RUNS_AVERAGED = Rule(
    "MLS293", "note", "Runs of one candidate are averaged",
    "Another seed would give another figure: candidates are compared by their means, and the "
    "interval is over seeds and examples.",
    "A candidate is in several rows of the table, which has a column of seeds; or --by names such "
    "a column of runs, or each candidate is a glob of files that lack it.",
    "mlstrat: Zou and Donner (2008); Student's t over the runs",
    ("give every candidate as many runs",),
    sentence=_runs)  # fmt: skip


ERRORS_LIKE_ACCURACIES = Rule(
    "MLS320", "tip", "These errors look like accuracies",
    "The lowest accuracy would be chosen as the lowest error.",
    "The error of a table of candidates is optimised, and is above one half for every candidate.",
    "mlstrat: 95% right is 5% wrong",
    sentence=lambda e, s: (
    f"{clean(e['column'], 30)} runs from {s.value(e['low'])} to {s.value(e['high'])}."
    ))  # fmt: skip


def errors_like_accuracies(column: str, chosen: Selection) -> list[Finding]:
    """Return whether the errors of a table look like accuracies."""
    values = [c.figure.value for c in chosen.candidates if c.figure.value is not None]
    if len(values) < 2 or not min(values, default=0) > 0.5:
        return []
    quoted = shlex.quote(column if column.isidentifier() else f"`{column}`")
    evidence = {"column": column, "low": min(values), "high": max(values)}
    return [Finding(ERRORS_LIKE_ACCURACIES, evidence, flags=f"--maximize {quoted}")]


def selection_findings(
    chosen: Selection,
    agreed: Agreement | None,
    *,
    blank: Mapping[str, int],
    part_of_rows: Sequence[str],
    unpaired: Sequence[str],
    cost: str | None,
    spread: Mapping[str, Mapping[str, Spread]],
    confidence: float,
) -> list[Finding]:
    """Return the findings of a choice, the most urgent first; `cost` is a column to prefer by."""
    out: list[Finding] = []
    for column, runs in spread.items():
        each = [{"name": name, **vars(x)} for name, x in runs.items()]
        out.append(Finding(RUNS_AVERAGED, {"column": column, "candidates": each}))
    if chosen.nearest:
        misses = [asdict(m) for m in chosen.candidate(chosen.nearest[0]).misses]
        out.append(Finding(NONE_FEASIBLE, {"nearest": list(chosen.nearest), "misses": misses}))
    if chosen.pool == "undecided":
        undecided = [c.name for c in chosen.candidates if c.feasible == "undecided"]
        out.append(Finding(NONE_SURELY_FEASIBLE, {"undecided": undecided, "choice": chosen.choice}))
    if chosen.tied:
        x = chosen.to_settle
        evidence = {
            "best": chosen.best,
            "tied": [x for x in chosen.group if x != chosen.best],
            "candidates": chosen.pool_size,
            "paired": chosen.paired and not unpaired,
            "rows": chosen.candidate(chosen.best or "").figure.n,
            "rows_needed": None if x is None else x.total,
            "to_settle": None if x is None else x.to_dict(),
            "equivalent": chosen.equivalent,
            "tolerance": chosen.tolerance,
        }
        prefer, more = CANDIDATES_TIED.next_steps
        steps = (prefer.partition("COLUMN")[0] + shlex.quote(cost),) if cost is not None else ()
        if chosen.preferred is not None:
            steps = ()
        out.append(Finding(replace(CANDIDATES_TIED, next_steps=(*steps, more)), evidence))
    if agreed is not None and agreed.wrong:
        shown = any(_surely_unlike(chosen, pair) for pair in agreed.wrong)
        out.append(Finding(ORDER_UNLIKE_PEOPLE, _disagreement(agreed),
                           lowered_to=None if shown else "tip"))  # fmt: skip
    if chosen.unsure:
        out.append(
            Finding(BETTER_UNDECIDED, {"candidates": list(chosen.unsure), "choice": chosen.choice})
        )
    if chosen.choice is not None and chosen.candidate(chosen.choice).figure.ci is None:
        out.append(Finding(NO_COUNTS, {"optimize": chosen.expression.title}))
    if chosen.family.candidates > 1 and chosen.family.constraints:
        shared = {"candidates": chosen.family.candidates, "constraints": chosen.family.constraints}
        out.append(Finding(CONSTRAINTS_SHARED, {**shared, "confidence": confidence}))
    if part_of_rows:
        out.append(Finding(N_OF_SOME_ROWS, {"columns": sorted(set(part_of_rows))}))
    if unpaired:
        out.append(Finding(RUNS_INDEPENDENT, {"runs": list(unpaired)}))
    if blank:
        out.append(Finding(FIGURES_BLANK, {"columns": dict(blank)}))
    return out


def _surely_unlike(chosen: Selection, pair: WrongPair) -> bool:
    """Whether what people prefer is surely the worse by the metric; exact figures are sure."""
    better, worse = (chosen.candidate(x).figure for x in (pair.better, pair.worse))
    if better.value is None or worse.value is None or better.ci is None or worse.ci is None:
        return True
    low, high = newcombe_interval(better.value, better.ci, worse.value, worse.ci)
    return low > 0 if chosen.maximize else high < 0


def agreement_dict(agreed: Agreement) -> schema.Preferences:
    """Return how far a formula ranks as people do, as JSON."""
    smallest = agreed.smallest
    found = {
        "pairs": agreed.pairs,
        "agree": agreed.agree,
        "ties": agreed.ties,
        "agreement": {
            "value": agreed.agree / agreed.pairs,
            "ci": None,
            "n": agreed.pairs,
            "reason": "no interval: pairs share candidates",
        },
        "wrong": [asdict(w) for w in agreed.wrong],
        "weights": None if agreed.weights is None else [asdict(w) for w in agreed.weights],
        "smallest_weight": None if smallest is None else asdict(smallest),
    }
    return cast("schema.Preferences", found)


def _disagreement(agreed: Agreement) -> dict[str, Any]:
    smallest = agreed.smallest
    return {
        "pairs": agreed.pairs,
        "agree": agreed.agree,
        "wrong": [{"better": w.better, "worse": w.worse} for w in agreed.wrong],
        "weights_tried": None if agreed.weights is None else len(agreed.weights),
        "smallest": None if smallest is None else asdict(smallest),
    }
