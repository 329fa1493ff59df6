"""What the cells of a study of gradients are called."""

from __future__ import annotations

TITLES = {"rnn": "RNN", "rnn_large": "large RNN", "gru": "GRU", "lstm": "LSTM"}
