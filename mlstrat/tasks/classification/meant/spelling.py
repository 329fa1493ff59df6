"""Labels that look alike: letter case, accents, a full stop, blanks, underscores, zeros before."""

from __future__ import annotations

import re
import shlex
import unicodedata
from collections.abc import Mapping

from mlstrat.data.values import POSITIVE_WORDS

_NUMBER = re.compile(r"[+-]?[0-9]*\.?[0-9]+\Z")
_CLASS_NUMBER = re.compile(r"(?:label|class|cls|category)[ _-]*([0-9]+)\Z")
_BETWEEN = re.compile(r"(?<=\w)[\s_\-\u2010-\u2015]+(?=\w)")
_AT_THE_ENDS = " \t\r\n.,;:!?…。\"'`“”‘’«»"


def key_of(label: str) -> str:
    """Return what labels have in common that are written alike.

    Examples
    --------
    >>> [key_of(x) for x in ("Négative.", "New_York", "LABEL_1", "007", "-1", "A-", "?")]
    ['negative', 'new york', '1', '7', '-1', 'a-', '?']
    """
    if _NUMBER.match(label):
        return label.lstrip("0") or "0" if label.isdecimal() else label
    text = unicodedata.normalize("NFKD", label).casefold()
    text = "".join(c for c in text if not unicodedata.combining(c) and c.isprintable())
    text = _BETWEEN.sub(" ", text.strip(_AT_THE_ENDS))
    if found := _CLASS_NUMBER.match(text):
        return found[1].lstrip("0") or "0"
    return text or label


def only_case(one: str, other: str) -> bool:
    """Tell whether two labels differ in the case of letters alone."""
    return one.lower() == other.lower()


def alike(labels: Mapping[str, int]) -> dict[str, str]:
    """Return the label of which each other one is a spelling: that with the most rows.

    Parameters
    ----------
    labels
        Rows of each as a label; 0 where one is only predicted.

    Examples
    --------
    >>> alike({"cat": 9, "Cat": 0, "cat.": 1, "dog": 5})
    {'Cat': 'cat', 'cat.': 'cat'}
    """
    groups: dict[str, list[str]] = {}
    for label in labels:
        groups.setdefault(key_of(label), []).append(label)
    found: dict[str, str] = {}
    for group in groups.values():
        main = max(group, key=lambda x: labels[x])
        if labels[main]:
            found |= {x: main for x in group if x != main}
    return found


def is_positive(label: str) -> bool:
    """Tell whether a label names the positive class by itself."""
    return key_of(label) in {key_of(word) for word in POSITIVE_WORDS}


MOST_FLAGS = 20
"""Values that are mapped each by itself; more of them are for a script."""


def flags_of(labels: Mapping[str, str], own: frozenset[str] = frozenset()) -> str:
    """Return the flags that read values as labels: letter case in one, else each by itself.

    Examples
    --------
    >>> flags_of({"Cat": "cat"}), flags_of({"0": "cat", "dog.": "dog"})
    ('--ignore-case', '--label-as 0=cat --label-as dog.=dog')
    """
    distinct = {x.lower() for x in own - labels.keys()}
    if all(map(only_case, *zip(*labels.items(), strict=True))) and len(distinct) == len(
        own - labels.keys()
    ):
        return "--ignore-case"
    named = [shlex.quote(f"{value}={label}") for value, label in labels.items()]
    flags = " ".join(f"--label-as {x}" for x in named[:MOST_FLAGS])
    more = len(named) - MOST_FLAGS
    return flags if more <= 0 else f"{flags} (and {more} more)"
