"""The pictures of a contact sheet: found by name in a folder, and decoded within limits."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlstrat.core.record import Record
from mlstrat.data.guard import MOST_PIXELS, PICTURES
from mlstrat.errors import InputError
from mlstrat.workflow.error_table.review.example_read import FILE_COLUMNS, Media, NoFileError

if TYPE_CHECKING:
    from mlstrat.tasks.measured import Pictured

LONGEST = 400
"""Pixels of the longer side of a picture as it is drawn."""

FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM")

BESIDE = ("", "images", "JPEGImages", "../images", "../JPEGImages")
"""Where pictures lie, seen from the folder of the truth."""


class Photo(Record, eq=False):
    """One picture of a sheet.

    ``pixels`` are (H, W, 3) as drawn; None where it could not be, for the reason in `why`. ``size``
    is the width and height in which boxes are.
    """

    example: Pictured
    pixels: Any
    size: tuple[float, float] | None
    file: str | None
    why: str = ""


class Sheet(Record, eq=False):
    """The worst pictures of a split, with all that is wrong on it."""

    split: str
    wrong: float
    photos: tuple[Photo, ...]

    def records(self) -> list[dict[str, Any]]:
        """Return what lies over the pictures, a record each."""
        return [
            {"id": photo.example.id, "file": photo.file, "side": x.side, "name": x.name,
             "error": x.error, **dict(zip("xywh", x.xywh, strict=True))}
            for photo in self.photos for x in photo.example.shapes
        ]  # fmt: skip


def sheet_of(
    found: Sequence[Pictured], split: str, wrong: float, media: str | Path | None,
    inputs: Sequence[str],
) -> Sheet:  # fmt: skip
    """Return pictures with what lies over them.

    ``wrong`` is Σ num of the split; without ``media``, files are looked for beside what was read.
    """
    if media is not None and not Path(media).is_dir():
        raise InputError("no such folder" if not Path(media).exists() else "not a folder",
                         file=str(media), accepted="--media DIR, a folder of pictures")  # fmt: skip
    if media is not None:
        folders = [Path(media)]
    else:
        homes = [p if p.is_dir() else p.parent for p in map(Path, inputs) if p.exists()]
        folders = [home / x for home in dict.fromkeys(homes) for x in BESIDE]
    photos = tuple(_photo(x, split, folders) for x in found)
    if media is not None and all(x.file is None for x in photos):
        raise InputError(
            f"none of the {len(photos)} worst pictures is here: the first is "
            f"{next(_names(photos[0].example, split))[:60]!r}",
            file=str(media), accepted="<id>.jpg or another ending of a picture, or files by a "
            f"column {', '.join(FILE_COLUMNS)}",
        )  # fmt: skip
    return Sheet(split, wrong, photos)


def _photo(example: Pictured, split: str, folders: Sequence[Path]) -> Photo:
    path = next((p for x in folders for p in _files(example, split, x)), None)
    if path is None:
        return Photo(example, None, example.size, None, "no picture was found")
    try:
        pixels, size = decoded(path)
    except Exception as error:  # whatever a damaged file makes a decoder do
        why = (str(error).splitlines() or [""])[0][:60] or type(error).__name__
        return Photo(example, None, example.size, path.name, f"not decoded: {why}")
    return Photo(example, pixels, example.size or size, path.name)


def _names(example: Pictured, split: str) -> Iterator[str]:
    """Yield what the file of a picture may be called, with its folder."""
    told: Mapping[str, str] = {k.lower(): x for k, x in example.columns.items()}
    for column in ("file_name", *FILE_COLUMNS):
        if name := told.get(column):
            yield name
            yield name.replace("\\", "/").rpartition("/")[2]
    for ending in PICTURES:
        for written in (ending, ending.upper()):
            yield f"{example.id}{written}"
            yield f"{split}/{example.id}{written}"


def _files(example: Pictured, split: str, folder: Path) -> Iterator[Path]:
    """Yield the files of a picture in a folder; none that a link leads out of it."""
    media = Media(folder, "file")
    for name in _names(example, split):
        try:
            path, _ = media.find(name)
        except NoFileError:
            continue
        if path.suffix.lower() in PICTURES:
            yield path


def decoded(path: Path, longest: int = LONGEST) -> tuple[Any, tuple[float, float]]:
    """Return a picture as (H, W, 3), no longer than this, and the width and height that it had."""
    import numpy as np
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of odd metadata, and of sizes, which are checked here
        with Image.open(path, formats=FORMATS) as picture:
            width, height = picture.size
            if width * height > MOST_PIXELS:
                raise ValueError(f"{width}×{height} pixels are too many")
            picture.draft("RGB", (longest, longest))
            small = picture.convert("RGB")
            small.thumbnail((longest, longest))
            return np.asarray(small), (float(width), float(height))
