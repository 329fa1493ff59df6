"""The threshold of the scores of a table of examples, chosen on dev; that of dev cross-fitted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.operating.choose import (
    FOLDS,
    Scored,
    Wanted,
    choose,
    cross_fitted,
    half_thresholds,
    no_dev,
    out_of_reach,
    parse_wanted,
    parts_of,
    parts_of_equals,
)
from mlstrat.errors import InputError, UsageError
from mlstrat.tasks.contract import How
from mlstrat.tasks.table.figures import codes, splits_of

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Chosen:
    """A threshold: its value, that of each example, and that which train would choose.

    ``parts`` are the twentieths of examples, ``without`` has the threshold of dev without each
    fifth; ``halves`` makes that of each half of dev.
    """

    value: float
    cuts: Floats
    train: float | None
    parts: NDArray[np.int64]
    without: tuple[float, ...]
    halves: Callable[[], tuple[float, ...]]


def wanted_of(how: How) -> Wanted | None:
    """Return the rule to choose a threshold by; None where none is asked for."""
    said = how.options.get("choose_threshold")
    return None if said is None else parse_wanted(str(said))


def costs_of(wanted: Wanted) -> tuple[float, float]:
    """Return what an error of a positive costs, label 1, and one of a negative, label 0."""
    for label in wanted.costs:
        if label not in ("1", "0"):
            raise UsageError(f"--choose-threshold cost: there is no label {label[:40]!r}",
                             accepted="label=1:WEIGHT, label=0:WEIGHT")  # fmt: skip
    return wanted.costs.get("1", 1.0), wanted.costs.get("0", 1.0)


def chosen_on_dev(
    frame: Any, score: Floats, positive: NDArray[np.bool_], negative: NDArray[np.bool_],
    wanted: Wanted, name: str,
) -> Chosen:  # fmt: skip
    """Return the threshold that dev chooses.

    ``score``, ``positive`` and ``negative`` are N or N×K, for the N rows of ``frame``.
    """
    splits, costs = splits_of(frame), costs_of(wanted)
    if not (splits == "dev").any():
        raise no_dev()
    parts = _parts(frame, score)

    def part(split: str) -> Scored:
        here = splits == split
        each = np.broadcast_to(parts[:, None], (len(parts), score[0].size))[here].ravel()
        known = (positive | negative)[here].ravel()
        found = Scored(score[here].ravel(), positive[here].ravel().astype(float),
                       negative[here].ravel().astype(float), each)  # fmt: skip
        return found.where(known)

    dev = part("dev")
    if not dev.both:
        raise InputError(
            f"nothing of dev is {'negative' if dev.positive.sum() > 0 else 'positive'}", file=name,
            accepted="a dev of both kinds, to choose a threshold on",
        )  # fmt: skip
    value = choose(dev, wanted, costs)
    if value is None:
        raise out_of_reach(dev, wanted)
    each = np.array(cross_fitted(dev, wanted, costs, value))
    train = part("train")
    return Chosen(
        value,
        np.where(splits == "dev", each[parts % FOLDS], value),
        choose(train, wanted, costs) if train.both else None,
        parts,
        tuple(each.tolist()),
        lambda: half_thresholds(dev, wanted, costs, value),
    )


def _parts(frame: Any, score: Floats) -> NDArray[np.int64]:
    """Return the twentieth of each example: by its group, its id, or else its scores."""
    for name in ("group", "id"):
        if name in frame.columns:
            return parts_of([str(x) for x in frame[name].to_list()])
    sums = np.nan_to_num(score.reshape(len(score), -1)).sum(axis=1)
    seen: dict[int, int] = {}
    rank = np.empty(len(sums), np.int64)
    for i, x in enumerate(codes(sums.tolist()).tolist()):
        rank[i] = seen[x] = seen.get(x, -1) + 1
    return parts_of_equals(sums, rank)


def told(
    value: float | None, rule: str | None = None, train_best: float | None = None,
    dev_apparent: float | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return the JSON of a threshold: as a rule chose it on dev, or as it was given."""
    return {
        "value": value, "chosen": "given" if rule is None else "dev", "rule": rule or "as given",
        "train_best": train_best, "dev_apparent": dev_apparent,
    }  # fmt: skip
