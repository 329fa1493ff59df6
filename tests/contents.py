"""What may lie in a file besides what its name says: bytes, and what a message calls them."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import zipfile

import polars as pl

RUN = "id,label,prediction\n1,cat,cat\n2,dog,cat\n3,dog,dog\n"
FRAME = pl.DataFrame({"id": [1, 2, 3], "label": ["a", "b", "b"], "prediction": ["a", "a", "b"]})

LFS_POINTER = (
    "version https://git-lfs.github.com/spec/v1\n"
    f"oid sha256:{'0' * 64}\nsize 12345\n"
).encode()  # fmt: skip


def zipped(**entries: str) -> bytes:
    """Return a zip archive; ``__`` in a name is ``/``."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, text in entries.items():
            archive.writestr(name.replace("__", "/"), text)
    return stream.getvalue()


def written(how: str) -> bytes:
    """Return the frame as a method of Polars writes it."""
    stream = io.BytesIO()
    getattr(FRAME, how)(stream)
    return stream.getvalue()


KINDS: dict[str, tuple[bytes, str, str]] = {
    "lfs": (LFS_POINTER, "a Git LFS pointer", "run git lfs pull"),
    "html": (b"<!DOCTYPE html>\n<html><body>Sign in</body></html>\n", "an HTML page", "download"),
    "html, no doctype": (b"\n  <HTML lang='en'><head>", "an HTML page", "download"),
    "html after a comment": (b"<!-- saved -->\n<html>", "an HTML page", "download"),
    "html with a mark": (b"\xef\xbb\xbf<html>", "an HTML page", "download"),
    "xml": (b'<?xml version="1.0"?>\n<Error><Code>AccessDenied</Code></Error>', "XML", "download"),
    "zip": (zipped(run="id,label\n"), "a zip archive", "unpack"),
    "xlsx": (zipped(xl__workbook="<workbook/>"), "an Excel workbook", "save the sheet as CSV"),
    "xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(60), "an Excel workbook", "CSV"),
    "zstd": (b"\x28\xb5\x2f\xfd\x24\x11" + bytes(20), "Zstandard-compressed data", "unpack"),
    "bzip2": (bz2.compress(RUN.encode()), "bzip2-compressed data", "unpack"),
    "xz": (lzma.compress(RUN.encode()), "xz-compressed data", "unpack"),
    "arrow": (written("write_ipc"), "an Arrow file", "CSV or Parquet"),
    "avro": (written("write_avro"), "an Avro file", "CSV or Parquet"),
    "pickle": (b"\x80\x04\x95\x0b\0\0\0\0\0\0\0", "a pickle", "CSV or Parquet"),
    "numpy": (b"\x93NUMPY\x01\0v\0{'descr'", "a NumPy array", "CSV or Parquet"),
    "sqlite": (b"SQLite format 3\0" + bytes(84), "a SQLite database", "CSV or Parquet"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "a PDF document", "export"),
    "png": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a picture", "the table that lists"),
    "jpeg": (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "a picture", "the table that lists"),
    "gzip": (gzip.compress(RUN.encode()), "gzip-compressed data", "unpack"),
    "parquet": (written("write_parquet"), "Parquet", ".parquet"),
    "json": (
        json.dumps([{"label": "a", "prediction": "b"}], indent=1).encode(), "JSON", ".ndjson",
    ),
    "json lines": (written("write_ndjson"), "JSON lines", ".ndjson"),
}  # fmt: skip
"""Bytes, what they are called, and a word of the hint."""

FOREIGN = [kind for kind in KINDS if kind not in ("gzip", "parquet", "json", "json lines")]
"""What no reader takes under any name."""
