"""Metadata that a release fills in: where the project lives, and the README with links there.

``MLSTRAT_REPOSITORY`` is the address of the repository, as a release workflow knows it; without it
a placeholder stands in its place.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

PLACEHOLDER = "https://github.com/OWNER/mlstrat"
LINK = re.compile(r"(!?)(\[[^\]]*\]\()(?!https?:|#|mailto:)([^)\s]+)\)")


class Released(MetadataHookInterface):
    """Fills in URLs and the long description."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set both in the metadata."""
        repository = os.environ.get("MLSTRAT_REPOSITORY", PLACEHOLDER).rstrip("/")
        metadata["urls"] = {
            "Homepage": repository,
            "Documentation": f"{repository}/blob/main/docs/README.md",
            "Source": repository,
            "Issues": f"{repository}/issues",
            "Changelog": f"{repository}/blob/main/CHANGELOG.md",
        }
        text = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {
            "content-type": "text/markdown", "text": absolute(text, repository),
        }  # fmt: skip


def absolute(text: str, repository: str) -> str:
    """Return a page with absolute links: to pages to be read, and to pictures as they are."""
    return LINK.sub(
        lambda x: f"{x[1]}{x[2]}{repository}/{'raw' if x[1] else 'blob'}/main/{x[3]})", text
    )
