"""What `init` can be asked."""

from pathlib import Path
from typing import Annotated

from mlstrat.core.asked import OUTPUT, Argument, Command, Force, Format, Option


class Asked(Force, total=False):
    """The keywords of `init`."""

    output: Annotated[str | Path, Option(
        "Where to write (mlstrat.toml).", "FILE", "--output -o", panel=OUTPUT,
        default="mlstrat.toml")]  # fmt: skip
    example: Annotated[str | None, Option(
        "Example to write into a folder of its name instead: variance, avoidable_bias, "
        "data_mismatch.", "NAME",
        doc="An example to write into a folder of its name instead, with a run to try every "
        "command on: ``variance``, ``avoidable_bias`` or ``data_mismatch``.")]  # fmt: skip


INIT = Command(
    "A commented mlstrat.toml with every setting there is.",
    ("init --example variance", "init variance/run.csv -o mlstrat.toml"),
    (Argument("run", help="A run whose header tells the columns.", required=False),),
    Asked,
    (Format,),
)
