# Over 300 lines: a question's codes stand together, each once, and the functions that raise them.
"""MLS43x: where errors concentrate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mlstrat.core.decisions import LARGEST, SLICES
from mlstrat.core.estimates import FEWEST_GROUPS
from mlstrat.core.figures import Figure
from mlstrat.core.findings import Finding, Rule
from mlstrat.core.sample_size.to_settle import to_settle_sentence
from mlstrat.core.wording import Scale, clean, count, listed
from mlstrat.tasks.findings import CATEGORY
from mlstrat.workflow.slices.search import (
    BEYOND,
    CIRCULAR,
    MOST_TESTED,
    SAME_ROWS,
    LeftOut,
    condition,
    slice_name,
)

if TYPE_CHECKING:
    from mlstrat.workflow.slices.analysis import Mismatch, Sliced
    from mlstrat.workflow.slices.compute import Slice

_READ = "C3W2 Carrying out error analysis; Machine Learning Yearning 14"

Evidence = Mapping[str, Any]

MANY_SHOWN = 5
"""Slices that a finding names."""

WHY = {
    "id": "nearly every row has its own value",
    "constant": "one value only",
    "rare": "no value is frequent enough",
    "nested": "lists, structs or bytes",
    "prediction": "it follows from the prediction",
    "error": "it tells which rows are wrong",
    "model": "a model's own prediction or confidence",
}
"""Why a column is left out."""


def why_left_out(columns: Iterable[LeftOut]) -> str:
    """Return why each column is left out, for an error."""
    return ", ".join(f"{x.name!r} ({WHY[x.reason]})" for x in columns)


def _left_out(e: Evidence, _s: Scale) -> str:
    shown = [f"{clean(x['column'])} ({WHY[x['reason']]})" for x in e["columns"]]
    return f"{listed(shown)}."


def _confirmed(e: Evidence, s: Scale) -> str:
    rate = "{} of {} rows"
    if e.get("halved") is False or e.get("weighted"):
        rate = "error {}, {} examples"
    parts = [
        f"{slice_name(x['where'])}: {rate.format(s.value(x['error']), count(x['n']))}, "
        f"{100 * x['share_of_errors']:.0f}% of all errors"
        for x in e["slices"]
    ]
    more = e["confirmed"] - len(parts)
    return f"{'; '.join(parts)}{f'; and {count(more)} more' if more else ''}."


def _unsure(e: Evidence, s: Scale) -> str:
    searched, on = ("", "") if e.get("halved") is False else (
        " on the searched half", " on the other half")  # fmt: skip
    if not e["tested"]:
        return f"No slice of {count(e['smallest'])} rows or more stands out{searched}."
    text = f"{count(e['tested'])} tested{on}"
    if not e["slices"]:
        return f"{text}: none has surely more errors than the rest."
    (lead,) = e["slices"]
    text += (
        f". The first of the searched half, {slice_name(lead['where'])}, leans the same way there: "
        f"{s.value(lead['held_out'])}, {s.points(lead['above']['value'], sign=True)}"
        f"{_around(lead['above'], s)} against the rest. "
    )
    if e["to_settle"] is None:
        return text + "No number of examples that anyone has would settle it."
    return text + to_settle_sentence(e["to_settle"]["rows"], e["to_settle"]["or_more"])


def _people(e: Evidence, s: Scale) -> str:
    parts = [
        f"{slice_name(x['where'])} (people {s.value(x['people'])}, model {s.value(x['model'])} of "
        f"{count(x['answers'])} rows; {s.points(x['above']['value'])}"
        f"{_around(x['above'], s)} apart on the half held out)"
        for x in e["slices"]
    ]
    return _first_of(parts, e["count"])


def _differ(e: Evidence, s: Scale) -> str:
    parts = [
        f"{slice_name(x['where'])} ({s.points(x['difference'], sign=True)}, elsewhere "
        f"{s.points(x['rest'], sign=True)})"
        for x in e["slices"]
    ]
    return _first_of(parts, e["confirmed"])


def _first_of(parts: list[str], n: int) -> str:
    more = n - len(parts)
    return f"{listed([*parts, f'{count(more)} more'] if more else parts)}."


def _gap(e: Evidence, s: Scale) -> str:
    text = (
        f"Of {s.points(e['gap'], sign=True)}, another mix of {clean(e['column'])} makes up "
        f"{s.points(e['mix']['value'], sign=True)}{_around(e['mix'], s)}"
    )
    text += {
        "mix": ": that is most of it.",
        "within": ", more than that of any other column; most is error within slices.",
        None: "; whether most is the mix or error within slices, cannot be told.",
    }[e["mostly"]]
    if e["mostly"] == "mix" or e["slice"] is None:
        return text
    ((column, value),) = e["slice"].items()
    within = e["slice_within"]
    return (
        f"{text} The largest such part: {condition(column, value)}, "
        f"{s.points(within['value'], sign=True)}{_around(within, s)}."
    )


def _around(figure: Evidence, s: Scale) -> str:
    return "" if figure["ci"] is None else f" ({s.interval(figure['ci'])})"


COLUMNS_LEFT_OUT = Rule(
    "MLS431", "note", "Columns are left out",
    "A column whose values are all different, or all the same, or lists, has no slices.",
    "A value of its own in more than half of the rows, one value only, no value that is "
    "frequent enough, or lists, structs and bytes.",
    "mlstrat: a value of one row, or one value for all, makes no slice",
    ("name a column of whole numbers with --by to have it cut into ranges",
    "take smaller slices with --min-size"),
    sentence=_left_out)  # fmt: skip

CIRCULAR_LEFT_OUT = Rule(
    "MLS442", "note", "Columns that the model determines are left out",
    "A flag of the model, a score turned into words, a copy of the prediction or a column that "
    "says which rows are right: errors concentrate in its values whatever the examples are.",
    "Each value of the column goes with one prediction alone, or numbers of different predictions "
    "do not overlap; or it holds truth values, each of right rows alone or of wrong rows alone; or "
    "it is called pred_…, confidence, entropy or logits.",
    "mlstrat: what follows from the prediction explains no error",
    ("name a column that is of the examples all the same with --by",),
    sentence=_left_out)  # fmt: skip

ERRORS_CONCENTRATE = Rule(
    "MLS432", "issue", "Errors concentrate in some slices",
    "These rows have more errors than the rest, and not by chance.",
    f"Found on one half of the rows; on the other at most {MOST_TESTED} are tested, and the "
    "p-value, adjusted by Holm's method, is at most 1 − confidence. A pair of conditions "
    f"must exceed each of the two alone by {BEYOND:g} standard errors; slices with "
    f"{100 * SAME_ROWS:g}% of their rows in common count as one. Of a task other than "
    "classification every value of a column is tested, on all examples.",
    f"{_READ}; Holm (1979); split as in Fithian, Sun and Taylor (2014)",
    ("read errors of the first of them, and tag what they have in common",
    "weigh the ceiling (share of errors) against what it takes to fix it",
    "collect or make training data like it"),
    sentence=_confirmed, decision=SLICES)  # fmt: skip

NO_SLICE_CONFIRMED = Rule(
    "MLS433", "note", "No slice is confirmed",
    "What was found on one half did not hold on the other: errors may be spread evenly, or "
    "the rows are too few to tell.",
    "No adjusted p-value is at most 1 − confidence. What would settle it is said of the one slice "
    "that leads on the searched half, where its p-value on the other is at most that without "
    "adjustment.", "Holm (1979); Cox (1975)",
    ("name the few columns that matter with --by: fewer slices compete",
    "or collect more dev examples", "or read errors by hand: mlstrat sample"),
    sentence=_unsure, decision=SLICES)  # fmt: skip

PEOPLE_BETTER_ON_SLICES = Rule(
    "MLS434", "tip", "People do better than the model on some slices",
    "Where people are better there is something to learn from them: their labels, their "
    "reasons, and an estimate of the avoidable bias.",
    "Found on one half of the rows; on the other exact McNemar of the two on the same rows, "
    f"one-sided and adjusted by Holm's method over at most {MOST_TESTED} slices, is at most "
    "1 − confidence.",
    "Machine Learning Yearning 35; McNemar (1947); Holm (1979)",
    ("let people say why they are right on these examples",
    "have them label more examples like these"),
    sentence=_people, decision=SLICES)  # fmt: skip

FEW_GROUPS_TO_TEST = Rule(
    "MLS435", "note", "Too few groups to test a slice",
    "Rows of one group are not independent, and a few groups do not tell how much they "
    "differ.",
    f"Fewer than {FEWEST_GROUPS} groups with rows in the slice, or beside it, on the half "
    "that was not searched.", "Cameron, Gelbach and Miller (2008)",
    ("collect more groups (patients, users), not more rows of these",),
    sentence=lambda e, _s: (
        f"{count(e['slices'])} slices were found, and none could be tested."))  # fmt: skip

SLICES_UNWEIGHTED = Rule(
    "MLS436", "note", "Slices are ranked and tested by rows, not by weight",
    "The error, lift and share of errors of a slice, and the points and shares of confused labels, "
    "are by weight. Ranks, p-values, the half held out, differences of two models and the parts of "
    "a gap count every row once.",
    "The run has weights.", "mlstrat: the tests of slices are tests of rows",
    sentence=lambda e, _s: (
        f"All {count(e['rows'])} rows count alike in what is ranked and tested; errors and shares "
        "are by weight."))  # fmt: skip

ONLY_LABEL_TO_SLICE = Rule(
    "MLS437", "note", "There is nothing to slice by but the label",
    "The run has no column that says more about an example.",
    "Every other column has a role.",
    "mlstrat: errors by label are in the confusion matrix already",
    ("add columns to the run: source, length, device, whatever may matter",),
    sentence=lambda e, _s: f"Sliced by {clean(e['column'])} alone.")  # fmt: skip

SLICES_BETWEEN_MODELS = Rule(
    "MLS438", "note", "The two models compare differently on some slices",
    "There one of the two gains or loses more than on the rest.",
    "Found on one half, tested on the other against rows dealt out at random; Holm's "
    "adjustment.", "Holm (1979)",
    ("read the examples on which only one of the two is right there",),
    sentence=_differ, decision=SLICES)  # fmt: skip

MISMATCH_PARTS = Rule(
    "MLS439", "note", "What the gap between train-dev and dev is made of",
    "Part of the gap comes from a different mix of slices, the rest from higher error within "
    "slices.",
    "The gap is above 0. Mostly the mix, or mostly within: the interval of the one part less the "
    "other excludes 0, its lower end at one Kth of the error for the K columns.",
    "Kitagawa (1955); Oaxaca (1973); C3W2 Addressing data mismatch",
    ("mostly mix: train on more of what dev has more of",
    "mostly within: look at what the same slice looks like in dev, and make training "
    "examples like it"),
    sentence=_gap, decision=LARGEST)  # fmt: skip


def slice_findings(result: Sliced, *, weighted: bool, asked: bool) -> list[Finding]:
    """Return what is concluded from slices, columns being `asked` for where a person named them."""
    halved = {} if result.unit is not None else {"halved": False}
    out: list[Finding] = []
    sure = [x for x in result.slices if x.confirmed]
    tested = sum(x.p_adjusted is not None for x in result.slices)
    if not halved or [x.name for x in result.columns] != [CATEGORY]:
        if sure:
            out.append(Finding(ERRORS_CONCENTRATE, {
                "slices": [_evidence(x) for x in sure[:MANY_SHOWN]],
                "confirmed": len(sure), "tested": tested, **halved,
            } | ({"weighted": True} if weighted else {})))  # fmt: skip
        elif result.errors or result.error.value:
            out.append(Finding(NO_SLICE_CONFIRMED, _nothing_sure(result, tested) | halved))
        if result.unit in ("group", None) and result.slices and not tested:
            out.append(Finding(FEW_GROUPS_TO_TEST, {"slices": len(result.slices)}))
    people = [x for x in result.slices if x.people is not None and x.people.better]
    if people:
        shown = [_human(x) for x in people[:MANY_SHOWN]]
        out.append(Finding(PEOPLE_BETTER_ON_SLICES, {"slices": shown, "count": len(people)}))
    differing = [x for x in result.differences or () if x.confirmed]
    if differing:
        out.append(Finding(SLICES_BETWEEN_MODELS, {
            "slices": [{"where": dict(x.where), "n": x.n, "difference": x.difference.value,
                        "rest": x.rest, "p_adjusted": x.p_adjusted}
                       for x in differing[:MANY_SHOWN]],
            "confirmed": len(differing),
        }))  # fmt: skip
    if result.mismatch is not None:
        out += _made_of(result.mismatch)
    if circular := [x for x in result.left_out if x.reason in CIRCULAR]:
        out.append(replace(_left_out_finding(circular), rule=CIRCULAR_LEFT_OUT))
    if rest := [x for x in result.left_out if x.reason not in CIRCULAR]:
        out.append(_left_out_finding(rest))
    elif len(result.columns) == 1 and not asked:
        out.append(Finding(ONLY_LABEL_TO_SLICE, {"column": result.columns[0].name}))
    if weighted:
        out.append(Finding(SLICES_UNWEIGHTED, {"rows": result.n}))
    return out


def _left_out_finding(columns: Sequence[LeftOut]) -> Finding:
    return Finding(COLUMNS_LEFT_OUT, {
        "columns": [{"column": x.name, "reason": x.reason, "values": x.distinct} for x in columns],
    })  # fmt: skip


def _evidence(x: Slice) -> dict[str, Any]:
    return {
        "where": dict(x.where),
        "n": x.n,
        "errors": x.errors,
        "error": x.error.value,
        "share_of_errors": x.share_of_errors,
        "excess": x.excess,
        "p_adjusted": x.p_adjusted,
    }


def _nothing_sure(result: Sliced, tested: int) -> dict[str, Any]:
    """Return how many were tested, and of the slice that leads what would settle it."""
    lead = result.leading
    out: dict[str, Any] = {
        "tested": tested, "slices": [], "rows": result.n, "rows_needed": None, "to_settle": None,
        "smallest": result.smallest,
    }  # fmt: skip
    if lead is None or lead.slice.above is None:
        return out
    held_out, settling = lead.slice.held_out or Figure(None), lead.to_settle
    out["slices"] = [_evidence(lead.slice) | {
        "held_out": held_out.value, "above": lead.slice.above.to_dict()}]  # fmt: skip
    if settling is not None:
        out |= {"rows_needed": settling.total, "to_settle": settling.to_dict()}
    return out


def _human(x: Slice) -> dict[str, Any]:
    people = x.people
    above = None if people is None else people.above
    if people is None or above is None:
        raise ValueError("people were not held against the model there")
    return {
        "where": dict(x.where),
        "people": people.error.value,
        "answers": people.error.n,
        "model": people.model,
        "above": above.to_dict(),
        "p_adjusted": people.p_adjusted,
    }


def _made_of(m: Mismatch) -> list[Finding]:
    """Return what the gap is mostly made of, as far as that is sure."""
    if m.gap.value is None or m.gap.value <= 0:
        return []
    best, within = m.largest_mix(), m.largest_within()
    return [Finding(MISMATCH_PARTS, {
        "gap": m.gap.value,
        "column": best.column,
        "mix": best.mix.to_dict(),
        "within": best.within.to_dict(),
        "mostly": m.mostly(),
        "slice": None if within is None else {within.column: within.value},
        "slice_within": None if within is None else within.within.to_dict(),
    })]  # fmt: skip
