"""Numbers as people read them, and other people's text made harmless.

Fractions become percent here; "points" are percentage points.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mlstrat.errors import MlstratError

if TYPE_CHECKING:  # words need no numbers: what shows a list of names loads no numpy
    from mlstrat.core.metrics import MetricChoice

LONGEST_LABEL = 60
"""Characters of a label that are shown; the JSON has all of them."""

GUARD = "'"
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a cell must not begin with, or a spreadsheet takes it for a formula (OWASP)."""

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\Z")


def clean(text: str, longest: int = LONGEST_LABEL) -> str:
    """Return text without control characters, escapes and marks that change the direction."""
    safe = "".join("�" if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") else c for c in text)
    return safe if len(safe) <= longest else safe[: longest - 1] + "…"


def cleaned(texts: Iterable[str], longest: int = LONGEST_LABEL) -> list[str]:
    """Return a column of texts, each as `clean` makes it."""
    return [clean(text, longest) for text in texts]


def printable(text: str) -> str:
    """Return text without control characters, but for tabs and the ends of lines."""
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", "�", text)


_REFERENCE = re.compile(
    r"@|\#(?=\d)|(?<![a-z\d])gh-(?=\d)"  # people, teams, addresses of e-mail; issues
    r"|(?:https?|ftp):(?=//)|www(?=\.)"
    # A commit: 40 hexadecimal digits, or 64. Shorter ones can only lead within the repository.
    r"|(?<![a-z\d])[\da-f]{7}(?=[\da-f]{33}(?:[\da-f]{24})?(?![a-z\d]))",
    re.IGNORECASE,
)
"""What a forge makes a link of, or sends a message for, wherever text stands in a comment."""


def html_text(text: str) -> str:
    """Return text that the HTML in a comment shows as it is, without pinging or linking.

    A forge looks for names and references after backslashes and entities were resolved, so that
    neither helps: a space of no width stands within, as an entity, to be seen in the source.
    """
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _REFERENCE.sub(r"\g<0>&#8203;", text)


def markdown_text(text: str) -> str:
    """Return text that markdown and its HTML show as it is, without pinging or linking."""
    # An entity's own number sign is no foreign one.
    return re.sub(r"([\\`*_\[\]|~$@]|(?<!&)#)", r"\\\1", html_text(text))


def is_share(choice: MetricChoice) -> bool:
    """Tell whether a metric is a fraction, shown in percent."""
    return choice.metric.low == 0 and (choice.metric.high == 1 or choice.metric.rate)


class Scale:
    """How figures of one metric are shown: in percent and points, or as plain numbers."""

    def __init__(self, share: bool = True) -> None:
        self.share = share

    def value(self, x: float | None) -> str:
        """Return a level: ``8.0%``."""
        return "undefined" if x is None else self._digits(x) + "%" * self.share

    def values(self, column: Iterable[float | None]) -> list[str]:
        """Return a column of levels."""
        return [self.value(x) for x in column]

    def points(self, x: float | None, *, sign: bool = False) -> str:
        """Return a difference: ``+8.0 points``."""
        if x is None:
            return "unknown"
        text = self._digits(x)
        plus = "+" if sign and x > 0 and text.strip("0.") else ""
        return plus + text + " points" * self.share

    def differences(self, column: Iterable[float | None]) -> list[str]:
        """Return a column of differences, under a head that names the unit: ``+8.0``."""
        return [self.points(x, sign=True).removesuffix(" points") for x in column]

    def interval(self, ci: Sequence[float] | None) -> str:
        """Return ``6.1 to 10.2``, in percent or points."""
        if ci is None:
            return "–"
        low, high = ci
        if not self.share:
            return f"{self._digits(low)} to {self._digits(high)}"
        digits = 2 if max(abs(low), abs(high)) < 0.01 - ROUNDING else 1
        return f"{_unsigned_zero(100 * low, digits)} to {_unsigned_zero(100 * high, digits)}"

    def intervals(self, column: Iterable[Sequence[float] | None]) -> list[str]:
        """Return a column of intervals."""
        return [self.interval(ci) for ci in column]

    def _digits(self, x: float) -> str:
        if not self.share:
            return f"{x:,.0f}" if 1000 <= abs(x) < 1e9 else f"{x:.4g}"
        return _unsigned_zero(100 * x, 2 if abs(x) < 0.01 - ROUNDING and x != 0 else 1)


ROUNDING = 1e-12
"""What is left of a difference of equal decimal fractions: 0.875 points are 0.88 either way."""


def _unsigned_zero(x: float, digits: int) -> str:
    text = f"{x + math.copysign(100 * ROUNDING, x):.{digits}f}"
    return text.lstrip("-") if not float(text) else text


def count(n: int | None) -> str:
    """Return a whole number with thousands apart: ``1,797``."""
    return "–" if n is None else f"{n:,}"


def counts(column: Iterable[int | None]) -> list[str]:
    """Return a column of whole numbers with thousands apart."""
    return [count(n) for n in column]


def rounded_up(n: int) -> int:
    """Return n rounded up to two digits: nobody collects 1,347 examples exactly."""
    if n < 100:
        return n
    unit: int = 10 ** (len(str(n)) - 2)
    return -(-n // unit) * unit


def listed(words: Sequence[str]) -> str:
    """Return ``a, b and c``."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def some_of(words: Sequence[str], most: int = 5) -> str:
    """Return the first of some words, and how many more there are."""
    more = len(words) - most
    return listed([*words[:most], f"{count(more)} more"] if more > 0 else words)


def short_path(path: str, longest: int = 40) -> str:
    """Return a path for a headline: whole where it is short, else its last folders and file."""
    path = clean(path, 10 * longest)
    if len(path) <= longest:
        return path
    parts = path.replace("\\", "/").split("/")
    tail = parts.pop()
    while parts and parts[-1] and len(tail) + len(parts[-1]) + 3 <= longest:
        tail = f"{parts.pop()}/{tail}"
    return f"…/{tail}" if len(tail) + 2 <= longest else f"…{tail[1 - longest :]}"


def file_names(paths: Sequence[str]) -> list[str]:
    """Return what tells paths apart in a headline: the files' names, with folders where alike."""
    parts = [path.split("/") for path in paths]
    for k in range(1, max(map(len, parts), default=1)):
        names = ["/".join(x[-k:]) for x in parts]
        if len(set(names)) == len(names) and all(names):
            return names
    return list(paths)


def files_read(inputs: Sequence[Mapping[str, Any]]) -> str:
    """Return what was read: ``a.csv (1,797 rows) and b.csv (counts of 2,000 rows)``."""
    return listed([
        clean(x["path"])
        if x["rows"] is None  # a document, not a table
        else f"{clean(x['path'])} ({'counts of ' if x.get('counts') else ''}"
        f"{count(x['rows'])} rows)"
        for x in inputs
    ])  # fmt: skip


def share_of_resamples(p: float | None) -> str:
    """Return a share as text that never rounds to certainty."""
    if p is None:
        return "–"
    if p > 0.999:
        return "> 99.9%"
    if p < 0.001:
        return "< 0.1%"
    return f"{100 * p:.0f}%" if 0.01 <= p <= 0.99 else f"{100 * p:.1f}%"


GAP_TITLES = {
    "avoidable_bias": "avoidable bias",
    "variance": "variance",
    "data_mismatch": "data mismatch",
    "dev_overfit": "overfitting to dev",
    "variance_or_mismatch": "variance or mismatch",
    "avoidable_bias_or_variance": "avoidable bias or variance",
    "bias_variance_or_mismatch": "bias, variance or mismatch",
}


def shown_reason(error: MlstratError) -> str:
    """Return why an input cannot be read, in one line."""
    return str(error).splitlines()[0]


_FIRST = frozenset({GUARD, *(x[0] for x in FORMULA)})
"""How a text begins that is looked at twice."""


def guarded(text: str) -> str:
    """Return text that no spreadsheet takes for a formula; plain numbers stay as they are.

    A text that begins with apostrophes before such a beginning gets one more, so that
    `unguarded` gives back every text exactly.
    """
    return GUARD + text if _risky(text) else text


def unguarded(text: str) -> str:
    """Return text without the apostrophe that `guarded` put before it."""
    return text[1:] if text.startswith(GUARD) and _risky(text[1:]) else text


def unguarded_rows(rows: Iterable[Sequence[str]]) -> list[tuple[str, ...]]:
    """Return rows of texts without such apostrophes."""
    return [tuple(map(unguarded, row)) for row in rows]


def _risky(text: str) -> bool:
    if text[:1] not in _FIRST:  # nearly all cells
        return False
    return text.lstrip(GUARD).startswith(FORMULA) and not _NUMBER.match(text)
