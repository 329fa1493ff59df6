# Over 300 lines: what measures a run and what tells more of it stand together.
"""The task `tagging`: spans in sentences, by 1 − F1 of exact ones, and what tells more of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from mlstrat.core.counts import Ints
from mlstrat.core.figures import Sampling
from mlstrat.core.findings import Finding
from mlstrat.core.record import Record
from mlstrat.data.grouping import in_order
from mlstrat.errors import InputError
from mlstrat.tasks.contract import How
from mlstrat.tasks.table.examples import LENGTH, Examples, Raw
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
    truth_of,
)
from mlstrat.tasks.table.task import TableTask, check_choice, error, kinds_of
from mlstrat.tasks.tagging.findings import MOST_STRAYS, STRAY_TAGS, TYPES_NEVER_TRUE
from mlstrat.tasks.tagging.read import GOLD, LINE, ROLES, SAID, TOKEN, read_tags
from mlstrat.tasks.tagging.spans import (
    KINDS,
    SCHEMES,
    Matched,
    Spans,
    Tags,
    exact,
    fitting,
    match,
    spans_of,
    split_tag,
    strays,
)


class Read(Record, eq=False):
    """The tokens of a run, and the spans of both sides.

    ``first`` is the first token of each sentence, ``of_gold`` and ``of_said`` are the places of the
    sentences of spans.
    """

    tokens: Any
    first: Ints
    types: tuple[str, ...]
    sides: tuple[Tags, Tags]
    gold: Spans
    said: Spans
    of_gold: Ints
    of_said: Ints
    found: Matched

    @property
    def lengths(self) -> Ints:
        """How many tokens each sentence has."""
        return np.diff(self.first, append=len(self.tokens))


def within(first: Ints, tokens: Ints) -> Ints:
    """Return the place of the sentence of tokens, by the first token of each."""
    return np.searchsorted(first, tokens, side="right") - 1


def extras_of(read: Read, table: Any, split: str, sampling: Sampling) -> Mapping[str, Any]:
    """Return units, the figures of each type, precision, recall, F1 and the accuracy of tokens."""
    here = splits_of(table) == split
    n, group = len(here), groups_of(table, here)
    m, gold, said = read.found, read.gold, read.said

    def in_split(places: Any) -> Any:
        return counted(places, n)[here]

    classes = []
    for i, name in enumerate(read.types):
        g = gold.kind == i
        t, p = in_split(read.of_gold[g]), in_split(read.of_said[said.kind == i])
        right = in_split(read.of_gold[g & m.right_gold])
        if (t + p).any():
            tp = right.sum()
            classes.append(class_row(name, tp, p.sum() - tp, t.sum() - tp, t + p - 2 * right, t + p,
                                     group, sampling))  # fmt: skip
    true, predicted = in_split(read.of_gold), in_split(read.of_said)
    hits = in_split(read.of_gold[m.right_gold])
    a, b = read.sides
    other = np.flatnonzero((a.prefix != b.prefix) | (a.kind != b.kind))
    wrong, tokens = in_split(within(read.first, other)), read.lengths[here]
    wrongs = true + predicted - 2 * hits
    t, p, tp = int(true.sum()), int(predicted.sum()), int(hits.sum())
    return {
        "units": {"true": t, "predicted": p, "tp": tp, "fp": p - tp, "fn": t - tp},
        "per_class": classes,
        "confusion": _confusion(read, here),
        "beside": [
            beside("f1", above(ratio(wrongs, true + predicted, group, sampling))),
            beside("precision", above(ratio(predicted - hits, predicted, group, sampling))),
            beside("recall", above(ratio(true - hits, true, group, sampling))),
            beside("token_accuracy", above(ratio(wrong, tokens, group, sampling))),
            *_seen(read, table, split, here, group, sampling),
        ],
    }  # fmt: skip


def _confusion(read: Read, here: Any) -> Mapping[str, Any]:
    """Return how often each type was taken for which; the last row and column are nothing."""
    nothing = len(read.types)
    m, gold, said = read.found, read.gold.kind, read.said.kind
    truth = np.where(m.right_said, said, np.append(gold, nothing)[m.pair])
    missed = gold[here[read.of_gold] & (m.kind_gold == 3)]
    inside = here[read.of_said]
    counts = counted(truth[inside] * (nothing + 1) + said[inside], (nothing + 1) ** 2)
    counts = counts.reshape(nothing + 1, nothing + 1)
    counts[:, nothing] = counted(missed, nothing + 1)
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
    of_gold = read.of_gold
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

    def told(spans: Spans, i: int) -> str:
        return "" if i < 0 else f"{read.types[spans.kind[i]]} {place(spans, i)}"

    def place(spans: Spans, i: int) -> str:
        begun = read.first[within(read.first, spans.start[i])]
        a, b = spans.start[i] - begun + 1, spans.stop[i] - begun
        return f"{a}-{b}" if b > a else f"{a}"

    text_said, text_gold = _surfaces(read, read.said), _surfaces(read, read.gold)
    said = [(int(read.of_said[j]), text_said[j], KINDS[m.kind_said[j]],
             place(read.said, j), told(read.gold, m.pair[j]), told(read.said, j))
            for j in wrong.tolist()]  # fmt: skip
    gold = [(int(read.of_gold[i]), text_gold[i], KINDS[3],
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


STRICT = "iob2"
"""The scheme that the lenient reading is set against."""


class TaggingTask(TableTask):
    """Reads CoNLL columns, rows of tokens, and lines of sentences."""

    def examples(self, raw: Raw, how: How) -> Examples:
        """Return how many spans of each sentence are wrong, by kind."""
        import polars as pl

        scheme = check_choice(how, "scheme", tuple(SCHEMES), "conlleval")
        frame, length = raw.frame, raw.frame[LENGTH].to_numpy().astype(np.int64)
        n, first = len(length), np.cumsum(length) - length
        types, sides = _tags(raw.tokens, first, scheme, raw)
        gold, said = (spans_of(side, scheme) for side in sides)
        of_gold, of_said = (within(first, x.start) for x in (gold, said))
        m = match(gold, said)
        read = Read(raw.tokens, first, types, sides, gold, said, of_gold, of_said, m)
        if not len(read.gold) and not len(read.said):
            fits = [x for x in SCHEMES if x != scheme and len(spans_of(sides[0], x))]
            raise InputError(f"no span, read as {scheme}", file=raw.name,
                             hint=f"--scheme {' or '.join(fits)}" if fits else None)  # fmt: skip
        hits = counted(of_gold[m.right_gold], n)
        fn, fp = counted(of_gold[~m.right_gold], n), counted(of_said[~m.right_said], n)
        counts = {
            kind: counted(of_said[m.kind_said == i], n) + counted(of_gold[m.kind_gold == i], n)
            for i, kind in enumerate(KINDS)
        }
        missing, spurious = KINDS[3], KINDS[4]
        num = {k: -2 * x if k not in (missing, spurious) else -x for k, x in counts.items()}
        den = {missing: counts[missing], spurious: -counts[spurious]}
        own = (LENGTH, "id", "split", "group")
        free = {x: frame[x] for x in frame.columns if x not in own}
        table = pl.DataFrame({
            **kept(frame, ("id", "split", "group")), "num": fp + fn,
            "den": 2 * hits + fp + fn, **kinds_of(counts, num, den), **free,
        })  # fmt: skip
        stray = sum(int(np.count_nonzero(strays(x, scheme))) for x in sides)
        return Examples(
            table, raw.name, raw.inputs, raw.columns, _notes(read, table, stray, scheme, how),
            extras=lambda split, sampling: extras_of(read, table, split, sampling),
            document=lambda *_: {"alignment": {
                "unmatched_truth": int((m.kind_gold == 3).sum()),
                "unmatched_predictions": int((m.kind_said == 4).sum()), "dropped": 0,
                "repairs": stray,
            }},
            units=lambda: units_of(read, table),
            truth=lambda: _truth(frame, raw.tokens, length),
        )  # fmt: skip


def _tags(
    tokens: Any, first: Ints, scheme: str, raw: Raw
) -> tuple[tuple[str, ...], tuple[Tags, Tags]]:
    """Return the types that occur, and the tags of both sides, all of them of the scheme."""
    sides = [tokens[x].unique().sort() for x in (GOLD, SAID)]
    split = {tag: split_tag(tag) for side in sides for tag in side.to_list()}
    prefixes = {prefix for prefix, _ in split.values()}
    known = SCHEMES[scheme]
    bad = sorted(tag for tag, (prefix, _) in split.items() if not prefix or prefix not in known)
    if bad:
        where = next(x for x in (GOLD, SAID) if tokens[x].is_in(bad).any())
        place = int(tokens[where].is_in(bad).arg_max() or 0)
        tag = tokens[where][place]
        fits = [] if "" in prefixes else fitting(sorted(prefixes))
        raise InputError(
            f"the tag {tag[:40]!r} is not of the scheme {scheme}", file=raw.name,
            row=int(tokens[LINE][place]) if LINE in tokens.columns else None, column=where,
            accepted=", ".join(f"{x}-TYPE" for x in known if x != "O") + ", O",
            hint=f"--scheme {' or '.join(fits)}" if fits else "a tag is B-TYPE, I-TYPE or O",
        )  # fmt: skip
    types = tuple(sorted({kind for _, kind in split.values() if kind}))
    place_of = {kind: i for i, kind in enumerate(types)}
    begins = np.zeros(len(tokens), bool)
    begins[first] = True
    found = []
    for name, tags in zip((GOLD, SAID), sides, strict=True):
        code, of_tag = tokens[name].to_physical().to_numpy(), tags.to_physical().to_numpy()
        prefix = np.zeros(of_tag.max() + 1, np.uint8)
        kind = np.zeros(len(prefix), np.min_scalar_type(-1 - len(types)))
        prefix[of_tag] = [ord(split[x][0]) for x in tags.to_list()]
        kind[of_tag] = [place_of.get(split[x][1], -1) for x in tags.to_list()]
        found.append(Tags(prefix[code], kind[code], begins))
    return types, (found[0], found[1])


def _truth(frame: Any, tokens: Any, length: Ints) -> Any:
    import polars as pl

    sentence = np.repeat(np.arange(len(length)), length)
    tokens = pl.DataFrame({"s": sentence, "gold": tokens[GOLD].cast(pl.String)})
    same = in_order(tokens, ["s"], pl.col("gold").str.join(" "))
    return truth_of(frame, same["gold"])


def _notes(read: Read, table: Any, stray: int, scheme: str, how: How) -> tuple[Finding, ...]:
    notes = []
    tags, splits = 2 * len(read.tokens), splits_of(table)
    if stray > MOST_STRAYS * tags:
        split = how.split if how.split in splits else "dev" if "dev" in splits else splits[0]
        other = STRICT if scheme == "conlleval" else "conlleval"
        here = splits == split
        num, den = (int(table[x].to_numpy()[here].sum()) for x in ("num", "den"))
        notes.append(Finding(STRAY_TAGS, {
            "strays": stray, "tags": tags, "scheme": scheme, "other": other, "split": str(split),
            "error": num / den if den else None,
            "other_error": _error(*_read_again(read, other), np.repeat(here, read.lengths)),
        }))  # fmt: skip
    true, predicted = (counted(x.kind, len(read.types)) for x in (read.gold, read.said))
    if (never := (true == 0) & (predicted > 0)).any():
        types = {read.types[i]: int(predicted[i]) for i in np.flatnonzero(never)}
        notes.append(Finding(TYPES_NEVER_TRUE, {"types": types}))
    return tuple(notes)


def _read_again(read: Read, scheme: str) -> tuple[Spans, Spans]:
    """Return the spans of both sides as another scheme reads them, lenient or strict."""
    pairs = zip(read.sides, (read.gold, read.said), strict=True)
    if scheme == STRICT and not any(x.are("ES").any() for x in read.sides):
        gold, said = (x.where(side.prefix[x.start] == ord("B")) for side, x in pairs)
    else:
        gold, said = (spans_of(side, scheme) for side in read.sides)
    return gold, said


def _error(gold: Spans, said: Spans, here: Any) -> float | None:
    n = here[gold.start].sum() + here[said.start].sum()
    right = here[said.start[exact(gold, said) >= 0]].sum()
    return float((n - 2 * right) / n) if n else None


TASK = TaggingTask(
    "tagging", "sentence", ROLES, {"error": error("(FP + FN) / (2 TP + FP + FN) of exact spans")},
    unit="span", cluster="document", options=("truth", "scheme"), read_part=read_tags,
)  # fmt: skip
