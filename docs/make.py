"""Write the pages of this folder again, from what `mlstrat explain` and `train --list` print."""

from pathlib import Path

from pages import pages  # beside this file, which is run as a script
from your_data import your_data

import mlstrat as ms

FOLDER = Path(__file__).parent
WRITTEN_BY_HAND = {"architecture.md", "review.md"}


def main() -> None:
    """Write every page, and take away pages that are no more."""
    made = pages(ms.list_recipes(), your_data())
    for old in FOLDER.glob("*.md"):
        if old.name not in made.keys() | WRITTEN_BY_HAND:
            old.unlink()
    for name, text in made.items():
        (FOLDER / name).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
