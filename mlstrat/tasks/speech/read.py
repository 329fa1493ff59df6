"""Reads utterances: what was said, and what was understood."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from mlstrat.errors import InputError
from mlstrat.tasks.contract import Given, How, Role
from mlstrat.tasks.speech import TRN
from mlstrat.tasks.table.alignment import Part
from mlstrat.tasks.table.examples import Raw
from mlstrat.tasks.table.rows import open_rows
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
    """Return who speaks in an utterance, as the ids of NIST say it.

    Examples
    --------
    >>> speaker_of("4t0c0201"), speaker_of("sw4390-A_001"), speaker_of("spk7_12")
    ('4t0', 'sw4390', 'spk7')
    """
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
    """Return the words or characters of a text, as they are compared.

    Examples
    --------
    >>> tokens("It's, well ...", "word", False, "basic"), tokens("A b", "char", True, "none")
    (["it's", 'well'], 'Ab')
    """
    text = text if text.isascii() else unicodedata.normalize("NFC", text)
    text = text if case else text.lower()
    if normalize == "basic":
        text = bare(text)
    return text.replace(" ", "") if unit == "char" else text.split()


def bare(text: str) -> str:
    """Return text in lower case without punctuation, but for apostrophes within words."""
    return " ".join(PUNCTUATION.sub(" ", text.lower()).split())


def is_bare(texts: Iterable[str]) -> bool:
    """Tell whether texts have neither punctuation nor capitals.

    Examples
    --------
    >>> is_bare(["it's so"]), is_bare(["it's so."]), is_bare(["So"])
    (True, False, False)
    """
    text = "\n".join(texts)
    if text != text.lower():
        return False
    return UNPLAIN.search(text) is None or PUNCTUATION.search(text) is None


def parts_of(text: str, unit: str, case: bool, normalize: str) -> list[Part]:
    """Return the tokens of a reference, alternatives ``{ a / b / @ }`` as such.

    Examples
    --------
    >>> parts_of("we { saw / have seen / @ } it", "word", False, "none")
    ['we', (('saw',), ('have', 'seen'), ()), 'it']
    """
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
