"""The document of `plot`."""

from __future__ import annotations

from typing import Any, Literal

from mlstrat.core.schema_parts import Base


class Plot(Base):
    """A figure: its conclusion, its text alternative and what is drawn."""

    schema: Literal["mlstrat.plot/1"]
    kind: str
    title: str
    alt_text: str
    file: str | None
    data: list[dict[str, Any]]
