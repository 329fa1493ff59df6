"""What a review sheet itself is to be told with."""

from __future__ import annotations

from mlstrat.core.findings import Rule
from mlstrat.core.wording import clean

SHEET_NOT_UTF8 = Rule(
    "MLS409", "note", "The sheet is not UTF-8",
    "It was read as Windows-1252, what spreadsheets in western Europe write; other letters "
    "may have become wrong ones.", "The bytes are no UTF-8.",
    "mlstrat: spreadsheets save in other encodings",
    ("save the sheet as CSV UTF-8",),
    sentence=lambda e, _s: f"{clean(e['file'])} was read as {e['encoding']}.")  # fmt: skip
