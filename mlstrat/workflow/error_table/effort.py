"""What the work on each tag would cost: days, in a TOML file."""

from __future__ import annotations

import difflib
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

from mlstrat.data.contents import read_text_file
from mlstrat.errors import ConfigError

ACCEPTED = '"great cat" = 3, days of work by tag, at the top or in a table [days]'


def read_effort(path: str | Path, tags: Sequence[str]) -> tuple[dict[str, float], tuple[str, ...]]:
    """Return the days by tag, and the tags of the file that no error has.

    Raises
    ------
    ConfigError
        For a file that cannot be read, days that are no number above 0, and a tag that is nearly
        one of the sheet.
    """
    shown = str(path)
    text = read_text_file(path, "TOML", error=ConfigError, accepted=ACCEPTED)
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"is no TOML: {error}", file=shown, accepted=ACCEPTED) from None
    days = document.get("days")
    costs = days if isinstance(days, dict) else document
    for tag, value in costs.items():
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not 0 < value <= sys.float_info.max:
            raise ConfigError(
                f"{tag!r} costs {value!r}", file=shown, accepted=f"a number above 0: {ACCEPTED}"
            )
        near = difflib.get_close_matches(tag, tags, 1, 0.75)
        if tag not in tags and near:
            raise ConfigError(
                f"no error has the tag {tag!r}", file=shown, accepted=", ".join(map(repr, tags)),
                hint=f"did you mean {near[0]!r}?",
            )  # fmt: skip
    if not costs:
        raise ConfigError("holds no costs", file=shown, accepted=ACCEPTED)
    known = {tag: float(value) for tag, value in costs.items() if tag in tags}
    return known, tuple(tag for tag in costs if tag not in tags)
