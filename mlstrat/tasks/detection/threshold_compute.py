"""The threshold of detections: chosen on dev by a rule, and on dev itself by other images."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from mlstrat.core.operating.choose import (
    FOLDS,
    Scored,
    Wanted,
    choose,
    halves,
    no_dev,
    out_of_reach,
    parts_of,
)
from mlstrat.core.record import Record
from mlstrat.errors import InputError, UsageError
from mlstrat.tasks.contract import How
from mlstrat.tasks.detection.boxes import Flags, Floats
from mlstrat.tasks.detection.compute import Boxes, Matched
from mlstrat.tasks.detection.read import NO_SCORES, no_threshold
from mlstrat.tasks.table.examples import Choosing
from mlstrat.tasks.table.figures import costs_of, told, wanted_of
from mlstrat.tasks.table.task import check_number

BEST = "best F1, the highest of ties"


class Found(Record, eq=False):
    """True boxes and detections, matched."""

    truth: Boxes
    said: Boxes
    matched: Matched

    def scored(self, here: Flags) -> tuple[Scored, int]:
        """Return the detections of some images by score, and how many true boxes none of them has.

        What lies on ignored boxes is left out.
        """
        keep = here[self.said.image] & ~self.matched.left_out
        right = (self.matched.truth[keep] >= 0).astype(np.float64)
        part = np.zeros(int(keep.sum()), np.int64)
        true = int((here[self.truth.image] & (self.truth.ignored == 0)).sum())
        return Scored(self.said.score[keep], right, 1 - right, part), true - int(right.sum())

    def error(self, here: Flags, threshold: float | Floats) -> float | None:
        """Return (FP + FN) / (2 TP + FP + FN) of some images at a threshold, or one an image."""
        cut = threshold if isinstance(threshold, float) else threshold[self.said.image]
        keep = here[self.said.image] & ~self.matched.left_out & (self.said.score >= cut)
        true = int((here[self.truth.image] & (self.truth.ignored == 0)).sum())
        units = int(keep.sum()) + true
        right = int((keep & (self.matched.truth >= 0)).sum())
        return (units - 2 * right) / units if units else None


class Chosen(Record, eq=False):
    """The threshold as the JSON has it, and dev's error at the best threshold of train."""

    shown: Mapping[str, Any]
    dev_at_train_best: float | None = None
    choosing: Choosing | None = None


def threshold_of(
    how: How, images: Any, splits: Any, found: Found, name: str
) -> tuple[Chosen, Floats]:
    """Return the threshold, and that which each image is read at: on dev cross-fitted.

    The best threshold of a set flatters that set; so each fifth of dev's images (or groups) is read
    at the threshold of the other four.
    """
    wanted = rule_of(how)
    score = found.said.score
    if no_threshold(how) or (len(score) > 0 and bool(np.isinf(score).all())):
        return Chosen(told(None) | {"rule": NO_SCORES}), np.full(len(splits), -np.inf)
    given = check_number(how, "threshold", None, -np.inf)
    if given is not None:
        return Chosen(told(given)), np.full(len(splits), given)
    dev = splits == "dev"
    if not dev.any():
        raise no_dev()
    threshold = chosen_of(found, dev, wanted)
    if threshold is None:
        own, lost = found.scored(dev)
        if len(own.score):
            raise out_of_reach(own, wanted, lost)
        raise InputError("no detection in dev, and the threshold is chosen there", file=name,
                         accepted="detections in dev", hint="or fix it: --threshold X")  # fmt: skip
    column = "group" if "group" in images.columns else "id"
    parts = np.full(len(splits), -1, np.int64)
    parts[dev] = parts_of(str(x) for x in images[column].filter(dev).to_list())

    def of(here: Flags) -> float:
        chosen = chosen_of(found, here, wanted)
        return threshold if chosen is None else chosen

    without = np.array([of(dev & (parts % FOLDS != fold)) for fold in range(FOLDS)])
    cuts = np.where(dev, without[parts % FOLDS], threshold)
    choosing = Choosing.of(
        threshold, found.error(dev, cuts), without.tolist(),
        lambda: [of(dev & inside[parts]) for inside in halves()],
        lambda cut, inside: found.error(dev if inside is None else dev & inside[parts], cut),
    )  # fmt: skip
    train, best = splits == "train", None
    if train.any():
        best = chosen_of(found, train, wanted)
    shown = told(
        threshold, BEST if wanted.kind == "f1" else wanted.text,
        None if best is None else found.error(train, best), found.error(dev, threshold),
    )  # fmt: skip
    return Chosen(shown, None if best is None else found.error(dev, best), choosing), cuts


def rule_of(how: How) -> Wanted:
    """Return the rule that the threshold is chosen by: the best F1, or another."""
    wanted = wanted_of(how)
    if wanted is not None and wanted.kind == "far":
        raise UsageError(
            "--choose-threshold far: of boxes that are not there nobody knows how many there are",
            accepted='f1, "recall >= 0.9", "precision >= 0.9", cost',
        )  # fmt: skip
    return wanted or Wanted("f1")


def chosen_of(found: Found, here: Flags, wanted: Wanted) -> float | None:
    """Return the threshold that some images choose; None without a detection, or out of reach."""
    scored, lost = found.scored(here)
    if not len(scored.score) or not scored.positive.sum() + lost:
        return None
    return choose(scored, wanted, costs_of(wanted), lost)
