"""What was read, for the signature."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlstrat.core.schema_parts import Input
    from mlstrat.data.files import Files


@dataclass(frozen=True)
class InputFile:
    """What was read, for the signature.

    ``path`` is as the user wrote it, ``-`` for standard input, ``<pandas.DataFrame>`` and the
    like for a frame. ``bytes`` is as stored. ``sha256`` is None for a frame, and for more than
    64 MiB unless it was asked for. ``rows`` are examples, in a run of counts what they add up to;
    ``counts`` is whether it is one.
    """

    path: str
    bytes: int | None
    sha256: str | None
    rows: int
    counts: bool = False

    def facts(self) -> Input:
        """Return what a signature says of it."""
        told: Input = {
            "path": self.path, "bytes": self.bytes, "sha256": self.sha256, "rows": self.rows,
        }  # fmt: skip
        if self.counts:
            told["counts"] = True
        return told


def describe_input(name: str, files: Files | None, rows: int, checksum: bool) -> InputFile:
    """Return what was read, for the signature."""
    from mlstrat.data.files import CHECKSUM_UP_TO

    if files is None or files.remote:
        return InputFile(name, None, None, rows)
    digest = files.sha256() if checksum or files.size <= CHECKSUM_UP_TO else None
    files.check_unchanged()
    return InputFile(files.name, files.size, digest, rows)
