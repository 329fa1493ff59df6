"""Tags to spans, and spans of two sides to what is right and which kind of error the rest is.

A side is one array of tags over all sentences; spans are found in one pass over arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
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
    kind: NDArray[np.signedinteger]
    begins: Flags

    def are(self, letters: str) -> Flags:
        """Tell which tokens have one of these prefixes."""
        found: Flags = self.prefix == ord(letters[0])
        for x in letters[1:]:
            found |= self.prefix == ord(x)
        return found

    @cached_property
    def same(self) -> Flags:
        """Which tokens but the first go on in a sentence after the same type."""
        found: Flags = (self.kind[1:] == self.kind[:-1]) & ~self.begins[1:]
        return found

    def follow(self, letters: str) -> Flags:
        """Tell which tokens go on in a sentence after the same type under one of these prefixes."""
        found = np.zeros(len(self.kind), bool)
        np.logical_and(self.are(letters)[:-1], self.same, out=found[1:])
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
        return _runs(kind, tags.are("IE") & tags.follow("BILU"))
    last, alone = ("L", "U") if scheme == "bilou" else ("E", "S")
    runs = _runs(kind, tags.are("I" if scheme == "iob2" else "I" + last) & tags.follow("BI"))
    whole = runs.where(prefix[runs.start] == ord("B"))
    if scheme == "iob2":
        return whole
    whole = whole.where(prefix[whole.stop - 1] == ord(last))
    single = np.flatnonzero(tags.are(alone))
    start = np.concatenate([whole.start, single])
    stop = np.concatenate([whole.stop, single + 1])
    order = np.argsort(start, kind="stable")
    return Spans(start[order], stop[order], kind[start[order]])


def _runs(kind: NDArray[np.signedinteger], goes_on: Flags) -> Spans:
    """Return the spans of tokens that have a type, each up to the next that does not go on."""
    inside = kind >= 0
    start = np.flatnonzero(inside & ~goes_on)
    inside[:-1] &= ~goes_on[1:]  # the last of each
    stop = np.flatnonzero(inside) + 1
    return Spans(start, stop, kind[start].astype(np.int64))


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
    kind_said: NDArray[np.int8]
    kind_gold: NDArray[np.int8]


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
    kind_said, kind_gold = np.full(len(said), -1, np.int8), np.full(len(gold), -1, np.int8)
    wrong = np.flatnonzero(~right_said)
    place = exact(gold, said.where(wrong), typed=False)
    same = place >= 0
    pair[wrong[same]], kind_said[wrong[same]] = place[same], 0
    free = ~right_gold
    free[place[same]] = False
    left = wrong[~same]
    # Spans of a side do not overlap, so those that a span meets stand in a row.
    first = np.searchsorted(gold.stop, said.start[left], side="right")
    end = np.searchsorted(gold.start, said.stop[left])
    kind_said[left] = 4
    meeting = np.maximum(end - first, 0)
    j = np.repeat(left, meeting)
    i = np.repeat(first - np.cumsum(meeting) + meeting, meeting) + np.arange(len(j))
    j, i = j[free[i]], i[free[i]]
    overlap = np.minimum(gold.stop[i], said.stop[j]) - np.maximum(gold.start[i], said.start[j])
    better = overlap + (gold.kind[i] == said.kind[j]) * (overlap.max(initial=0) + 1)
    chosen = _claimed(j.tolist(), i.tolist(), better.tolist())
    pair[j[chosen]], free[i[chosen]] = i[chosen], False
    new = left[pair[left] >= 0]
    kind_said[new] = np.where(gold.kind[pair[new]] == said.kind[new], 1, 2)
    kind_gold[free] = 3
    return Matched(right_gold, right_said, pair, kind_said, kind_gold)


def _claimed(ones: list[int], others: list[int], better: list[int]) -> list[int]:
    """Return the places of the pairs in which one claims another: the first of the best.

    Pairs are in the order of both, so that of those claimed before only the last can be met.
    """
    found: list[int] = []
    now = claimed = best = -1
    most = 0
    for place, (one, other, good) in enumerate(zip(ones, others, better, strict=True)):
        if one != now:
            if most:
                found.append(best)
                claimed = others[best]
            now, most = one, 0
        if good > most and other != claimed:
            best, most = place, good
    return [*found, best] if most else found


def exact(gold: Spans, said: Spans, *, typed: bool = True) -> Ints:
    """Return for each predicted span the gold one that equals it, in its type too; −1 for none."""
    if not len(gold) or not len(said):
        return np.full(len(said), -1, np.int64)
    place = np.minimum(np.searchsorted(gold.start, said.start), len(gold) - 1)
    same = (gold.start[place] == said.start) & (gold.stop[place] == said.stop)
    if typed:
        same &= gold.kind[place] == said.kind
    return np.where(same, place, -1)
