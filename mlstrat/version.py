"""The version, where nothing else is imported."""

from __future__ import annotations

__version__ = "0.1.0"
