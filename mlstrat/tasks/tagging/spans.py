"""Tags to spans, and spans of two sides to what is right and which kind of error the rest is.

A side is one array of tags over all sentences; spans are found in one pass over arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

SCHEMES = {"conlleval": "BIOES", "iob2": "BIO", "iobes": "BIOES", "bilou": "BILOU"}
"""Scheme to the prefixes that its tags may have."""

OUTSIDE = "O"
TYPE, BOUNDARY, BOTH = "type", "boundary", "type and boundary"
MISSING, SPURIOUS = "missing", "spurious"
KINDS = (TYPE, BOUNDARY, BOTH, MISSING, SPURIOUS)


@dataclass(frozen=True, eq=False)
class Tags:
    """The tags of one side: of each token its prefix, and the code of its type (−1 outside)."""

    prefix: NDArray[np.str_]
    kind: Ints
    begins: Flags
    """Whether a token is the first of its sentence."""


@dataclass(frozen=True, eq=False)
class Spans:
    """Spans in the order of the text: first token, the one after the last, the code of the type."""

    start: Ints
    stop: Ints
    kind: Ints

    def __len__(self) -> int:
        return len(self.start)

    def where(self, keep: Any) -> Spans:
        """Return some of them."""
        return Spans(self.start[keep], self.stop[keep], self.kind[keep])


def split_tag(tag: str) -> tuple[str, str]:
    """Return prefix and type of a tag; no prefix where it is none of any scheme.

    Examples
    --------
    >>> split_tag("B-PER"), split_tag("O"), split_tag("PER"), split_tag("I-a-b")
    (('B', 'PER'), ('O', ''), ('', 'PER'), ('I', 'a-b'))
    """
    if tag == OUTSIDE:
        return OUTSIDE, ""
    prefix, dash, kind = tag.partition("-")
    return (prefix, kind) if dash and kind and prefix in "BIESLU" else ("", tag)


def fitting(prefixes: Sequence[str]) -> list[str]:
    """Return the schemes that have all of these prefixes.

    Examples
    --------
    >>> fitting(["B", "I", "O"]), fitting(["B", "L"])
    (['conlleval', 'iob2', 'iobes', 'bilou'], ['bilou'])
    """
    return [name for name, known in SCHEMES.items() if set(prefixes) <= set(known)]


def spans_of(tags: Tags, scheme: str) -> Spans:
    """Return the spans of a side.

    ``conlleval`` reads whatever is there, as the script of that name and seqeval do: an I after O
    or after another type begins a span. The others take a span only where it is written whole.

    Examples
    --------
    >>> side = Tags(np.array(list("OIIB")), np.array([-1, 0, 0, 0]), np.array([1, 0, 0, 0], bool))
    >>> [spans_of(side, x).start.tolist() for x in ("conlleval", "iob2")]
    [[1, 3], [3]]
    """
    if not len(tags.kind):
        empty = np.empty(0, np.int64)
        return Spans(empty, empty, empty)
    prefix, kind = tags.prefix, tags.kind
    before = np.concatenate([[OUTSIDE], prefix[:-1]])
    same = np.concatenate([[False], kind[1:] == kind[:-1]]) & ~tags.begins
    before = np.where(tags.begins, OUTSIDE, before)
    inside = kind >= 0
    if scheme == "conlleval":
        ended = np.isin(before, ("E", "S", OUTSIDE))
        goes_on = inside & same & ~ended & np.isin(prefix, ("I", "E"))
        start = np.flatnonzero(inside & ~goes_on)
        return _until(start, ~goes_on, kind)
    last, alone = ("L", "U") if scheme == "bilou" else ("E", "S")
    within = ("I",) if scheme == "iob2" else ("I", last)
    goes_on = same & np.isin(prefix, within) & np.isin(before, ("B", "I"))
    whole = _until(np.flatnonzero(prefix == "B"), ~goes_on, kind)
    if scheme == "iob2":
        return whole
    whole = whole.where(prefix[whole.stop - 1] == last)
    single = np.flatnonzero(prefix == alone)
    start = np.concatenate([whole.start, single])
    stop = np.concatenate([whole.stop, single + 1])
    order = np.argsort(start, kind="stable")
    return Spans(start[order], stop[order], kind[start[order]])


def _until(start: Ints, breaks: Flags, kind: Ints) -> Spans:
    """Return the spans from each start to the next token that does not go on."""
    places = np.append(np.flatnonzero(breaks), len(breaks))
    stop = places[np.searchsorted(places, start + 1)]
    return Spans(start, stop, kind[start])


def strays(tags: Tags, scheme: str) -> Flags:
    """Return which tags their scheme does not allow where they stand.

    Under ``conlleval`` that is an I (or E) that begins a span, as IOB2 does not have it.
    """
    prefix, kind = tags.prefix, tags.kind
    same = np.concatenate([[False], kind[1:] == kind[:-1]]) & ~tags.begins
    before = np.where(tags.begins, OUTSIDE, np.concatenate([[OUTSIDE], prefix[:-1]]))
    open_ = np.isin(before, ("B", "I")) & same
    needs = np.isin(prefix, ("I", "E", "L"))
    found: Flags = needs & ~open_
    if scheme in ("iobes", "bilou"):  # a span that its end is missing of
        after = np.append(~open_[1:] | ~needs[1:], True)
        found = found | (np.isin(prefix, ("B", "I")) & after)
    return found


@dataclass(frozen=True, eq=False)
class Matched:
    """Gold and predicted spans against each other.

    Attributes
    ----------
    right_gold, right_said
        Whether each span has an exact partner.
    pair
        Of each predicted span the gold one that it points to, −1 for none.
    kind_said, kind_gold
        The kind of error of each span, as a place in `KINDS`; −1 where there is none, or where a
        predicted span that points to it says it.
    """

    right_gold: Flags
    right_said: Flags
    pair: Ints
    kind_said: Ints
    kind_gold: Ints


def match(gold: Spans, said: Spans) -> Matched:
    """Match spans: exact ones, then what each wrong one points to.

    Each false positive claims at most one missed span: one at the same place first, else the one of
    its type that it overlaps most, else any that it overlaps most. What is claimed is claimed once.
    """
    exact = _exact(gold, said)
    right_said = exact >= 0
    right_gold = np.zeros(len(gold), bool)
    right_gold[exact[right_said]] = True
    pair = np.full(len(said), -1, np.int64)
    kind_said, kind_gold = np.full(len(said), -1), np.full(len(gold), -1)
    missed, wrong = np.flatnonzero(~right_gold), np.flatnonzero(~right_said)
    free = dict.fromkeys(missed.tolist())
    places = {(int(gold.start[i]), int(gold.stop[i])): i for i in free}
    left = []
    for j in wrong.tolist():
        i = places.get((int(said.start[j]), int(said.stop[j])))
        if i is not None and i in free:
            pair[j] = i
            kind_said[j] = 0
            del free[i]
        else:
            left.append(j)
    # Spans of a side do not overlap, so those that a span meets stand in a row.
    first = np.searchsorted(gold.stop, said.start, side="right")
    for j in left:
        best, found = (0, 0), -1
        i = int(first[j])
        while i < len(gold) and gold.start[i] < said.stop[j]:
            if i in free:
                shared = min(gold.stop[i], said.stop[j]) - max(gold.start[i], said.start[j])
                score = (int(gold.kind[i] == said.kind[j]), int(shared))
                if score > best:
                    best, found = score, i
            i += 1
        if found < 0:
            kind_said[j] = 4
            continue
        pair[j] = found
        kind_said[j] = 1 if best[0] else 2
        del free[found]
    kind_gold[list(free)] = 3
    return Matched(right_gold, right_said, pair, kind_said, kind_gold)


def _exact(gold: Spans, said: Spans) -> Ints:
    """Return for each predicted span the gold one that equals it; −1 for none."""
    if not len(gold) or not len(said):
        return np.full(len(said), -1, np.int64)
    place = np.searchsorted(gold.start, said.start)
    place = np.minimum(place, len(gold) - 1)
    same = (
        (gold.start[place] == said.start) & (gold.stop[place] == said.stop)
        & (gold.kind[place] == said.kind)
    )  # fmt: skip
    return np.where(same, place, -1)
