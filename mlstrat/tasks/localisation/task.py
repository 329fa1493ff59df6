"""The task `localisation`: one object a picture, whether it is there, where, and what it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.counts import Floats
from mlstrat.core.figures import Sampling
from mlstrat.core.findings import Finding
from mlstrat.errors import InputError, UsageError
from mlstrat.tasks.contract import Given, How, Role
from mlstrat.tasks.localisation import MIDDLE, SIDES, XYXY
from mlstrat.tasks.localisation.findings import CLASS_NEVER_TRUE
from mlstrat.tasks.measured import Shape
from mlstrat.tasks.table.examples import Examples, Raw
from mlstrat.tasks.table.figures import (
    beside,
    class_row,
    groups_of,
    kept,
    pictured,
    ratio,
    splits_of,
    truth_of,
)
from mlstrat.tasks.table.rows import SHARED, Rows, open_both
from mlstrat.tasks.table.task import TableTask, check_choice, check_number, error, kinds_of

Bools = NDArray[np.bool_]

ENOUGH = 0.5
"""IoU from which a box is right (C4W3)."""

MISSED, PHANTOM, CLASS, LOOSE = "missed", "phantom", "class", "loose box"

MEANING = {
    "bx": "where the middle of the box is, from the left", "by": "and from the top",
    "bw": "width of the box", "bh": "its height", "x1": "left side of the box", "y1": "upper side",
    "x2": "right side", "y2": "lower side",
}  # fmt: skip
BEFORE = (
    Role("id", "names a picture; joins both tables, and two runs"),
    Role("pc", "1 where there is an object, else 0; predicted: how surely there is one",
         needed=True),
)  # fmt: skip
AFTER = (
    Role("c", "the class of the object; without it there is one class"),
    Role("split", "train, train-dev, dev or test"),
    Role("group", "pictures of one group are not independent"),
)
ALIASES = {
    "c": ("c", "class", "category"), "x1": ("x1", "xmin"), "y1": ("y1", "ymin"),
    "x2": ("x2", "xmax"), "y2": ("y2", "ymax"),
}  # fmt: skip
NOTHING, ONE = "∅", "object"
"""What a picture without an object is called, and the class where there is one alone."""

TRUE, SAID = "true ", "said "
"""What the names of columns of the rows of the task start with."""
BOX = ("x1", "y1", "x2", "y2")
LARGEST = 1e100
MOST_CLASSES = 50


def roles_for(form: str) -> tuple[Role, ...]:
    """Return the columns of a table whose boxes are written so."""
    return (*BEFORE, *(Role(x, MEANING[x], needed=True) for x in SIDES[form]), *AFTER)


def _read(given: Given, how: How) -> Raw:
    import polars as pl

    form = check_choice(how, "box", tuple(SIDES), MIDDLE)
    threshold = check_number(how, "threshold", 0.5, 0.0) or 0.0
    if threshold > 1:
        raise UsageError(f"--threshold is {threshold:g}", accepted="a number from 0 to 1")
    truth, said = open_both(given, roles_for(form), how, ALIASES)
    if ("c" in truth.roles) != ("c" in said.roles):
        lacks, other = (said, truth) if "c" in truth.roles else (truth, said)
        raise InputError(f"no column c, and {other.name} has {other.roles['c']!r}",
                         file=lacks.name, accepted="the same columns in both tables")  # fmt: skip
    used = [x for x in truth.frame.columns if x in said.frame.columns]
    frame = pl.DataFrame({
        **said.free(used), **truth.free(used), **truth.shared(),
        **_side(TRUE, truth, form, None), **_side(SAID, said, form, threshold),
    })  # fmt: skip
    return Raw(frame, said.name, (*said.inputs, *truth.inputs), truth.roles)


class LocalisationTask(TableTask):
    """Reads `id, pc, bx, by, bh, bw, c`, twice."""

    def examples(self, raw: Raw, _how: How) -> Examples:
        """Return which pictures are wrong, and in which way."""
        import polars as pl

        frame = raw.frame
        there, said = (frame[x + "there"].to_numpy() for x in (TRUE, SAID))
        boxes = [frame.select(x + y for y in BOX).to_numpy() for x in (TRUE, SAID)]
        overlap = iou(*boxes)
        of_truth, of_said = (frame[x + "class"].to_numpy() for x in (TRUE, SAID))
        wrong = kinds_of_error(there, said, of_truth == of_said, overlap)
        any_wrong = np.any(list(wrong.values()), axis=0)
        # Both wrong: neither alone would make the picture right.
        alone = {k: x & (np.sum(list(wrong.values()), axis=0) == 1) for k, x in wrong.items()}
        own = [x for x in frame.columns if x.startswith((TRUE, SAID))]
        table = pl.DataFrame({
            **kept(frame, SHARED), "num": any_wrong.astype(int), "den": np.ones(len(frame), int),
            **kinds_of({k: x.astype(int) for k, x in wrong.items()},
                       {k: -x.astype(int) for k, x in alone.items()}, {}),
            **kept(frame, [x for x in frame.columns if x not in (*own, *SHARED)]),
        })  # fmt: skip
        never = Counter(of_said[said].tolist())
        for name in {*of_truth[there].tolist()}:
            never.pop(name, None)
        notes = (
            (Finding(CLASS_NEVER_TRUE, {"classes": dict(never.most_common())}),) if never else ()
        )
        return Examples(
            table, raw.name, raw.inputs, raw.columns, notes,
            extras=lambda split, sampling: _extras(table, split, sampling, any_wrong, overlap,
                                                   (of_truth, of_said)),
            units=lambda: _units(frame, wrong),
            pictured=lambda split, most: pictured(
                table, split, most, lambda i: _shapes(frame, wrong, i)),
            truth=lambda: truth_of(table, _told(frame, TRUE)),
        )  # fmt: skip


def corners(box: Floats, form: str) -> Floats:
    """Return boxes as x1, y1, x2, y2; N rows of four numbers.

    Formula: x, y, w, h become x − w/2, y − h/2, x + w/2, y + h/2 (``middle``), or
    x, y, x + w, y + h (``xywh``). Source: C4W3 Object localization; Lin et al. (2014), COCO.
    """
    if form == XYXY:
        return box
    start, size = box[:, :2], box[:, 2:]
    if form == MIDDLE:
        start = start - size / 2
    return np.hstack([start, start + size])


def iou(a: Floats, b: Floats) -> Floats:
    """Return the area that pairs of boxes share over the area that they cover together.

    Formula: |A ∩ B| / |A ∪ B|, of N boxes x1, y1, x2, y2 each; NaN where a side is NaN.
    Source: C4W3 Intersection over union; Everingham et al. (2010), Pascal VOC.
    """
    shared = np.minimum(a[:, 2:], b[:, 2:]) - np.maximum(a[:, :2], b[:, :2])
    common = np.maximum(shared, 0).prod(axis=1)
    both = (a[:, 2:] - a[:, :2]).prod(axis=1) + (b[:, 2:] - b[:, :2]).prod(axis=1)
    return np.asarray(common / (both - common))


def kinds_of_error(there: Bools, said: Bools, same: Bools, overlap: Floats) -> dict[str, Bools]:
    """Return which pictures are wrong in which way.

    Presence comes first; class and box may both be wrong. ``there`` and ``said`` tell of N
    pictures whether there is an object, ``same`` whether its class agrees; ``overlap`` is the IoU.
    """
    both = there & said
    return {
        MISSED: there & ~said, PHANTOM: ~there & said, CLASS: both & ~same,
        LOOSE: both & ~(overlap >= ENOUGH),
    }  # fmt: skip


def _side(name: str, rows: Rows, form: str, threshold: float | None) -> dict[str, Any]:
    """Return one side of each picture: whether there is an object, its class and its corners."""
    pc = rows.numbers(rows.roles["pc"], low=0.0, high=1.0)
    if threshold is None:
        unsure = np.flatnonzero((pc > 0) & (pc < 1))
        if len(unsure):
            raise rows.refuse(int(unsure[0]), rows.roles["pc"], f"{pc[unsure[0]]:g} in the truth",
                              accepted="1 where there is an object, else 0")  # fmt: skip
    there = pc >= (0.5 if threshold is None else threshold)
    found: dict[str, Any] = {name + "pc": pc, name + "there": there}
    box = np.column_stack([
        rows.numbers(rows.roles[x], low=-LARGEST, high=LARGEST, only=there) for x in SIDES[form]
    ])  # fmt: skip
    box[~there] = np.nan
    sides = (box[:, 2:] - box[:, :2]) if form == XYXY else box[:, 2:]
    for column, size in zip(SIDES[form][2:], sides.T, strict=True):
        flat = np.flatnonzero(there & ~(size > 0))
        if len(flat):
            raise rows.refuse(int(flat[0]), rows.roles[column], f"a box of size {size[flat[0]]:g}",
                              accepted="a side above 0")  # fmt: skip
    found |= {name + x: values for x, values in zip(BOX, corners(box, form).T, strict=True)}
    found[name + "class"] = _classes(rows, there)
    return found


def _classes(rows: Rows, there: Bools) -> Sequence[str]:
    column = rows.roles.get("c")
    if column is None:
        return [ONE if x else NOTHING for x in there]
    names = [x.strip() for x in rows.texts(column)]
    blank = [i for i in np.flatnonzero(there).tolist() if not names[i]]
    if blank:
        raise rows.refuse(blank[0], column, "a blank", accepted="the class of the object")
    return [name if x else NOTHING for name, x in zip(names, there, strict=True)]


def _told(frame: Any, side: str) -> Any:
    """Return in words what one side says of each picture: class and corners."""
    import polars as pl

    rows = zip(frame[side + "class"], *(frame[side + x] for x in BOX), strict=True)
    words = [c if c == NOTHING else " ".join([c, *(f"{x:.6g}" for x in box)]) for c, *box in rows]
    return pl.Series(words, dtype=pl.String)


def _extras(
    table: Any, split: str, sampling: Sampling, wrong: Bools, overlap: Floats,
    classes: tuple[Any, Any],
) -> Mapping[str, Any]:  # fmt: skip
    here = splits_of(table) == split
    group = groups_of(table, here)
    wrong, overlap, of_truth, of_said = (x[here] for x in (wrong, overlap, *classes))
    seen = ~np.isnan(overlap)
    right = ~wrong & (of_truth != NOTHING)
    mean = ratio(np.where(seen, overlap, 0.0), seen.astype(int), group, sampling)
    names = sorted({*of_truth.tolist(), *of_said.tolist()} - {NOTHING})
    rows = []
    for name in names:
        mine, taken = of_truth == name, of_said == name
        tp = int((mine & right).sum())
        rows.append(class_row(name, tp, int(taken.sum()) - tp, int(mine.sum()) - tp,
                              (mine & wrong).astype(int), mine.astype(int), group,
                              sampling))  # fmt: skip
    labels = [*names, NOTHING]
    pairs = Counter(zip(of_truth.tolist(), of_said.tolist(), strict=True))
    true, said, tp = (int(x.sum()) for x in (of_truth != NOTHING, of_said != NOTHING, right))
    return {
        "units": {"true": true, "predicted": said, "tp": tp, "fp": said - tp, "fn": true - tp},
        "per_class": rows,
        "confusion": {
            "labels": labels, "counts": [[pairs.get((a, b), 0) for b in labels] for a in labels],
        } if len(labels) <= MOST_CLASSES else None,
        "beside": [beside("mean_iou", mean)],
    }  # fmt: skip


def _shapes(frame: Any, wrong: Mapping[str, Bools], row: int) -> list[Shape]:
    out = []
    for side, name in ((TRUE, "truth"), (SAID, "prediction")):
        if frame[side + "there"][row]:
            left, top, right, bottom = (float(frame[side + x][row]) for x in BOX)
            said = [k for k, x in wrong.items() if x[row] and (k == MISSED) == (side == TRUE)]
            out.append(Shape(name, frame[side + "class"][row], ", ".join(said),
                             (left, top, right - left, bottom - top)))  # fmt: skip
    return out


def _units(frame: Any, wrong: Mapping[str, Bools]) -> Any:
    import polars as pl

    rows = np.flatnonzero(np.any(list(wrong.values()), axis=0))
    own = frame[rows]
    return pl.DataFrame({
        **kept(own, ("id", "split")), "unit": "box",
        "category": [";".join(k for k, x in wrong.items() if x[i]) for i in rows.tolist()],
        "where": "", "truth": _told(own, TRUE), "prediction": _told(own, SAID),
        "score": own[SAID + "pc"],
    })  # fmt: skip


TASK = LocalisationTask(
    "localisation", "image", roles_for(MIDDLE),
    {"error": error("pictures wrong in presence, class, or box (IoU < 0.5) / pictures")},
    unit="box", options=("truth", "box", "threshold"), overlap=True, read_part=_read,
)  # fmt: skip
