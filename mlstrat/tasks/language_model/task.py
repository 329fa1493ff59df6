# Over 300 lines: what reads a run and what measures it stand together.
"""The task `language_model`: nats a token, with documents as what is independent."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.counts import Floats, Ints
from mlstrat.core.figures import Figure, Sampling
from mlstrat.core.record import Record
from mlstrat.errors import InputError, UsageError
from mlstrat.tasks.contract import Given, How, Role
from mlstrat.tasks.language_model import HARNESS
from mlstrat.tasks.table.examples import Examples, Raw
from mlstrat.tasks.table.figures import beside, coded, groups_of, kept, plain, ratio, splits_of
from mlstrat.tasks.table.rows import Rows, open_rows
from mlstrat.tasks.table.task import TableTask, check_number, error, kinds_of

ROLES = (
    Role("id", "the document"),
    Role("token", "the token"),
    Role("logprob", "its log-probability, natural unless --log-base"),
    Role("tokens", "the tokens of a document, a list"),
    Role("logprobs", "their log-probabilities, a list"),
    Role("bytes", "bytes of the token, or of the document's tokens as a list"),
    Role("split", "train, train-dev, dev or test"),
    Role("group", "documents of one group are not independent"),
)
ALIASES = {
    "id": ("doc", "doc_id", "document", "document_id", "id"),
    "token": ("token", "word"), "logprob": ("logprob", "log_prob", "logp", "token_logprob"),
    "tokens": ("tokens", "words"), "logprobs": ("logprobs", "log_probs", "token_logprobs"),
    "bytes": ("bytes", "n_bytes"),
}  # fmt: skip
ABOVE = "a log-probability is 0 or less: is this a probability, or a perplexity?"
DOC, TOKEN, LOSS, BYTES, COUNT = "id", "token", "loss", "bytes", "count"
"""The columns of the rows of the task; ``count`` is how many tokens a row stands for."""


def read_tokens(given: Given, how: How) -> Raw:
    """Return the tokens of a run with what each costs in nats, a row each."""
    import polars as pl

    types = {"logprob": pl.Float64, "logprobs": pl.List(pl.Float64)}
    rows = open_rows(given, ROLES, how, ALIASES, types)
    base = check_number(how, "log_base", math.e, 0.0) or math.e
    if base <= 1:
        raise InputError(f"--log-base is {base:g}", accepted="a number above 1, as 2 or 10")
    if "logprob" in rows.roles:
        return _tokens(rows, math.log(base))
    if "logprobs" in rows.roles:
        return _documents(rows, math.log(base))
    low = {x.strip().lower(): x for x in rows.frame.columns}
    if set(low) & set(HARNESS):
        return _harness(rows, low)
    raise rows.lacks("no log-probabilities", accepted="doc, token, logprob; or tokens, logprobs, "
                     "a row a document")  # fmt: skip


def _tokens(rows: Rows, scale: float) -> Raw:
    import polars as pl

    roles = rows.roles
    if "id" not in roles:
        raise InputError(
            "no column doc, which says where a document ends", file=rows.name,
            accepted=", ".join(ALIASES["id"]), hint="name it: --map id=COLUMN",
        )  # fmt: skip
    cost = rows.numbers(roles["logprob"], high=0.0, hint=ABOVE) * -scale
    keys = rows.shared()
    keys[DOC] = keys[DOC].cast(pl.String)
    frame = pl.DataFrame({
        **keys, LOSS: cost,
        **({TOKEN: rows.frame[roles["token"]].cast(pl.String)} if "token" in roles else {}),
        **({BYTES: rows.numbers(roles["bytes"], low=0)} if "bytes" in roles else {}),
    })  # fmt: skip
    return Raw(frame, rows.name, rows.inputs, roles)


def _documents(rows: Rows, scale: float) -> Raw:
    """Read a row a document, its tokens as lists."""
    import polars as pl

    roles = rows.roles
    costs = _lists(rows, roles["logprobs"], float)
    n = len(costs)
    keys = {x: s.cast(pl.String).to_list() for x, s in rows.shared().items()}
    keys.setdefault(DOC, [str(i + 1) for i in range(n)])
    lengths = np.array([len(x) for x in costs])
    place = np.repeat(np.arange(n), lengths)
    cost = np.array([y for x in costs for y in x], float)
    bad = np.flatnonzero(~(np.isfinite(cost) & (cost <= 0)))
    if len(bad):
        raise rows.refuse(int(place[bad[0]]), roles["logprobs"],
                          f"{cost[bad[0]]:g} is not accepted", accepted="numbers of at most 0",
                          hint=ABOVE)  # fmt: skip
    columns: dict[str, Any] = {k: pl.Series(x)[place] for k, x in keys.items()}
    columns[LOSS] = -cost * scale
    for role, column, kind in (("tokens", TOKEN, str), ("bytes", BYTES, float)):
        if role in roles:
            cells = _lists(rows, roles[role], kind)
            for i, (a, b) in enumerate(zip(costs, cells, strict=True)):
                if len(a) != len(b):
                    raise rows.refuse(i, roles[role], f"{len(b)} {role} and {len(a)} logprobs",
                                      accepted="as many of each")  # fmt: skip
            columns[column] = pl.Series([y for x in cells for y in x])
    return Raw(
        pl.DataFrame(columns), rows.name, rows.inputs, {**roles, "id": roles.get("id", "row")}
    )


def _lists(rows: Rows, column: str, kind: type) -> list[list[Any]]:
    found = []
    for i, cell in enumerate(rows.frame[column].to_list()):
        try:
            value = json.loads(cell) if isinstance(cell, str) else list(cell)
            found.append([kind(x) for x in value])
        except (TypeError, ValueError):
            raise rows.refuse(i, column, "no list", accepted="[-0.5, -1.25]") from None
    return found


def _harness(rows: Rows, low: dict[str, str]) -> Raw:
    """Read samples of lm-eval: log-likelihood with words, and with bytes, of each document."""
    import polars as pl

    n = len(rows.frame)
    cost, words, sizes = np.zeros(n), np.ones(n), np.zeros(n)
    for name in HARNESS:
        if name not in low:
            continue
        for i, cell in enumerate(rows.frame[low[name]].to_list()):
            try:
                value = json.loads(cell) if isinstance(cell, str) else cell
                loglik, size = (value, 1) if isinstance(value, int | float) else value
                loglik, size = float(loglik), float(size)
            except (TypeError, ValueError):
                raise rows.refuse(i, low[name], "no log-likelihood with its length",
                                  accepted="[-123.4, 56]") from None  # fmt: skip
            if not loglik <= 0:
                raise rows.refuse(i, low[name], f"{loglik:g} is above 0",
                                  accepted="a log-likelihood of at most 0", hint=ABOVE)  # fmt: skip
            cost[i] = -loglik
            if name == "word_perplexity":
                words[i] = size
            elif name in ("byte_perplexity", "bits_per_byte"):
                sizes[i] = size
    ids = rows.texts(low["doc_id"]) if "doc_id" in low else [str(i + 1) for i in range(n)]
    frame = pl.DataFrame({
        DOC: ids, LOSS: cost, COUNT: words, **({BYTES: sizes} if sizes.all() else {}),
    })  # fmt: skip
    return Raw(frame, rows.name, rows.inputs, {"id": low.get("doc_id", "row")})


BANDS = ("rank 1-10", "rank 11-100", "rank 101-1000", "rank 1001-")
LAST_RANKS = (10, 100, 1000)
"""Bands of the frequency of tokens in the run, and the last rank of each but the last."""
UNKNOWN_TOKENS = ("<unk>", "[unk]", "unk", "<unknown>")
UNKNOWN, BEGINNING, FIRST = "unknown", "first 100 tokens", 100
WORST = 0.01
BITS = "bits_per_byte"


class LanguageModelTask(TableTask):
    """Reads tokens with log-probabilities."""

    def examples(self, raw: Raw, how: How) -> Examples:
        """Return what the tokens of each document cost; those of a kind, fixed, what others do."""
        import polars as pl

        frame, bits = raw.frame, self.metric_of(how) == BITS
        if bits and BYTES not in frame.columns:
            raise UsageError("--metric bits_per_byte: nothing says how many bytes a token has",
                             accepted="a column bytes")  # fmt: skip
        with ThreadPoolExecutor(1) as pool:  # neither needs the other, nor the interpreter
            coding = pool.submit(coded, frame[TOKEN]) if TOKEN in frame.columns else None
            runs = _Runs.of(frame)
        words = None if coding is None else coding.result()
        n, split = len(runs.first), splits_of(frame[runs.first])
        place = np.repeat(runs.place, runs.length)
        numbers: dict[str, Any] = {x: frame[x].to_numpy() if x in frame.columns else None
                   for x in (LOSS, BYTES, COUNT)}  # fmt: skip

        def summed(values: Any) -> Floats:
            if values is None:  # how many tokens
                return np.bincount(runs.place, runs.length, n).astype(float, copy=False)
            return np.bincount(place, values, n).astype(float, copy=False)

        loss, count = numbers[LOSS], numbers[COUNT]
        cost, size = (loss / math.log(2), numbers[BYTES]) if bits else (loss, count)
        sums = {x: summed(y) for x, y in numbers.items() if x == COUNT or y is not None}
        num, den = (summed(cost), sums[BYTES]) if bits else (sums[LOSS], sums[COUNT])
        counts, fixed = {}, {}
        cell = np.empty_like(place)
        for code, names in _kinds(words, runs):
            k = len(names) + 1
            np.multiply(place, k, out=cell)
            cell += code
            mines, tokens = (np.bincount(cell, x, n * k).reshape(n, k) for x in (cost, count))
            sizes = np.bincount(cell, size, n * k).reshape(n, k) if bits else tokens
            for i, name in enumerate(names):
                mine, units = mines[:, i], sizes[:, i]
                change = np.zeros(n)
                for here in (split == x for x in dict.fromkeys(split.tolist())):
                    rest = den[here].sum() - units[here].sum()
                    if rest > 0:
                        others = num[here].sum() - mine[here].sum()
                        change[here] = units[here] * others / rest - mine[here]
                if change.sum() < 0:  # what costs less than the others is nothing to work on
                    counts[name], fixed[name] = tokens[:, i].astype(np.int64), change
        table = pl.DataFrame({
            **kept(frame[runs.first], ("split", DOC, "group")), "num": num, "den": den,
            **kinds_of(counts, fixed, {}),
        })  # fmt: skip
        truth = None
        if TOKEN in frame.columns and not bits:
            truth = partial(frame.select, *_keys(frame), TOKEN)
        return Examples(
            table, raw.name, raw.inputs, raw.columns, unbounded=True, truth=truth,
            extras=lambda name, sampling: _extras(
                table, sums, split == name, loss, place, sampling),
        )  # fmt: skip

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
        for key, a in sides[0].items():
            b = sides[1].get(key, a)
            if a != b:
                place = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y),
                             min(len(a), len(b)))  # fmt: skip
                raise InputError(
                    f"other tokens than in {left.name}: document {key[-1]!r} differs first at "
                    f"token {place + 1}", file=right.name, accepted="the same tokens in both runs",
                    hint="compare bits a byte: --metric bits_per_byte",
                )  # fmt: skip


def _keys(frame: Any) -> list[str]:
    return [x for x in ("split", DOC) if x in frame.columns]


Codes = NDArray[np.int8]


class _Runs(Record):
    """Runs of tokens of one document: the place of each one's document, first token, length.

    ``first`` is the first token of each document, of which there may be several runs.
    """

    place: Ints
    start: Ints
    length: Ints
    first: Ints

    @classmethod
    def of(cls, frame: Any) -> _Runs:
        """Return those of tokens, documents in the order of the rows."""
        keys, changes = _keys(frame), np.zeros(len(frame) - 1, bool)
        for x in keys:
            changes |= frame[x][1:].ne_missing(frame[x][:-1]).to_numpy()
        start = np.append(0, np.flatnonzero(changes) + 1)
        runs = frame[start].select(keys).with_row_index("run")
        docs = runs.unique(keys, keep="first", maintain_order=True).with_row_index("place")
        place = runs.join(docs, on=keys, how="left", nulls_equal=True, maintain_order="left")
        return cls(place["place"].to_numpy().astype(np.int64), start,
                   np.diff(start, append=len(frame)), start[docs["run"].to_numpy()])  # fmt: skip

    def beginnings(self) -> Codes:
        """Return 0 for each token that is early in its document, 1 for the others."""
        order = np.argsort(self.place, kind="stable")
        length = self.length[order]
        before = np.cumsum(length) - length
        new = np.diff(self.place[order], prepend=-1) > 0
        before -= before[new][np.cumsum(new) - 1]
        early = np.empty(len(order), np.int64)
        early[order] = np.clip(FIRST - before, 0, length)
        parts = np.column_stack([early, self.length - early]).ravel()
        return np.repeat(np.tile(np.array([0, 1], np.int8), len(order)), parts)


def _kinds(words: Any, runs: _Runs) -> Iterator[tuple[Codes, tuple[str, ...]]]:
    """Yield the kind of each token as a code, and the names of codes: of the code after them none.

    How frequent tokens are, whether they are unknown, whether they are early in the document;
    nothing where there are no `words`, which are tokens as `coded` gives them.
    """
    import polars as pl

    if words is None:
        return
    code, texts, n = words
    known = pl.DataFrame({"code": np.arange(len(n)), TOKEN: texts, "n": n})
    known = known.filter(pl.col("n") > 0).sort(["n", TOKEN], descending=[True, False])
    kind = np.zeros(len(n), np.int8)
    kind[known["code"].to_numpy()] = np.searchsorted(LAST_RANKS, np.arange(1, len(known) + 1))
    if texts[-1] is None:  # a token like any other in the order of ranks
        kind[-1] = len(BANDS)
    yield kind[code], BANDS
    unknown = known.filter(pl.col(TOKEN).str.to_lowercase().is_in(UNKNOWN_TOKENS))["code"]
    if len(unknown):
        kind[:] = 1
        kind[unknown.to_numpy()] = 0
        yield kind[code], (UNKNOWN,)
    yield runs.beginnings(), (BEGINNING,)


def _extras(
    table: Any, sums: Mapping[str, Floats], here: Any, loss: Floats, place: Ints,
    sampling: Sampling,
) -> Mapping[str, Any]:  # fmt: skip
    """Return perplexity, bits a byte, and how much of the loss the worst tokens are."""
    group = groups_of(table.filter(here))
    own = {x: values[here] for x, values in sums.items()}
    nats = ratio(own[LOSS], own[COUNT], group, sampling, bounded=False)
    found = [beside("nats_per_token", nats), beside("perplexity", _exp(nats))]
    if BYTES in own:
        bits = ratio(own[LOSS] / math.log(2), own[BYTES], group, sampling, bounded=False)
        found.append(beside("bits_per_byte", bits))
    cost = loss if here.all() else loss[here[place]]
    if len(cost) >= 1 / WORST:
        most = int(len(cost) * WORST)
        worst = np.sort(np.partition(cost, len(cost) - most)[len(cost) - most :])[::-1].sum()
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
    unit="token", cluster="document", options=("log_base",), read_part=read_tokens,
)  # fmt: skip
