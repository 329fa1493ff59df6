"""Findings of a study: which comparisons moved, and which showed no difference."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mlstrat.core.findings import Finding, Rule
from mlstrat.workflow.study.compute import WORTH, Change, Study
from mlstrat.workflow.study.intervals import FEWEST_SEEDS, too_few

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


_SEEN = (
    "Holm's p-value over all comparisons of the study is at most 1 − confidence, from an interval "
    "over seeds and examples, and the change is at least the tolerance "
    f"({100 * WORTH:g} point without one; ours)."
)


_KNOBS = "C3W1 Orthogonalization"


_TRANSFER = "C3W2 Transfer learning"


_MULTITASK = "C3W2 Multi-task learning"


_CHAIN = "C3W2 What is end-to-end deep learning; Machine Learning Yearning 47-51"


_MISMATCH = "C3W2 Addressing data mismatch"


_LABELS = "C3W2 Cleaning up incorrectly labeled data"


RULES = (
    Rule("MLS701", "tip", "Knobs that lowered a gap",
         "Turned alone, from where the recipe stands, each made a gap smaller.", _SEEN, _KNOBS,
         ("turn the knob of the gap that is largest, and diagnose again",
          "one at a time: two at once do not tell which of them it was")),
    Rule("MLS702", "note", "A knob moved more than one gap",
         "Such a knob is harder to steer by: what it gives in one place it may take in another.",
         f"Two gaps or more moved. {_SEEN}", f"{_KNOBS}: early stopping is the course's example",
         ("prefer knobs that move one gap, where there is one",
          "look at what it did to dev: both changes together")),
    Rule("MLS703", "note", "No difference seen",
         "The change may be nought, or too small for so many seeds and examples.",
         f"Not this: {_SEEN}", _KNOBS,
         ("read the interval: it says how large a change may have been overlooked",
          "more seeds, or more dev examples, make it narrower")),
    Rule("MLS704", "note", "Knobs that made a gap larger",
         "Turned alone, from where the recipe stands, each made a gap larger.", _SEEN, _KNOBS,
         ("turned less far a knob may cost less: how far it was turned is a choice",
          "weigh it against what it gained: dev is the sum")),
    Rule("MLS705", "note", "Too few seeds to tell",
         "One seed may be lucky. The figures stand as they came out, without intervals.",
         f"Fewer than {FEWEST_SEEDS} seeds (simulated: with two, intervals held the truth in 88 % "
         "of cases instead of 95 %).", "C3W1 Why ML strategy; Machine Learning Yearning 32",
         ("try five seeds: --seeds 5",)),
    Rule("MLS706", "note", "Changes that are not sure among so many comparisons",
         "Alone each would count as seen; of many comparisons some look so by chance.",
         "The p-value is at most 1 − confidence, Holm's over all comparisons is not.", _KNOBS,
         ("more seeds; or a study of these alone: --knob NAME, --sizes N",)),
    Rule("MLS711", "tip", "Transfer helped",
         "Weights learnt on task A lowered the error on task B against training from scratch.",
         f"At these sizes of B. {_SEEN}", _TRANSFER,
         ("with few examples retrain the last layers, with more all of them",
          "as B grows, look again: what A taught is worth less")),
    Rule("MLS712", "note", "Transfer hurt",
         "Weights learnt on task A raised the error on task B: what is frozen cannot learn what B "
         "has to teach.", f"At these sizes of B. {_SEEN}", _TRANSFER,
         ("train on B alone, or keep what A taught only as a start",)),
    Rule("MLS713", "note", "When transfer makes sense",
         "A and B have the same input; A has far more data than B; low-level features of A help "
         "in B.", "The figures of this study for each of the course's three conditions.",
         _TRANSFER, ("check the three for your own A and B",)),
    Rule("MLS721", "tip", "One network for all tasks was better",
         "The tasks lent each other data and low-level features.", _SEEN, _MULTITASK,
         ("train the tasks together",)),
    Rule("MLS722", "tip", "A network for each task was better",
         "Together they did worse: the course's remedy is a bigger network.", _SEEN, _MULTITASK,
         ("train the tasks apart, or try a bigger network for all of them",)),
    Rule("MLS731", "tip", "The chain of steps was better",
         "With so few pairs of input and output, the steps by hand know what the one network would "
         "have to learn.", f"At these sizes. {_SEEN}", _CHAIN,
         ("keep the steps until there are more pairs",
          "look which part owns the errors, and work on that one")),
    Rule("MLS732", "tip", "End to end was better",
         "With so many pairs, the one network finds what the steps leave out.",
         f"At these sizes. {_SEEN}", _CHAIN, ("drop the steps",)),
    Rule("MLS733", "note", "Which part owns the errors",
         "Each error is blamed on the first part whose perfect output makes the whole right.",
         "Parts are replaced by the truth in the order of the chain; intervals over seeds and "
         "examples.", "Machine Learning Yearning 53-57",
         ("work on the part that owns most errors",
          "what stays with every part perfect is the chain's own: redesign it")),
    Rule("MLS741", "issue", "Few sources of noise do not carry over to new ones",
         "What is made from few sources may look as real as the rest, and the network learns these "
         "sources by heart.", f"The mismatch is larger than with the most sources. {_SEEN}",
         f"{_MISMATCH}; Machine Learning Yearning 43",
         ("collect more distinct sources; more mixtures of the same ones do not help",
          "count how often each source is used")),
    Rule("MLS742", "note", "How often each source is used",
         "Clean examples over sources of noise: each piece of noise stands behind so many.",
         "Counted.", f"{_MISMATCH}; Machine Learning Yearning 43",
         ("hold out sources, not only examples, to see whether it carries over",)),
    Rule("MLS743", "note", "Few sources of noise look better than they are",
         "On the sources that it was trained with, the network errs less than with many.",
         f"The error on train-dev is lower than with the most sources. {_SEEN}",
         f"{_MISMATCH}; Machine Learning Yearning 43",
         ("judge by noise that train never had",)),
    Rule("MLS751", "tip", "What helped against the mismatch",
         "Against training on the other source alone, this lowered the error on the target.",
         _SEEN, f"{_MISMATCH}; Machine Learning Yearning 38-42",
         ("put examples of the target into train, and keep dev and test of the target",)),
    Rule("MLS752", "note", "What raised the error on the target",
         "Against training on the other source alone, this raised the error on the target.",
         _SEEN, f"{_MISMATCH}; Machine Learning Yearning 38-42",
         ("do without it, or weigh it less",)),
    Rule("MLS753", "issue", "A dev set of both sources aims beside the target",
         "Shuffled together, dev holds mostly the source that there is more of: its error is not "
         "that of the target.", f"The errors on the two dev sets differ. {_SEEN}",
         "C3W2 Training and testing on different distributions",
         ("take dev and test from the target alone",)),
    Rule("MLS761", "issue", "Wrong labels that raised the error on clean ones",
         "So many wrong labels in train were too many.", _SEEN, _LABELS,
         ("find and correct them, the systematic ones first",)),
    Rule("MLS762", "issue", "Systematic wrong labels cost more than random ones",
         "At the same share, labels that are wrong in the same way teach the mistake.", _SEEN,
         f"{_LABELS}: deep learning is robust to random errors in train, less so to systematic "
         "ones",
         ("look whether labels are wrong at random, or by a rule, a writer, a device",)),
    Rule("MLS763", "note", "Wrong labels that cost less than those they were compared with",
         "The error is lower than with clean labels, or with systematic ones than with as many "
         "random ones: not what the course expects.", _SEEN, _LABELS,
         ("look which examples the rule gets wrong: few classes, or easy ones, cost less",)),
)  # fmt: skip
