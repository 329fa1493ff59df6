"""The task `detection`: boxes in images, by 1 − F1 at a threshold that dev chooses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mlstrat.core.figures import Sampling
from mlstrat.core.findings import Finding
from mlstrat.errors import InputError
from mlstrat.tasks.contract import How
from mlstrat.tasks.detection.boxes import Ints
from mlstrat.tasks.detection.compute import (
    BKG,
    CLS,
    CROWD,
    DIFFICULT,
    KINDS,
    LOC,
    MISS,
    Boxes,
    at_threshold,
    match,
)
from mlstrat.tasks.detection.document import (
    Read,
    extras_of,
    pictured_of,
    thresholds_of,
    units_of,
)
from mlstrat.tasks.detection.findings import (
    BOXES_IGNORED,
    CATEGORIES_NEVER_TRUE,
    IMAGES_WITHOUT_TRUTH,
    LEAST_PART,
    RANKED_DIFFERENTLY,
    THRESHOLD_OF_TRAIN,
)
from mlstrat.tasks.detection.read import (
    CATEGORY,
    IGNORED,
    KIND,
    OF_IMAGE,
    OF_SAID,
    OF_TRUTH,
    OWN,
    ROLES,
    SCORE,
    XYWH,
    least_overlap,
    read_boxes,
)
from mlstrat.tasks.detection.threshold_compute import Chosen, Found, threshold_of
from mlstrat.tasks.measured import MeasuredPair
from mlstrat.tasks.table.examples import Examples, Raw
from mlstrat.tasks.table.figures import counted, kept, splits_of, truth_of
from mlstrat.tasks.table.task import TableTask, error, kinds_of


class DetectionTask(TableTask):
    """Reads boxes of COCO, YOLO, VOC and tables."""

    def suspects(
        self,
        units: Sequence[Mapping[str, Any]],
        how: How,  # noqa: ARG002
    ) -> list[Mapping[str, Any]]:
        """Return sure detections on nothing, or of another category than the box, surest first."""
        known = [x for x in units if x["category"] in (BKG, CLS)]
        return sorted(known, key=lambda x: -x["score"])

    def examples(self, raw: Raw, how: How) -> Examples:
        """Return how many boxes of each image are wrong, by kind, at the threshold of dev."""
        import polars as pl

        least = least_overlap(how)
        images, truth, said, categories = _sides(raw.frame)
        splits = splits_of(images)
        found = match(truth, said, least)
        told, cuts = threshold_of(how, images, splits, Found(truth, said, found), raw.name)
        now = at_threshold(truth, said, found, cuts)
        n = len(images)
        tp, fp = counted(said.image[now.right], n), counted(said.image[now.wrong], n)
        fn = counted(truth.image[now.missed], n)
        count = {
            kind: counted(said.image[now.wrong & (found.kind == i)], n)
            for i, kind in enumerate(KINDS)
        }
        count[MISS] = counted(truth.image[now.unexplained], n)
        pairs = {kind: counted(said.image[now.pairs[kind]], n) for kind in (CLS, LOC)}
        zero = np.zeros(n, np.int64)
        num = {kind: -x - pairs.get(kind, zero) for kind, x in count.items()}
        den = {kind: pairs.get(kind, zero) - x for kind, x in count.items()}
        den[MISS] = count[MISS]
        table = pl.DataFrame({
            **kept(images, ("id", "split", "group")), "num": fp + fn, "den": 2 * tp + fp + fn,
            **kinds_of(count, num, den),
            **kept(images, [x for x in images.columns
                            if x not in (*OWN, "id", "split", "group")]),
        })  # fmt: skip
        read = Read(truth, said, found, now, categories, images, least)
        return Examples(
            table, raw.name, raw.inputs, raw.columns, _notes(read, splits, told),
            extras=lambda split, sampling: extras_of(read, table, split, sampling),
            document=lambda *_: {"threshold": told.shown, "alignment": {
                "unmatched_truth": int(now.missed.sum()),
                "unmatched_predictions": int(now.wrong.sum()),
                "dropped": int((found.left_out & (said.score >= cuts[said.image])).sum()),
                "repairs": 0,
            }},
            units=lambda: units_of(read, table),
            truth=lambda: _truth(read), choosing=told.choosing,
            thresholds=lambda look: thresholds_of(read, table, look),
            pictured=lambda split, most: pictured_of(read, table, split, most),
        )  # fmt: skip

    def pair_notes(self, left: Examples, right: Examples, pair: MeasuredPair) -> Sequence[Finding]:
        """Return the finding on AP and error that rank two runs differently."""
        sums = (pair.table.pair.a.sums, pair.table.pair.b.sums)
        errors = [float(x.num.sum() / max(x.den.sum(), 1.0)) for x in sums]
        sides = [{x["metric"]: x["value"] for x in one.extras(pair.split, Sampling())["beside"]}
                 for one in (left, right)]  # fmt: skip
        found = [x["ap"] for x in sides]
        if None in found or (errors[1] - errors[0]) * (found[1] - found[0]) <= 0:
            return ()
        return (Finding(RANKED_DIFFERENTLY, {"error": errors, "ap": found}),)


def _sides(frame: Any) -> tuple[Any, Boxes, Boxes, list[str]]:
    """Return the images of a run, its true boxes and its detections, and all categories."""
    import polars as pl

    keys = ["split", "id"] if "split" in frame.columns else ["id"]
    of = pl.col(KIND)
    images = frame.filter(of == OF_IMAGE)
    twice = images.select(keys).is_duplicated()
    if twice.any():
        place = int(np.flatnonzero(twice.to_numpy())[0])
        raise InputError(f"the image {images['id'][place]!r:.60} twice in one split",
                         accepted="each image once")  # fmt: skip
    boxes = frame.filter(of != OF_IMAGE)
    place = images.select(keys).with_row_index("place")
    image = boxes.select(keys).join(place, on=keys, how="left", maintain_order="left")["place"]
    categories = boxes[CATEGORY].unique().sort().to_list()
    code = boxes[CATEGORY].replace_strict(
        dict(zip(categories, range(len(categories)), strict=True)), return_dtype=pl.Int64
    ) if categories else pl.Series([], dtype=pl.Int64)  # fmt: skip
    xywh = boxes.select(XYWH).to_numpy().astype(np.float64)

    def side(kind: int) -> Boxes:
        keep = (boxes[KIND] == kind).to_numpy()
        return Boxes(
            image.to_numpy().astype(np.int64)[keep], code.to_numpy().astype(np.int64)[keep],
            xywh[keep], boxes[SCORE].to_numpy().astype(np.float64)[keep],
            boxes[IGNORED].to_numpy().astype(np.int64)[keep],
        )  # fmt: skip

    return images, side(OF_TRUTH), side(OF_SAID), categories


def _notes(read: Read, splits: Any, told: Chosen) -> tuple[Finding, ...]:
    truth, now, notes = read.truth, read.now, []
    crowd, hard = (int((truth.ignored == x).sum()) for x in (CROWD, DIFFICULT))
    if crowd or hard:
        notes.append(Finding(BOXES_IGNORED, {"crowd": crowd, "difficult": hard}))
    said = read.said.category[now.right | now.wrong]
    never = np.setdiff1d(said, truth.category)
    if len(never):
        number: Ints = np.bincount(said, minlength=len(read.categories))
        counts = {read.categories[i]: int(number[i]) for i in never.tolist()}
        notes.append(Finding(CATEGORIES_NEVER_TRUE, {"categories": counts}))
    bare = counted(truth.image, len(splits)) == 0
    on_bare = bare[read.said.image] & now.wrong
    if on_bare.any():
        n = len(np.unique(read.said.image[on_bare]))
        evidence = {"images": n, "detections": int(on_bare.sum())}
        notes.append(Finding(IMAGES_WITHOUT_TRUTH, evidence))
    if told.dev_at_train_best is not None:
        shown, there = told.shown, told.dev_at_train_best
        gap, part = there - shown["train_best"], there - shown["dev_apparent"]
        if part > max(gap / 2, LEAST_PART):
            notes.append(Finding(THRESHOLD_OF_TRAIN, {
                "train": shown["train_best"], "dev": there, "dev_best": shown["dev_apparent"],
            }))  # fmt: skip
    return tuple(notes)


def _truth(read: Read) -> Any:
    """Return of each image what two runs must agree on: what is in it.

    Places are left out, as fractions of YOLO and pixels of COCO are rounded otherwise.
    """
    truth = read.truth
    order = np.lexsort((truth.category, truth.image))
    texts: list[list[str]] = [[] for _ in range(len(read.images))]
    for image, category in zip(truth.image[order], truth.category[order], strict=True):
        texts[image].append(read.categories[category])
    return truth_of(read.images, [";".join(x) for x in texts])


TASK = DetectionTask(
    "detection", "image", ROLES,
    {"error": error("(FP + FN) / (2 TP + FP + FN) of boxes at IoU >= 0.5")},
    unit="box", cluster="image",
    options=("truth", "threshold", "choose_threshold", "iou", "difficult"),
    unequal_hint="the true boxes of both runs must be the same", read_part=read_boxes,
)  # fmt: skip
