"""The task `language_model`: nats a token, with documents as what is independent."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from mlstrat.core.figures import Figure, Sampling
from mlstrat.errors import InputError, UsageError
from mlstrat.tasks.cards import Given
from mlstrat.tasks.contract import How
from mlstrat.tasks.language_model.read import BYTES, COUNT, DOC, LOSS, ROLES, TOKEN, read_tokens
from mlstrat.tasks.table.examples import Examples, Raw
from mlstrat.tasks.table.figures import beside, groups_of, plain, ratio, splits_of
from mlstrat.tasks.table.task import TableTask, error, kinds_of

BANDS = (("rank 1-10", 10), ("rank 11-100", 100), ("rank 101-1000", 1000), ("rank 1001-", math.inf))
"""Bands of the frequency of tokens in the run, and the last rank of each."""
UNKNOWN_TOKENS = ("<unk>", "[unk]", "unk", "<unknown>")
UNKNOWN, BEGINNING, FIRST = "unknown", "first 100 tokens", 100
WORST = 0.01
BITS = "bits_per_byte"


class LanguageModelTask(TableTask):
    """Reads tokens with log-probabilities."""

    def read_part(self, given: Given, how: How) -> Raw:
        """Read one part of a run."""
        return read_tokens(given, how)

    def examples(self, raw: Raw, how: How) -> Examples:
        """Return what the tokens of each document cost."""
        import polars as pl

        bits = self.metric_of(how) == BITS
        if bits and BYTES not in raw.frame.columns:
            raise UsageError("--metric bits_per_byte: nothing says how many bytes a token has",
                             accepted="a column bytes")  # fmt: skip
        keys = [x for x in ("split", DOC) if x in raw.frame.columns]
        frame = raw.frame
        if COUNT not in frame.columns:
            frame = frame.with_columns(pl.lit(1.0).alias(COUNT))
        kinds = _kinds(frame)
        cost = pl.col(LOSS) / math.log(2) if bits else pl.col(LOSS)
        frame = frame.with_columns(
            cost.alias("cost"), pl.col(BYTES if bits else COUNT).alias("size")
        )
        docs = _summed(frame, keys, kinds)
        table = self._table(docs, tuple(kinds))
        truth = None
        if TOKEN in frame.columns and not bits:
            truth = partial(frame.select, *keys, TOKEN)
        return Examples(
            table, raw.name, raw.inputs, raw.columns, unbounded=True, truth=truth,
            extras=lambda split, sampling: _extras(frame, docs, split, sampling),
        )  # fmt: skip

    def _table(self, docs: Any, kinds: tuple[str, ...]) -> Any:
        """Return the table of examples: tokens of a kind, fixed, cost what the others cost."""
        import polars as pl

        own = ("split", DOC, "group")
        table = {x: docs[x] for x in own if x in docs.columns}
        table |= {"num": docs["cost"], "den": docs["size"]}
        counts, fixed = {}, {}
        splits = splits_of(docs)
        for name in kinds:
            change = np.zeros(len(docs))
            for split in dict.fromkeys(splits.tolist()):
                here = splits == split
                cost, size = (docs[x].to_numpy()[here] for x in ("cost", "size"))
                mine, units = (docs[f"{x} {name}"].to_numpy()[here] for x in ("cost", "size"))
                rest = size.sum() - units.sum()
                if rest > 0:
                    change[here] = units * (cost.sum() - mine.sum()) / rest - mine
            if change.sum() < 0:  # what costs less than the others is nothing to work on
                counts[name] = docs[f"{COUNT} {name}"].cast(pl.Int64)
                fixed[name] = change
        return pl.DataFrame({**table, **kinds_of(counts, fixed, {})})

    def wholes(self, source: Any, how: How) -> Iterator[Mapping[str, Any]]:  # noqa: ARG002
        """Refuse to suspect: the text is all there is, and no label of it can be wrong."""
        raise UsageError(
            "--task language_model has no labels that could be wrong: the text is its own truth",
            accepted="a task with labels", hint="read what costs most: mlstrat error-table RUN",
        )  # fmt: skip

    def check_pair(self, left: Examples, right: Examples) -> None:
        """Refuse two runs whose documents have other tokens: their nats are of other things."""
        if left.truth is None or right.truth is None:
            return
        sides = []
        for told in (left.truth(), right.truth()):
            keys = [x for x in ("split", DOC) if x in told.columns]
            parts = told.partition_by(keys, as_dict=True, include_key=False)
            sides.append({k: x[TOKEN].to_list() for k, x in parts.items()})
        for key in sides[0].keys() & sides[1].keys():
            a, b = sides[0][key], sides[1][key]
            if a != b:
                place = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y),
                             min(len(a), len(b)))  # fmt: skip
                raise InputError(
                    f"other tokens than in {left.name}: document {key[-1]!r} differs first at "
                    f"token {place + 1}", file=right.name, accepted="the same tokens in both runs",
                    hint="compare bits a byte: --metric bits_per_byte",
                )  # fmt: skip


def _summed(frame: Any, keys: list[str], kinds: Mapping[str, Any]) -> Any:
    """Return the sums of each document, in the order of the rows, so that they are always the same.

    Of all tokens, and of each kind: ``cost``, ``size`` and ``count``, a blank and the kind.
    """
    import polars as pl

    names = frame.select(keys)
    firsts = names.with_row_index("first").unique(keys, keep="first", maintain_order=True)
    docs = firsts.with_row_index("place")
    place = names.join(
        docs, on=keys, how="left", nulls_equal=True, maintain_order="left"
    )["place"].to_numpy()  # fmt: skip
    n, first = len(docs), docs["first"].to_numpy()
    found = {x: frame[x][first] for x in (*keys, "group") if x in frame.columns}
    for x in ("cost", "size", COUNT, LOSS, BYTES):
        if x not in frame.columns:
            continue
        values = frame[x].to_numpy().astype(float)
        found[x] = np.bincount(place, values, n)
        for name, here in kinds.items():
            found[f"{x} {name}"] = np.bincount(place[here], values[here], n)
    return pl.DataFrame(found)


def _kinds(frame: Any) -> dict[str, Any]:
    """Return which tokens are of each kind: how frequent, unknown, early in the document."""
    import polars as pl

    if TOKEN not in frame.columns:
        return {}
    counts = frame[TOKEN].value_counts(sort=False).sort(["count", TOKEN], descending=[True, False])
    rank = counts.with_row_index("rank", offset=1).select(TOKEN, "rank")
    ranks = frame.select(TOKEN).join(rank, on=TOKEN, how="left", maintain_order="left")["rank"]
    found, low = {}, 0.0
    of_token = ranks.to_numpy()
    for name, last in BANDS:
        here = (of_token > low) & (of_token <= last)
        if here.any():
            found[name] = here
        low = last
    unknown = frame[TOKEN].str.to_lowercase().is_in(UNKNOWN_TOKENS).to_numpy()
    if unknown.any():
        found[UNKNOWN] = unknown
    keys = [x for x in ("split", DOC) if x in frame.columns]
    place = frame.select(pl.int_range(pl.len()).over(keys).alias("p"))["p"].to_numpy()
    if (place >= FIRST).any():
        found[BEGINNING] = place < FIRST
    return found


def _extras(frame: Any, docs: Any, split: str, sampling: Sampling) -> Mapping[str, Any]:
    """Return perplexity, bits a byte, and how much of the loss the worst tokens are."""
    here = splits_of(docs) == split
    own, group = docs.filter(here), groups_of(docs.filter(here))
    tokens = frame.filter(splits_of(frame) == split)
    cost = tokens[LOSS].to_numpy()
    nats = ratio(own[LOSS].to_numpy(), own[COUNT].to_numpy(), group, sampling, bounded=False)
    found = [beside("nats_per_token", nats), beside("perplexity", _exp(nats))]
    if BYTES in tokens.columns:
        bits = own[LOSS].to_numpy() / math.log(2)
        found.append(beside("bits_per_byte", ratio(bits, own[BYTES].to_numpy(), group, sampling,
                                                   bounded=False)))  # fmt: skip
    if len(cost) >= 1 / WORST:
        most = int(len(cost) * WORST)
        worst = np.sort(cost)[::-1][:most].sum()
        share = float(worst / cost.sum()) if cost.sum() else None
        found.append(plain("loss_share_of_worst_1_percent", share, len(cost)))
    return {"beside": found}


def _exp(figure: Figure) -> Figure:
    """Return the perplexity of nats a token."""
    if figure.value is None or figure.value > 700:
        return replace(figure, value=None, ci=None)
    ci = None if figure.ci is None or figure.ci[1] > 700 else (
        math.exp(figure.ci[0]), math.exp(figure.ci[1]))  # fmt: skip
    return replace(figure, value=math.exp(figure.value), ci=ci)


TASK = LanguageModelTask(
    "language_model", "document", ROLES,
    {
        "error": error("-sum log p / tokens", high=math.inf),
        BITS: error("-sum log2 p / bytes", high=math.inf, name=BITS),
    },
    unit="token", cluster="document", options=("log_base",),
)  # fmt: skip
