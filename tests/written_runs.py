"""A run in a file, written as a reader of the tests would type it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

WriteRun = Callable[..., str]

RUN = """\
split,label,prediction,human,site
train,cat,cat,cat,north
train,dog,cat,dog,south
dev,cat,cat,,north
dev,dog,dog,cat,south
dev,dog,,dog,south
test,cat,dog,cat,north
"""
"""Six rows that use most roles; ``prediction`` is blank once, as is ``human``."""


@pytest.fixture
def write(tmp_path: Path) -> WriteRun:
    """Write text or bytes to a file in an empty folder, and return its path."""

    def write(content: str | bytes, name: str = "run.csv") -> str:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    return write
