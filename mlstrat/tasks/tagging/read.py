"""Reads sentences with the tags of both sides: CoNLL columns, a row a token, a line a sentence."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np

from mlstrat.data.parts import InputFile
from mlstrat.errors import InputError
from mlstrat.tasks.contract import Given, How, Role
from mlstrat.tasks.table.examples import LENGTH, Raw
from mlstrat.tasks.table.rows import Rows, open_rows, text_of_cells
from mlstrat.tasks.table.text import (
    cells_of,
    described,
    frame_of_lines,
    is_text,
    plain_cells,
    text_of,
)

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
GOLD, SAID, TOKEN, LINE = "gold", "said", "token", "line"
"""The columns of tokens; the tags of both sides are categories."""


def read_tags(given: Given, how: How) -> Raw:
    """Return the sentences of a run, and their tokens with the tags of both sides."""
    if is_text(given.run):
        return _columns(given, how)
    if isinstance(given.run, list | tuple) and given.run and not isinstance(given.run[0], dict):
        return _lists(given)
    import polars as pl

    types = dict.fromkeys(("tags", "predictions", "tokens"), pl.List(pl.String))
    few = ("label", "prediction")
    rows = open_rows(given, ROLES, how, ALIASES, types, few)  # a truth apart: joined by sentence
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
    name = str(given.run)
    sentences, tokens = _lines(name, 2 if given.truth is None else 1)
    inputs: tuple[InputFile, ...] = (described(name, len(sentences), how.checksum),)
    if given.truth is not None:
        of_truth, truth = _lines(str(given.truth), 1)
        _check_aligned(sentences, of_truth, tokens[LINE], name, str(given.truth))
        inputs += (described(str(given.truth), len(of_truth), how.checksum),)
        sentences, tokens = of_truth, truth.with_columns(tokens[SAID], tokens[LINE])
    return Raw(sentences, name, inputs, {"id": "sentence"}, tokens)


def _lines(path: str, tags: int) -> tuple[Any, Any]:
    """Return sentences and tokens of a file whose last columns are tags: of both sides, or one."""
    import polars as pl

    lines = text_of(path, "CoNLL columns")
    lines = lines.replace("\r\n", "\n") if "\r" in lines else lines
    first = next((x for x in re.finditer(r"[^\n]*\S[^\n]*", lines)
                  if not x[0].strip().startswith(DOCUMENT)), None)  # fmt: skip
    if first is None:
        raise InputError("no token", file=path, accepted="CoNLL columns, gold and predicted last")
    plain = plain_cells(lines, first, few=tags)
    if plain is None:
        frame = frame_of_lines(lines).filter(pl.col("text") != "")
    else:
        frame = plain.rename({"c0": "text"})
    document = frame["text"].str.starts_with(DOCUMENT)
    documents = frame[LINE].filter(document).to_numpy()
    if len(documents):
        frame = frame.filter(~document)
    if plain is None:
        what = "a token and its tag" if tags == 1 else "the gold and the predicted tag last"
        cells = cells_of(frame, path, range(2, len(frame["text"][0])), what, sentences=True)
        columns = [cells.list.get(i) for i in range(len(cells[0]))]
    else:
        columns = frame.drop(LINE).get_columns()
    tokens = {LINE: frame[LINE], SAID: columns[-1], GOLD: columns[-tags]}
    tokens |= {x: tokens[x].cast(pl.Categorical) for x in (SAID, GOLD)}
    if len(columns) > tags:
        tokens[TOKEN] = columns[0]
    line = frame[LINE].to_numpy()
    first_of = np.append(0, np.flatnonzero(line[1:] - line[:-1] > 1) + 1)
    sentences = {"id": _numbered(len(first_of)), LENGTH: np.diff(first_of, append=len(line))}
    group = np.searchsorted(documents, line[first_of])
    if group.any():
        sentences["group"] = group.astype(np.uint32)
    return pl.DataFrame(sentences), pl.DataFrame(tokens)


def _numbered(n: int) -> Any:
    """Return the ids of sentences that have none."""
    import polars as pl

    return pl.int_range(1, n + 1, eager=True).cast(pl.String)


def _check_aligned(run: Any, truth: Any, line: Any, name: str, of_truth: str) -> None:
    """Refuse two files that are not of the same sentences."""
    lengths = truth[LENGTH].to_numpy(), run[LENGTH].to_numpy()
    if np.array_equal(*lengths):
        return
    a, b = (np.repeat(np.arange(len(x)), x) for x in lengths)
    n = min(len(a), len(b))
    apart = np.flatnonzero(a[:n] != b[:n])
    place = int(apart[0]) if len(apart) else n
    raise InputError(
        f"{len(b):,} tokens in {len(run):,} sentences, and {len(a):,} in {len(truth):,} in "
        f"{of_truth}; sentence {int(a[min(place, len(a) - 1)]) + 1} is the first that differs",
        file=name, row=int(line[place]) if place < len(b) else None,
        accepted="the same sentences in both files",
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
    parts = _parted(pl.DataFrame({**sides, "id": _numbered(n)}), None)
    inputs = (InputFile("<list>", None, None, n),)
    return Raw(parts[0], "<list>", inputs, {"id": "sentence"}, parts[1])


def _sentences(rows: Rows) -> Raw:
    """Read a line a sentence: its tags as lists."""
    import polars as pl

    roles, own = rows.roles, ("sentence", GOLD, SAID, TOKEN, LINE)
    keys = {x: rows.text(c) for x, c in roles.items() if x in ("id", "split", "group")}
    keys.setdefault("id", _numbered(len(rows.frame)))
    free = {x: s for x, s in rows.free(()).items() if x not in own}
    of_role = {GOLD: "tags", SAID: "predictions", TOKEN: "tokens"}
    sides = {x: _cells(rows, roles[role]) for x, role in of_role.items() if role in roles}
    parts = _parted(pl.DataFrame({**keys, **free, **sides}), rows)
    return Raw(parts[0], rows.name, rows.inputs, {**roles, "id": roles.get("id", "row")}, parts[1])


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


def _parted(frame: Any, rows: Rows | None) -> tuple[Any, Any]:
    """Return sentences, their tags in lists, without these and as tokens; those with none not."""
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
    if (due == 0).any():
        frame, due = frame.filter(due > 0), due.filter(due > 0)
    tokens = {x: frame[x].explode() for x in (GOLD, SAID, TOKEN) if x in frame.columns}
    tokens |= {x: tokens[x].cast(pl.Categorical) for x in (GOLD, SAID)}
    return frame.drop(tokens).with_columns(due.alias(LENGTH)), pl.DataFrame(tokens)


def _tokens(rows: Rows) -> Raw:
    """Read a row a token, sentences told apart by their id."""
    import polars as pl

    roles = rows.roles
    if "id" not in roles:
        raise InputError(
            "no column sentence_id, which says where a sentence ends", file=rows.name,
            accepted=", ".join(ALIASES["id"]), hint="name it: --map id=COLUMN",
        )  # fmt: skip
    tokens = {x: _tags(rows, roles[role]) for x, role in ((GOLD, "label"), (SAID, "prediction"))}
    if "token" in roles:
        tokens[TOKEN] = rows.text(roles["token"])
    told = [x for x in ("split", "id") if x in roles]
    other = np.zeros(len(rows.frame) - 1, bool)
    for cells in (rows.frame[roles[x]] for x in told):
        other |= cells[1:].ne_missing(cells[:-1]).to_numpy()
    first = np.append(0, np.flatnonzero(other) + 1)  # one text may be written in two ways
    keys = {x: text_of_cells(rows.frame[roles[x]].gather(first))
            for x in ("id", "split", "group") if x in roles}  # fmt: skip
    sentences = pl.DataFrame(keys)
    new = sentences.select(pl.struct(told).rle_id())[told[0]].to_numpy()
    new = np.flatnonzero(np.diff(new.astype(np.int64), prepend=-1))
    sentences, first = sentences[new], first[new]
    names = sentences.select(told)
    if names.n_unique() < len(names):
        again = names.is_duplicated().arg_true()[-1]
        raise rows.refuse(int(first[again]), roles["id"],
                          "the sentence goes on after another began",
                          accepted="the tokens of a sentence in a row")  # fmt: skip
    length = pl.Series(LENGTH, np.diff(first, append=len(rows.frame)))
    return Raw(sentences.with_columns(length), rows.name, rows.inputs, roles, pl.DataFrame(tokens))


def _tags(rows: Rows, column: str) -> Any:
    """Return the tags of a side as categories, none of them blank: each is looked at once."""
    import polars as pl

    cells = rows.frame[column]
    if cells.dtype not in (pl.Categorical, pl.String):
        cells = text_of_cells(cells)
    tags = cells.cast(pl.Categorical)
    known = tags.unique().sort()
    texts = text_of_cells(known.cast(pl.String))
    if (blank := texts == "").any():
        place = int(tags.is_in(known.filter(blank), nulls_equal=True).arg_max() or 0)
        raise rows.refuse(place, column, "a blank tag", accepted="a tag, O outside of spans")
    if (texts == known.cast(pl.String)).all():
        return tags
    return tags.replace_strict(known, texts, return_dtype=pl.Categorical)
