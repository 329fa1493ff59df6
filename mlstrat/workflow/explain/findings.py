"""Findings as sentences: a code's evidence in, one or two sentences out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mlstrat.core.wording import (
    GAP_TITLES,
    Scale,
    clean,
    count,
    listed,
    rounded_up,
    share_of_resamples,
)
from mlstrat.workflow.compare import findings as sentences_comparison
from mlstrat.workflow.curve import findings as sentences_curve
from mlstrat.workflow.error_table import findings as sentences_error_table
from mlstrat.workflow.error_table import sample_findings as sentences_sample
from mlstrat.workflow.explain import sentences_report
from mlstrat.workflow.gate import findings as sentences_gate
from mlstrat.workflow.human import findings as sentences_people
from mlstrat.workflow.mislabels import findings as sentences_mislabels
from mlstrat.workflow.score import findings as sentences_scoring
from mlstrat.workflow.select import findings as sentences_selection
from mlstrat.workflow.slices import findings as sentences_slices
from mlstrat.workflow.splits import findings as sentences_split
from mlstrat.workflow.splits import plan_findings as sentences_plan
from mlstrat.workflow.study import sentences as sentences_study

Evidence = Mapping[str, Any]

MOST_SHARDS, MOST_OF_A_REASON = 5, 120
"""Shards that a sentence names, and how much of the reason; the JSON has all."""

NO_PRACTICAL_NUMBER = 100
"""More than this many times the rows that there are is no advice."""


def _sources(ends: Sequence[str]) -> str:
    """Return the sources of a split by the first and the last of them."""
    first, last = (clean(x) for x in ends)
    return first if first == last else f"sources from {first} to {last}"


def _gap(e: Evidence, s: Scale) -> str:
    text = f"{e['from']} → {e['to']}: {s.points(e['value'], sign=True)}"
    if e["ci"] is not None:
        text += f" ({s.interval(e['ci'])})"
    if e["p_largest"] is not None:
        text += f", the largest gap in {share_of_resamples(e['p_largest'])} of resamples"
    return text + "."


def _bounded(e: Evidence, s: Scale) -> str:
    low, high = e["bounds"]
    return f"Avoidable bias lies between {s.points(low)} and {s.points(high)}."


def _surpassed(e: Evidence, s: Scale) -> str:
    return (
        f"The model is {s.points(-e['value'])} better than the human level on training data; "
        f"Bayes error lies somewhere at or below the training error. {_bounded(e, s)}"
    )


def _both(e: Evidence, s: Scale) -> str:
    text = _gap(e, s) + " It mixes variance and mismatch."
    if e["train_dev_size"] is not None:
        size = rounded_up(e["train_dev_size"])
        text += f" Set aside about {count(size)} examples for a train-dev set to tell them apart."
    return text


def _more(e: Evidence) -> str:
    if e["more_examples"] is None:
        return "The figures are equal, so no number of examples would settle it."
    if e["more_examples"] > NO_PRACTICAL_NUMBER * e["rows"]:
        return "No practical number of examples would settle it, if the figures stay as they are."
    splits = [x for x in e["splits"] if x != "human"] or ["human-answered"]
    people = ", answered by people too," if "human" in e["splits"] and len(e["splits"]) > 1 else ""
    return (
        f"About {count(rounded_up(e['more_examples']))} more {listed(splits)} examples{people} "
        "would settle it, if the figures stay as they are."
    )


def _easier(e: Evidence, s: Scale) -> str:
    text = f"From train-dev to dev the error falls by {s.points(-e['value'])}. "
    if e["resolved"] is False:
        text = text.rstrip(". ") + f", though the interval ({s.interval(e['ci'])}) includes 0. "
    if e["dev_overfit"]:
        return text + "Since dev is overfitted too, choosing on it may be all that this is."
    people = e["human_difference"]
    if people is None:
        return text + "For people dev may be the harder one: measure them on both distributions."
    word = "harder" if people > 0 else "easier"
    return text + f"For people dev is {word}, by {s.points(abs(people))}."


def _noise(e: Evidence, s: Scale) -> str:
    return (
        f"{GAP_TITLES[e['gap']].capitalize()} is {s.points(e['value'], sign=True)}, and its "
        f"interval ({s.interval(e['ci'])}) includes 0. {_more(e)}"
    )


def _contested(e: Evidence, _s: Scale) -> str:
    return (
        f"{GAP_TITLES[e['gap']].capitalize()} is not surely larger than "
        f"{GAP_TITLES[e['rival']]}. {_more(e)}"
    )


def _by_split(counts: Mapping[str, int]) -> str:
    return listed([f"{count(n)} in {split}" for split, n in counts.items()])


def _left_out(e: Evidence, _s: Scale) -> str:
    return " ".join(_left_out_of(run) for run in e["runs"])


def _left_out_of(run: Evidence) -> str:
    rows = "an unknown number of" if run["rows"] is None else count(run["rows"])
    gone = [f"{clean(x['path'])} ({clean(x['reason'], MOST_OF_A_REASON)})"
            for x in run["left_out"][:MOST_SHARDS]]  # fmt: skip
    if run["shards"] > MOST_SHARDS:
        gone.append(f"{count(run['shards'] - MOST_SHARDS)} more")
    return (
        f"{count(run['shards'])} of {count(run['of'])} shards of {clean(run['path'])}, with {rows} "
        f"rows: {listed(gone)}."
    )


def _human(e: Evidence, s: Scale) -> str:
    people = listed([f"{clean(k)} {s.value(v)}" for k, v in e["people"].items()])
    same = "on the very same rows as the model" if e["complete"] else "on part of the rows"
    return (
        f"Human level is {s.value(e['error'])}: {clean(e['name'])}, {count(e['answers'])} answers "
        f"on {e['split']}, {same}. Errors: {people}."
    )


_SENTENCES: dict[str, Callable[[Evidence, Scale], str]] = {
    "MLS101": _gap,
    "MLS102": _gap,
    "MLS103": _gap,
    "MLS104": _gap,
    "MLS105": _both,
    "MLS110": _bounded,
    "MLS111": _surpassed,
    "MLS112": lambda e, s: f"No gap is above {s.points(e['tolerance'])}.",
    "MLS113": _easier,
    "MLS114": _noise,
    "MLS115": _contested,
    "MLS116": lambda e, _s: f"There is no {listed(e['missing'])} level.",
    "MLS117": lambda e, _s: f"Train is of {_sources(e['train'])}, dev of {_sources(e['dev'])}.",
    "MLS201": lambda e, _s: f"Blank predictions count as wrong: {_by_split(e['abstentions'])}.",
    "MLS202": lambda e, _s: f"The labels are {listed([clean(x) for x in e['labels']])}.",
    "MLS203": lambda e, _s: f"All {count(e['rows'])} rows count as dev.",
    "MLS204": lambda e, _s: (
        f"Column {clean(e['column'])} was not read: there are {count(e['labels'])} labels."
    ),
    "MLS205": lambda e, _s: (
        f"{count(e['bins'])} bins; the AUC is off by at most {e['auc_bound']:.2g}."
    ),
    "MLS206": lambda e, _s: f"The single number is of {e['split']}.",
    "MLS207": lambda e, _s: f"The single number is of {e['split']}.",
    "MLS208": lambda e, _s: f"Groups: {_by_split(e['groups'])}.",
    "MLS209": lambda e, _s: (
        "; ".join(
            f"{split}: {listed([clean(x) for x in classes])}"
            for split, classes in e["classes"].items()
        )
        + "."
    ),
    "MLS210": _human,
    "MLS211": lambda e, _s: f"People answered on {e['split']}, not on training data.",
    "MLS214": _left_out,
    "MLS215": lambda e, _s: (
        f"More groups than are counted apart were counted in {count(e['buckets'])} buckets."
    ),
    "MLS212": lambda e, _s: f"{clean(e['name'])} gave {count(e['answers'])} answers.",
    **sentences_scoring.SENTENCES,
    **sentences_split.SENTENCES,
    **sentences_comparison.SENTENCES,
    **sentences_error_table.SENTENCES,
    **sentences_gate.SENTENCES,
    **sentences_mislabels.SENTENCES,
    **sentences_plan.SENTENCES,
    **sentences_people.SENTENCES,
    **sentences_selection.SENTENCES,
    **sentences_slices.SENTENCES,
    **sentences_report.SENTENCES,
    **sentences_sample.SENTENCES,
    **sentences_curve.SENTENCES,
    **sentences_study.SENTENCES,
}
