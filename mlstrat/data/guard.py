"""The guard of everything that is written: no call writes over what it reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from mlstrat.places import check_places


def guard(
    written: Sequence[str | Path | None],
    read: Iterable[Any],
    *,
    config: str | Path | None = None,
    configured: bool = True,
) -> None:
    """Refuse an output that is, by any path or link, an input of the same call.

    Parameters
    ----------
    written
        Files that will be written; None is none.
    read
        What will be read, as the user named it: files, globs, folders; frames are none.
    config
        The project's config; None: ``mlstrat.toml`` in the current folder.
    configured
        Whether the call reads configs: that one, and those beside its runs.

    Raises
    ------
    UsageError
        Before anything is read.
    """
    if not any(path is not None for path in written):
        return
    from mlstrat.data.inputs_named import configs_read, files_read

    files = list(files_read(read))
    configs = configs_read(files, config) if configured else ()
    check_places(written, [*files, *(path for path in configs if path.is_file())])
