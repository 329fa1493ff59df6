from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from mlstrat.harness import train


@pytest.fixture(scope="session")
def folder_of(tmp_path_factory) -> Callable[[str], Path]:
    """The folder of the small variant of a recipe with seed 1, trained once a session."""
    pytest.importorskip("torch")
    pytest.importorskip("safetensors")

    @cache
    def trained(name: str) -> Path:
        folder = tmp_path_factory.mktemp(name) / "run"
        train(name, small=True, seed=1, out=folder)
        return folder

    return trained
