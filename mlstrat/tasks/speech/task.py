# Over 300 lines: what reads a run and what measures it stand together.
"""The task `speech`: word errors, with speakers as what is independent."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.counts import Ints
from mlstrat.core.figures import Sampling
from mlstrat.core.findings import Finding
from mlstrat.core.ratio import FEWEST_CLUSTERS
from mlstrat.errors import InputError
from mlstrat.tasks.contract import Given, How, Role
from mlstrat.tasks.speech import TRN
from mlstrat.tasks.speech.findings import EMPTY_TEXTS, FORM_NOT_WORDS, MOST_FORM
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
from mlstrat.tasks.table.rows import open_rows
from mlstrat.tasks.table.task import TableTask, error, kinds_of
from mlstrat.tasks.table.text import check_lengths, described, is_text, lines_of, text_of

ROLES = (
    Role("id", "names an utterance; needed to pair two runs"),
    Role("reference", "what was said", needed=True),
    Role("prediction", "what was understood", needed=True),
    Role("speaker", "who spoke; utterances of one speaker are not independent"),
    Role("split", "train, train-dev, dev or test"),
    Role("group", "the same under its usual name"),
)
ALIASES = {
    "id": ("id", "utt_id", "utterance", "utt", "key"), "reference": ("reference", "ref", "truth"),
    "prediction": ("prediction", "hypothesis", "hyp"), "speaker": ("speaker", "speaker_id", "spk"),
}  # fmt: skip
COMMENT = ";;"
NONE = "@"
"""An alternative of no word."""
PUNCTUATION = re.compile(r"(?<!\w)'|'(?!\w)|[^\w\s']")
UNPLAIN = re.compile(r"[^a-z0-9_\s]")
"""What none of the former is, found much faster."""

REFERENCE, SAID, SPEAKER = "reference", "prediction", "speaker"


def read_utterances(given: Given, how: How) -> Raw:
    """Return the utterances of a run, a row each."""
    if is_text(given.run):
        return _files(given, how)
    rows = open_rows(given, ROLES, how, ALIASES)
    rows.check_ids()
    import polars as pl

    roles = rows.roles
    frame = pl.DataFrame({
        **rows.free(()), **rows.shared(),
        **{x: rows.texts(roles[x]) for x in (REFERENCE, SAID, SPEAKER) if x in roles},
    })  # fmt: skip
    return Raw(frame, rows.name, rows.inputs, roles)


def _files(given: Given, how: How) -> Raw:
    import polars as pl

    run, truth = str(given.run), given.truth
    if truth is None:
        raise InputError(
            "what was understood, and nothing that says what was said", file=run,
            accepted="a pair of files", hint="name the references: --truth ref.trn",
        )  # fmt: skip
    if not is_text(truth):
        raise InputError("not a file of text", file=str(truth), accepted="as the predictions are")
    sides = [_lines(str(x)) for x in (truth, run)]
    with_ids = [ids is not None for _, ids in sides]
    if with_ids[0] != with_ids[1]:
        raise InputError("no ids, and the other file has them", accepted="two .trn, or two files "
                         "of lines", file=run if with_ids[0] else str(truth))  # fmt: skip
    (references, of_truth), (said, of_run) = sides
    if of_truth is None or of_run is None:
        check_lengths(references, said, str(truth), run)
        frame = pl.DataFrame({
            "id": [str(i + 1) for i in range(len(said))], REFERENCE: references, SAID: said,
        })  # fmt: skip
        roles = {"id": "line"}
    else:
        found = {x.lower(): text for x, text in zip(of_run, said, strict=True)}
        here = [x.lower() for x in of_truth]
        lost, in_truth = [x for x in here if x not in found], set(here)
        strange = [x for x in found if x not in in_truth]
        if lost or strange:
            raise InputError(
                f"{len(found):,} utterances, and {len(here):,} in {truth}; "
                + (f"{lost[0]!r} is missing here" if lost else f"{strange[0]!r} is only here"),
                file=run, accepted="the same ids in both files",
            )  # fmt: skip
        frame = pl.DataFrame({
            "id": here, REFERENCE: references, SAID: [found[x] for x in here],
            SPEAKER: [speaker_of(x) for x in here],
        })  # fmt: skip
        roles = {"id": "(id)"}
    inputs = tuple(described(x, len(frame), how.checksum) for x in (run, str(truth)))
    return Raw(frame, run, inputs, roles)


def speaker_of(utterance: str) -> str:
    """Return who speaks in an utterance, as the ids of NIST say it."""
    parts = re.split(r"[-_]", utterance)
    return parts[0] if len(parts) > 1 else utterance[:3]


def _lines(path: str) -> tuple[list[str], list[str] | None]:
    """Return the texts of a file, and their ids where each line ends with one."""
    every = list(enumerate(lines_of(text_of(path, "lines of text")), start=1))
    told = [(row, x) for row, x in every if x.strip() and not x.startswith(COMMENT)]
    found = [(row, TRN.match(x)) for row, x in told]
    if not told or sum(m is not None for _, m in found) * 2 < len(found):
        return [x for _, x in every], None
    texts: list[str] = []
    ids: dict[str, int] = {}
    for row, one in found:
        if one is None:
            raise InputError("a line without its id", file=path, row=row,
                             accepted="words (id) in every line of a .trn")  # fmt: skip
        key = one[2].lower()
        if key in ids:
            raise InputError(f"the id {one[2]!r} is already in row {ids[key]}", file=path,
                             row=row, accepted="each id once")  # fmt: skip
        ids[key] = row
        texts.append(one[1])
    return texts, list(ids)


def tokens(text: str, unit: str, case: bool, normalize: str) -> Sequence[str]:
    """Return the words or characters of a text, as they are compared."""
    text = text if text.isascii() else unicodedata.normalize("NFC", text)
    text = text if case else text.lower()
    if normalize == "basic":
        text = " ".join(PUNCTUATION.sub(" ", text.lower()).split())
    return text.replace(" ", "") if unit == "char" else text.split()


def is_bare(texts: Iterable[str]) -> bool:
    """Tell whether texts have neither punctuation nor capitals."""
    text = "\n".join(texts)
    if text != text.lower():
        return False
    return UNPLAIN.search(text) is None or PUNCTUATION.search(text) is None


def parts_of(text: str, unit: str, case: bool, normalize: str) -> list[Part]:
    """Return the tokens of a reference, alternatives ``{ a / b / @ }`` as such."""
    found: list[Part] = []
    for i, piece in enumerate(re.split(r"\{([^{}]*)\}", text)):
        if i % 2:
            ways = tuple(
                tuple(x for x in tokens(way, unit, case, normalize) if x != NONE)
                for way in re.split(r"(?:(?<=\s)|^)/(?=\s|$)", piece)
            )
            found.append(ways)
        else:
            found += tokens(piece, unit, case, normalize)
    return found


def has_alternatives(texts: Sequence[str]) -> list[bool]:
    """Tell which texts hold alternatives."""
    return ["{" in x and bool(re.search(r"\{[^{}]*/[^{}]*\}", x)) for x in texts]


def options_of(how: How) -> dict[str, Any]:
    """Return how texts are compared."""
    from mlstrat.tasks.table.task import check_choice

    return {
        "unit": check_choice(how, "unit", ("word", "char"), "word"),
        "case": bool(how.options.get("case_sensitive")),
        "normalize": check_choice(how, "normalize", ("none", "basic"), "none"),
    }  # fmt: skip


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
    """Return the place of an edit, from 1 on, and what stands around it."""
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
