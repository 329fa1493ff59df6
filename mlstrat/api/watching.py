"""What the command line shows of reading: how far it has come, and no panics of its engine."""

from __future__ import annotations

from mlstrat.inputs.panics import keep_panics_off
from mlstrat.inputs.progress import Meter, unwatch, watch

__all__ = ["Meter", "keep_panics_off", "unwatch", "watch"]
