"""Reads outputs beside their references: tables, and files of lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from mlstrat.errors import InputError
from mlstrat.tasks.contract import Given, How, Role
from mlstrat.tasks.table.examples import Raw
from mlstrat.tasks.table.rows import Rows, open_rows
from mlstrat.tasks.table.text import check_lengths, described, is_text, lines_of, text_of

LOGPROBS = ("logprob_reference", "logprob_prediction")
LENGTHS = ("length_reference", "length_prediction")
ROLES = (
    Role("id", "names an example; needed to pair two runs"),
    Role("reference", "what is right; further ones in columns reference_2, …", needed=True),
    Role("prediction", "the output", needed=True),
    Role("source", "what was given"),
    Role("logprob_reference", "log-probability of the reference under the model"),
    Role("logprob_prediction", "that of the output"),
    Role("length_reference", "tokens of the reference, for --length-penalty"),
    Role("length_prediction", "those of the output"),
    Role("bad", "1 where people call the output bad; it wins over equality"),
    Role("split", "train, train-dev, dev or test"),
    Role("group", "the document; its sentences are not independent"),
)
ALIASES = {
    "reference": ("reference", "ref", "reference_1"), "source": ("source", "src", "input"),
    "prediction": ("prediction", "hypothesis", "hyp", "output"),
    "group": ("doc", "document", "doc_id", "group"),
}  # fmt: skip
REFERENCE, SAID, SOURCE, BAD = "reference", "prediction", "source", "bad"
YES, NO = {"1", "1.0", "true", "yes", "x"}, {"0", "0.0", "false", "no", ""}


def read_outputs(given: Given, how: How) -> Raw:
    """Return the outputs of a run, a row each; ``reference 1`` and so on are further references."""
    import polars as pl

    if is_text(given.run):
        return _files(given, how)
    rows = open_rows(given, ROLES, how, ALIASES)
    rows.check_ids()
    roles = rows.roles
    own = {x.strip().lower(): x for x in rows.frame.columns}
    more = [c for low, c in own.items() if low.startswith("reference_") and c not in roles.values()]
    columns: dict[str, Any] = {
        **rows.shared(), **{x: rows.texts(roles[x]) for x in (REFERENCE, SAID)},
        **{f"{REFERENCE} {i}": rows.texts(c) for i, c in enumerate(more, start=1)},
    }  # fmt: skip
    if SOURCE in roles:
        columns[SOURCE] = rows.texts(roles[SOURCE])
    for name in LOGPROBS:
        if name in roles:
            columns[name] = rows.numbers(roles[name], blank=True, high=1e-9,
                                         hint="a log-probability is 0 or less")  # fmt: skip
    for name in LENGTHS:
        if name in roles:
            columns[name] = rows.numbers(roles[name], blank=True, low=0)
    if BAD in roles:
        columns[BAD] = _marks(rows, roles)
    frame = pl.DataFrame({**rows.free(more), **columns})
    _check_one_model(rows, frame)
    return Raw(frame, rows.name, rows.inputs, roles)


def _marks(rows: Rows, roles: Mapping[str, str]) -> list[int]:
    found = []
    for i, text in enumerate(rows.texts(roles[BAD])):
        low = text.lower()
        if low not in YES | NO:
            raise rows.refuse(i, roles[BAD], f"{text[:40]!r} is not a mark", accepted="1 or 0")
        found.append(int(low in YES))
    return found


def _check_one_model(rows: Rows, frame: Any) -> None:
    """Refuse equal strings with different log-probabilities: they are not of one model."""
    if not set(LOGPROBS) <= set(frame.columns):
        return
    a, b = (frame[x].to_numpy() for x in LOGPROBS)
    same = (frame[REFERENCE] == frame[SAID]).to_numpy()
    apart = np.flatnonzero(same & (np.abs(a - b) > 1e-4 * np.maximum(1, np.abs(a))))
    if len(apart):
        i = int(apart[0])
        raise rows.refuse(
            i, rows.roles[LOGPROBS[1]],
            f"reference and output are equal, and cost {a[i]:g} and {b[i]:g}",
            accepted="log-probabilities of one model", hint="score both by the model that decodes",
        )  # fmt: skip


def _files(given: Given, how: How) -> Raw:
    import polars as pl

    run = str(given.run)
    if given.truth is None or not is_text(given.truth):
        raise InputError("outputs, and no file of references", file=run,
                         accepted="a line an output, a line a reference",
                         hint="name the references: --truth ref.txt")  # fmt: skip
    truth = str(given.truth)
    references, said = (lines_of(text_of(x, "lines of text")) for x in (truth, run))
    check_lengths(references, said, truth, run)
    frame = pl.DataFrame({
        "id": [str(i + 1) for i in range(len(said))], REFERENCE: [x.strip() for x in references],
        SAID: [x.strip() for x in said],
    })  # fmt: skip
    inputs = tuple(described(x, len(frame), how.checksum) for x in (run, truth))
    return Raw(frame, run, inputs, {"id": "line"})
