"""The task `segmentation`: pixels of classes by image, by 1 − Dice, and IoU beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.counts import Floats, Ints, sum_by
from mlstrat.core.figures import Figure, Sampling
from mlstrat.core.record import Record
from mlstrat.data.grouping import in_order
from mlstrat.data.run_folders import natural
from mlstrat.errors import InputError
from mlstrat.tasks.contract import How
from mlstrat.tasks.segmentation.read import PIXELS, ROLES, SAID, TRUE, read_pixels
from mlstrat.tasks.table.examples import Examples, Raw
from mlstrat.tasks.table.figures import (
    above,
    beside,
    by_split,
    class_row,
    codes,
    groups_of,
    kept,
    plain,
    ratio,
    splits_of,
    truth_of,
)
from mlstrat.tasks.table.rows import SHARED
from mlstrat.tasks.table.task import TableTask, error, kinds_of

BACKGROUND = ("background", "0", "false")
"""Names of the class that is none, in lower case; the first of them that there is."""

MISSED, SPURIOUS, CONFUSED = "missed", "spurious", "confused"
IMAGE = "which image"
"""The column of the place of each row's image, beside those of the rows."""

MOST_CLASSES = 50
MOST_SHOWN = 12
"""Classes whose IoU is shown by itself, at most; `per_class` of the JSON has all."""

Bools = NDArray[np.bool_]


class Read(Record, eq=False):
    """The pixels of a run: their image, class and predicted class as codes, a row a pair.

    ``classes`` are all names, the background last where there is one; −1 is no class: not
    annotated.
    """

    images: int
    classes: tuple[str, ...]
    background: bool
    image: Ints
    true: Ints
    said: Ints
    pixels: Floats

    @property
    def nothing(self) -> int:
        """The code of the background; one beyond all classes where there is none."""
        return len(self.classes) - self.background

    def of_images(self, rows: Bools) -> Floats:
        """Return how many pixels of each image lie in these rows."""
        return sum_by(self.image[rows], self.pixels[rows], self.images)


class SegmentationTask(TableTask):
    """Reads `id, label, prediction, pixels`: a row an image and pair of classes."""

    def examples(self, raw: Raw, _how: How) -> Examples:
        """Return how many pixels of each image are wrong, by kind."""
        import polars as pl

        frame = raw.frame
        image = codes(frame[[x for x in ("split", "id") if x in frame.columns]].rows())
        first = np.unique(image, return_index=True)[1]
        read = _coded(frame, image, len(first))
        known, none = read.true >= 0, read.nothing
        there, found = known & (read.true != none), known & (read.said != none)
        differ = read.true != read.said
        counts = {
            kind: read.of_images(rows).astype(np.int64) for kind, rows in (
                (MISSED, there & ~found), (SPURIOUS, ~there & found),
                (CONFUSED, there & found & differ))
        }  # fmt: skip
        missed, spurious, confused = counts.values()
        num = missed + spurious + 2 * confused
        den = num + 2 * read.of_images(there & ~differ).astype(np.int64)
        # What differs between the rows of an image says nothing of the image.
        free = [x for x in frame.columns if x not in (*SHARED, TRUE, SAID, PIXELS)
                and pl.DataFrame({"0": image, "1": frame[x]}).n_unique() == len(first)]  # fmt: skip
        table = pl.DataFrame({
            **kept(frame[first], SHARED), "num": num, "den": den,
            **kinds_of(counts, {MISSED: -missed, SPURIOUS: -spurious, CONFUSED: -2 * confused},
                       {MISSED: missed, SPURIOUS: -spurious}),
            **kept(frame[first], free),
        })  # fmt: skip
        for split, here in by_split(table):
            if not den[here].any():
                raise InputError(
                    f"no pixel of {split} counts: all are background or not annotated",
                    file=raw.name, column=raw.columns["label"],
                    accepted="in each split some annotated pixels with another label or prediction",
                )  # fmt: skip

        def texts(side: str) -> Any:
            return _pixels_by_class(frame.with_columns(pl.Series(IMAGE, image)), side, len(first))

        def alignment(*_: Any) -> Mapping[str, Any]:
            return {"alignment": {
                "unmatched_truth": int(missed.sum()), "unmatched_predictions": int(spurious.sum()),
                "dropped": int(read.pixels[~known].sum()), "repairs": 0,
            }}  # fmt: skip

        return Examples(
            table, raw.name, raw.inputs, raw.columns, document=alignment,
            extras=lambda split, sampling: _extras(read, table, split, sampling),
            units=lambda: _units(table, counts, texts(TRUE), texts(SAID)),
            truth=lambda: truth_of(table, texts(TRUE)),
        )  # fmt: skip


def _coded(frame: Any, image: Ints, images: int) -> Read:
    names = sorted({*frame[TRUE].to_list(), *frame[SAID].to_list()} - {""}, key=natural)
    none = [x for word in BACKGROUND for x in names if x.lower() == word][:1]
    classes = [*(x for x in names if x not in none), *none]
    place = {"": -1, **{x: i for i, x in enumerate(classes)}}
    true, said = (np.array([place[x] for x in frame[side].to_list()], np.int64)
                  for side in (TRUE, SAID))  # fmt: skip
    return Read(images, tuple(classes), bool(none), image, true, said, frame[PIXELS].to_numpy())


def _pixels_by_class(rows: Any, side: str, images: int) -> Any:
    """Return in words how many pixels of which class one side has, of each image."""
    import polars as pl

    name = pl.when(pl.col(side) == "").then(pl.lit("not annotated")).otherwise(pl.col(side))
    some = rows.filter(pl.col(PIXELS) > 0).sort(IMAGE, side)
    summed = in_order(some, [IMAGE, side], pl.col(PIXELS).sum())
    text = pl.format("{} {}", name, pl.col(PIXELS).cast(pl.Int64))
    found = in_order(summed, [IMAGE], text.str.join(", ").alias("text"))
    texts = np.full(images, "", object)
    texts[found[IMAGE].to_numpy()] = found["text"].to_list()
    return pl.Series(texts.tolist(), dtype=pl.String)


def _units(table: Any, counts: Mapping[str, Ints], truth: Any, said: Any) -> Any:
    """Return the images with errors, a row each: which kinds, and the pixels of either side."""
    import polars as pl

    wrong = np.flatnonzero(table["num"].to_numpy())
    return pl.DataFrame({
        **kept(table[wrong], ("id", "split")), "unit": "image",
        "category": [";".join(k for k, n in counts.items() if n[i]) for i in wrong.tolist()],
        "where": "", "truth": truth[wrong], "prediction": said[wrong],
        "score": (table["num"] / table["den"])[wrong],
    })  # fmt: skip


def _extras(read: Read, table: Any, split: str, sampling: Sampling) -> Mapping[str, Any]:
    """Return units, the figures of each class, what was taken for what, IoU and pixels."""
    here = splits_of(table) == split
    group, rows = groups_of(table, here), here[read.image]

    def pixels(which: Bools) -> Floats:
        found: Floats = read.of_images(which & rows)[here]
        return found

    known, none = read.true >= 0, read.nothing
    same = read.true == read.said
    sides = []
    for i in range(len(read.classes)):
        tp = pixels(same & (read.true == i))
        wrong = [pixels(known & (x == i)) - tp for x in (read.true, read.said)]
        sides.append((tp, *wrong))
    seen = [i for i, x in enumerate(sides) if np.sum(x)]
    classes = [i for i in seen if i != none]
    dice = [class_row(read.classes[i], tp.sum(), fp.sum(), fn.sum(), fp + fn, 2 * tp + fp + fn,
                      group, sampling) for i in classes for tp, fn, fp in (sides[i],)]  # fmt: skip
    iou = {i: (fn + fp, tp + fn + fp) for i, (tp, fn, fp) in enumerate(sides) if i in seen}
    counts = np.zeros((len(read.classes),) * 2, np.int64)
    some = rows & known
    np.add.at(counts, (read.true[some], read.said[some]), read.pixels[some].astype(np.int64))
    hits, lost, more = (int(sum(sides[i][k].sum() for i in classes)) for k in range(3))
    means = {"mean_iou": classes, **({"mean_iou_with_background": seen} if none in seen else {})}
    figures = [beside(name, above(mean_ratio([iou[i] for i in of], group, sampling)))
               for name, of in means.items()]  # fmt: skip
    right = above(ratio(pixels(known & ~same), pixels(known), group, sampling))
    figures.append(beside("pixel_accuracy", right))
    if len(seen) <= MOST_SHOWN:
        figures += [beside(f"iou of {_shown(read, i)}", above(ratio(*iou[i], group, sampling)))
                    for i in seen]  # fmt: skip
    if void := pixels(~known).sum():
        figures.append(plain("pixels_not_annotated", float(void), int(here.sum())))
    return {
        "units": {"true": hits + lost, "predicted": hits + more, "tp": hits, "fp": more,
                  "fn": lost},
        "per_class": dice,
        "confusion": {"labels": list(read.classes), "counts": counts.tolist()}
        if len(read.classes) <= MOST_CLASSES else None,
        "beside": figures,
    }  # fmt: skip


def _shown(read: Read, i: int) -> str:
    """Return the name of a class; of the background, that it is."""
    name = read.classes[i]
    plain_name = i != read.nothing or name.lower() == BACKGROUND[0]
    return name if plain_name else f"{name} ({BACKGROUND[0]})"


def mean_ratio(
    parts: Sequence[tuple[Floats, Floats]], group: Ints | None, sampling: Sampling
) -> Figure:
    """Return the mean of several ratios of sums over the same examples, with its interval.

    Formula: (1/K) Σ_k v_k with v_k = Σnum_k/Σden_k, as the ratio of num = (1/K) Σ_k num_k/Σden_k
    and den = (1/K) Σ_k v_k den_k/Σden_k / v, whose residuals are those of the mean, linearised.
    Source: Cochran (1977), Sampling Techniques, 6.3.
    """
    sums = [(num / den.sum(), den / den.sum()) for num, den in parts]
    num = np.mean([x for x, _ in sums], axis=0)
    value = float(num.sum())
    weight = [float(x.sum()) / value if value else 1.0 for x, _ in sums]
    den = np.mean([w * x for w, (_, x) in zip(weight, sums, strict=True)], axis=0)
    return ratio(num, den, group, sampling)


TASK = SegmentationTask(
    "segmentation", "image", ROLES,
    {"error": error("(FP + FN) / (2 TP + FP + FN) of the pixels of all classes but the "
                    "background")},
    unit="pixel", read_part=read_pixels,
)  # fmt: skip
