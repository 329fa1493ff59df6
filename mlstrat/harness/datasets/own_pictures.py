"""A user's own pictures: a folder a class, or a table of paths and labels."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mlstrat.core.record import Record
from mlstrat.data.guard import MOST_PIXELS, PICTURES
from mlstrat.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

PATH_COLUMNS = ("path", "file", "filename", "file_name", "image", "picture")

SHOWN = 3
"""Broken pictures that a message names."""

GREY = ("1", "L", "LA", "I", "I;16", "F")


class Found(Record):
    """A picture that there should be: its id, its place and its class; its split where told."""

    name: str
    path: Path
    label: str
    split: str | None = None


class Decoded(Record, eq=False):
    """Pictures in memory."""

    pixels: NDArray[np.float32]
    """(N, C, H, W) in 0 to 1."""
    kept: NDArray[np.intp]
    """(N,) which of those asked for they are."""
    said: tuple[str, ...]


def find_pictures(folder: Path) -> tuple[list[Found], int]:
    """Return the pictures of a folder with a folder a class, and how many other files there are.

    Folders that are all called like splits hold a folder a class each.
    """
    from mlstrat.data.values import SPLIT_ALIASES

    inside = sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))
    if not inside:
        raise InputError(
            "holds no folders", file=str(folder),
            accepted="a folder a class, or a table with the columns path and label",
        )  # fmt: skip
    found: list[Found] = []
    others = 0
    named = all(p.name.lower() in SPLIT_ALIASES for p in inside)
    for part in inside:
        split = SPLIT_ALIASES[part.name.lower()] if named else None
        homes = sorted(p for p in part.iterdir() if p.is_dir()) if named else [part]
        for home in homes:
            files = sorted(p for p in home.rglob("*") if p.is_file() and p.name[0] != ".")
            mine = [p for p in files if p.suffix.lower() in PICTURES]
            others += len(files) - len(mine)
            found += [Found(p.relative_to(folder).as_posix(), p, home.name, split) for p in mine]
    if not found:
        raise InputError(
            "no pictures in its folders", file=str(folder), accepted="files " + " ".join(PICTURES)
        )
    return found, others


def path_column(header: Iterable[str]) -> str | None:
    """Return the column of paths, or None."""
    return next((name for name in header if name.strip().lower() in PATH_COLUMNS), None)


def listed_pictures(
    paths: Sequence[str], labels: Sequence[str], beside: Path, file: str
) -> list[Found]:
    """Return the pictures that a table names, whose paths begin at the table's own folder."""
    home = beside.resolve()
    found = []
    for row, (name, label) in enumerate(zip(paths, labels, strict=True), start=2):
        path = home / name
        if not name or not path.resolve().is_relative_to(home):
            raise InputError(
                f"the path {name[:80]!r} leads out of the table's folder" if name
                else "a blank path",
                file=file, row=row, accepted="paths inside the folder in which the table lies",
            )  # fmt: skip
        found.append(Found(name, path, label))
    return found


def decode(
    found: Sequence[Found], side: int, channels: int | None, *, skip_broken: bool
) -> Decoded:
    """Return the pictures, all of one size and mode: 3 channels where any picture has colour."""
    pictures: list[Any] = []
    kept, broken = [], []
    sizes: Counter[tuple[int, int]] = Counter()
    modes: Counter[str] = Counter()
    for place, each in enumerate(found):
        try:
            pixels, size, mode = _read(each.path, side)
        except Exception as error:  # whatever a damaged file makes a decoder do
            broken.append(f"{each.name} ({_reason(error)})")
            continue
        pictures.append(pixels)
        kept.append(place)
        sizes[size] += 1
        modes[mode] += 1
    if broken and (not skip_broken or not pictures):
        raise InputError(
            f"{len(broken):,} of {len(found):,} pictures cannot be decoded: {_some(broken)}",
            hint=None if skip_broken else "--skip-broken leaves them out, and says so",
        )
    wanted = channels or (1 if all(mode in GREY for mode in modes) else 3)
    array = np.stack([_channels(pixels, wanted) for pixels in pictures])
    return Decoded(array, np.array(kept, np.intp), tuple(_said(broken, sizes, modes, side, wanted)))


def pictures_in(
    media: Path, given: tuple[int, ...], most: int
) -> tuple[NDArray[np.float32], tuple[str, ...], str]:
    """Return pictures in a folder and below it, of this shape, what is in them, and whose."""
    if not media.is_dir():
        raise InputError("no such folder" if not media.exists() else "not a folder",
                         file=str(media), accepted="--media DIR, a folder of pictures")  # fmt: skip
    files = sorted(p for p in media.rglob("*") if p.is_file() and p.suffix.lower() in PICTURES)
    if not files:
        raise InputError("no pictures", file=str(media), accepted=f"files {' '.join(PICTURES)}")
    found = [Found(p.name, p, p.parent.name) for p in files[:most]]
    decoded = decode(found, given[-1], given[0], skip_broken=True)
    labels = tuple(found[i].label for i in decoded.kept)
    return decoded.pixels, labels if len(set(labels)) > 1 else (), str(media)


def _read(path: Path, side: int) -> tuple[NDArray[np.float32], tuple[int, int], str]:
    """Return a picture as (side, side, channels) in 0 to 1, with the size and mode that it had."""
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of odd metadata, and of sizes, which are checked here
        with Image.open(path) as picture:
            size, mode = picture.size, picture.mode
            if size[0] * size[1] > MOST_PIXELS:
                raise ValueError(f"{size[0]}×{size[1]} pixels")
            if mode in ("I", "I;16", "F"):  # 16 bits, which Pillow would cut at 255
                deep = np.asarray(picture, np.float32)
                top = max(float(deep.max()), 1.0)
                plain = Image.fromarray((255 * np.clip(deep / top, 0, 1)).astype(np.uint8))
            else:
                plain = picture.convert("L" if mode in GREY else "RGB")
            if plain.size != (side, side):
                plain = plain.resize((side, side), Image.Resampling.BILINEAR)
            pixels = np.asarray(plain, np.float32) / np.float32(255)
    return pixels.reshape(side, side, -1), size, mode


def _channels(pixels: NDArray[np.float32], wanted: int) -> NDArray[np.float32]:
    """Return (C, H, W) with so many channels."""
    if pixels.shape[2] == wanted:
        made = pixels
    elif wanted == 3:
        made = np.repeat(pixels, 3, axis=2)
    else:
        made = (pixels @ np.array([[0.299], [0.587], [0.114]], np.float32)).astype(np.float32)
    return np.ascontiguousarray(made.transpose(2, 0, 1))


def _reason(error: Exception) -> str:
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    if isinstance(error, FileNotFoundError):
        return "not there"
    return "no picture" if text.startswith("cannot identify") else text[:60]


def _some(names: Sequence[str]) -> str:
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more:,} more" if more > 0 else "")


def _said(
    broken: Sequence[str],
    sizes: Mapping[tuple[int, int], int],
    modes: Mapping[str, int],
    side: int,
    channels: int,
) -> Iterable[str]:
    if broken:
        yield f"left out {counted(len(broken))} that cannot be decoded: {_some(broken)}"
    resized = sum(n for size, n in sizes.items() if size != (side, side))
    if resized:
        ranked = sorted(sizes, key=lambda size: -sizes[size])
        shown = [f"{width}×{height}" for width, height in ranked[:SHOWN]]
        yield f"resized {counted(resized)} to {side}×{side}, of {_sizes(shown, len(ranked))}"
    grey = sum(n for mode, n in modes.items() if mode in GREY)
    if channels == 3 and grey:
        yield f"gave {counted(grey, 'grey picture')} three equal channels"
    if channels == 1 and (coloured := sum(modes.values()) - grey):
        yield f"made {counted(coloured, 'coloured picture')} grey"


def counted(n: int, what: str = "picture") -> str:
    """Return ``1 picture`` or ``2 pictures``."""
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def _sizes(shown: Sequence[str], many: int) -> str:
    return ", ".join(shown) + (f" and {many - len(shown)} other sizes" if many > SHOWN else "")
