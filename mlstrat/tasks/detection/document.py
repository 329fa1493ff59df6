"""What tells more of boxes than their error: by category, by size, confusion, average precision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from mlstrat.core.figures import Figure, Sampling
from mlstrat.core.record import Record
from mlstrat.errors import UsageError
from mlstrat.tasks.detection.boxes import Flags, Ints
from mlstrat.tasks.detection.compute import (
    AP_NAMES,
    BKG,
    BOTH,
    CLS,
    DIFFICULT,
    DUPE,
    KINDS,
    LOC,
    MISS,
    AtThreshold,
    Boxes,
    Matched,
    at_threshold,
    average_precision,
)
from mlstrat.tasks.detection.read import SIZE
from mlstrat.tasks.detection.sides import FILE
from mlstrat.tasks.measured import AtThresholds, Pictured, Shape
from mlstrat.tasks.table.figures import (
    above,
    beside,
    class_row,
    counted,
    figures_at,
    groups_of,
    kept,
    pictured,
    plain,
    ratio,
    splits_of,
    thresholds_in,
)

SIZES = (("small", 0.0, 32.0**2), ("medium", 32.0**2, 96.0**2), ("large", 96.0**2, np.inf))
"""Areas in pixels, as COCO has them."""

UNKNOWN_SIZE = "unknown: boxes are fractions, and nobody says how large the images are"
MOST_CONFUSED = 50
"""Categories up to which the confusion is a whole table."""


class Read(Record, eq=False):
    """The boxes of a run, matched."""

    truth: Boxes
    said: Boxes
    found: Matched
    now: AtThreshold
    categories: Sequence[str]
    images: Any
    least: float


def extras_of(read: Read, table: Any, split: str, sampling: Sampling) -> Mapping[str, Any]:
    """Return units, figures of each category and size, confusion, and average precision."""
    here = splits_of(table) == split
    n, group = len(here), groups_of(table, here)
    truth, said, now = read.truth, read.said, read.now
    of_truth, of_said = here[truth.image], here[said.image]
    asked = of_truth & (truth.ignored == 0)
    right, wrong, missed = of_said & now.right, of_said & now.wrong, of_truth & now.missed

    def by_image(places: Ints, keep: Flags) -> Ints:
        return np.asarray(counted(places[keep], n)[here])

    def rates(name: str, of_true: Flags, of_said: Flags) -> Iterator[dict[str, Any]]:
        true, lost = by_image(truth.image, asked & of_true), by_image(truth.image, missed & of_true)
        yield beside(f"recall_{name}", above(ratio(lost, true, group, sampling)))
        false = by_image(said.image, wrong & of_said)
        every = false + by_image(said.image, right & of_said)
        yield beside(f"precision_{name}", above(ratio(false, every, group, sampling)))

    tp, fp = by_image(said.image, right), by_image(said.image, wrong)
    fn = by_image(truth.image, missed)
    every = figures_at(tp, fp, fn, group, sampling)
    figures = [beside(x, every[x]) for x in ("f1", "recall", "precision")]
    figures += _by_size(read, rates)
    figures += _precision(read, here)
    classes = []
    for i, name in enumerate(read.categories):
        r, w, m = (x & (of.category == i) for x, of in
                   ((right, said), (wrong, said), (missed, truth)))  # fmt: skip
        if r.any() or w.any() or m.any():
            bad = by_image(said.image, w) + by_image(truth.image, m)
            den = bad + 2 * by_image(said.image, r)
            row = class_row(name, r.sum(), w.sum(), m.sum(), bad, den, group, sampling)
            row |= {"precision": _share(row["tp"], row["fp"]),
                    "recall": _share(row["tp"], row["fn"])}  # fmt: skip
            classes.append(row)
    t, f, m = int(right.sum()), int(wrong.sum()), int(missed.sum())
    return {
        "units": {"true": t + m, "predicted": t + f, "tp": t, "fp": f, "fn": m},
        "per_class": classes,
        "confusion": _confusion(read, right, wrong, missed),
        "beside": figures,
    }  # fmt: skip


def thresholds_of(
    read: Read, table: Any, look: AtThresholds
) -> Mapping[float, Mapping[str, Figure]]:
    """Return precision, recall and F1 of the boxes of a split at thresholds, or of a category's."""
    truth, said, found = read.truth, read.said, read.found
    here, of = splits_of(table) == look.split, look.of
    group = groups_of(table, here)
    if of is not None and of not in read.categories:
        raise UsageError(f"--of {of}: no such category", accepted=", ".join(read.categories[:20]))
    code = None if of is None else list(read.categories).index(of)
    asked, told = (here[x.image] & (code is None or x.category == code) for x in (truth, said))
    told &= ~found.left_out

    def at(threshold: float) -> Mapping[str, Figure]:
        now = at_threshold(truth, said, found, np.full(len(here), threshold))
        tp, fp = (counted(said.image[told & x], len(here))[here] for x in (now.right, now.wrong))
        fn = counted(truth.image[asked & now.missed], len(here))[here]
        return figures_at(tp, fp, fn, group, look.sampling)

    return {x: at(x) for x in thresholds_in(said.score[told], look.used)}


WORDS = {CLS: "wrong class", LOC: "loose", BOTH: "loose, wrong class", DUPE: "found twice",
         BKG: "nothing there", MISS: "missed"}  # fmt: skip
"""The kinds of error as a picture says them."""


def pictured_of(read: Read, table: Any, split: str, most: int) -> list[Pictured]:
    """Return the worst images of a split: true boxes, and detections from the threshold on."""
    truth, said, found, now = read.truth, read.said, read.found, read.now

    def box(of: Boxes, i: int, side: str, error: str) -> Shape:
        left, top, width, height = of.xywh[i].tolist()
        return Shape(side, read.categories[of.category[i]], error, (left, top, width, height))

    def shapes(image: int) -> list[Shape]:
        true = np.flatnonzero((truth.image == image) & (truth.ignored == 0)).tolist()
        told = np.flatnonzero((said.image == image) & (now.right | now.wrong)).tolist()
        return [
            *(box(truth, i, "truth", WORDS[MISS] if now.unexplained[i] else "") for i in true),
            *(box(said, i, "prediction", WORDS[KINDS[found.kind[i]]] if now.wrong[i] else "")
              for i in told),
        ]  # fmt: skip

    sizes = read.images.select(SIZE).to_numpy().astype(float)
    return pictured(table, split, most, shapes, sizes, read.images[FILE].to_list())


def _share(part: int, rest: int) -> float | None:
    return part / (part + rest) if part + rest else None


def _by_size(read: Read, rates: Any) -> Iterator[dict[str, Any]]:
    """Yield recall by the size of true boxes, precision by that of detections."""
    known = not np.isnan(read.images.select(SIZE).to_numpy().astype(float)).any()
    areas = [x.xywh[:, 2] * x.xywh[:, 3] for x in (read.truth, read.said)]
    pixels = known or max((x.max(initial=0) for x in areas), default=0) > 1
    for name, low, high in SIZES:
        if pixels:
            yield from rates(name, *((x >= low) & (x < high) for x in areas))
        else:
            yield plain(f"recall_{name}", None, 0, UNKNOWN_SIZE)
            yield plain(f"precision_{name}", None, 0, UNKNOWN_SIZE)


def _precision(read: Read, here: Flags) -> Iterator[dict[str, Any]]:
    """Yield AP, AP50 and AP75 at all scores; difficult boxes and what lies on them are left out."""
    truth, said = read.truth, read.said
    hard = truth.ignored == DIFFICULT
    on_hard = read.found.left_out & hard[read.found.truth] if len(truth) else read.found.left_out
    image = np.cumsum(here) - 1

    def part(of: Boxes, keep: Flags) -> Boxes:
        some = of.where(keep & here[of.image])
        return replace(some, image=image[some.image])

    n = int(here.sum())
    found, how = average_precision(part(truth, ~hard), part(said, ~on_hard), n)
    for name in AP_NAMES:
        if name in found:
            yield beside(name.lower(), Figure(found[name], None, n), signature=how)
        else:
            yield plain(name.lower(), None, n, how)


def _confusion(read: Read, right: Flags, wrong: Flags, missed: Flags) -> Mapping[str, Any]:
    """Return how often each category was taken for which; the last row and column are nothing.

    A ``Cls`` that is the first to point to a missed box is taken for that one.
    """
    nothing = len(read.categories)
    truth, said, found = read.truth, read.said, read.found
    paired = wrong & read.now.pairs[CLS]
    taken = np.zeros(len(truth), bool)
    taken[found.points[paired]] = True
    true = np.concatenate([
        truth.category[found.truth[right]], truth.category[found.points[paired]],
        np.full(int((wrong & ~paired).sum()), nothing), truth.category[missed & ~taken],
    ])  # fmt: skip
    told = np.concatenate([
        said.category[right], said.category[paired], said.category[wrong & ~paired],
        np.full(int((missed & ~taken).sum()), nothing),
    ])  # fmt: skip
    labels = [*read.categories, "∅"]
    code, number = np.unique(true * (nothing + 1) + told, return_counts=True)
    rows, columns = np.divmod(code, nothing + 1)
    if nothing > MOST_CONFUSED:
        cells = np.column_stack([rows, columns, number]).tolist()
        return {"labels": labels, "counts": None, "cells": cells}
    counts = np.zeros((nothing + 1, nothing + 1), np.int64)
    counts[rows, columns] = number
    return {"labels": labels, "counts": counts.tolist()}


def units_of(read: Read, table: Any) -> Any:
    """Return the boxes that are wrong, a row each: detections, and missed ones nobody points to."""
    import polars as pl

    truth, said, found, now = read.truth, read.said, read.found, read.now
    wrong, missed = np.flatnonzero(now.wrong), np.flatnonzero(now.unexplained)
    wrong = wrong[np.lexsort((found.rank[wrong], said.image[wrong]))]

    def told(of: Boxes, i: int) -> str:
        return "" if i < 0 else f"{read.categories[of.category[i]]} {place(of, i)}"

    def place(of: Boxes, i: int) -> str:
        return " ".join(f"{x:.6g}" for x in of.xywh[i])

    rows: list[tuple[Any, ...]] = [(int(said.image[i]), KINDS[found.kind[i]], place(said, i),
             told(truth, int(found.points[i])), told(said, i), float(said.score[i]))
            for i in wrong.tolist()]  # fmt: skip
    rows += [(int(truth.image[i]), MISS, place(truth, i), told(truth, i), "", None)
             for i in missed.tolist()]  # fmt: skip
    image, kind, where, true, predicted, score = zip(*rows, strict=True) if rows else ((),) * 6
    texts = {"category": kind, "where": where, "truth": true, "prediction": predicted}
    return pl.DataFrame({
        **kept(table[list(image)], ("id", "split")), "unit": ["box"] * len(rows),
        **{name: pl.Series(list(x), dtype=pl.String) for name, x in texts.items()},
        "score": pl.Series(list(score), dtype=pl.Float64),
    })  # fmt: skip
