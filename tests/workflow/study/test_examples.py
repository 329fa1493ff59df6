"""Which part of a chain owns an error, by a small example."""

from __future__ import annotations

import numpy as np

from mlstrat.workflow.study.read import owners


def test_owners():
    right, detect = np.array([True, False, False]), np.array([True, True, False])
    assert owners(right, [detect]).tolist() == [-1, 0, 1]
