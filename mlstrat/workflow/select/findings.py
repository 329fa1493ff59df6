"""The findings of a choice: what was seen, in figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mlstrat.core.findings import Finding, Rule
from mlstrat.core.wording import Scale, clean, count, listed, rounded_up
from mlstrat.workflow.select.compute import Selection
from mlstrat.workflow.select.preferences import Agreement

if TYPE_CHECKING:
    from mlstrat.workflow.select import schema

_SATISFICING = "C3W1 Satisficing and optimizing metric; Machine Learning Yearning 9"


_METRIC = "C3W1 When to change dev/test sets and metrics; Machine Learning Yearning 11"


Evidence = Mapping[str, Any]


MOST_NAMES = 8
"""Names in a sentence; the table and the JSON have all."""


def named(names: Sequence[str]) -> str:
    """Return some names, and how many more there are."""
    shown = [clean(x, 30) for x in names[:MOST_NAMES]]
    more = len(names) - len(shown)
    return listed([*shown, f"{count(more)} more"] if more else shown)


def _tie(e: Evidence, _s: Scale) -> str:
    text = f"{named(e['tied'])} cannot be told from {clean(e['best'], 30)}"
    text += ", on shared examples" if e["paired"] else ""
    text += f", looking at {count(e['candidates'])}."
    if e["rows_needed"] is not None:
        text += (
            f" About {count(rounded_up(e['rows_needed']))} examples instead of "
            f"{count(e['rows'])} would tell the best from the next, if figures stay as they are."
        )
    return text


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
    "MLS310", "issue", "Candidates that cannot be told apart",
    "The highest of many figures is the highest partly by luck; the candidates named may be "
    "just as good.",
    "The interval of the difference to the best includes 0 at 1 - (1 - confidence)/(k - 1) "
    "for k candidates, so that the truly best one is left out in at most 2.5% of trials at "
    "95%.",
    "Gupta (1965), subset selection, by Bonferroni; Newcombe (1998b), (1998c) on shared examples",
    ("break the tie by what else matters: --prefer COLUMN, one of the table such "
    "as time or memory",
    "or measure on more examples, the same ones for all"),
    sentence=_tie)  # fmt: skip

NONE_SURELY_FEASIBLE = Rule(
    "MLS311", "issue", "No candidate surely meets every constraint",
    "The interval of a constraint's figure straddles its bound, so that the candidate may "
    "meet it or not.",
    "No candidate has the whole interval of every constraint within its bound; those that "
    "pass by value are preferred.",
    _SATISFICING,
    ("measure the constraint on more examples, or for more hours, before relying on it",),
    sentence=lambda e, _s: f"Undecided: {named(e['undecided'])}.")  # fmt: skip

NONE_FEASIBLE = Rule(
    "MLS312", "issue", "No candidate meets every constraint",
    "Every candidate surely misses a constraint.",
    "The nearest has the smallest largest miss, each relative to its bound (mlstrat's rule).",
    _SATISFICING,
    ("relax the bound that costs most, or improve the nearest candidate",),
    sentence=_nearest)  # fmt: skip

BETTER_UNDECIDED = Rule(
    "MLS313", "note", "A better candidate is undecided",
    "It has a better figure than the choice, and may or may not meet the constraints.",
    "The interval of a constraint straddles its bound and the value is better than that of "
    "the choice.", _SATISFICING,
    ("measure its constraint on more examples, or for more hours",),
    sentence=lambda e, _s: (
    f"Better than {clean(e['choice'], 30)}, but undecided: {named(e['candidates'])}."
    ))  # fmt: skip

NO_COUNTS = Rule(
    "MLS314", "note", "Without counts nothing tells luck from merit",
    "The figures that are optimised have no number of rows, so that they are ranked by "
    "value alone.",
    "No column n, no --n, or a figure that is no proportion of rows.",
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
    "A pair of --preferences comes out equal or the other way round.", _METRIC,
    ("first define a metric that captures what you prefer (a weight on what hurts, or a "
    "dev set of what users send); then, as a separate step, aim at it",
    "do not tune a model to a metric that ranks candidates wrongly"),
    sentence=_preferences)  # fmt: skip

RUNS_INDEPENDENT = Rule(
    "MLS317", "note", "Runs were taken as independent",
    "Runs on the same examples are compared example by example, which tells smaller "
    "differences apart.",
    "Ids are missing, no id is shared, or the difference has no paired interval.",
    "Newcombe (1998b)",
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


def selection_findings(
    chosen: Selection,
    agreed: Agreement | None = None,
    *,
    blank: Mapping[str, int] | None = None,
    part_of_rows: Sequence[str] = (),
    unpaired: Sequence[str] = (),
) -> list[Finding]:
    """Return the findings of a choice, the most urgent first."""
    out: list[Finding] = []
    if chosen.nearest:
        misses = chosen.candidate(chosen.nearest[0]).misses
        out.append(
            Finding(
                NONE_FEASIBLE,
                {
                    "nearest": list(chosen.nearest),
                    "misses": [
                        {"constraint": m.constraint, "value": m.value, "bound": m.bound, "by": m.by}
                        for m in misses
                    ],
                },
            )
        )
    if chosen.pool == "undecided":
        undecided = [c.name for c in chosen.candidates if c.feasible == "undecided"]
        out.append(Finding(NONE_SURELY_FEASIBLE, {"undecided": undecided, "choice": chosen.choice}))
    if chosen.tied:
        evidence = {
            "best": chosen.best,
            "tied": [x for x in chosen.group if x != chosen.best],
            "candidates": chosen.pool_size,
            "paired": chosen.paired and not unpaired,
            "rows": chosen.candidate(chosen.best or "").figure.n,
            "rows_needed": chosen.rows_needed,
        }
        out.append(Finding(CANDIDATES_TIED, evidence))
    if agreed is not None and agreed.wrong:
        out.append(Finding(ORDER_UNLIKE_PEOPLE, _disagreement(agreed)))
    if chosen.unsure:
        out.append(
            Finding(BETTER_UNDECIDED, {"candidates": list(chosen.unsure), "choice": chosen.choice})
        )
    if chosen.choice is not None and chosen.candidate(chosen.choice).figure.ci is None:
        out.append(Finding(NO_COUNTS, {"optimize": chosen.expression.title}))
    if part_of_rows:
        out.append(Finding(N_OF_SOME_ROWS, {"columns": sorted(set(part_of_rows))}))
    if unpaired:
        out.append(Finding(RUNS_INDEPENDENT, {"runs": list(unpaired)}))
    if blank:
        out.append(Finding(FIGURES_BLANK, {"columns": dict(blank)}))
    return out


def weight_dict(weight: Any) -> schema.PreferenceWeight:
    """Return a weight as JSON."""
    return {"where": dict(weight.where), "above": weight.above, "weight": weight.weight}


def _disagreement(agreed: Agreement) -> dict[str, Any]:
    smallest = agreed.smallest
    return {
        "pairs": agreed.pairs,
        "agree": agreed.agree,
        "wrong": [{"better": w.better, "worse": w.worse} for w in agreed.wrong],
        "weights_tried": None if agreed.weights is None else len(agreed.weights),
        "smallest": None if smallest is None else weight_dict(smallest),
    }
