"""The task `speech`: word errors, with speakers as what is independent."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.figures import Sampling
from mlstrat.core.findings import Finding
from mlstrat.core.ratio import FEWEST_CLUSTERS
from mlstrat.tasks.contract import How
from mlstrat.tasks.speech.findings import EMPTY_TEXTS, FORM_NOT_WORDS, MOST_FORM
from mlstrat.tasks.speech.read import (
    REFERENCE,
    ROLES,
    SAID,
    SPEAKER,
    has_alternatives,
    is_bare,
    options_of,
    parts_of,
    read_utterances,
    tokens,
)
from mlstrat.tasks.table.alignment import (
    Edit,
    Part,
    distances,
    each_edit,
    edits,
    edits_of_alternatives,
)
from mlstrat.tasks.table.examples import Examples, Raw
from mlstrat.tasks.table.figures import beside, groups_of, kept, ratio, splits_of, truth_of
from mlstrat.tasks.table.task import TableTask, error, kinds_of

Ints = NDArray[np.int64]
SUB, DEL, INS = "substitution", "deletion", "insertion"
EMPTY, HALLUCINATION = "empty output", "hallucination"
AROUND = 3
"""Words that a sheet shows on each side of a wrong one."""


class SpeechTask(TableTask):
    """Reads references and predictions."""

    def examples(self, raw: Raw, how: How) -> Examples:
        """Return the edits of each utterance."""
        import polars as pl

        frame, options = raw.frame, options_of(how)
        references, said = (frame[x].fill_null("").to_list() for x in (REFERENCE, SAID))
        sub, dele, ins, words = aligned(references, said, options)
        num = sub + dele + ins
        empty = np.array([not x.strip() for x in said])
        silent = words == 0
        counts = {SUB: sub, DEL: dele, INS: ins, EMPTY: np.where(empty, num, 0),
                  HALLUCINATION: np.where(silent, ins, 0)}  # fmt: skip
        own = ("id", "split", "group", REFERENCE, SAID)
        table: dict[str, Any] = dict(kept(frame, ("id", "split", "group")))
        speakers = frame[SPEAKER].n_unique() if SPEAKER in frame.columns else 0
        if "group" not in table and speakers >= FEWEST_CLUSTERS:
            table["group"] = frame[SPEAKER]
        table |= {
            "num": num, "den": words, **kinds_of(counts, {k: -x for k, x in counts.items()}, {}),
            **kept(frame, [x for x in frame.columns if x not in own]),
        }  # fmt: skip
        examples = pl.DataFrame(table)
        return Examples(
            examples, raw.name, raw.inputs, raw.columns,
            _notes(references, said, options, int(num.sum()), silent, empty),
            extras=lambda split, sampling: _extras(
                frame, examples, split, sampling, (sub, dele, ins, words), options),
            units=lambda: _edits(examples, references, said, num, options),
            wholes=lambda: _units(examples, references, said, counts),
            truth=partial(truth_of, frame, frame[REFERENCE]) if "id" in frame.columns else None,
            unbounded=True,
        )  # fmt: skip


def aligned(
    references: Sequence[str], said: Sequence[str], options: Mapping[str, Any]
) -> tuple[Ints, Ints, Ints, Ints]:
    """Return substitutions, deletions, insertions and reference tokens of each utterance."""
    special = has_alternatives(references)
    plain = [tokens(x, **options) for x in references]
    hyps = [tokens(x, **options) for x in said]
    found = edits(plain, hyps)
    words = np.array([len(x) for x in plain], np.int64)
    for i in np.flatnonzero(special).tolist():
        of_pair = edits_of_alternatives(parts_of(references[i], **options), hyps[i])
        for x, value in zip((*found, words), of_pair, strict=True):
            x[i] = value
    return (*found, words)


def fewest(
    references: Sequence[str], said: Sequence[str], options: Mapping[str, Any]
) -> tuple[Ints, Ints]:
    """Return edits and reference tokens of each utterance, whatever the kinds of edits are."""
    plain = [tokens(x, **options) for x in references]
    hyps = [tokens(x, **options) for x in said]
    found, words = distances(plain, hyps), np.array([len(x) for x in plain], np.int64)
    for i in np.flatnonzero(has_alternatives(references)).tolist():
        *of_pair, words[i] = edits_of_alternatives(parts_of(references[i], **options), hyps[i])
        found[i] = sum(of_pair)
    return found, words


def _notes(
    references: Sequence[str], said: Sequence[str], options: Mapping[str, Any], errors: int,
    silent: NDArray[np.bool_], empty: NDArray[np.bool_],
) -> tuple[Finding, ...]:  # fmt: skip
    """Return what is to be told of case, punctuation, and texts that are empty."""
    notes = []
    if errors and options["normalize"] == "none" and not is_bare((*references, *said)):
        bare = {**options, "case": False, "normalize": "basic"}
        left = int(fewest(references, said, bare)[0].sum())
        if errors - left > MOST_FORM * errors:
            notes.append(Finding(FORM_NOT_WORDS, {"errors": errors, "left": left}))
    if silent.any() or empty.any():
        evidence = {"references": int(silent.sum()), "predictions": int(empty.sum())}
        notes.append(Finding(EMPTY_TEXTS, evidence))
    return tuple(notes)


def _extras(
    frame: Any, table: Any, split: str, sampling: Sampling, found: tuple[Ints, Ints, Ints, Ints],
    options: Mapping[str, Any],
) -> Mapping[str, Any]:  # fmt: skip
    """Return the rates of the three kinds, sentences with any error, CER, and each speaker's."""
    here = splits_of(table) == split
    sub, dele, ins, words = (x[here] for x in found)
    group = groups_of(table, here)

    def rate(num: Any, den: Any = words) -> Any:
        return ratio(num, den, group, sampling, bounded=False)

    wrong = (sub + dele + ins > 0).astype(int)
    figures = [
        beside("substitutions", rate(sub)), beside("deletions", rate(dele)),
        beside("insertions", rate(ins)),
        beside("sentence_error", ratio(wrong, np.ones(len(wrong)), group, sampling)),
    ]  # fmt: skip
    if options["unit"] == "word":
        own = frame.filter(here)
        texts = [own[x].fill_null("").to_list() for x in (REFERENCE, SAID)]
        edited, letters = fewest(texts[0], texts[1], {**options, "unit": "char"})
        figures.append(beside("cer", rate(edited, letters)))
    classes = []
    if SPEAKER in frame.columns:
        names = np.array(frame[SPEAKER].filter(here).to_list(), object)
        for name in sorted(set(names)):
            mine = names == name
            num, den = (sub + dele + ins)[mine], words[mine]
            classes.append({
                "label": str(name), "tp": None, "fp": None, "fn": None, "num": int(num.sum()),
                "den": int(den.sum()),
                "error": ratio(num, den, None, sampling, bounded=False).to_dict(),
            })  # fmt: skip
    return {"beside": figures, "per_class": classes}


def _edits(
    table: Any, references: Sequence[str], said: Sequence[str], num: Ints,
    options: Mapping[str, Any],
) -> Any:  # fmt: skip
    """Return the words that are wrong, a row each."""
    import polars as pl

    keys = kept(table, ("id", "split"))
    names = (*keys, "unit", "category", "where", "truth", "prediction", "score")
    unit, rows = options["unit"], []
    for i in np.flatnonzero(num).tolist():
        right, heard = parts_of(references[i], **options), tokens(said[i], **options)
        more = f";{EMPTY}" * (not said[i].strip()) + f";{HALLUCINATION}" * (not right)
        for x in each_edit(right, heard):
            kind = DEL if x.said is None else INS if x.right is None else SUB
            rows.append((*(k[i] for k in keys.values()), unit, kind + more,
                         _place(x, right, heard, unit), x.right, x.said, None))  # fmt: skip
    of = {**dict.fromkeys(names, pl.String), "score": pl.Float64, **{x: y.dtype for x, y in
          keys.items()}}  # fmt: skip
    return pl.DataFrame(rows, {x: of[x] for x in names}, orient="row")


def _place(edit: Edit, right: Sequence[Part], heard: Sequence[str], unit: str) -> str:
    """Return the place of an edit, from 1 on, and what stands around it.

    Examples
    --------
    >>> _place(Edit("saw", 1, "sew", 1), ["we", "saw", "it"], ["we", "sew", "it"], "word")
    'word 2: we [sew] it'
    """
    whole: Sequence[Part] = heard
    place, which = edit.said_place, ""
    if place is None:
        place, which, whole = edit.place or 0, " of the reference", right
    if not all(isinstance(x, str) for x in whole):
        return f"{unit} {place + 1}{which}"
    near = [str(x) for x in whole[max(place - AROUND, 0) : place + AROUND + 1]]
    at = min(place, AROUND)
    near[at] = f"[{near[at]}]"
    return f"{unit} {place + 1}{which}: " + ("" if unit == "char" else " ").join(near)


def _units(
    table: Any, references: Sequence[str], said: Sequence[str], counts: Mapping[str, Ints]
) -> Any:
    """Return the utterances with errors, a row each, under the kind that they have most of."""
    import polars as pl

    stack = np.column_stack([counts[x] for x in (SUB, DEL, INS)])
    wrong = stack.sum(axis=1) > 0
    kind = np.array([SUB, DEL, INS], object)[stack.argmax(axis=1)]
    kind = np.where(counts[HALLUCINATION] > 0, HALLUCINATION, kind)
    kind = np.where(counts[EMPTY] > 0, EMPTY, kind)
    return pl.DataFrame({
        **kept(table, ("id", "split")), "unit": "utterance",
        "category": kind.tolist(), "where": "", "truth": list(references), "prediction": list(said),
        "score": stack.sum(axis=1).astype(float),
    }).filter(wrong)  # fmt: skip


TASK = SpeechTask(
    "speech", "utterance", ROLES,
    {"error": error("(S + D + I) / reference tokens", high=math.inf, rate=True)},
    unit="word", cluster="speaker", options=("truth", "case_sensitive", "normalize", "unit"),
    read_part=read_utterances,
)  # fmt: skip
