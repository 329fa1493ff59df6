"""Write the pages of this folder again, from what commands and docstrings themselves say.

``python docs/make.py`` also draws the ladder of the README.
"""

import sys
from collections.abc import Mapping
from pathlib import Path

FOLDER = Path(__file__).parent
sys.path.insert(0, str(FOLDER.parent))  # it is run as a script

import mlstrat as ms
from docs.api_pages import api_pages
from docs.command_pages import command_pages
from docs.examples import BY_HAND, LADDER, laid_out
from docs.pages import pages
from docs.your_data import your_data


def main() -> None:
    """Write every page, and take away pages that are no more."""
    write(FOLDER, pages(ms.list_recipes(), your_data()), BY_HAND)
    write(FOLDER / "commands", command_pages())
    write(FOLDER / "api", api_pages())
    with laid_out():
        ms.plot("ladder", LADDER).save(FOLDER / "ladder.svg")


def write(folder: Path, made: Mapping[str, str], kept: frozenset[str] = frozenset()) -> None:
    """Write pages into a folder, and take away those that are neither made nor kept."""
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.md"):
        if old.name not in made.keys() | kept:
            old.unlink()
    for name, text in made.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
