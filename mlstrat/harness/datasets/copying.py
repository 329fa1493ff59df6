"""The copy task: a token is shown once, and asked for many steps later. The Bayes error is 0.

Source: Hochreiter and Schmidhuber 1997, who ask networks to hold a token over a time lag.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mlstrat.harness.datasets.examples import Examples
from mlstrat.harness.recipes.recipe import Dataset, HumanLevel

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLANK, FIRST = 1, 2
"""The token of the steps between, and the first of the tokens to be kept; 0 is padding."""

_SHOWN = 50  # stream of random numbers


def copying(dataset: Dataset, seed: int, *, symbols: int, lag: int) -> Examples:
    """Return sequences of one of the symbols and ``lag`` blanks, labelled by the symbol."""
    shown, tokens = copies(dataset.rows, symbols, lag, seed)
    names = np.array([f"token {letter}" for letter in "ABCDEFGHIJ"])
    human = HumanLevel(0.0, "by construction: the answer is the first token", known=True)
    return Examples(tokens, names[shown], human=human)


def copies(
    rows: int, symbols: int, lag: int, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return which token is shown (rows,), and the sequences (rows, lag + 1).

    Examples
    --------
    >>> copies(2, 4, 3, seed=0)[1][:, 1:].tolist()
    [[1, 1, 1], [1, 1, 1]]
    """
    shown = np.random.default_rng([seed, _SHOWN]).integers(symbols, size=rows)
    tokens = np.full((rows, lag + 1), BLANK, dtype=np.int64)
    tokens[:, 0] = FIRST + shown
    return shown, tokens
