"""What tells more of tags than their error: figures by type, confusion, recall of seen spans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.counts import sum_by
from mlstrat.core.figures import Sampling
from mlstrat.tasks.table.figures import (
    above,
    beside,
    class_row,
    codes,
    counted,
    groups_of,
    kept,
    ratio,
    splits_of,
)
from mlstrat.tasks.tagging.read import TOKEN
from mlstrat.tasks.tagging.spans import KINDS, Matched, Spans, Tags


@dataclass(frozen=True, eq=False)
class Read:
    """The tokens of a run, and the spans of both sides.

    ``sentence`` is the place of each token's sentence in the table of examples.
    """

    tokens: Any
    sentence: NDArray[np.int64]
    types: tuple[str, ...]
    sides: tuple[Tags, Tags]
    gold: Spans
    said: Spans
    found: Matched


def extras_of(read: Read, table: Any, split: str, sampling: Sampling) -> Mapping[str, Any]:
    """Return units, the figures of each type, precision, recall, F1 and the accuracy of tokens."""
    here = splits_of(table) == split
    n, group = len(here), groups_of(table, here)
    m, gold, said = read.found, read.gold, read.said
    of_gold, of_said = read.sentence[gold.start], read.sentence[said.start]
    in_gold, in_said = here[of_gold], here[of_said]

    def in_split(places: Any, keep: Any) -> Any:
        return counted(places[keep], n)[here]

    hits = in_split(of_gold, in_gold & m.right_gold)
    true, predicted = in_split(of_gold, in_gold), in_split(of_said, in_said)
    classes = []
    for i, name in enumerate(read.types):
        g, s = in_gold & (gold.kind == i), in_said & (said.kind == i)
        tp = in_split(of_gold, g & m.right_gold)
        fn, fp = in_split(of_gold, g) - tp, in_split(of_said, s) - tp
        if (tp + fn + fp).any():
            classes.append(class_row(name, tp.sum(), fp.sum(), fn.sum(), fn + fp,
                                     2 * tp + fn + fp, group, sampling))  # fmt: skip
    right = (read.sides[0].prefix == read.sides[1].prefix) & (
        read.sides[0].kind == read.sides[1].kind)  # fmt: skip
    tokens = counted(read.sentence, n)[here]
    wrong = sum_by(read.sentence, (~right).astype(float))[here]
    wrongs = true + predicted - 2 * hits
    tp, t, p = int(hits.sum()), int(true.sum()), int(predicted.sum())
    return {
        "units": {"true": t, "predicted": p, "tp": tp, "fp": p - tp, "fn": t - tp},
        "per_class": classes,
        "confusion": _confusion(read, in_gold, in_said),
        "beside": [
            beside("f1", above(ratio(wrongs, true + predicted, group, sampling))),
            beside("precision", above(ratio(predicted - hits, predicted, group, sampling))),
            beside("recall", above(ratio(true - hits, true, group, sampling))),
            beside("token_accuracy", above(ratio(wrong, tokens, group, sampling))),
            *_seen(read, table, split, here, group, sampling),
        ],
    }  # fmt: skip


def _confusion(read: Read, in_gold: Any, in_said: Any) -> Mapping[str, Any]:
    """Return how often each type was taken for which; the last row and column are nothing."""
    nothing = len(read.types)
    counts = np.zeros((nothing + 1, nothing + 1), np.int64)
    m = read.found
    np.add.at(counts, (read.said.kind[in_said & m.right_said],) * 2, 1)
    paired = in_said & (m.pair >= 0)
    np.add.at(counts, (read.gold.kind[m.pair[paired]], read.said.kind[paired]), 1)
    spurious, missed = in_said & (m.kind_said == 4), in_gold & (m.kind_gold == 3)
    np.add.at(counts, (nothing, read.said.kind[spurious]), 1)
    np.add.at(counts, (read.gold.kind[missed], nothing), 1)
    return {"labels": [*read.types, "∅"], "counts": counts.tolist()}


def _surfaces(read: Read, spans: Spans) -> list[str]:
    """Return the words of spans; blank where the run has no tokens."""
    if TOKEN not in read.tokens.columns:
        return [""] * len(spans)
    words = read.tokens[TOKEN].to_list()
    return [" ".join(words[a:b]) for a, b in zip(spans.start, spans.stop, strict=True)]


def _seen(
    read: Read, table: Any, split: str, here: Any, group: Any, sampling: Sampling
) -> list[dict[str, Any]]:
    """Return the recall of spans whose words train has under that type, and of those it has not."""
    splits = splits_of(table)
    if TOKEN not in read.tokens.columns or split == "train" or "train" not in splits:
        return []
    of_gold = read.sentence[read.gold.start]
    named = codes(list(zip(_surfaces(read, read.gold), read.gold.kind.tolist(), strict=True)))
    in_train, mine = (splits == "train")[of_gold], here[of_gold]
    known = np.isin(named, named[in_train])
    found = []
    for word, keep in (("seen", mine & known), ("unseen", mine & ~known)):
        true = counted(of_gold[keep], len(here))[here]
        missed = counted(of_gold[keep & ~read.found.right_gold], len(here))[here]
        if true.any():
            figure = above(ratio(missed, true, group, sampling))
            found.append(beside(f"recall_{word}_in_train", figure))
    return found


def units_of(read: Read, table: Any) -> Any:
    """Return the spans that are wrong, a row each: predicted ones, and missed ones."""
    import polars as pl

    m = read.found
    wrong, missed = np.flatnonzero(m.kind_said >= 0), np.flatnonzero(m.kind_gold == 3)
    first = np.searchsorted(read.sentence, np.arange(len(table)))

    def told(spans: Spans, i: int) -> str:
        return "" if i < 0 else f"{read.types[spans.kind[i]]} {place(spans, i)}"

    def place(spans: Spans, i: int) -> str:
        begun = first[read.sentence[spans.start[i]]]
        a, b = spans.start[i] - begun + 1, spans.stop[i] - begun
        return f"{a}-{b}" if b > a else f"{a}"

    text_said, text_gold = _surfaces(read, read.said), _surfaces(read, read.gold)
    said = [(int(read.sentence[read.said.start[j]]), text_said[j], KINDS[m.kind_said[j]],
             place(read.said, j), told(read.gold, m.pair[j]), told(read.said, j))
            for j in wrong.tolist()]  # fmt: skip
    gold = [(int(read.sentence[read.gold.start[i]]), text_gold[i], KINDS[3],
             place(read.gold, i), told(read.gold, i), "") for i in missed.tolist()]  # fmt: skip
    rows = sorted([*said, *gold], key=lambda x: x[0])
    places = np.array([x[0] for x in rows], np.int64)
    names = ("unit", "category", "where", "truth", "prediction")
    return pl.DataFrame({
        **kept(table[places], ("id", "split")),
        **{x: pl.Series([row[i + 1] for row in rows], dtype=pl.String)
           for i, x in enumerate(names)},
        "score": pl.Series([None] * len(rows), dtype=pl.Float64),
    })  # fmt: skip
