# Over 300 lines: what a study says, in its tables and in its first line.
"""The tables of a study, and its first line: what came out, or that no difference was seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mlstrat.core.figures import Figure
from mlstrat.core.wording import GAP_TITLES, Scale, clean, count, listed
from mlstrat.show.blocks import Block, Heading, Paragraph, Table
from mlstrat.workflow.study.compute import Change, Study
from mlstrat.workflow.study.findings import GAPS, change_text, quantity_title

SCALE = Scale()

SHORT = {
    "avoidable_bias": "bias", "variance": "variance", "variance_or_mismatch": "var. or mism.",
    "data_mismatch": "mismatch", "dev_overfit": "overfit dev", "dev": "dev error",
}  # fmt: skip
"""Columns of the matrix; six of them are to fit a terminal."""

HEADINGS = {
    "knobs": "What each knob moved",
    "transfer": "From scratch, and with what task A taught",
    "multitask": "One network, or one each",
    "end-to-end": "One network, or a chain of steps",
    "synthesis": "By sources of noise",
    "mismatch": "By what was trained on",
    "label-noise": "By the wrong labels in train",
}


def heading(kind: str) -> str:
    """Return the title of the main table."""
    return HEADINGS[kind]


def answer(kind: str, study: Study) -> list[Block]:
    """Return what stands below the verdict: where the recipe stands before a knob is turned."""
    if kind != "knobs":
        return []
    base = study.conditions[0]
    gaps = [
        f"{GAP_TITLES[name]} {_points(one)}"
        for name, one in base.gaps.items()
        if one.value is not None
    ]
    dev = base.levels.get("dev")
    text = f"As the recipe has it: {', '.join(gaps)}"
    if dev is not None:
        text += f"; the error on dev is {SCALE.value(dev.value)}"
        text += "" if dev.ci is None else f" ({SCALE.interval(dev.ci)})"
    return [Paragraph(f"{text}.")]


def main_table(kind: str, study: Study) -> list[Block]:
    """Return the main table."""
    return _matrix(study) if kind == "knobs" else [_conditions(study)]


def further(kind: str, study: Study, facts: Mapping[str, Any]) -> list[Block]:
    """Return the comparisons, where they are not the main table, and the parts of a chain."""
    out: list[Block] = []
    if kind != "knobs" and study.changes:
        out += [Heading("What changed"), *_comparisons(study)]
    if facts.get("parts"):
        out += [Heading("Which part owns the errors"), _parts(facts["parts"])]
    return out


def columns_of(study: Study) -> list[str]:
    """Return what a matrix of knobs shows: the gaps that were asked about, then dev."""
    return [x for x in (*GAPS, "dev") if any(c.asked.quantity == x for c in study.changes)]


def short_title(title: str) -> str:
    """Return a title without the value that stands in brackets behind it."""
    return clean(title.partition(" (")[0], 40)


def _matrix(study: Study) -> list[Block]:
    columns = columns_of(study)
    knobs = list(dict.fromkeys(x.asked.of for x in study.changes))
    rows, titles = [], []
    for knob in knobs:
        found = {x.asked.quantity: x for x in study.changes_of(knob)}
        titles.append(clean(study.condition(knob).condition.title))
        cells = (_cell(found.get(name)) for name in columns)
        rows.append((short_title(titles[-1]), *cells))
    table = Table(("knob", *(SHORT[name] for name in columns)), tuple(rows))
    return [table, Paragraph(_legend(study)), Paragraph(f"Turned: {'; '.join(titles)}.")]


def _legend(study: Study) -> str:
    if all(x.outcome == "not_told" for x in study.changes):
        return "Changes in points, means over seeds; without intervals."
    unsure = ""
    if any(x.outcome == "unsure" for x in study.changes):
        unsure = " An interval without 0 and without * may be chance, among so many."
    return (
        f"Changes in points against the recipe as it is, ± half of the "
        f"{100 * study.confidence:g}% interval; * a change that was seen, of at least "
        f"{SCALE.points(study.tolerance)}.{unsure}"
    )


def _cell(x: Change | None) -> str:
    if x is None or x.figure.value is None:
        return "–"
    text = f"{100 * x.figure.value:+.1f}"
    text = text.replace("+0.0", "0.0").replace("-0.0", "0.0").replace("-", "−")
    if x.figure.ci is None:
        return text
    half = max(x.figure.ci[1] - x.figure.value, x.figure.value - x.figure.ci[0])
    return f"{text}±{100 * half:.1f}{'*' if x.moved else ''}"


def _conditions(study: Study) -> Table:
    levels = [name for name in ("train", "train-dev", "dev")
              if any(name in x.levels for x in study.conditions)]  # fmt: skip
    sized = any(x.condition.size is not None for x in study.conditions)
    rows = []
    for x in study.conditions:
        size = (count(x.condition.size),) if sized else ()
        cells = [SCALE.value(x.levels[name].value) if name in x.levels else "–" for name in levels]
        around = SCALE.interval(x.levels["dev"].ci) if "dev" in x.levels else "–"
        rows.append((clean(x.condition.title, 32), *size, *cells, around))
    columns = ("", *(("examples",) if sized else ()), *levels, f"{100 * study.confidence:g}%")
    return Table(columns, tuple(rows))


def _points(figure: Figure) -> str:
    return change_text({"value": figure.value, "ci": figure.ci}, SCALE)


OUTCOMES = {"fell": "lower", "rose": "higher", "small": "small", "unsure": "not sure",
            "none_seen": "not seen", "not_told": "cannot tell"}  # fmt: skip


def _comparisons(study: Study) -> list[Block]:
    """Return one table for each condition that others are compared with, or for all sizes of it."""
    whole: dict[str, list[Change]] = {}
    for x in study.changes:
        whole.setdefault(study.condition(x.asked.against).condition.title, []).append(x)
    out: list[Block] = []
    for title, changes in whole.items():
        what = {x.asked.quantity for x in changes}
        of = f": {quantity_title(what.pop())}" if len(what) == 1 else ""
        out += [Heading(f"Against {clean(title, 60)}{of}", 2), _against(study, changes)]
    return [*out, Paragraph(_outcomes(study))]


def _against(study: Study, changes: Sequence[Change]) -> Table:
    sized = any(study.condition(x.asked.of).condition.size for x in changes)
    several = len({x.asked.quantity for x in changes}) > 1
    rows = []
    for x in changes:
        of = study.condition(x.asked.of).condition
        size = (count(of.size),) if sized else ()
        what = (SHORT.get(x.asked.quantity, x.asked.quantity),) if several else ()
        rows.append((clean(of.title, 32), *size, *what, _bare(x.figure), OUTCOMES[x.outcome]))
    columns = ("", *(("examples",) if sized else ()), *(("of",) if several else ()),
               "change, points", "")  # fmt: skip
    return Table(columns, tuple(rows))


def _bare(figure: Figure) -> str:
    return _points(figure).replace(" points", "")


def _outcomes(study: Study) -> str:
    there = {x.outcome for x in study.changes}
    texts = {
        "small": f"small: seen, but below {SCALE.points(study.tolerance)}",
        "unsure": "not sure: alone it would count as seen, among so many comparisons it may be "
                  "chance",
        "none_seen": "not seen: no difference seen",
        "not_told": "cannot tell: too few seeds",
    }  # fmt: skip
    told = [text for outcome, text in texts.items() if outcome in there]
    return f"{'; '.join(told)}.".capitalize() if told else "All of these were seen."


def _parts(parts: Sequence[Mapping[str, Any]]) -> Table:
    names = [x["part"] for x in parts[0]["parts"]]
    rows = tuple(
        (count(row["n"]), *(_share(x) for x in row["parts"]))
        for row in parts
    )  # fmt: skip
    return Table(("examples", *(clean(x) for x in names)), rows, left=0)


def _share(x: Mapping[str, Any]) -> str:
    one = x["share"]
    if one["value"] is None:
        return "–"
    text = SCALE.value(one["value"])
    return text if one["ci"] is None else f"{text} ({SCALE.interval(one['ci'])})"


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
            f"moved {quantity_title(most.asked.quantity)}, {_points(most.figure)}; among so many "
            "comparisons that may be chance."
        )
    text = f"{count(len(moved))} of {count(len(knobs))} knobs moved a gap"
    best = min(study.changes, key=lambda x: (x.outcome != "fell", x.asked.quantity != "dev",
                                             x.figure.value or 0.0))  # fmt: skip
    if best.outcome == "fell":
        text += (
            f"; the error on dev fell most with {_title(study, best)}: {_points(best.figure)}"
            if best.asked.quantity == "dev"
            else f"; {_title(study, best)} lowered {quantity_title(best.asked.quantity)} most, "
            f"{_points(best.figure)}, and no knob lowered the error on dev"
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
        f"{against}, {quantity_title(most.asked.quantity)} {_points(most.figure)}."
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
            f"Fine-tuning what task A taught helped {_sizes(study, helped)}{at}: "
            f"{_points(most.figure)}"
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
        f"data mismatch {_points(most.figure)} against {many}."
    )


def _mismatch(study: Study, _facts: Mapping[str, Any]) -> str:
    tried = [x for x in study.changes if x.asked.of != "shuffled"]
    helped = [x for x in tried if x.outcome == "fell"]
    if not helped:
        return _not_that(study, tried, "nothing that was tried lowered the error on the target")
    best = min(helped, key=lambda x: x.figure.value or 0.0)
    return f"The error on the target fell most with {_title(study, best)}: {_points(best.figure)}."


def _label_noise(study: Study, _facts: Mapping[str, Any]) -> str:
    pairs = [x for x in study.changes if x.asked.against != "clean"]
    worse = [x for x in pairs if x.outcome == "rose"]
    if not worse:
        nothing = "systematic wrong labels did not cost more than as many random ones"
        return _not_that(study, pairs, nothing)
    most = max(worse, key=lambda x: x.figure.value or 0.0)
    return (
        f"Systematic wrong labels cost more than as many random ones: {_title(study, most)}, "
        f"{_points(most.figure)} on clean dev labels."
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
