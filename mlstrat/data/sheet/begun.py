"""What stands in a sheet that is added to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Begun:
    """What stands in a sheet to be added to: id to stratum, and file and row for messages."""

    file: str = ""
    strata: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, int] = field(default_factory=dict)
