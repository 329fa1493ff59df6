"""Every test runs in an empty folder, so that none reads or leaves files by accident."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from mlstrat.harness.train import training
from tests import schema_hook
from tests.written_runs import write  # noqa: F401

schema_hook.watch()

TIMED_PREDICTIONS = training.TIMED_PREDICTIONS
"""As it is elsewhere; here hundreds of models are trained."""

training.TIMED_PREDICTIONS = 5

# The same examples every time, and none that a busy machine fails.
settings.register_profile(
    "here", derandomize=True, deadline=None, database=None,
    suppress_health_check=[HealthCheck.too_slow],
)  # fmt: skip
settings.load_profile("here")

ROOT = Path(__file__).parent.parent


def pytest_collection_finish() -> None:
    """Let collections of garbage walk rarely through thousands of tests that stay anyway.

    They took a twentieth to a ninth of the processor time of the fast tests. Nothing is frozen:
    hypothesis asks what refers to its generator, and what is frozen does not answer.
    """
    gc.collect()
    gc.set_threshold(20_000, 20, 20)


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
