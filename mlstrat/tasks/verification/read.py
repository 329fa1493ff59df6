"""Reads trials: which are genuine, whom they touch, and their scores."""

from __future__ import annotations

from typing import Any

import numpy as np

from mlstrat.errors import InputError
from mlstrat.tasks.contract import Given, How, Role
from mlstrat.tasks.table.examples import Raw
from mlstrat.tasks.table.rows import Rows, open_rows
from mlstrat.tasks.table.text import LINE, described, is_text, read_columns, scores

ROLES = (
    Role("id", "names a trial; needed to pair two runs"),
    Role("left", "one side of the trial: an identity, or id/recording"),
    Role("right", "the other side"),
    Role("left_identity", "whose the left side is, where its name does not say it"),
    Role("right_identity", "whose the right side is"),
    Role("same", "1 where both are the same person, else 0"),
    Role("score", "rises with sameness; nan where nothing could be acquired", needed=True),
    Role("split", "train, train-dev, dev or test"),
    Role("group", "what trials share beyond identities"),
)
ALIASES = {"same": ("same", "label", "target"), "score": ("score", "similarity", "distance")}
IDIAP = "claimed, [model,] real, probe, score in columns; or left, right, score with --truth"
TRIALS = "1 left right, or left right target, in columns"
GENUINE, IMPOSTOR = {"1", "1.0", "true", "yes", "target", "same", "genuine"}, {
    "0", "0.0", "-1", "false", "no", "nontarget", "different", "impostor"}  # fmt: skip
LEFT, RIGHT, SAME, SCORE = "left identity", "right identity", "same", "score"
"""The columns of the rows of the task, beside id and split."""


def read_trials(given: Given, how: How) -> Raw:
    """Return the trials of a run, a row each."""
    if is_text(given.run):
        return _scored(given, how) if given.truth is not None else _idiap(given, how)
    return _table(open_rows(given, ROLES, how, ALIASES))


def _idiap(given: Given, how: How) -> Raw:
    """Read four or five columns: who is claimed, whose the probe is, which probe, the score."""
    import polars as pl

    path = str(given.run)
    found = read_columns(path, (4, 5), IDIAP)
    claimed, (real, probe, score) = "c0", (f"c{len(found.columns) - 4 + i}" for i in range(3))
    model = "c1" if len(found.columns) == 6 else "c0"
    frame = pl.DataFrame({
        "id": found[model] + "|" + found[probe],
        LEFT: found[claimed], RIGHT: found[real],
        SAME: (found[claimed] == found[real]).cast(pl.Int8),
        SCORE: scores(found, score, path),
    })  # fmt: skip
    _check_once(frame, found, path)
    return Raw(frame, path, (described(path, len(frame), how.checksum),), {"id": "claimed|probe"})


def _scored(given: Given, how: How) -> Raw:
    """Read scores beside the list of trials that says which are genuine."""
    import polars as pl

    path, of_trials = str(given.run), str(given.truth)
    trials = read_columns(of_trials, (3,), TRIALS)
    first = trials["c0"][0].strip().lower() in GENUINE | IMPOSTOR
    same, left, right = ("c0", "c1", "c2") if first else ("c2", "c0", "c1")
    words = trials[same].str.to_lowercase()
    strange = ~words.is_in(sorted(GENUINE | IMPOSTOR))
    if strange.any():
        place = int(np.flatnonzero(strange.to_numpy())[0])
        raise InputError(
            f"{trials[same][place][:40]!r} is neither same nor different", file=of_trials,
            row=int(trials[LINE][place]), accepted="1 or 0, target or nontarget",
        )  # fmt: skip
    rated = read_columns(path, (1, 3), "a score a line, or left right score")
    known = pl.DataFrame({
        "id": trials[left] + "|" + trials[right], LEFT: identities(trials[left]),
        RIGHT: identities(trials[right]), SAME: words.is_in(sorted(GENUINE)).cast(pl.Int8),
        LINE: trials[LINE],
    })  # fmt: skip
    _check_once(known, known, of_trials)
    value = scores(rated, rated.columns[-2], path)
    if len(rated) != len(known):
        raise InputError(
            f"{len(rated):,} scores, and {len(known):,} trials in {of_trials}", file=path,
            accepted="a score for every trial",
        )  # fmt: skip
    if len(rated.columns) == 4:
        keyed = pl.DataFrame({"id": rated["c0"] + "|" + rated["c1"], SCORE: value})
        joined = known.join(keyed, on="id", how="left", maintain_order="left")
        lost = joined.filter(pl.col(SCORE).is_null())
        if len(lost) or len(joined) != len(known):
            where = lost["id"][0] if len(lost) else keyed["id"][0]
            raise InputError(f"no score, or several, of the trial {where!r}", file=path,
                             accepted="a score for every trial")  # fmt: skip
        value = joined[SCORE].to_numpy()
    frame = known.drop(LINE).with_columns(pl.Series(SCORE, value))
    inputs = tuple(described(x, len(frame), how.checksum) for x in (path, of_trials))
    return Raw(frame, path, inputs, {"id": "left|right"})


def identities(column: Any) -> Any:
    """Return whose recordings are: what stands before the first slash, as id10270/x/1.wav."""
    return column.str.split("/").list.first()


def _check_once(frame: Any, found: Any, path: str) -> None:
    twice = np.flatnonzero(frame["id"].is_duplicated().to_numpy())
    if len(twice):
        raise InputError(
            f"the trial {frame['id'][int(twice[0])]!r} twice", file=path,
            row=int(found[LINE][int(twice[1])]), accepted="each trial once",
        )  # fmt: skip


def _table(rows: Rows) -> Raw:
    """Read a table of trials."""
    import polars as pl

    roles = rows.roles
    if "same" not in roles:
        raise rows.lacks(
            "no column same, which says whether a trial is genuine",
            accepted=", ".join(ALIASES["same"]), hint="name it: --map same=COLUMN",
        )  # fmt: skip
    same = []
    for i, text in enumerate(rows.texts(roles["same"])):
        low = text.lower()
        if low not in GENUINE | IMPOSTOR:
            raise rows.refuse(i, roles["same"], f"{text[:40]!r} is neither same nor different",
                              accepted="1 or 0, true or false")  # fmt: skip
        same.append(int(low in GENUINE))
    columns: dict[str, Any] = dict(rows.shared())
    sides = {}
    for name, side in ((LEFT, "left"), (RIGHT, "right")):
        who = roles.get(f"{side}_identity")
        if who is not None:
            columns[name] = pl.Series(rows.texts(who))
        elif side in roles:
            columns[name] = identities(pl.Series(rows.texts(roles[side])))
        if side in roles:
            sides[side] = pl.Series(rows.texts(roles[side]))
    if "id" not in columns and len(sides) == 2:
        columns["id"] = sides["left"] + "|" + sides["right"]
    columns[SAME] = pl.Series(same, dtype=pl.Int8)
    columns[SCORE] = rows.numbers(roles["score"], blank=True)
    frame = pl.DataFrame({**rows.free(()), **columns})
    return Raw(frame, rows.name, rows.inputs, roles)
