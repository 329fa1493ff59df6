"""Labels and predictions without a value in common: the flags that would join them."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

import numpy as np

from mlstrat.core.counts import ABSTAINED
from mlstrat.data.values import display_order
from mlstrat.tasks.classification.meant.seen import (
    MOST_FLAGS,
    Seen,
    alike,
    flags_of,
    is_positive,
    key_of,
)

MOST_MATCHED = 100
"""Values up to which those that meet most often are looked for."""

SURE = 0.2
"""By how much more of the rows a match must agree than the order of the names does."""

ENOUGH = 0.5
"""Share of rows that must agree once values are matched by how often they meet."""


def hint_to_join(seen: Seen) -> str | None:
    """Return the flags that make predictions of labels that share no value with them.

    Examples
    --------
    >>> hint_to_join(Seen.of(["cat", "dog", "cat"], ["0", "1", "0"], np.array([5, 5, 1])))
    '--classes cat,dog, or --label-as 0=cat --label-as 1=dog'
    """
    spelled = alike({x: seen.rows_of[x] for x in seen.labels})
    if seen.said and set(spelled) >= seen.said:
        return flags_of({x: spelled[x] for x in sorted(seen.said)}, seen.own)
    words = [[x for x in side if is_positive(x)] for side in (seen.own, seen.said)]
    if len(seen.own) == len(seen.said) == 2 and all(len(x) == 1 for x in words):
        (yes,), (said,) = words
        (no,), (denied,) = seen.own - {yes}, seen.said - {said}
        return flags_of({denied: no, said: yes})
    indices = {x: int(key_of(x)) for x in seen.said if key_of(x).isdecimal()}
    if indices and len(indices) == len(seen.said) and max(indices.values()) <= len(seen.own):
        return _of_indices(seen, seen.own, indices, labels_are_names=True)
    indices = {x: int(key_of(x)) for x in seen.own if key_of(x).isdecimal()}
    if indices and len(indices) == len(seen.own) and max(indices.values()) <= len(seen.said):
        return _of_indices(seen, seen.said, indices, labels_are_names=False)
    if 1 < len(seen.own) == len(seen.said) <= MOST_FLAGS:
        matched, share = _matched(seen, sorted(seen.said), display_order(seen.own))
        if share >= ENOUGH:
            return flags_of(matched)
    return None


def _of_indices(
    seen: Seen, names: frozenset[str], indices: Mapping[str, int], *, labels_are_names: bool
) -> str:
    """Return the flags that name indices: as rows agree best, else in the order of the names."""
    ordered = sorted(names)
    values = sorted(indices, key=lambda x: indices[x])
    if labels_are_names:
        matched, share = _matched(seen, values, ordered)
    else:
        back, share = _matched(seen, ordered, values)
        matched = {index: name for name, index in back.items()}
    first = min(1, *indices.values())
    by_order = {x: ordered[i - first] for x, i in indices.items() if i - first < len(ordered)}
    if len(by_order) == len(indices) and share < _share(seen, by_order) + SURE:
        matched = {x: by_order[x] for x in values}
    each = flags_of(matched)
    place = {indices[x]: name for x, name in matched.items()}
    rest = [x for x in ordered if x not in place.values()]
    listed = [place.get(i) or (rest.pop(0) if rest else "") for i in range(max(place) + 1)]
    if any("," in x or not x for x in listed) or any(x != str(indices[x]) for x in values):
        return each
    return f"--classes {shlex.quote(','.join(listed))}, or {each}"


def _share(seen: Seen, matched: Mapping[str, str]) -> float:
    """Return the share of rows that agree once values are matched, whichever side they are on."""
    as_name = [matched.get(x, x) for x in seen.labels]
    given = seen.predicted != ABSTAINED
    truth, said = seen.truth[given], seen.predicted[given]
    same = np.array([as_name[t] == as_name[p] for t, p in zip(truth, said, strict=True)])
    return float(seen.n[given][same].sum() / max(seen.n[given].sum(), 1))


def _matched(
    seen: Seen, values: list[str] | tuple[str, ...], labels: list[str] | tuple[str, ...]
) -> tuple[dict[str, str], float]:
    """Return the label that each predicted value meets most often, each once, and their share."""
    if min(len(values), len(labels)) > MOST_MATCHED:
        return {}, 0.0
    place = {x: i for i, x in enumerate(seen.labels)}
    table = np.zeros((len(seen.labels), len(seen.labels)))
    given = seen.predicted != ABSTAINED
    np.add.at(table, (seen.truth[given], seen.predicted[given]), seen.n[given])
    meets = table[np.ix_([place[x] for x in labels], [place[x] for x in values])]
    matched, agree = {}, 0.0
    left = meets.copy()
    for _ in range(min(meets.shape)):
        i, j = np.unravel_index(left.argmax(), left.shape)
        matched[values[j]] = labels[i]
        agree += meets[i, j]
        left[i, :] = left[:, j] = -1
    return {x: matched[x] for x in values if x in matched}, agree / max(meets.sum(), 1)
