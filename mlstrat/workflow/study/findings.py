"""Findings of a study: which comparisons moved, and which showed no difference."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mlstrat.core.findings import Finding
from mlstrat.workflow.study.compute import Change, Study
from mlstrat.workflow.study.intervals import too_few

GAPS = ("avoidable_bias", "variance", "variance_or_mismatch", "data_mismatch", "dev_overfit")

CODES: Mapping[str, tuple[str, str]] = {
    "transfer": ("MLS711", "MLS712"),
    "multitask": ("MLS721", "MLS722"),
    "end-to-end": ("MLS731", "MLS732"),
    "synthesis": ("MLS743", "MLS741"),
    "mismatch": ("MLS751", "MLS752"),
    "label-noise": ("MLS763", "MLS761"),
}
"""By kind: the code of what fell, and of what rose."""

FACTS: Mapping[str, Mapping[str, str]] = {
    "transfer": {"conditions": "MLS713"},
    "end-to-end": {"parts": "MLS733"},
    "synthesis": {"reuse": "MLS742"},
}
"""By kind: which facts of the study are a finding of their own."""


def study_findings(kind: str, study: Study, facts: Mapping[str, Any]) -> list[Finding]:
    """Return what came out of a study.

    Parameters
    ----------
    kind
        Of study.
    study
        Its conditions and comparisons.
    facts
        What the kind has to say besides.
    """
    found = seed_findings(study)
    found += _of_knobs(study) if kind == "knobs" else _of_others(kind, study)
    found += _moves("MLS706", study, study.changes, "unsure")
    for name, code in FACTS.get(kind, {}).items():
        if facts.get(name):
            found.append(Finding(code, {name: facts[name]}))
    return found


def seed_findings(study: Study) -> list[Finding]:
    """Return the finding that so few seeds tell nothing; none where they do."""
    if too_few(len(study.seeds)) is None:
        return []
    return [Finding("MLS705", {"seeds": len(study.seeds)})]


def _of_knobs(study: Study) -> list[Finding]:
    gaps = [x for x in study.changes if x.asked.quantity in GAPS]
    several = [
        moved
        for knob in _names(gaps)
        if len(moved := [x for x in gaps if x.asked.of == knob and x.moved]) > 1
    ]
    none = [
        knob for knob in _names(gaps)
        if all(x.outcome == "none_seen" for x in study.changes_of(knob))
    ]  # fmt: skip
    found = _moves("MLS701", study, gaps, "fell")
    if several:
        knobs = [
            {"of": moves[0].asked.of, "title": _title(study, moves[0].asked.of),
             "gaps": [_move(study, x) for x in moves],
             "dev": [_move(study, x) for x in study.changes_of(moves[0].asked.of)
                     if x.asked.quantity == "dev"]}
            for moves in several
        ]  # fmt: skip
        found.append(Finding("MLS702", {"knobs": knobs}))
    found += _moves("MLS704", study, gaps, "rose")
    if none:
        titles = {knob: _title(study, knob) for knob in none}
        found.append(Finding("MLS703", {"conditions": titles, "widest": _widest(study, none)}))
    return found


def _of_others(kind: str, study: Study) -> list[Finding]:
    fell, rose = CODES.get(kind, ("MLS701", "MLS704"))
    special = _SPECIAL.get(kind, _none_special)
    plain = [x for x in study.changes if special(x) is None]
    found = _moves(fell, study, plain, "fell") + _moves(rose, study, plain, "rose")
    for code in dict.fromkeys(filter(None, map(special, study.changes))):
        mine = [x for x in study.changes if special(x) == code and x.moved]
        if mine:
            found.append(Finding(code, {"moves": [_move(study, x) for x in mine]}))
    none = [x for x in study.changes if x.outcome == "none_seen"]
    if none:
        moves = [_move(study, x) for x in none]
        found.append(Finding("MLS703", {"moves": moves}))
    return found


def _none_special(_: Change) -> str | None:
    return None


def _of_label_noise(change: Change) -> str | None:
    """Random against systematic is another question than either against clean labels."""
    return "MLS762" if change.asked.against != "clean" and change.outcome == "rose" else None


def _of_mismatch(change: Change) -> str | None:
    return "MLS753" if change.asked.of == "shuffled" else None


_SPECIAL: Mapping[str, Callable[[Change], str | None]] = {
    "label-noise": _of_label_noise,
    "mismatch": _of_mismatch,
}
"""By kind: comparisons that have a code of their own."""


def _moves(code: str, study: Study, changes: Sequence[Change], outcome: str) -> list[Finding]:
    some = [x for x in changes if x.outcome == outcome]
    if not some:
        return []
    some.sort(key=lambda x: -abs(x.figure.value or 0.0))
    return [Finding(code, {"moves": [_move(study, x) for x in some]})]


def _move(study: Study, change: Change) -> dict[str, Any]:
    size = study.condition(change.asked.of).condition.size
    return {
        "of": change.asked.of, "title": _title(study, change.asked.of),
        "against": change.asked.against, "against_title": _title(study, change.asked.against),
        "quantity": change.asked.quantity, "n": size,
        "change": change.figure.to_dict(), "p_adjusted": change.p_adjusted,
    }  # fmt: skip


def _title(study: Study, name: str) -> str:
    return study.condition(name).condition.title


def _names(changes: Sequence[Change]) -> list[str]:
    return list(dict.fromkeys(x.asked.of for x in changes))


def _widest(study: Study, knobs: Sequence[str]) -> float | None:
    """Return the largest change that the intervals of these knobs still hold."""
    ends = [
        max(abs(end) for end in x.figure.ci)
        for knob in knobs
        for x in study.changes_of(knob)
        if x.figure.ci is not None and x.asked.quantity == "dev"
    ]
    return max(ends, default=None)
