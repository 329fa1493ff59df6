"""What `init` can be asked."""

from pathlib import Path
from typing import Annotated

from mlstrat.core.asked import OUTPUT, Argument, Command, Force, Format, Option


class Asked(Force, total=False):
    """The keywords of `init`."""

    output: Annotated[str | Path, Option(
        "Where to write (mlstrat.toml).", "FILE", "--output -o", panel=OUTPUT,
        default="mlstrat.toml")]  # fmt: skip


INIT = Command(
    "A commented mlstrat.toml with every setting there is.",
    ("init", "init sample_runs/wine/run.csv -o wine.toml"),
    (Argument("run", help="A run whose header tells the columns.", required=False),),
    Asked,
    (Format,),
)
