"""The tables of a study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mlstrat.core.figures import Figure
from mlstrat.core.wording import GAP_TITLES, Scale, clean, count
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
