"""Figures that stand beside the error of a task, each with its interval over the same clusters.

Below them the threshold of the scores of a table of examples, chosen on dev; that of dev is
cross-fitted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.figures import Figure, Sampling
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
from mlstrat.core.ratio import Ratios, Sums, estimate
from mlstrat.core.record import Record
from mlstrat.errors import InputError, UsageError
from mlstrat.tasks.contract import How
from mlstrat.tasks.measured import Pictured, Shape

Array = NDArray[Any]
Floats = NDArray[np.float64]


def ratio(
    num: Array, den: Array, group: Array | None, sampling: Sampling, *, bounded: bool = True
) -> Figure:
    """Return Σ num / Σ den over examples with its interval."""
    num, den = np.asarray(num, float), np.asarray(den, float)
    whole = bool(np.array_equal(num, np.floor(num)) and np.array_equal(den, np.floor(den)))
    found = estimate(Ratios(Sums.of(num, den), group, bounded, whole), sampling, draws=False)
    return found.figure


def above(figure: Figure) -> Figure:
    """Return 1 minus a figure, as F1 is of its error."""
    if figure.value is None:
        return figure
    ci = None if figure.ci is None else (1 - figure.ci[1], 1 - figure.ci[0])
    return Figure(1 - figure.value, ci, figure.n, figure.reason)


def beside(metric: str, figure: Figure, **more: Any) -> dict[str, Any]:
    """Return the JSON of a figure that stands beside the error."""
    return {"metric": metric, **figure.to_dict(), **more}


def plain(metric: str, value: float | None, n: int, reason: str | None = None) -> dict[str, Any]:
    """Return the JSON of a figure beside the error that has no interval."""
    return beside(metric, Figure(value, None, n, reason))


def class_row(
    label: str, tp: int, fp: int, fn: int, num: Array, den: Array, group: Array | None,
    sampling: Sampling,
) -> dict[str, Any]:  # fmt: skip
    """Return the JSON of one class: its units, and its error over examples."""
    return {
        "label": label, "tp": int(tp), "fp": int(fp), "fn": int(fn), "num": plain_number(num.sum()),
        "den": plain_number(den.sum()), "error": ratio(num, den, group, sampling).to_dict(),
    }  # fmt: skip


def plain_number(x: Any) -> float | int:
    """Return a whole number as one."""
    return int(x) if float(x).is_integer() else float(x)


def by_split(frame: Any) -> Iterator[tuple[str, Array]]:
    """Yield each split of a table of examples, and which rows are of it."""
    names = splits_of(frame)
    for name in dict.fromkeys(names.tolist()):
        yield str(name), names == name


def splits_of(frame: Any) -> Array:
    """Return the split of each row; dev where there is no such column."""
    if "split" in frame.columns:
        return np.asarray(frame["split"].to_list(), object)
    return np.full(len(frame), "dev", object)


MANY = 2**20
"""Rows that are looked at together: a whole number for each of all would be much memory."""
MOST_THRESHOLDS = 60
"""Thresholds that are drawn, at most: at quantiles of the scores (mlstrat's choice)."""


def thresholds_in(score: Array, used: float | None) -> list[float]:
    """Return the scores to draw at, rising: all, or some of their quantiles; and the one in use."""
    known = np.sort(score[np.isfinite(score)])
    found = np.unique(known)
    if len(found) > MOST_THRESHOLDS:
        at = np.linspace(0, len(known) - 1, MOST_THRESHOLDS).round().astype(int)
        found = np.unique(known[at])
    own = [] if used is None else [used]
    return [float(x) for x in np.union1d(found, own)]


def figures_at(
    tp: Array, fp: Array, fn: Array, group: Array | None, sampling: Sampling
) -> Mapping[str, Figure]:
    """Return precision, recall and F1 of units counted by example, each with its interval."""
    return {
        "precision": above(ratio(fp, tp + fp, group, sampling)),
        "recall": above(ratio(fn, tp + fn, group, sampling)),
        "f1": above(ratio(fp + fn, 2 * tp + fp + fn, group, sampling)),
    }


def pictured(
    table: Any, split: str, most: int, shapes: Callable[[int], Sequence[Shape]],
    sizes: Any = None, files: Any = None,
) -> list[Pictured]:  # fmt: skip
    """Return the pictures of a split that are most wrong, worst first.

    ``shapes`` makes what lies over the picture of a row; ``sizes`` (N×2) and ``files`` are known of
    some tasks.
    """
    num, den = (table[x].to_numpy().astype(float) for x in ("num", "den"))
    here = np.flatnonzero((splits_of(table) == split) & (num > 0))
    worst = here[np.lexsort((here, den[here], -num[here]))][:most]
    texts = [x for x in table.columns if str(table[x].dtype) == "String"]
    out = []
    for i in worst.tolist():
        columns = {x: table[x][i] for x in texts if table[x][i]}
        if files is not None and files[i]:
            columns["file_name"] = files[i]
        known = sizes is not None and not np.isnan(sizes[i]).any()
        size = (float(sizes[i][0]), float(sizes[i][1])) if known else None
        name = str(table["id"][i]) if "id" in table.columns else f"row {i + 1}"
        out.append(Pictured(name, float(num[i]), float(den[i]), tuple(shapes(i)), size, columns))
    return out


def groups_of(frame: Any, here: Any = slice(None)) -> Array | None:
    """Return a code for the group of each row, or of some; None where examples are independent."""
    if "group" not in frame.columns:
        return None
    return np.asarray(codes(frame["group"].to_list())[here])


def counted(places: Array, n: int) -> Array:
    """Return how many things there are at each place."""
    return np.bincount(places, minlength=n).astype(np.int64, copy=False)


def truth_of(frame: Any, texts: Any) -> Any:
    """Return of each example what two runs must agree on."""
    import polars as pl

    return pl.DataFrame({**kept(frame, ("id", "split")), "truth": texts})


def codes(values: Sequence[Any]) -> Array:
    """Return a whole number for each value, the same for the same."""
    seen: dict[Any, int] = {}
    return np.array([seen.setdefault(x, len(seen)) for x in values], dtype=np.int64)


def coded(texts: Any) -> tuple[Array, Any, Array]:
    """Return the code of each text of a column, the text of each code, and how often it occurs.

    A code that does not occur has any text; a null is the last.
    """
    import polars as pl

    code = texts.cast(pl.Categorical).to_physical()
    code = code.fill_null(int(code.max() or 0) + 1).to_numpy()
    row, n = np.zeros((2, int(code.max()) + 1), np.int64)
    for begin in range(0, len(code), MANY):
        part = code[begin : begin + MANY]
        row[part] = np.arange(begin, begin + len(part))
        n += np.bincount(part, minlength=len(n))
    return code, texts[row], n


def kept(frame: Any, names: Sequence[str]) -> Mapping[str, Any]:
    """Return the columns of a frame that are there."""
    return {x: frame[x] for x in names if x in frame.columns}


class Chosen(Record, eq=False):
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
