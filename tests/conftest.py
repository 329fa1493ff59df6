"""Every test runs in an empty folder, so that none reads or leaves files by accident."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import schema_hook
from tests.written_runs import write  # noqa: F401

schema_hook.watch()

ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder, and keep nothing between tests."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", f"{tmp_path}_cache")
    return tmp_path


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let errors speak of flags, as on the command line."""
    monkeypatch.setenv("MLSTRAT_DEBUG", "1")


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


def names(folder: Path | str = ".") -> list[str]:
    """Return the sorted names of the files in a folder."""
    return sorted(path.name for path in Path(folder).iterdir())
