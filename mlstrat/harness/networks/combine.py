"""Modules made of several, with a function that combines what they give."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any


def combined(children: Sequence[Any], combine: Callable[[Sequence[Any], Any], Any]) -> Any:
    """Return a module that holds others and combines them by a function of them and the input."""
    import torch

    class Combined(torch.nn.Module):  # type: ignore[misc] # PyTorch may be missing
        def __init__(self) -> None:
            super().__init__()
            self.parts = torch.nn.ModuleList(children)

        def forward(self, x: Any) -> Any:
            return combine(self.parts, x)

    return Combined()
