"""Blocks → markdown for a pull request; every foreign word is escaped."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from mlstrat.core.wording import html_text
from mlstrat.core.wording import markdown_text as safe
from mlstrat.errors import inert
from mlstrat.show.blocks import (
    Block,
    Checklist,
    Fold,
    Heading,
    Illustration,
    Item,
    Ladder,
    Lead,
    Paragraph,
    Table,
    Verdict,
)
from mlstrat.show.text_table import ladder_lines

ICONS = {"issue": "🔴", "tip": "🟢", "note": "🔵"}


def render(blocks: Iterable[Block]) -> str:
    """Return a markdown document."""
    return inert("\n\n".join(_block(block) for block in blocks)) + "\n"


def _block(block: Block) -> str:
    match block:
        case Verdict(text):
            return f"## {safe(text)}"
        case Heading(text, level):
            return f"{'#' * (2 + level)} {safe(text)}"
        case Paragraph(text):
            return safe(text)
        case Checklist(items, boxes):
            return "\n".join(f"- {'[ ] ' if boxes else ''}{safe(x)}" for x in items)
        case Lead(text):
            return f"**{safe(text)}**"
        case Fold(title, inner):
            # The blank lines make GitHub and GitLab read markdown inside.
            # The title stands in HTML, where a backslash would show.
            summary = f"<details><summary>{html_text(title)}</summary>"
            return f"{summary}\n\n{render(inner).rstrip()}\n\n</details>"
        case Illustration(alt, path):
            return safe(alt) if path is None else f"![{safe(alt)}]({quote(path)})"
        case Table():
            return _table(block)
        case Ladder():
            return "\n".join(["```text", *ladder_lines(block, 80), "```"])
        case Item():
            steps = "".join(f"\n- {safe(step)}" for step in block.next_steps)
            head = f"{ICONS[block.severity]} **{block.code} {safe(block.title)}.**"
            return f"{head} {safe(block.text)}" + (f"\n{steps}" if steps else "")


def _table(table: Table) -> str:
    rule = ["---" if i < table.left else "---:" for i in range(len(table.columns))]
    lines = [table.columns, rule, *table.rows]
    cells = [[x if row is rule else safe(x) or " " for x in row] for row in lines]
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)
