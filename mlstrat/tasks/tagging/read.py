"""Reads sentences with the tags of both sides: CoNLL columns, a row a token, a line a sentence."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from mlstrat.data.grouping import in_order
from mlstrat.data.parts import InputFile
from mlstrat.errors import InputError
from mlstrat.tasks.cards import Given
from mlstrat.tasks.contract import How, Role
from mlstrat.tasks.table.examples import Raw
from mlstrat.tasks.table.rows import Rows, open_rows
from mlstrat.tasks.table.text import described, is_text, lines_of, text_of

ROLES = (
    Role("id", "names a sentence; needed to pair two runs"),
    Role("label", "the tag of a token that is right"),
    Role("prediction", "the tag that was predicted"),
    Role("tags", "the tags of a sentence that are right, a list"),
    Role("predictions", "those that were predicted, a list"),
    Role("token", "the token"),
    Role("tokens", "the tokens of a sentence, a list"),
    Role("split", "train, train-dev, dev or test"),
    Role("group", "the document; its sentences are not independent"),
)
ALIASES = {
    "id": ("sentence_id", "sentence", "sent_id", "id"),
    "label": ("label", "tag", "gold", "ner_tag", "truth"),
    "prediction": ("prediction", "predicted", "pred"),
    "tags": ("tags", "ner_tags", "labels"),
    "predictions": ("predictions", "predicted"),
    "token": ("token", "word", "form", "text"),
    "tokens": ("tokens", "words"),
    "group": ("doc", "document", "doc_id", "document_id", "group"),
}
DOCUMENT = "-DOCSTART-"
SENTENCE, GOLD, SAID, TOKEN, LINE = "sentence", "gold", "said", "token", "line"
"""The columns of the rows of the task, a row a token."""


def read_tags(given: Given, how: How) -> Raw:
    """Return the tokens of a run with the tags of both sides, a row each.

    Raises
    ------
    InputError
        With file and line, for uneven lines and sentences of unequal length.
    """
    if is_text(given.run):
        return _columns(given, how)
    if isinstance(given.run, list | tuple) and given.run and not isinstance(given.run[0], dict):
        return _lists(given)
    rows = open_rows(given, ROLES, how, ALIASES)  # a truth apart is joined by sentence
    if "tags" in rows.roles and "predictions" in rows.roles:
        return _sentences(rows)
    if "label" in rows.roles and "prediction" in rows.roles:
        return _tokens(rows)
    raise InputError(
        "no tags of both sides; the columns found are "
        + ", ".join(map(repr, rows.frame.columns[:12])),
        file=rows.name,
        accepted="sentence_id, label, prediction (a row a token); tags, predictions (a sentence); "
        "or CoNLL columns",
    )


def _columns(given: Given, how: How) -> Raw:
    """Read CoNLL columns: gold and predicted last, or one file each with its tags last."""
    import polars as pl

    frame = _lines(str(given.run), 2 if given.truth is None else 1)
    inputs: tuple[InputFile, ...] = (
        described(str(given.run), frame[SENTENCE].n_unique(), how.checksum),
    )
    name = str(given.run)
    if given.truth is not None:
        truth = _lines(str(given.truth), 1)
        _check_aligned(frame, truth, name, str(given.truth))
        inputs += (described(str(given.truth), truth[SENTENCE].n_unique(), how.checksum),)
        frame = truth.with_columns(frame[SAID], frame[LINE])
    frame = frame.with_columns((pl.col(SENTENCE) + 1).cast(pl.String).alias("id"))
    return Raw(frame, name, inputs, {"id": "sentence"})


def _lines(path: str, tags: int) -> Any:
    """Return the tokens of a file whose last columns are tags: gold and predicted, or one."""
    import polars as pl

    lines = lines_of(text_of(path, "CoNLL columns"))
    frame = pl.DataFrame({"text": lines}, schema={"text": pl.String})
    tabs = next(("\t" in x for x in lines if x.strip()), False)
    cell = r"[^\t]+" if tabs else r"\S+"
    text = pl.col("text").str.strip_chars()
    frame = frame.with_row_index(LINE, offset=1).with_columns(
        (text == "").alias("blank"), text.str.starts_with(DOCUMENT).alias("document"),
        text.str.count_matches(cell).alias("cells"),
    )  # fmt: skip
    told = frame.filter(~pl.col("blank") & ~pl.col("document"))
    if not len(told):
        raise InputError("no token", file=path, accepted="CoNLL columns, gold and predicted last")
    due = int(told["cells"][0])
    if due < tags + (tags == 1):
        raise InputError(
            f"{due} column{'s' if due > 1 else ''}", file=path, row=int(told[LINE][0]),
            accepted="the gold and the predicted tag last" if tags == 2 else "a token and its tag",
        )  # fmt: skip
    uneven = told.filter(pl.col("cells") != due)
    if len(uneven):
        row = uneven.row(0, named=True)
        raise InputError(
            f"{row['cells']} columns, and {due} in the lines before", file=path, row=row[LINE],
            accepted=f"{due} columns in every line, a blank line between sentences",
        )  # fmt: skip
    gap = (pl.col("blank") | pl.col("document")).cum_sum()
    frame = frame.with_columns(gap.alias("gap"), pl.col("document").cum_sum().alias("group"))
    frame = frame.filter(~pl.col("blank") & ~pl.col("document"))
    parts = frame["text"].str.strip_chars()
    blanks = r"\s*\t\s*" if tabs else r"\s+"
    last = parts.str.extract(rf"({cell})$").str.strip_chars()
    columns = {
        LINE: frame[LINE], SENTENCE: frame["gap"].rle_id(), SAID: last,
        GOLD: parts.str.extract(rf"({cell}){blanks}{cell}$").str.strip_chars() if tags == 2
        else last,
    }  # fmt: skip
    if due > tags:
        columns[TOKEN] = parts.str.extract(rf"^({cell})").str.strip_chars()
    if frame["group"].max():
        columns["group"] = frame["group"]
    return pl.DataFrame(columns)


def _check_aligned(run: Any, truth: Any, name: str, of_truth: str) -> None:
    """Refuse two files that are not of the same sentences."""
    a, b = (x[SENTENCE].to_numpy() for x in (truth, run))
    n = min(len(a), len(b))
    apart = np.flatnonzero(a[:n] != b[:n])
    if len(a) == len(b) and not len(apart):
        return
    place = int(apart[0]) if len(apart) else n
    row = int(run[LINE][place]) if place < len(b) else None
    at = int(a[min(place, len(a) - 1)]) + 1
    raise InputError(
        f"{len(b):,} tokens in {run[SENTENCE].n_unique():,} sentences, and {len(a):,} in "
        f"{truth[SENTENCE].n_unique():,} in {of_truth}; "
        f"sentence {at} is the first that differs",
        file=name, row=row, accepted="the same sentences in both files",
    )  # fmt: skip


def _lists(given: Given) -> Raw:
    """Read lists of tags, a list a sentence, from Python."""
    if given.truth is None or len(given.truth) != len(given.run):
        raise InputError(
            f"{len(given.run)} sentences, and "
            + ("no truth" if given.truth is None else f"{len(given.truth)} in the truth"),
            file="<list>", accepted="truth with as many lists of tags",
        )  # fmt: skip
    ids = [str(i + 1) for i in range(len(given.run))]
    frame = _flat(given.truth, given.run, None, {"id": ids}, None)
    return Raw(frame, "<list>", (InputFile("<list>", None, None, len(ids)),), {"id": "sentence"})


def _sentences(rows: Rows) -> Raw:
    """Read a line a sentence: its tags as lists."""
    frame, roles = rows.frame, rows.roles
    gold, said = (_cells(rows, roles[x]) for x in ("tags", "predictions"))
    tokens = _cells(rows, roles["tokens"]) if "tokens" in roles else None
    keys = {x: rows.texts(c) for x, c in roles.items() if x in ("id", "split", "group")}
    own = (SENTENCE, GOLD, SAID, TOKEN, LINE)
    keys |= {x: s.to_list() for x, s in rows.free(()).items() if x not in own}
    made = "id" not in keys
    if made:
        keys["id"] = [str(i + 1) for i in range(len(frame))]
    flat = _flat(gold, said, tokens, keys, rows)
    return Raw(flat, rows.name, rows.inputs, {**roles, **({"id": "row"} if made else {})})


def _cells(rows: Rows, column: str) -> list[list[str]]:
    """Return lists of text: of JSON, or as a frame holds them."""
    found = []
    for i, cell in enumerate(rows.frame[column].to_list()):
        value = cell
        if isinstance(cell, str):
            try:
                value = json.loads(cell) if cell.lstrip().startswith("[") else cell.split()
            except ValueError:
                value = None
        if value is None or isinstance(value, str):
            raise rows.refuse(i, column, "no list of tags", accepted='["B-PER", "O"]')
        found.append([str(x) for x in value])
    return found


def _flat(
    gold: Sequence[Sequence[str]], said: Sequence[Sequence[str]],
    tokens: Sequence[Sequence[str]] | None, keys: dict[str, list[Any]], rows: Rows | None,
) -> Any:  # fmt: skip
    """Return sentences as a row a token."""
    import polars as pl

    for i, (a, b) in enumerate(zip(gold, said, strict=True)):
        others = (b,) if tokens is None else (b, tokens[i])
        for other, what in zip(others, ("predicted tags", "tokens"), strict=False):
            if len(a) != len(other):
                message = f"{len(a)} tags and {len(other)} {what} in one sentence"
                if rows is None:
                    raise InputError(f"sentence {i + 1}: {message}", file="<list>",
                                     accepted="a tag of each side for every token")  # fmt: skip
                raise rows.refuse(i, rows.roles["tags"], message,
                                  accepted="a tag of each side for every token")  # fmt: skip
    lengths = np.array([len(x) for x in gold])
    place = np.repeat(np.arange(len(gold)), lengths)
    columns: dict[str, Any] = {
        SENTENCE: place.astype(np.uint32),
        GOLD: pl.Series([x for one in gold for x in one], dtype=pl.String),
        SAID: pl.Series([x for one in said for x in one], dtype=pl.String),
    }
    if tokens is not None:
        columns[TOKEN] = pl.Series([x for one in tokens for x in one], dtype=pl.String)
    columns |= {k: pl.Series(x, strict=False)[place] for k, x in keys.items()}
    return pl.DataFrame(columns)


def _tokens(rows: Rows) -> Raw:
    """Read a row a token, sentences told apart by their id."""
    import polars as pl

    roles = rows.roles
    if "id" not in roles:
        raise InputError(
            "no column sentence_id, which says where a sentence ends", file=rows.name,
            accepted=", ".join(ALIASES["id"]), hint="name it: --map id=COLUMN",
        )  # fmt: skip
    keys = {x: rows.texts(c) for x, c in roles.items() if x in ("id", "split", "group")}
    frame = pl.DataFrame({
        **keys,
        GOLD: rows.texts(roles["label"]), SAID: rows.texts(roles["prediction"]),
        **({TOKEN: rows.texts(roles["token"])} if "token" in roles else {}),
    })  # fmt: skip
    for role, column in ((GOLD, "label"), (SAID, "prediction")):
        blank = np.flatnonzero((frame[role] == "").to_numpy())
        if len(blank):
            raise rows.refuse(int(blank[0]), roles[column], "a blank tag",
                              accepted="a tag, O outside of spans")  # fmt: skip
    told = [x for x in ("split", "id") if x in keys]
    sentence = frame.select(pl.struct(told).rle_id())[told[0]]
    again = in_order(
        frame.with_columns(sentence.alias(SENTENCE)), told,
        pl.col(SENTENCE).n_unique().alias("runs"), pl.col(SENTENCE).max(),
    ).filter(pl.col("runs") > 1)  # fmt: skip
    if len(again):
        place = int(np.flatnonzero(sentence.to_numpy() == again[SENTENCE].max())[0])
        raise rows.refuse(place, roles["id"], "the sentence goes on after another began",
                          accepted="the tokens of a sentence in a row")  # fmt: skip
    return Raw(frame.with_columns(sentence.alias(SENTENCE)), rows.name, rows.inputs, roles)
