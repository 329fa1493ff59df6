"""What `init` wrote, and which settings are in force."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mlstrat.core.wording import clean, listed
from mlstrat.show.blocks import Block, Paragraph, Table, Verdict
from mlstrat.show.document import Document, Signature, head

if TYPE_CHECKING:
    from mlstrat.workflow.settings import schema


class InitDocument(Document):
    """A configuration that was written, and the columns that were found for it."""

    path: str
    columns: Mapping[str, str]
    unclear: tuple[str, ...]
    signature: Signature
    files: tuple[str, ...]
    """All that was written: of an example several."""

    def to_dict(self) -> schema.Init:
        return {
            "schema": "mlstrat.init/1",
            **head(self.signature),
            "path": self.path,
            "columns": dict(self.columns),
            "unclear": list(self.unclear),
            "files": list(self.files),
        }

    def blocks(self) -> list[Block]:
        """Return what was written and what to do next."""
        if len(self.files) > 1:
            folder = f"{clean(self.path)}/"
            names = listed([x.removeprefix(folder) for x in self.files])
            return [
                Verdict(f"Wrote an example to {folder}."),
                Paragraph(f"Made up, to try every command on: {names}."),
                Paragraph(f"next: mlstrat diagnose {folder}run.csv"),
            ]
        blocks: list[Block] = [Verdict(f"Wrote {clean(self.path)}: every setting, explained.")]
        if self.columns:
            roles = listed([f"{r}={clean(c)}" for r, c in self.columns.items()])
            blocks.append(Paragraph(f"Columns found: {roles}."))
        if self.unclear:
            blocks.append(Paragraph(f"Left open, several columns fit: {listed(self.unclear)}."))
        return [*blocks, Paragraph("Take the # off a line to set it; a flag always wins.")]

    def records(self) -> list[dict[str, Any]]:
        found = [{"role": r, "column": c} for r, c in self.columns.items()]
        return found or [{"role": None, "column": None}]


class SettingsDocument(Document):
    """Settings in force: table, key, value, where it comes from and what it overrides."""

    settings: tuple[schema.Setting, ...]
    signature: Signature

    def to_dict(self) -> schema.Config:
        return {
            "schema": "mlstrat.config/1",
            **head(self.signature),
            "settings": list(self.settings),
        }

    def blocks(self) -> list[Block]:
        rows = tuple(
            (
                f"{s['table']}.{clean(s['key'])}",
                "not set" if s["value"] is None else clean(_shown(s["value"])),
                clean(s["from"])
                + (f" (over {clean(listed(s['overrides']))})" if s["overrides"] else ""),
            )
            for s in self.settings
        )
        return [Table(("setting", "value", "from"), rows, 3)]

    def records(self) -> list[dict[str, Any]]:
        return [{**s, "overrides": ";".join(s["overrides"])} for s in self.settings]


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)
