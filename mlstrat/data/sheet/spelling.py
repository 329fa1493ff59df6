"""Tags that are probably one: another case, a plural, a letter too few."""

from __future__ import annotations

import re
from collections.abc import Mapping

SHORTEST_SLIP = 5
"""Letters from which a word with one letter too many or few, or two swapped, may be the same word.
Ours: below, too many real words are neighbours (cat, cart)."""

SHORTEST_CHANGE = 8
"""Letters from which one letter may be another. Ours: below, night and light would be one."""


def variants(counts: Mapping[str, int]) -> tuple[tuple[str, ...], ...]:
    """Return groups of tags that are probably one, the commonest spelling first.

    Numbers in a tag must agree, and so must the first letter of a word.

    Parameters
    ----------
    counts
        Tag to how often it was given, in the order in which the tags were first seen.

    Examples
    --------
    >>> variants({"Blurry": 5, "blury": 1, "dog": 8, "great cat": 2, "great cats": 3, "fog": 1})
    (('Blurry', 'blury'), ('great cats', 'great cat'))
    """
    groups: list[list[str]] = []
    for tag in sorted(counts, key=lambda tag: -counts[tag]):
        for group in groups:
            if same_tag(group[0], tag):
                group.append(tag)
                break
        else:
            groups.append([tag])
    first_seen = list(counts)
    found = [tuple(group) for group in groups if len(group) > 1]
    return tuple(sorted(found, key=lambda group: first_seen.index(group[0])))


def same_tag(one: str, other: str) -> bool:
    """Tell whether two tags are probably spellings of one.

    Examples
    --------
    >>> same_tag("low-light", "Low light"), same_tag("night", "light"), same_tag("v1", "v2")
    (True, False, False)
    """
    ours, theirs = _words(one), _words(other)
    if not ours or not theirs:
        return one.casefold() == other.casefold()
    if "".join(ours) == "".join(theirs):
        return True
    return len(ours) == len(theirs) and all(map(_same_word, ours, theirs))


def _words(tag: str) -> list[str]:
    return re.findall(r"[^\W_]+", tag.casefold())


def _same_word(one: str, other: str) -> bool:
    if one == other or _singular(one) == _singular(other):
        return True
    short, long = sorted((one, other), key=len)
    if short[0] != long[0] or any(c.isdigit() for c in one + other):
        return False
    if len(short) == len(long):
        places = [i for i, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
        if len(places) == 2 and places[1] == places[0] + 1 and len(one) >= SHORTEST_SLIP:
            i, j = places
            return one[i] == other[j] and one[j] == other[i]
        return len(places) == 1 and len(one) >= SHORTEST_CHANGE
    if len(long) != len(short) + 1 or len(long) <= SHORTEST_SLIP:
        return False
    return any(long[:i] + long[i + 1 :] == short for i in range(len(long)))


def _singular(word: str) -> str:
    if len(word) > 3 and word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
