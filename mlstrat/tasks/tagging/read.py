"""Reads sentences with the tags of both sides: CoNLL columns, a row a token, a line a sentence."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from mlstrat.data.grouping import in_order
from mlstrat.data.parts import InputFile
from mlstrat.errors import InputError
from mlstrat.tasks.contract import Given, How, Role
from mlstrat.tasks.table.examples import Raw
from mlstrat.tasks.table.rows import Rows, open_rows
from mlstrat.tasks.table.text import cells_of, described, frame_of_lines, is_text

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
    """Return the tokens of a run with the tags of both sides, a row each."""
    if is_text(given.run):
        return _columns(given, how)
    if isinstance(given.run, list | tuple) and given.run and not isinstance(given.run[0], dict):
        return _lists(given)
    import polars as pl

    types = dict.fromkeys(("tags", "predictions", "tokens"), pl.List(pl.String))
    rows = open_rows(given, ROLES, how, ALIASES, types)  # a truth apart is joined by sentence
    if "tags" in rows.roles and "predictions" in rows.roles:
        return _sentences(rows)
    if "label" in rows.roles and "prediction" in rows.roles:
        return _tokens(rows)
    raise rows.lacks(
        "no tags of both sides",
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

    frame = frame_of_lines(path, "CoNLL columns")
    document = pl.col("text").str.starts_with(DOCUMENT)
    frame = frame.with_columns(
        (document | (pl.col("text") == "")).cum_sum().alias("gap"),
        document.cum_sum().alias("group"),
    ).filter(~document & (pl.col("text") != ""))  # fmt: skip
    if not len(frame):
        raise InputError("no token", file=path, accepted="CoNLL columns, gold and predicted last")
    what = "a token and its tag" if tags == 1 else "the gold and the predicted tag last"
    cells = cells_of(frame, path, range(2, len(frame["text"][0])), what, sentences=True)
    columns = {
        LINE: frame["line"], SENTENCE: frame["gap"].rle_id(), SAID: cells.list.get(-1),
        GOLD: cells.list.get(-tags),
    }  # fmt: skip
    if len(cells[0]) > tags:
        columns[TOKEN] = cells.list.get(0)
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
    import polars as pl

    if given.truth is None or len(given.truth) != len(given.run):
        raise InputError(
            f"{len(given.run)} sentences, and "
            + ("no truth" if given.truth is None else f"{len(given.truth)} in the truth"),
            file="<list>", accepted="truth with as many lists of tags",
        )  # fmt: skip
    n = len(given.run)
    sides = {x: pl.Series([list(map(str, y)) for y in z], dtype=pl.List(pl.String))
             for x, z in ((GOLD, given.truth), (SAID, given.run))}  # fmt: skip
    frame = _flat(pl.DataFrame({**sides, "id": [str(i + 1) for i in range(n)]}), None)
    return Raw(frame, "<list>", (InputFile("<list>", None, None, n),), {"id": "sentence"})


def _sentences(rows: Rows) -> Raw:
    """Read a line a sentence: its tags as lists."""
    import polars as pl

    roles, own = rows.roles, (SENTENCE, GOLD, SAID, TOKEN, LINE)
    keys = {x: rows.text(c) for x, c in roles.items() if x in ("id", "split", "group")}
    keys.setdefault("id", pl.Series([str(i + 1) for i in range(len(rows.frame))]))
    free = {x: s for x, s in rows.free(()).items() if x not in own}
    of_role = {GOLD: "tags", SAID: "predictions", TOKEN: "tokens"}
    sides = {x: _cells(rows, roles[role]) for x, role in of_role.items() if role in roles}
    flat = _flat(pl.DataFrame({**keys, **free, **sides}), rows)
    return Raw(flat, rows.name, rows.inputs, {**roles, "id": roles.get("id", "row")})


def _cells(rows: Rows, column: str) -> Any:
    """Return lists of text: of JSON, or as a frame holds them."""
    import polars as pl

    cells, lists = rows.frame[column], pl.List(pl.String)
    try:
        if cells.dtype == lists and not cells.null_count():
            return cells
        if cells.dtype == pl.String and cells.str.starts_with('["').all():
            return cells.str.json_decode(lists)
    except pl.exceptions.PolarsError:  # some are not lists of text
        pass
    found = []
    for i, cell in enumerate(cells.to_list()):
        value = cell
        if isinstance(cell, str):
            try:
                value = json.loads(cell) if cell.lstrip().startswith("[") else cell.split()
            except ValueError:
                value = None
        if value is None or isinstance(value, str):
            raise rows.refuse(i, column, "no list of tags", accepted='["B-PER", "O"]')
        found.append([str(x) for x in value])
    return pl.Series(column, found, lists)


def _flat(frame: Any, rows: Rows | None) -> Any:
    """Return sentences as a row a token."""
    import polars as pl

    due = frame[GOLD].list.len()
    for side, what in ((SAID, "predicted tags"), (TOKEN, "tokens")):
        if side not in frame.columns:
            continue
        n = frame[side].list.len()
        if (n != due).any():
            i = int((n != due).arg_max())
            message = f"{due[i]} tags and {n[i]} {what} in one sentence"
            accepted = "a tag of each side for every token"
            if rows is None:
                raise InputError(f"sentence {i + 1}: {message}", file="<list>", accepted=accepted)
            raise rows.refuse(i, rows.roles["tags"], message, accepted=accepted)
    sides = [x for x in (GOLD, SAID, TOKEN) if x in frame.columns]
    return frame.with_row_index(SENTENCE).filter(pl.col(GOLD).list.len() > 0).explode(sides)


def _tokens(rows: Rows) -> Raw:
    """Read a row a token, sentences told apart by their id."""
    import polars as pl

    roles = rows.roles
    if "id" not in roles:
        raise InputError(
            "no column sentence_id, which says where a sentence ends", file=rows.name,
            accepted=", ".join(ALIASES["id"]), hint="name it: --map id=COLUMN",
        )  # fmt: skip
    keys = {x: rows.text(c) for x, c in roles.items() if x in ("id", "split", "group")}
    of_role = {GOLD: "label", SAID: "prediction", TOKEN: "token"}
    sides = {x: rows.text(roles[role]) for x, role in of_role.items() if role in roles}
    frame = pl.DataFrame({**keys, **sides})
    for role, column in ((GOLD, "label"), (SAID, "prediction")):
        if (blank := frame[role] == "").any():
            raise rows.refuse(int(blank.arg_max() or 0), roles[column], "a blank tag",
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
