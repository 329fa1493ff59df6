"""Rows of a run as rows of a review sheet: every cell as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mlstrat.core.hashing import text_hash
from mlstrat.data.sheet.design import ORDER_PREFIX, Drawn
from mlstrat.data.sheet.eyeball import EyeballSet
from mlstrat.data.sheet.read import REVIEW, ROLES, RUN_PREFIX
from mlstrat.data.values import label_text
from mlstrat.tasks.classification.row_source import ID, LABEL, PREDICTION, Drawable

STRATUM = "\x1fstratum"


def sheet_row(
    run: Drawable, row: Mapping[str, Any], split: str, seed: int, eyeball: EyeballSet | None
) -> dict[str, str]:
    """Return a row of the sheet; its weight is filled in when all is drawn."""
    roles, names = run.columns.roles, dict(zip(run.table.header, run.table.names, strict=True))
    shown = {role: cell_text(row[names[roles[role]]]) for role in ("id", "score") if role in roles}
    if not run.table.text and "id" in shown:
        shown["id"] = label_text(shown["id"])  # 7.0 in a column of floats is 7
    out = {
        "id": shown.get("id", row[ID]),
        "split": split,
        "label": row[LABEL],
        "prediction": row[PREDICTION],
        **({"score": shown["score"]} if "score" in shown else {}),
        "stratum": row[STRATUM],
        "sampling_weight": "",
        "seed": str(seed),
        **({} if eyeball is None else {"eyeball": eyeball.to_text()}),
        **dict.fromkeys(REVIEW, ""),
    }
    taken = {roles[role] for role in ROLES if role in roles}
    for column, name in names.items():
        if column not in taken:
            out[RUN_PREFIX + column] = cell_text(row[name])
    return out


def cell_text(value: Any) -> str:
    """Return a value of a run as the text of a cell.

    Examples
    --------
    >>> [cell_text(x) for x in (None, " 007", True, 0.5, b"a")]
    ['', '007', 'true', '0.5', 'a']
    """
    if value is None or value != value:  # noqa: PLR0124  NaN
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return str(value).strip()


def weighed(rows: Sequence[Mapping[str, str]], strata: Sequence[Drawn]) -> list[dict[str, str]]:
    """Return rows with the weights of their strata."""
    weights = {stratum.name: weight_text(stratum) for stratum in strata}
    return [{**row, "sampling_weight": weights[row["stratum"]]} for row in rows]


def weight_text(stratum: Drawn) -> str:
    """Return the weight of the rows of a stratum as the text of a cell, blank where unknown."""
    return "" if stratum.weight is None else f"{stratum.weight:.12g}"


def shuffled(rows: Sequence[dict[str, str]], seed: int) -> list[dict[str, str]]:
    """Return rows in an order that has nothing to do with what they are."""
    return sorted(rows, key=lambda row: (text_hash(ORDER_PREFIX + row["id"], seed), row["id"]))
