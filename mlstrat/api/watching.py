"""How far reading has come: the meter that the command line shows."""

from __future__ import annotations

from mlstrat.inputs.progress import Meter, unwatch, watch

__all__ = ["Meter", "unwatch", "watch"]
