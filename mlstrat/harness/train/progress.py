"""How a training tells how far it has come."""

from collections.abc import Callable

Progress = Callable[[str], None]


def silent(_: str) -> None:
    """Stand in where nobody wants to hear of progress."""
