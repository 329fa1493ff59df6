"""mlstrat's own files, in the folders of the platform: what is kept between calls.

A kept file is a checksum and the JSON that it is of. One that is missing, truncated, changed, of
another program or in a folder that cannot be used says nothing: whoever asks counts again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

MOST_FILES = 64
"""Files that are kept; of more, those that were written last (mlstrat's)."""

COUNTING = ("numpy", "polars")
"""Whose versions a count may depend on, beside that of mlstrat."""


def own_folder(kind: Literal["cache", "state"]) -> Path | None:
    """Return where the platform wants mlstrat's files of a kind; None where nothing tells.

    ``$XDG_CACHE_HOME`` (``$XDG_STATE_HOME``) wins; else ``%LOCALAPPDATA%``, ``~/Library/Caches`` or
    ``~/.cache`` (``~/.local/state``). What lies under ``cache`` can be made again.
    """
    said = os.environ.get(f"XDG_{kind.upper()}_HOME") or os.environ.get("LOCALAPPDATA")
    if said:
        return Path(said, "mlstrat") if Path(said).is_absolute() else None
    try:
        home = Path.home()
    except RuntimeError:
        return None
    cache = "Library/Caches" if sys.platform == "darwin" else ".cache"
    return home / (cache if kind == "cache" else ".local/state") / "mlstrat"


@cache
def program() -> str:
    """Return the checksum of what counts: Python, mlstrat's own code, numpy and Polars."""
    from importlib import metadata  # the page of a review, which asks for a folder, does without

    found = hashlib.sha256(sys.version.encode())
    for name in COUNTING:
        with contextlib.suppress(metadata.PackageNotFoundError):
            found.update(f"{name} {metadata.version(name)}".encode())
    package = Path(__file__).parent.parent
    for path in sorted(package.rglob("*.py")):
        found.update(str(path.relative_to(package)).encode() + path.read_bytes())
    return found.hexdigest()


def checksum(*said: object) -> str:
    """Return the SHA-256 of values that JSON can say."""
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def checksum_of(path: str | Path) -> str:
    """Return the SHA-256 of the bytes of a file."""
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def read_kept(path: Path) -> dict[str, Any]:
    """Return what a file keeps; nothing where it is not whole."""
    try:
        head, _, body = path.read_bytes().partition(b"\n")
        if hashlib.sha256(body).hexdigest().encode() != head:
            return {}
        found = json.loads(body)
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def keep(path: Path, content: Mapping[str, Any]) -> bool:
    """Write a file whole or not at all; return whether it was written."""
    import tempfile

    body = json.dumps(content, separators=(",", ":"), default=_plain).encode()
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        number, name = tempfile.mkstemp(dir=path.parent)
    except OSError:
        return False
    try:
        with os.fdopen(number, "wb") as stream:
            stream.write(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
        Path(name).replace(path)
    except OSError:
        _remove([Path(name)])
        return False
    _remove(_oldest(path.parent))
    return True


def _plain(number: Any) -> Any:
    return number.item()


def _oldest(folder: Path) -> list[Path]:
    """Return the files beyond those that are kept, and none where the folder cannot be read."""
    try:
        aged = sorted((-x.stat().st_mtime_ns, x) for x in folder.iterdir())
    except OSError:  # another process removed one meanwhile
        return []
    return [path for _, path in aged[MOST_FILES:]]


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        with contextlib.suppress(OSError):
            path.unlink()
