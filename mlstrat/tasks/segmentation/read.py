"""Reads how many pixels of which class were taken for which, a row an image and pair of classes."""

from __future__ import annotations

from typing import Any

from mlstrat.errors import InputError
from mlstrat.tasks.contract import Given, How, Role
from mlstrat.tasks.table.examples import Raw
from mlstrat.tasks.table.rows import SHARED, Rows, open_rows

ROLES = (
    Role("id", "names an image, which may have several rows", needed=True),
    Role("label", "the true class; blank where pixels are not annotated", needed=True),
    Role("prediction", "the class that was predicted", needed=True),
    Role("pixels", "number of pixels of the image with this label and prediction", needed=True),
    Role("split", "train, train-dev, dev or test"),
    Role("group", "images of one group are not independent"),
)
ALIASES = {
    "id": ("id", "image_id", "image", "file_name"),
    "label": ("label", "truth", "target", "gold", "y_true"),
    "prediction": ("prediction", "predicted", "pred", "y_pred"),
}
TRUE, SAID, PIXELS = "true class", "said class", "how many"
"""The columns of the rows of the task."""

MOST = 2.0**53
"""Pixels of a row, at most: whole numbers beyond are not told apart."""


def read_pixels(given: Given, how: How) -> Raw:
    """Read one part of a run: how many pixels of which class were taken for which."""
    import polars as pl

    if given.truth is not None:
        raise InputError("a separate truth, and each row holds both classes already",
                         file=str(given.truth), accepted="one table: id, label, prediction, pixels",
                         hint="remove the truth from the card")  # fmt: skip
    rows = open_rows(given, ROLES, how, ALIASES)
    frame = pl.DataFrame({
        **{x: rows.text(rows.roles[x]) for x in SHARED if x in rows.roles},
        TRUE: rows.text(rows.roles["label"]), SAID: rows.text(rows.roles["prediction"]),
        PIXELS: rows.numbers(rows.roles["pixels"], low=0.0),
        **{x: s for x, s in rows.free(()).items() if x not in (TRUE, SAID, PIXELS)},
    })  # fmt: skip
    _check(rows, frame)
    return Raw(frame, rows.name, rows.inputs, rows.roles)


def _check(rows: Rows, frame: Any) -> None:
    """Refuse the first row that cannot be, by what is wrong with it."""
    import polars as pl

    def refuse(wrong: Any, role: str, message: str, accepted: str, hint: str | None = None) -> None:
        bad = frame.select(wrong.alias("bad"))["bad"]
        if not bad.any():
            return
        i = int(bad.arg_max() or 0)
        image, true, said = (repr(frame[x][i][:40]) for x in ("id", TRUE, SAID))
        told = message.format(image=image, true=true, said=said, pixels=frame[PIXELS][i])
        raise rows.refuse(i, rows.roles[role], told, accepted=accepted, hint=hint)

    def first(*of: str) -> Any:
        return pl.struct(of).is_first_distinct()

    image = [x for x in ("split", "id") if x in rows.roles]
    refuse(pl.col("id") == "", "id", "a blank", "the name of the image")
    whole = (pl.col(PIXELS) == pl.col(PIXELS).floor()) & (pl.col(PIXELS) < MOST)
    refuse(~whole, "pixels", "{pixels:g} pixels", "a whole number")
    refuse(
        (pl.col(SAID) == "") & (pl.col(TRUE) != ""),
        "prediction",
        "a blank",
        "a class, or the background",
        "only label may be blank, where pixels are not annotated",
    )
    refuse(~first(*image, TRUE, SAID), "pixels",
           "the image {image} has two rows with label {true} and prediction {said}",
           "one row per image, label and prediction",
           "add up their pixels, or give each image an id of its own")  # fmt: skip
    if "split" in rows.roles:
        refuse(
            first("id", "split") & ~first("id"),
            "split",
            "the image {image} is in two splits",
            "each image in one split",
            "if these are two images, give each an id of its own, as dev/1",
        )
    if "group" in rows.roles:
        refuse(first(*image, "group") & ~first(*image), "group",
               "the image {image} is in two groups", "each image in one group")  # fmt: skip
