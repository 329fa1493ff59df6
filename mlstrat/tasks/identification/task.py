"""The task `identification`: probes whose best score in the gallery is another person's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np

from mlstrat.core.figures import Sampling
from mlstrat.data.grouping import in_order
from mlstrat.errors import InputError
from mlstrat.tasks.contract import Given, How, Role
from mlstrat.tasks.table.examples import Examples, Raw
from mlstrat.tasks.table.figures import (
    above,
    beside,
    class_row,
    groups_of,
    kept,
    ratio,
    splits_of,
    told,
)
from mlstrat.tasks.table.rows import open_rows
from mlstrat.tasks.table.task import TableTask, check_number, error, kinds_of
from mlstrat.tasks.table.text import LINE, described, is_text, read_columns, scores

ROLES = (
    Role("probe", "what is to be identified", needed=True),
    Role("gallery", "the identity that it is compared with", needed=True),
    Role("real", "whose the probe is", needed=True),
    Role("score", "rises with sameness; nan where nothing could be acquired", needed=True),
    Role("split", "train, train-dev, dev or test"),
)
ALIASES = {
    "probe": ("probe", "probe_id", "id"), "gallery": ("gallery", "claimed", "candidate"),
    "real": ("real", "identity", "label"), "score": ("score", "similarity", "distance"),
}  # fmt: skip
IDIAP = "claimed, [model,] real, probe, score in columns"
CONFUSED, UNENROLLED, MISSED = "confused", "unenrolled accepted", "missed"
RANKS = (5, 10)
MOST_CONFUSED = 50


def _read(given: Given, how: How) -> Raw:
    import polars as pl

    if is_text(given.run):
        path = str(given.run)
        found = read_columns(path, (4, 5), IDIAP)
        real, probe, score = (f"c{len(found.columns) - 4 + i}" for i in range(3))
        frame = pl.DataFrame({
            "probe": found[probe], "gallery": found["c0"], "real": found[real],
            "score": scores(found, score, path), LINE: found[LINE],
        })  # fmt: skip
        _check(frame, path)
        inputs = (described(path, frame["probe"].n_unique(), how.checksum),)
        return Raw(frame, path, inputs, {"id": "probe"})
    rows = open_rows(given, ROLES, how, ALIASES)
    frame = pl.DataFrame({
        **{x: rows.texts(rows.roles[x]) for x in ("probe", "gallery", "real")},
        "score": rows.numbers(rows.roles["score"], blank=True),
        **{x: s for x, s in rows.shared().items() if x == "split"},
    })  # fmt: skip
    _check(frame, rows.name)
    return Raw(frame, rows.name, rows.inputs, {**rows.roles, "id": rows.roles["probe"]})


def _check(frame: Any, name: str) -> None:
    """Refuse probes that belong to two people."""
    import polars as pl

    keys = ["probe", *(["split"] if "split" in frame.columns else [])]
    people = in_order(frame, keys, pl.col("real").n_unique().alias("n"))
    several = people.filter(pl.col("n") > 1).sort("probe")
    if len(several):
        raise InputError(f"the probe {several['probe'][0]!r} is of two people", file=name,
                         accepted="one real identity for each probe")  # fmt: skip


class IdentificationTask(TableTask):
    """Reads a score for each probe and identity of the gallery."""

    def examples(self, raw: Raw, how: How) -> Examples:
        """Return which probes are taken for somebody else."""
        import polars as pl

        sign = -1 if how.options.get("distance") else 1
        given = check_number(how, "threshold", None, -np.inf)
        threshold = -np.inf if given is None else sign * given
        keys = [*(["split"] if "split" in raw.frame.columns else []), "probe"]
        score = (sign * pl.col("score")).fill_nan(-np.inf).fill_null(-np.inf)
        frame = raw.frame.with_columns(score.alias("score"))
        # An identity may have several models: its best counts.
        best = in_order(frame, [*keys, "gallery"], pl.col("score").max(), pl.col("real").first())
        mine = pl.col("gallery") == pl.col("real")
        top = pl.col("score").filter(~mine)
        probes = in_order(
            best, keys,
            pl.col("real").first(), mine.any().alias("enrolled"),
            pl.col("score").filter(mine).max().fill_null(-np.inf).alias("own"),
            top.max().fill_null(-np.inf).alias("other"),
            pl.col("gallery").filter(~mine).gather(top.arg_max()).first().alias("taken"),
            # A tie is nobody's: whoever is as high may come first.
            (top >= pl.col("score").filter(mine).max()).sum().alias("before"),
        )  # fmt: skip
        enrolled, own, other = (probes[x].to_numpy() for x in ("enrolled", "own", "other"))
        wrong = enrolled & (probes["before"].fill_null(0).to_numpy() > 0)
        missed = enrolled & ~wrong & (own < threshold)
        entered = ~enrolled & (other >= threshold) & (given is not None)
        num = (wrong | missed).astype(int)
        counts = {CONFUSED: wrong.astype(int), MISSED: missed.astype(int),
                  UNENROLLED: entered.astype(int)}  # fmt: skip
        fixed = {CONFUSED: -counts[CONFUSED], MISSED: -counts[MISSED],
                 UNENROLLED: np.zeros(len(num))}  # fmt: skip
        if given is None:
            counts, fixed = ({CONFUSED: x[CONFUSED]} for x in (counts, fixed))
        table = pl.DataFrame({
            "id": probes["probe"], **kept(probes, ("split",)), "group": probes["real"],
            "num": num, "den": enrolled.astype(int), **kinds_of(counts, fixed, {}),
        })  # fmt: skip
        wrongs = wrong | missed | entered
        units = pl.DataFrame({
            "id": probes["probe"], **kept(probes, ("split",)), "unit": "probe",
            "category": np.where(wrong, CONFUSED, np.where(missed, MISSED, UNENROLLED)),
            "where": "", "truth": probes["real"], "prediction": probes["taken"],
            "score": sign * np.where(missed, own, other),
        }).filter(wrongs)  # fmt: skip
        return Examples(
            table, raw.name, raw.inputs, raw.columns,
            extras=lambda split, sampling: _extras(
                probes, table, split, sampling, wrong, given is not None, threshold),
            document=lambda *_: {"threshold": None if given is None else told(given)},
            units=lambda: units,
        )  # fmt: skip


def _extras(
    probes: Any, table: Any, split: str, sampling: Sampling, wrong: Any, open_set: bool,
    threshold: float,
) -> Mapping[str, Any]:  # fmt: skip
    """Return shares within the first ranks, those of the open set, and who is taken for whom."""
    here = splits_of(table) == split
    own, group = probes.filter(here), groups_of(table.filter(here))
    enrolled = own["enrolled"].to_numpy()
    before = own["before"].fill_null(0).to_numpy()
    figures = []
    for rank in (1, *RANKS):
        figure = ratio(enrolled & (before >= rank), enrolled, group, sampling)
        figures.append(beside(f"rank_{rank}", above(figure)))
    if open_set:
        out = ~enrolled
        entered = out & (own["other"].to_numpy() >= threshold)
        refused = enrolled & ((before > 0) | (own["own"].to_numpy() < threshold))
        figures += [beside("fpir", ratio(entered, out, group, sampling)),
                    beside("fnir", ratio(refused, enrolled, group, sampling))]  # fmt: skip
    people = own["real"].to_numpy()
    taken, lost = own["taken"].to_list(), wrong[here]
    pairs = Counter(zip(people[lost], [x for x, w in zip(taken, lost, strict=True) if w],
                        strict=True))  # fmt: skip
    classes = []
    for name in sorted(set(people[enrolled]))[:1_000]:
        mine = (people == name) & enrolled
        to = sum(n for (_, other), n in pairs.items() if other == name)
        hit, missed = int((mine & ~lost).sum()), int((mine & lost).sum())
        num, den = lost[mine].astype(int), np.ones(int(mine.sum()))
        classes.append(class_row(str(name), hit, to, missed, num, den, None, sampling))
    labels = sorted({x for pair in pairs for x in pair})
    return {
        "per_class": sorted(classes, key=lambda x: -x["fn"]), "beside": figures,
        "confusion": {
            "labels": labels,
            "counts": [[pairs.get((a, b), 0) for b in labels] for a in labels],
        } if len(labels) <= MOST_CONFUSED else None,
    }  # fmt: skip


TASK = IdentificationTask(
    "identification", "probe", ROLES,
    {"error": error("probes not at rank 1 / enrolled probes")},
    cluster="identity", options=("threshold", "distance"), read_part=_read,
)  # fmt: skip
