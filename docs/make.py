"""Write the pages of this folder again, from what `mlstrat explain` and `train --list` print."""

from pathlib import Path

import mlstrat as ms
from docs.pages import pages

FOLDER = Path(__file__).parent


def main() -> None:
    """Write every page, and take away pages that are no more."""
    made = pages(ms.list_recipes())
    for old in FOLDER.glob("*.md"):
        if old.name not in made:
            old.unlink()
    for name, text in made.items():
        (FOLDER / name).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
