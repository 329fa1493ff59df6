"""Reads folders of YOLO and of VOC: a file an image."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mlstrat.data.files import CHECKSUM_UP_TO
from mlstrat.data.parts import InputFile
from mlstrat.errors import InputError
from mlstrat.tasks.detection.boxes import Flags
from mlstrat.tasks.detection.compute import DIFFICULT
from mlstrat.tasks.detection.sides import VOC, YOLO, Side, check_boxes
from mlstrat.tasks.table.text import text_of

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

DATA_YAML = "data.yaml"
NO_LABELS = ("classes.txt", "labels.txt", "names.txt", "readme.txt")
"""Text files of a folder that hold no boxes."""

MOST_DEPTH = 100
MOST_FRACTION = 1.0001
CELLS = "class, middle x, middle y, width, height[, confidence]"


def folder_kind(folder: Path) -> str | None:
    """Return which files a folder holds; None where it is of neither kind."""
    endings = {x.suffix.lower() for x in folder.iterdir() if x.name.lower() not in NO_LABELS}
    return VOC if ".xml" in endings else YOLO if ".txt" in endings else None


def read_folder(path: str, *, checksum: bool) -> Side:
    """Return the boxes of a folder of YOLO or VOC."""
    folder = Path(path)
    kind = folder_kind(folder)
    if kind is None:
        raise InputError("holds no .txt of YOLO and no .xml of VOC", file=path,
                         accepted="a folder with a file an image")  # fmt: skip
    ending = ".xml" if kind == VOC else ".txt"
    files = sorted(x for x in folder.iterdir() if x.suffix.lower() == ending
                   and x.name.lower() not in NO_LABELS)  # fmt: skip
    if kind == YOLO:
        return _yolo(path, files, checksum)
    return _voc(path, files, checksum)


def _described(path: str, files: Sequence[Path], checksum: bool) -> tuple[InputFile, ...]:
    size = sum(x.stat().st_size for x in files)
    digest = None
    if checksum or size <= CHECKSUM_UP_TO:
        found = hashlib.sha256()
        for x in files:
            found.update(x.name.encode("utf-8", "surrogateescape") + b"\0" + x.read_bytes())
        digest = found.hexdigest()
    return (InputFile(path, size, digest, len(files)),)


def _yolo(path: str, files: Sequence[Path], checksum: bool) -> Side:
    import polars as pl

    texts = [text_of(x, "lines of YOLO").split("\n") for x in files]
    counts = np.array([len(x) for x in texts], np.int64)
    frame = pl.DataFrame({
        "line": pl.Series([x for one in texts for x in one], dtype=pl.String).str.strip_chars(),
        "file": np.repeat(np.arange(len(files)), counts),
        "row": np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts) + 1,
    }).filter(pl.col("line") != "")  # fmt: skip
    cells = frame["line"].str.extract_all(r"\S+").list
    wide = cells.len().to_numpy().astype(np.int64)

    def place(i: int) -> dict[str, object]:
        return {"file": str(files[frame["file"][i]]), "row": int(frame["row"][i])}

    def check(bad: Flags, said: Callable[[int], str], hint: str | None = None) -> None:
        if bad.any():
            i = int(np.flatnonzero(bad)[0])
            raise InputError(said(i), file=str(files[frame["file"][i]]), row=int(frame["row"][i]),
                             accepted=CELLS, hint=hint)  # fmt: skip

    odd = (wide != 5) & (wide != 6)
    polygons = odd.any() and wide[odd][0] > 6
    check(odd, lambda i: f"{wide[i]} columns", "polygons are not boxes" if polygons else None)
    columns = [cells.get(j, null_on_oob=True) for j in range(6)]
    numbers = np.column_stack([
        x.cast(pl.Float64, strict=False).fill_null(np.nan).to_numpy() for x in columns
    ]).astype(np.float64)  # fmt: skip

    def shown(j: int, what: str) -> Callable[[int], str]:
        return lambda i: f"{columns[j][i][:40]!r} is not a {what}"

    for j in range(5):
        check(~np.isfinite(numbers[:, j]), shown(j, "number"))
    check((wide == 6) & ~np.isfinite(numbers[:, 5]), shown(5, "confidence"))
    check((numbers[:, 0] < 0) | (numbers[:, 0] % 1 != 0), shown(0, "class"))
    check((numbers[:, 1:5].max(axis=1) > MOST_FRACTION)
          | (numbers[:, 1:3].min(axis=1) < 1 - MOST_FRACTION),
          lambda i: f"{', '.join(f'{x:g}' for x in numbers[i, 1:5])} are not fractions",
          "YOLO holds fractions of the image, from 0 to 1, not pixels")  # fmt: skip
    middle, size = numbers[:, 1:3], numbers[:, 3:5]
    xywh = np.hstack([middle - size / 2, size])
    check_boxes(xywh, path, lambda i: {**place(i), "what": "the box"}, unit="fractions")
    number = numbers[:, 0].astype(np.int64)
    names, named = _names(path, int(number.max(initial=-1)))
    return Side(
        frame["file"].to_numpy().astype(np.int64), number, xywh, numbers[:, 5],
        np.zeros(len(xywh), np.int64), YOLO, path, _described(path, files, checksum),
        [x.stem for x in files], names, np.full((len(files), 2), np.nan), fractions=True,
        named=named,
    )  # fmt: skip


def _names(path: str, most: int) -> tuple[list[str], bool]:
    """Return the names of the classes, from data.yaml in the folder or beside it."""
    folder = Path(path)
    file = next((x for x in (folder / DATA_YAML, folder.resolve().parent / DATA_YAML)
                 if x.is_file()), None)  # fmt: skip
    if file is None:
        return [str(i) for i in range(most + 1)], False
    found = names_of(text_of(file, "YAML"), str(file))
    if most not in found and most >= 0 and most > max(found, default=-1):
        raise InputError(f"class {most} has no name in {file}", file=path,
                         accepted=f"{len(found)} classes, from 0 on")  # fmt: skip
    return [found.get(i, str(i)) for i in range(max(found, default=-1) + 1)], True


_ENTRY = re.compile(r"^\s+(?:-|(\d+)\s*:)\s+(.*)$|^-\s+(.*)$")
_FLOW = re.compile(r"""\s*(?:(\d+)\s*:\s*)?('[^']*'|"[^"]*"|[^,'"\[\]{}&*!|>%@`]+?)\s*(?:,|$)""")


def names_of(text: str, file: str) -> dict[int, str]:
    """Return the names of the classes of a data.yaml, by number; nothing else of it is read.

    Understood are a list, a mapping from numbers, both in a line or a line each; no anchors, tags
    or texts over several lines.
    """
    lines = text.split("\n")
    start = next((i for i, x in enumerate(lines) if re.match(r"names\s*:", x)), None)
    if start is None:
        raise InputError("no names", file=file, accepted="names: [cat, dog]")

    def refuse(row: int) -> InputError:
        return InputError(f"{lines[row].strip()[:60]!r} is not a name", file=file, row=row + 1,
                          accepted="names: [cat, dog], or a line each: 0: cat")  # fmt: skip

    rest = _without_comment(lines[start].partition(":")[2]).lstrip()
    found: dict[int, str] = {}
    if rest:
        stop = start
        while rest[-1:] not in ("]", "}") and stop + 1 < len(lines):
            stop += 1
            rest += " " + _without_comment(lines[stop])
        if (rest[:1], rest[-1:]) not in (("[", "]"), ("{", "}")):
            raise refuse(start)
        inside, at = rest[1:-1].strip(), 0
        while at < len(inside):
            one = _FLOW.match(inside, at)
            if one is None or (one[1] is None) != (rest[0] == "["):
                raise refuse(start)
            found[len(found) if one[1] is None else int(one[1])] = _scalar(one[2])
            at = one.end()
        return found
    for i in range(start + 1, len(lines)):
        line = _without_comment(lines[i])
        if not line:
            continue
        entry = _ENTRY.match(line)
        if entry is None and not line[0].isspace() and not line.startswith("-"):
            break
        value = "" if entry is None else entry[2] or entry[3] or ""
        half = value[:1] in ("'", '"') and value[-1] != value[0]
        if entry is None or half or value[:1] in ("", *"&*!|>%@`[{"):
            raise refuse(i)
        found[len(found) if entry[1] is None else int(entry[1])] = _scalar(value)
    return found


def _without_comment(line: str) -> str:
    return re.sub(r"(^|\s)#.*$", "", line).rstrip()


def _scalar(text: str) -> str:
    text = text.strip()
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text


def _voc(path: str, files: Sequence[Path], checksum: bool) -> Side:
    sizes = np.full((len(files), 2), np.nan)
    categories: dict[str, int] = {}
    image: list[int] = []
    category: list[int] = []
    corners: list[list[float]] = []
    scores: list[float] = []
    ignored: list[int] = []
    for i, file in enumerate(files):
        root = parsed_xml(file)
        sizes[i] = [_number(root, f"size/{x}", file, needed=False) for x in ("width", "height")]
        for one in root.findall("object"):
            name = (one.findtext("name") or "").strip()
            if not name:
                raise InputError("an object without a name", file=str(file), accepted="<name>")
            image.append(i)
            category.append(categories.setdefault(name, len(categories)))
            corners.append([_number(one, f"bndbox/{x}", file)
                            for x in ("xmin", "ymin", "xmax", "ymax")])  # fmt: skip
            scores.append(_number(one, "confidence", file, needed=False))
            hard = (one.findtext("difficult") or "0").strip() in ("1", "true", "True")
            ignored.append(DIFFICULT if hard else 0)
    c = np.array(corners, np.float64).reshape(-1, 4)
    xywh = np.hstack([c[:, :2], c[:, 2:] - c[:, :2]])
    check_boxes(xywh, path, lambda i: {
        "file": str(files[image[i]]), "what": f"the box of {list(categories)[category[i]]!r:.40}",
    })  # fmt: skip
    return Side(
        np.array(image, np.int64), np.array(category, np.int64), xywh,
        np.array(scores, np.float64), np.array(ignored, np.int64), VOC, path,
        _described(path, files, checksum), [x.stem for x in files], list(categories),
        np.where(sizes > 0, sizes, np.nan),
    )  # fmt: skip


def parsed_xml(file: Path) -> Element:
    """Return the root of an XML file, which may hold no DOCTYPE, no entity, and no deep nesting."""
    from xml.etree.ElementTree import ParseError, fromstring

    text = text_of(file, "XML of VOC")
    for word in ("<!DOCTYPE", "<!ENTITY"):
        if word in text.upper():
            raise InputError(f"holds {word}", file=str(file), accepted="XML without DOCTYPE",
                             hint="no entity is ever expanded: leave the DOCTYPE out")  # fmt: skip
    try:
        root = fromstring(text)
    except ParseError as error:
        raise InputError(f"is not XML: {error}", file=str(file), accepted="XML of VOC") from None
    level = [root]
    for _ in range(MOST_DEPTH):
        level = [inner for one in level for inner in one]
    if level:
        raise InputError(f"is nested deeper than {MOST_DEPTH}", file=str(file),
                         accepted="XML of VOC")  # fmt: skip
    if root.tag != "annotation":
        raise InputError("is not an annotation of VOC", file=str(file), accepted="<annotation>")
    return root


def _number(element: Element, path: str, file: Path, *, needed: bool = True) -> float:
    text = element.findtext(path)
    if text is None and not needed:
        return np.nan
    try:
        return float(text or "")
    except ValueError:
        raise InputError(f"{path} is {str(text)[:40]!r}", file=str(file),
                         accepted="a number") from None  # fmt: skip
