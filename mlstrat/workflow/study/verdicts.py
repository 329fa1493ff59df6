"""The first line of a study: what came out, or that no difference was seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mlstrat.core.wording import Scale, count, listed
from mlstrat.workflow.study.compute import Change, Study
from mlstrat.workflow.study.findings import GAPS, change_text, quantity_title
from mlstrat.workflow.study.tables import short_title

SCALE = Scale()

OPEN = ("none_seen", "small", "unsure")
"""Outcomes that are no difference worth a word."""


def verdict_of(kind: str, study: Study, facts: Mapping[str, Any]) -> str:
    """Return the conclusion of a study."""
    if all(x.outcome == "not_told" for x in study.changes):
        return (
            f"{count(len(study.seeds))} seed{'' if len(study.seeds) == 1 else 's'}: the figures "
            "stand as they came out, and whether they differ cannot be told."
        )
    return _VERDICTS[kind](study, facts)


def _change(x: Change) -> str:
    return change_text({"value": x.figure.value, "ci": x.figure.ci}, SCALE)


def _knobs(study: Study, _facts: Mapping[str, Any]) -> str:
    gaps = [x for x in study.changes if x.asked.quantity in GAPS]
    knobs = list(dict.fromkeys(x.asked.of for x in gaps))
    moved = {x.asked.of for x in gaps if x.moved}
    if not moved:
        maybe = [x for x in gaps if x.outcome == "unsure"]
        if not maybe:
            return _not_that(study, study.changes, f"none of {count(len(knobs))} knobs moved a gap")
        most = max(maybe, key=lambda x: abs(x.figure.value or 0.0))
        return (
            f"None of {count(len(knobs))} knobs surely moved a gap. {_title(study, most)} may have "
            f"moved {quantity_title(most.asked.quantity)}, {_change(most)}; among so many "
            "comparisons that may be chance."
        )
    text = f"{count(len(moved))} of {count(len(knobs))} knobs moved a gap"
    best = min(study.changes, key=lambda x: (x.outcome != "fell", x.asked.quantity != "dev",
                                             x.figure.value or 0.0))  # fmt: skip
    if best.outcome == "fell":
        text += (
            f"; the error on dev fell most with {_title(study, best)}: {_change(best)}"
            if best.asked.quantity == "dev"
            else f"; {_title(study, best)} lowered {quantity_title(best.asked.quantity)} most, "
            f"{_change(best)}, and no knob lowered the error on dev"
        )
    else:
        text += ", and none made one smaller" if len(moved) > 1 else ", and did not make it smaller"
    largest = _largest_gap(study, gaps)
    if largest is not None and not any(
        x.outcome == "fell" for x in gaps if x.asked.quantity == largest
    ):
        text += f"; the largest gap, {quantity_title(largest)}, was lowered by none"
    several = [k for k in knobs if sum(x.moved for x in gaps if x.asked.of == k) > 1]
    if not several:
        return f"{text}."
    named = listed([short_title(study.condition(k).condition.title) for k in several])
    return f"{text}. More than one gap moved with: {named}."


def _largest_gap(study: Study, gaps: Sequence[Change]) -> str | None:
    asked = {x.asked.quantity for x in gaps}
    base = {name: x.value for name, x in study.conditions[0].gaps.items() if name in asked}
    known = {name: value for name, value in base.items() if value is not None and value > 0}
    return max(known, key=lambda name: known[name], default=None)


def _no_difference(study: Study, changes: Sequence[Change]) -> str:
    """Name what did not move: it was seen to be less, or may be chance, or is not seen at all."""
    if all(x.outcome not in ("small", "unsure") for x in changes):
        return "no difference"
    return f"no sure difference of {SCALE.points(study.tolerance)} or more"


def _not_that(study: Study, changes: Sequence[Change], nothing: str) -> str:
    if all(x.outcome == "none_seen" for x in changes):
        return f"No difference seen: {nothing}."
    start = f"{_no_difference(study, changes)} was seen"
    came = [x for x in changes if x.moved]
    if came:
        start = f"{nothing}, surely and by {SCALE.points(study.tolerance)} or more"
    some = came or [x for x in changes if x.outcome != "none_seen"]
    most = max(some, key=lambda x: abs(x.figure.value or 0.0))
    against = short_title(study.condition(most.asked.against).condition.title)
    return (
        f"{start[0].upper()}{start[1:]}. The largest change: {_title(study, most)} against "
        f"{against}, {quantity_title(most.asked.quantity)} {_change(most)}."
    )


def _title(study: Study, x: Change) -> str:
    return short_title(study.condition(x.asked.of).condition.title)


def _by_size(better: str, worse: str) -> Callable[[Study, Mapping[str, Any]], str]:
    """Say at which sizes the one was better, the other, and where no difference was seen."""

    def verdict(study: Study, _facts: Mapping[str, Any]) -> str:
        first = study.changes[0].asked.of  # the other series are further questions
        series = study.condition(first).condition.series
        told = [x for x in study.changes
                if study.condition(x.asked.of).condition.series == series]  # fmt: skip
        parts = []
        rest = f"{_no_difference(study, told)} was seen"
        named = {better: ("fell",), worse: ("rose",), rest: OPEN}
        for name, outcomes in named.items():
            some = [x for x in told if x.outcome in outcomes]
            if some:
                parts.append(f"{name} {_sizes(study, some)}")
        return f"{'; '.join(parts)}.".capitalize()

    return verdict


def _sizes(study: Study, changes: Sequence[Change]) -> str:
    sizes = sorted({study.condition(x.asked.of).condition.size or 0 for x in changes})
    return f"with {listed([count(n) for n in sizes])} examples"


def _transfer(study: Study, _facts: Mapping[str, Any]) -> str:
    tuned = [
        x for x in study.changes if study.condition(x.asked.of).condition.series == "fine-tuned"
    ]
    helped = [x for x in tuned if x.outcome == "fell"]
    rest = [x for x in tuned if x.outcome in OPEN]
    hurt = [x for x in tuned if x.outcome == "rose"]
    parts = []
    if helped:
        most = min(helped, key=lambda x: x.figure.value or 0.0)
        at = "" if len(helped) == 1 else f", most {_sizes(study, [most])}"
        parts.append(
            f"Fine-tuning what task A taught helped {_sizes(study, helped)}{at}: {_change(most)}"
        )
    if rest:
        against = "" if helped else " between fine-tuning and training from scratch"
        word = _no_difference(study, rest)
        word = word if helped else word.capitalize()
        parts.append(f"{word}{against} was seen {_sizes(study, rest)}")
    if hurt:
        parts.append(f"{'it' if parts else 'Fine-tuning'} hurt {_sizes(study, hurt)}")
    return f"{'; '.join(parts)}."


def _synthesis(study: Study, _facts: Mapping[str, Any]) -> str:
    worse = [x for x in study.changes if x.asked.quantity == "data_mismatch"
             and x.outcome == "rose"]  # fmt: skip
    if not worse:
        return _not_that(study, study.changes, "few sources of noise raised no data mismatch")
    most = max(worse, key=lambda x: x.figure.value or 0.0)
    many = short_title(study.condition(most.asked.against).condition.title)
    return (
        f"What {_title(study, most)} taught does not carry over to noise that was never heard: "
        f"data mismatch {_change(most)} against {many}."
    )


def _mismatch(study: Study, _facts: Mapping[str, Any]) -> str:
    tried = [x for x in study.changes if x.asked.of != "shuffled"]
    helped = [x for x in tried if x.outcome == "fell"]
    if not helped:
        return _not_that(study, tried, "nothing that was tried lowered the error on the target")
    best = min(helped, key=lambda x: x.figure.value or 0.0)
    return f"The error on the target fell most with {_title(study, best)}: {_change(best)}."


def _label_noise(study: Study, _facts: Mapping[str, Any]) -> str:
    pairs = [x for x in study.changes if x.asked.against != "clean"]
    worse = [x for x in pairs if x.outcome == "rose"]
    if not worse:
        nothing = "systematic wrong labels did not cost more than as many random ones"
        return _not_that(study, pairs, nothing)
    most = max(worse, key=lambda x: x.figure.value or 0.0)
    return (
        f"Systematic wrong labels cost more than as many random ones: {_title(study, most)}, "
        f"{_change(most)} on clean dev labels."
    )


_VERDICTS: Mapping[str, Callable[[Study, Mapping[str, Any]], str]] = {
    "knobs": _knobs,
    "transfer": _transfer,
    "multitask": _by_size("one network for all tasks was better", "a network each was better"),
    "end-to-end": _by_size("the chain of steps was better", "end to end was better"),
    "synthesis": _synthesis,
    "mismatch": _mismatch,
    "label-noise": _label_noise,
}
