"""Reads tokens with their log-probabilities: rows of tokens, of documents, samples of lm-eval."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np

from mlstrat.errors import InputError
from mlstrat.tasks.contract import Given, How, Role
from mlstrat.tasks.language_model import HARNESS
from mlstrat.tasks.table.examples import Raw
from mlstrat.tasks.table.rows import Rows, open_rows
from mlstrat.tasks.table.task import check_number

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
