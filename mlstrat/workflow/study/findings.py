# Over 300 lines: a question's codes stand together, each once, with its sentence and its rule.
"""Findings of a study: which comparisons moved, and which showed no difference."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mlstrat.core.decisions import KNOB
from mlstrat.core.findings import Finding, Rule
from mlstrat.core.wording import GAP_TITLES, Scale, clean, count, listed
from mlstrat.workflow.study.compute import FEWEST_SEEDS, WORTH, Change, Study, too_few

_SEEN = (
    "Holm's p-value over all comparisons of the study is at most 1 − confidence, from an interval "
    "over seeds and examples, and the change is at least the tolerance "
    f"({100 * WORTH:g} point without one; mlstrat's threshold)."
)


_KNOBS = "C3W1 Orthogonalization"


_TRANSFER = "C3W2 Transfer learning"


_MULTITASK = "C3W2 Multi-task learning"


_CHAIN = "C3W2 What is end-to-end deep learning; Machine Learning Yearning 47-51"


_MISMATCH = "C3W2 Addressing data mismatch"


_LABELS = "C3W2 Cleaning up incorrectly labeled data"


Evidence = Mapping[str, Any]


MOST_MOVES = 8
"""Comparisons that a sentence names; the JSON has all."""


def quantity_title(name: str) -> str:
    """Return a gap or a level in words: ``variance``, ``error on dev``."""
    return GAP_TITLES.get(name, f"error on {name}")


def change_text(change: Mapping[str, Any], s: Scale) -> str:
    """Return ``−12.3 points (−14.1 to −10.5)``."""
    text = s.points(change["value"], sign=True)
    return text if change["ci"] is None else f"{text} ({s.interval(change['ci'])})"


def _moves_text(e: Evidence, s: Scale) -> str:
    return _several([_move_text(x, s) for x in e["moves"]])


def _move_text(x: Mapping[str, Any], s: Scale) -> str:
    at = "" if x["n"] is None else f" at {count(x['n'])} examples"
    against = "" if x["against"] == "base" else f" against {clean(x['against_title'])}"
    what = f"{quantity_title(x['quantity'])} {change_text(x['change'], s)}"
    return f"{clean(x['title'])}{against}{at}: {what}"


def _several(parts: Sequence[str]) -> str:
    shown = list(parts[:MOST_MOVES])
    if len(parts) > MOST_MOVES:
        shown.append(f"{len(parts) - MOST_MOVES} more")
    return f"{'; '.join(shown)}."


def _several_gaps(e: Evidence, s: Scale) -> str:
    parts = []
    for knob in e["knobs"]:
        gaps = listed([
            f"{quantity_title(x['quantity'])} {change_text(x['change'], s)}" for x in knob["gaps"]
        ])  # fmt: skip
        dev = [f"; dev {change_text(x['change'], s)}" for x in knob["dev"]]
        parts.append(f"{clean(knob['title'])} moved {gaps}{''.join(dev)}")
    return _several(parts)


def _none(e: Evidence, s: Scale) -> str:
    if "conditions" in e:
        text = f"{_several([clean(x) for x in e['conditions'].values()])}"
        if e["widest"] is None:
            return text
        return (
            f"{text} A change of dev of up to {s.points(e['widest'])}, either way, may have "
            "been overlooked."
        )
    return _several([_move_text(x, s) for x in e["moves"]])


def _conditions(e: Evidence, s: Scale) -> str:
    c = e["conditions"]
    times = c["examples_a"] / c["examples_b"][-1]
    return (
        f"Same input: {clean(c['input'], 200)}. Data: {count(c['examples_a'])} examples of A, "
        f"{count(c['examples_b'][0])} to {count(c['examples_b'][-1])} of B, "
        f"{c['examples_a'] / c['examples_b'][0]:.3g} to {times:.3g} times as many. Low-level "
        f"features: a new last layer on what A taught, {change_text(c['frozen'], s)} against "
        f"scratch with {count(c['examples_b'][0])} examples."
    )


def _parts(e: Evidence, s: Scale) -> str:
    parts = []
    for row in e["parts"]:
        owned = listed([
            f"{clean(x['part'])} {s.value(x['share']['value'])}" for x in row["parts"]
            if x["share"]["value"] is not None
        ] or ["nothing to share out"])  # fmt: skip
        parts.append(f"with {count(row['n'])} examples: {owned}")
    return f"Of the errors of the chain, {'; '.join(parts)}."


def _reuse(e: Evidence, _s: Scale) -> str:
    parts = [f"{count(x['sources'])} sources, each under {x['repeats']:,.3g}" for x in e["reuse"]]
    x = e["reuse"][0]
    return (
        f"Of {count(x['clean'] * x['copies'])} examples, {count(x['clean'])} clean ones "
        f"{count(x['copies'])} times each: {'; '.join(parts)}."
    )


KNOBS_LOWERED = Rule(
    "MLS701", "tip", "Knobs that lowered a gap",
    "Turned alone, from where the recipe stands, each made a gap smaller.", _SEEN, _KNOBS,
    ("turn the knob of the gap that is largest, and diagnose again",
    "change one setting at a time: of two at once neither can be credited"),
    sentence=_moves_text)  # fmt: skip

KNOB_NOT_ORTHOGONAL = Rule(
    "MLS702", "note", "A knob moved more than one gap",
    "Such a knob is harder to steer by: what it gives in one place it may take in another.",
    f"Two gaps or more moved. {_SEEN}", f"{_KNOBS}: early stopping is the course's example",
    ("prefer knobs that move one gap, where there is one",
    "look at what it did to dev: both changes together"),
    sentence=_several_gaps, decision=KNOB)  # fmt: skip

NO_DIFFERENCE = Rule(
    "MLS703", "note", "No difference seen",
    "The effect may be zero, or too small to detect with this many seeds and examples.",
    f"Not so: {_SEEN}", _KNOBS,
    ("read the interval: it says how large a change may have been overlooked",
    "more seeds, or more dev examples, make it narrower"),
    sentence=_none)  # fmt: skip

KNOBS_RAISED = Rule(
    "MLS704", "note", "Knobs that made a gap larger",
    "Turned alone, from where the recipe stands, each made a gap larger.", _SEEN, _KNOBS,
    ("a smaller change of the setting may cost less",
    "weigh it against the gain: what counts is the change in dev error"),
    sentence=_moves_text)  # fmt: skip

FEW_SEEDS = Rule(
    "MLS705", "note", "Too few seeds to tell",
    "One seed may be lucky. The figures stand as they came out, without intervals.",
    f"Fewer than {FEWEST_SEEDS} seeds (simulated: with two, intervals held the truth in 88% "
    "of cases instead of 95%).", "C3W1 Why ML strategy; Machine Learning Yearning 32",
    ("try five seeds: --seeds 5",),
    sentence=lambda e, _s: f"Seeds: {e['seeds']}.")  # fmt: skip

UNSURE_CHANGES = Rule(
    "MLS706", "note", "Changes that are not sure among so many comparisons",
    "Alone each would count as seen; of many comparisons some look so by chance.",
    "The p-value is at most 1 − confidence, Holm's over all comparisons is not.", _KNOBS,
    ("more seeds; or a study of these alone: --knob NAME, --sizes N",),
    sentence=_moves_text)  # fmt: skip

TRANSFER_HELPED = Rule(
    "MLS711", "tip", "Transfer helped",
    "Weights learnt on task A lowered the error on task B against training from scratch.",
    f"At these sizes of B. {_SEEN}", _TRANSFER,
    ("with few examples retrain the last layers, with more all of them",
    "as B grows, look again: what A taught is worth less"),
    sentence=_moves_text)  # fmt: skip

TRANSFER_HURT = Rule(
    "MLS712", "note", "Transfer hurt",
    "Weights learnt on task A raised the error on task B: what is frozen cannot learn what B "
    "has to teach.", f"At these sizes of B. {_SEEN}", _TRANSFER,
    ("train on B alone, or keep what A taught only as a start",),
    sentence=_moves_text)  # fmt: skip

TRANSFER_SENSE = Rule(
    "MLS713", "note", "When transfer makes sense",
    "A and B have the same input; A has far more data than B; low-level features of A help "
    "in B.", "The figures of this study for each of the course's three conditions.",
    _TRANSFER, ("check the three for your own A and B",),
    sentence=_conditions)  # fmt: skip

ONE_NETWORK_BETTER = Rule(
    "MLS721", "tip", "One network for all tasks was better",
    "The tasks lent each other data and low-level features.", _SEEN, _MULTITASK,
    ("train the tasks together",),
    sentence=_moves_text, decision=KNOB)  # fmt: skip

SEPARATE_BETTER = Rule(
    "MLS722", "tip", "A network for each task was better",
    "Together they did worse: the course's remedy is a bigger network.", _SEEN, _MULTITASK,
    ("train the tasks apart, or try a bigger network for all of them",),
    sentence=_moves_text, decision=KNOB)  # fmt: skip

CHAIN_BETTER = Rule(
    "MLS731", "tip", "The chain of steps was better",
    "With so few pairs of input and output, the steps by hand know what the one network would "
    "have to learn.", f"At these sizes. {_SEEN}", _CHAIN,
    ("keep the steps until there are more pairs",
    "look which part owns the errors, and work on that one"),
    sentence=_moves_text, decision=KNOB)  # fmt: skip

END_TO_END_BETTER = Rule(
    "MLS732", "tip", "End to end was better",
    "With so many pairs, the one network finds what the steps leave out.",
    f"At these sizes. {_SEEN}", _CHAIN, ("drop the steps",),
    sentence=_moves_text, decision=KNOB)  # fmt: skip

PART_OWNS_ERRORS = Rule(
    "MLS733", "note", "Which part owns the errors",
    "Each error is attributed to the first component whose perfect output would have fixed it.",
    "Parts are replaced by the truth in the order of the chain; intervals over seeds and "
    "examples.", "Machine Learning Yearning 53-57",
    ("work on the part that owns most errors",
    "what stays with every part perfect is the chain's own: redesign it"),
    sentence=_parts)  # fmt: skip

FEW_SOURCES_FAIL = Rule(
    "MLS741", "issue", "Few sources of noise do not carry over to new ones",
    "What is made from few sources may look as real as the rest, and the network learns these "
    "sources by heart.", f"The mismatch is larger than with the most sources. {_SEEN}",
    f"{_MISMATCH}; Machine Learning Yearning 43",
    ("collect more distinct sources; more mixtures of the same ones do not help",
    "count how often each source is used"),
    sentence=_moves_text)  # fmt: skip

SOURCE_USE = Rule(
    "MLS742", "note", "How often each source is used",
    "Clean examples over sources of noise: each piece of noise stands behind so many.",
    "Counted.", f"{_MISMATCH}; Machine Learning Yearning 43",
    ("hold out sources, not only examples, to see whether it carries over",),
    sentence=_reuse)  # fmt: skip

FEW_SOURCES_FLATTER = Rule(
    "MLS743", "note", "Few sources of noise look better than they are",
    "On the sources that it was trained with, the network errs less than with many.",
    f"The error on train-dev is lower than with the most sources. {_SEEN}",
    f"{_MISMATCH}; Machine Learning Yearning 43",
    ("judge by noise that train never had",),
    sentence=_moves_text, decision=KNOB)  # fmt: skip

MISMATCH_HELPED = Rule(
    "MLS751", "tip", "What helped against the mismatch",
    "Against training on the other source alone, this lowered the error on the target.",
    _SEEN, f"{_MISMATCH}; Machine Learning Yearning 38-42",
    ("put examples of the target into train, and keep dev and test of the target",),
    sentence=_moves_text)  # fmt: skip

MISMATCH_RAISED = Rule(
    "MLS752", "note", "What raised the error on the target",
    "Against training on the other source alone, this raised the error on the target.",
    _SEEN, f"{_MISMATCH}; Machine Learning Yearning 38-42",
    ("do without it, or weigh it less",),
    sentence=_moves_text)  # fmt: skip

MIXED_DEV_MISAIMS = Rule(
    "MLS753", "issue", "A dev set that mixes both sources misses the target",
    "Shuffled together, dev holds mostly the source that there is more of: its error is not "
    "that of the target.", f"The errors on the two dev sets differ. {_SEEN}",
    "C3W2 Training and testing on different distributions",
    ("take dev and test from the target alone",),
    sentence=_moves_text)  # fmt: skip

NOISE_RAISED = Rule(
    "MLS761", "issue", "Wrong labels that raised the error on clean ones",
    "So many wrong labels in train were too many.", _SEEN, _LABELS,
    ("find and correct them, the systematic ones first",),
    sentence=_moves_text)  # fmt: skip

SYSTEMATIC_COSTS_MORE = Rule(
    "MLS762", "issue", "Systematic wrong labels cost more than random ones",
    "At the same share, labels that are wrong in the same way teach the mistake.", _SEEN,
    f"{_LABELS}: deep learning is robust to random errors in train, less so to systematic "
    "ones",
    ("look whether labels are wrong at random, or by a rule, a writer, a device",),
    sentence=_moves_text)  # fmt: skip

NOISE_COSTS_LESS = Rule(
    "MLS763", "note", "Wrong labels that cost less than those they were compared with",
    "The error is lower than with clean labels, or with systematic ones than with as many "
    "random ones: not what the course expects.", _SEEN, _LABELS,
    ("look which examples the rule gets wrong: few classes, or easy ones, cost less",),
    sentence=_moves_text)  # fmt: skip


GAPS = ("avoidable_bias", "variance", "variance_or_mismatch", "data_mismatch", "dev_overfit")

CODES: Mapping[str, tuple[Rule, Rule]] = {
    "transfer": (TRANSFER_HELPED, TRANSFER_HURT),
    "multitask": (ONE_NETWORK_BETTER, SEPARATE_BETTER),
    "end-to-end": (CHAIN_BETTER, END_TO_END_BETTER),
    "synthesis": (FEW_SOURCES_FLATTER, FEW_SOURCES_FAIL),
    "mismatch": (MISMATCH_HELPED, MISMATCH_RAISED),
    "label-noise": (NOISE_COSTS_LESS, NOISE_RAISED),
}
"""By kind: the code of what fell, and of what rose."""

FACTS: Mapping[str, Mapping[str, Rule]] = {
    "transfer": {"conditions": TRANSFER_SENSE},
    "end-to-end": {"parts": PART_OWNS_ERRORS},
    "synthesis": {"reuse": SOURCE_USE},
}
"""By kind: which facts of the study are a finding of their own."""


def study_findings(kind: str, study: Study, facts: Mapping[str, Any]) -> list[Finding]:
    """Return what came out of a study."""
    found = seed_findings(study)
    found += _of_knobs(study) if kind == "knobs" else _of_others(kind, study)
    found += _moves(UNSURE_CHANGES, study, study.changes, "unsure")
    for name, code in FACTS.get(kind, {}).items():
        if facts.get(name):
            found.append(Finding(code, {name: facts[name]}))
    return found


def seed_findings(study: Study) -> list[Finding]:
    """Return the finding that so few seeds tell nothing; none where they do."""
    if too_few(len(study.seeds)) is None:
        return []
    return [Finding(FEW_SEEDS, {"seeds": len(study.seeds)})]


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
    found = _moves(KNOBS_LOWERED, study, gaps, "fell")
    if several:
        knobs = [
            {"of": moves[0].asked.of, "title": _title(study, moves[0].asked.of),
             "gaps": [_move(study, x) for x in moves],
             "dev": [_move(study, x) for x in study.changes_of(moves[0].asked.of)
                     if x.asked.quantity == "dev"]}
            for moves in several
        ]  # fmt: skip
        found.append(Finding(KNOB_NOT_ORTHOGONAL, {"knobs": knobs}))
    found += _moves(KNOBS_RAISED, study, gaps, "rose")
    if none:
        titles = {knob: _title(study, knob) for knob in none}
        found.append(Finding(NO_DIFFERENCE, {"conditions": titles, "widest": _widest(study, none)}))
    return found


def _of_others(kind: str, study: Study) -> list[Finding]:
    fell, rose = CODES.get(kind, (KNOBS_LOWERED, KNOBS_RAISED))
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
        found.append(Finding(NO_DIFFERENCE, {"moves": moves}))
    return found


def _none_special(_: Change) -> Rule | None:
    return None


def _of_label_noise(change: Change) -> Rule | None:
    """Random against systematic is another question than either against clean labels."""
    return (
        SYSTEMATIC_COSTS_MORE
        if change.asked.against != "clean" and change.outcome == "rose"
        else None
    )


def _of_mismatch(change: Change) -> Rule | None:
    return MIXED_DEV_MISAIMS if change.asked.of == "shuffled" else None


_SPECIAL: Mapping[str, Callable[[Change], Rule | None]] = {
    "label-noise": _of_label_noise,
    "mismatch": _of_mismatch,
}
"""By kind: comparisons that have a code of their own."""


def _moves(rule: Rule, study: Study, changes: Sequence[Change], outcome: str) -> list[Finding]:
    some = [x for x in changes if x.outcome == outcome]
    if not some:
        return []
    some.sort(key=lambda x: -abs(x.figure.value or 0.0))
    return [Finding(rule, {"moves": [_move(study, x) for x in some]})]


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
    ends = [
        max(abs(end) for end in x.figure.ci)
        for knob in knobs
        for x in study.changes_of(knob)
        if x.figure.ci is not None and x.asked.quantity == "dev"
    ]
    return max(ends, default=None)
