"""Tags to spans, and spans of two sides to what is right and which kind of error the rest is.

A side is one array of tags over all sentences; spans are found in one pass over arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.counts import Ints
from mlstrat.core.record import Record

Flags = NDArray[np.bool_]

SCHEMES = {"conlleval": "BIOES", "iob2": "BIO", "iobes": "BIOES", "bilou": "BILOU"}
"""Scheme to the prefixes that its tags may have."""

OUTSIDE = "O"
TYPE, BOUNDARY, BOTH = "type", "boundary", "type and boundary"
MISSING, SPURIOUS = "missing", "spurious"
KINDS = (TYPE, BOUNDARY, BOTH, MISSING, SPURIOUS)


class Tags(Record, eq=False):
    """The tags of one side: of each token its prefix, and the code of its type (−1 outside).

    A prefix is the code of its letter; ``begins`` tells whether a token is the first of a sentence.
    """

    prefix: NDArray[np.uint8]
    kind: Ints
    begins: Flags

    def are(self, letters: str) -> Flags:
        """Tell which tokens have one of these prefixes."""
        return among(letters)[self.prefix]

    def follow(self, letters: str) -> Flags:
        """Tell which tokens go on in a sentence after the same type under one of these prefixes."""
        found = self.are(letters)[:-1] & (self.kind[1:] == self.kind[:-1]) & ~self.begins[1:]
        return np.concatenate([np.zeros(min(len(self.kind), 1), bool), found])


def among(letters: str) -> Flags:
    """Return for each code of a letter whether it is one of these."""
    found = np.zeros(256, bool)
    found[[ord(x) for x in letters]] = True
    return found


class Spans(Record, eq=False):
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
    """Return prefix and type of a tag; no prefix where it is none of any scheme."""
    if tag == OUTSIDE:
        return OUTSIDE, ""
    prefix, dash, kind = tag.partition("-")
    return (prefix, kind) if dash and kind and prefix in "BIESLU" else ("", tag)


def fitting(prefixes: Sequence[str]) -> list[str]:
    """Return the schemes that have all of these prefixes."""
    return [name for name, known in SCHEMES.items() if set(prefixes) <= set(known)]


def spans_of(tags: Tags, scheme: str) -> Spans:
    """Return the spans of a side.

    ``conlleval`` reads whatever is there, as the script of that name and seqeval do: an I after O
    or after another type begins a span. The others take a span only where it is written whole.
    """
    if not len(tags.kind):
        empty = np.empty(0, np.int64)
        return Spans(empty, empty, empty)
    prefix, kind = tags.prefix, tags.kind
    if scheme == "conlleval":
        goes_on = (kind >= 0) & tags.are("IE") & tags.follow("BILU")
        return _until(np.flatnonzero((kind >= 0) & ~goes_on), ~goes_on, kind)
    last, alone = ("L", "U") if scheme == "bilou" else ("E", "S")
    goes_on = tags.are("I" if scheme == "iob2" else "I" + last) & tags.follow("BI")
    whole = _until(np.flatnonzero(tags.are("B")), ~goes_on, kind)
    if scheme == "iob2":
        return whole
    whole = whole.where(prefix[whole.stop - 1] == ord(last))
    single = np.flatnonzero(tags.are(alone))
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
    open_, needs = tags.follow("BI"), tags.are("IEL")
    found: Flags = needs & ~open_
    if scheme in ("iobes", "bilou"):  # a span that its end is missing of
        after = np.append(~open_[1:] | ~needs[1:], True)
        found = found | (tags.are("BI") & after)
    return found


class Matched(Record, eq=False):
    """Gold and predicted spans against each other: which have an exact partner.

    ``pair`` is of each predicted span the gold one that it points to, −1 for none; kinds of error
    are places in `KINDS`, −1 where there is none, or where a predicted span pointing here has it.
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
    partner = exact(gold, said)
    right_said = partner >= 0
    right_gold = np.zeros(len(gold), bool)
    right_gold[partner[right_said]] = True
    pair = np.full(len(said), -1, np.int64)
    kind_said, kind_gold = np.full(len(said), -1), np.full(len(gold), -1)
    wrong = np.flatnonzero(~right_said)
    place = np.minimum(np.searchsorted(gold.start, said.start[wrong]), max(len(gold) - 1, 0))
    same = np.zeros(len(wrong), bool)
    if len(gold):
        same = (gold.start[place] == said.start[wrong]) & (gold.stop[place] == said.stop[wrong])
    pair[wrong[same]], kind_said[wrong[same]] = place[same], 0
    free = ~right_gold
    free[place[same]] = False
    left = wrong[~same]
    # Spans of a side do not overlap, so those that a span meets stand in a row.
    first = np.searchsorted(gold.stop, said.start[left], side="right")
    end = np.searchsorted(gold.start, said.stop[left])
    kind_said[left] = 4
    meets = end > first
    starts, stops, kinds = (x.tolist() for x in (gold.start, gold.stop, gold.kind))
    for j, i, after in zip(*(x[meets].tolist() for x in (left, first, end)), strict=True):
        a, b, kind = said.start[j], said.stop[j], said.kind[j]
        near = [(int(kinds[k] == kind), int(min(stops[k], b) - max(starts[k], a)), -k)
                for k in range(i, after) if free[k]]  # fmt: skip
        if near:
            same_kind, _, place_of = max(near)
            pair[j], kind_said[j], free[-place_of] = -place_of, 1 if same_kind else 2, False
    kind_gold[free] = 3
    return Matched(right_gold, right_said, pair, kind_said, kind_gold)


def exact(gold: Spans, said: Spans) -> Ints:
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
