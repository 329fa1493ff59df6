from functools import cache

import pytest

from mlstrat.harness import TrainedRun, train


@cache
def _trained(name: str) -> TrainedRun:
    return train(name, seed=0)


@pytest.fixture
def trained():
    """One run a recipe with seed 0, trained once a session. Not to be changed."""
    return _trained
