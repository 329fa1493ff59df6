"""Small data for tests of training: a second each at most."""

import numpy as np
import pytest


@pytest.fixture
def bars():
    """Return 200 pictures of 12×12 with an upright or a lying bar, and which it is."""
    random = np.random.default_rng(0)
    pictures = 0.2 * random.random((200, 1, 12, 12)).astype(np.float32)
    upright = random.random(200) < 0.5
    for picture, up, place in zip(pictures[:, 0], upright, random.integers(1, 11, 200)):  # noqa: B905
        if up:
            picture[:, place] += 0.6
        else:
            picture[place] += 0.6
    return pictures, np.where(upright, "upright", "lying")
