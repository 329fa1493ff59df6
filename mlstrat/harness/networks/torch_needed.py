"""PyTorch, or one message that says how to install it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from mlstrat.errors import UsageError

INSTALL = "pip install torch==2.13.0 safetensors"
"""Found a CPU build for Python 3.11 on Linux when this was written."""


def torch_is_there() -> bool:
    """Whether networks can be trained here."""
    return all(find_spec(name) is not None for name in ("torch", "safetensors"))


def load_torch() -> Any:
    """Return the module ``torch``."""
    try:
        import safetensors  # noqa: F401
        import torch
    except ImportError as error:
        raise UsageError(
            f"networks need PyTorch and safetensors, and {error.name} is not installed",
            hint=f"`{INSTALL}`; where that is a CUDA build of several gigabytes, take the index "
            "of CPU builds that PyTorch's own page on installing names",
        ) from error
    return torch


@contextmanager
def one_thread(seed: int | None = None) -> Iterator[Any]:
    """Lend PyTorch with one thread and, where given, a seed; both are as before afterwards.

    One thread, because sums of several come in another order on every machine, and because
    threads that wait by spinning cost a shared machine more than such small networks gain.
    """
    torch = load_torch()
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.random.fork_rng(devices=[]):
            if seed is not None:
                torch.manual_seed(seed)
            yield torch
    finally:
        torch.set_num_threads(before)
