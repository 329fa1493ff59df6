"""What the command line asks of reading: how far it has come, no panics, and pipes read once."""

from __future__ import annotations

from mlstrat.data.panics import keep_panics_off
from mlstrat.data.pipes import pipes_kept
from mlstrat.data.progress import Meter, unwatch, watch

__all__ = ["Meter", "keep_panics_off", "pipes_kept", "unwatch", "watch"]
