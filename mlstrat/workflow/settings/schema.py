"""The documents of `init` and `--show-config`."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypedDict

from mlstrat.core.schema_parts import Base, Columns


class Init(Base):
    """A configuration that was written."""

    schema: Literal["mlstrat.init/1"]
    path: str
    columns: Columns
    unclear: Annotated[list[str], "roles for which several columns fit"]
    files: Annotated[list[str], "all that was written; of an example several files"]


Setting = TypedDict(
    "Setting",
    {"table": str, "key": str, "value": Any, "from": str, "overrides": list[str]},
)


class Config(Base):
    """The settings in force: `--show-config`."""

    schema: Literal["mlstrat.config/1"]
    settings: list[Setting]
