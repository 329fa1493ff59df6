"""The ``[[gate]]`` tables of the config: what is written, checked, as `Gate`.

::

    [[gate]]
    metric = "f1"                     # a metric, a gap, or a number of the run's [run] table
    where = "region == north"         # or {region = "north"}; "region == *" is every value
    min = 0.9                         # or "90%"; also max, and margin against the baseline
    min_n = 100
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mlstrat.core.bounds import BASELINES, DECIDE_ON, ON_INCONCLUSIVE, Gate
from mlstrat.core.conditions.grammar import parse_equalities
from mlstrat.core.counts import SPLITS
from mlstrat.core.metrics import METRICS
from mlstrat.data.rates import parse_rate
from mlstrat.data.values import SPLIT_ALIASES, value_text
from mlstrat.errors import ConfigError, InputError

GAPS = ("avoidable_bias", "variance", "data_mismatch", "dev_overfit", "variance_or_mismatch")
"""The gaps that a gate may bound."""

KEYS = (
    "metric", "split", "where", "min", "max", "margin", "min_n", "decide_on", "on_inconclusive",
    "baseline",
)  # fmt: skip
CHOICES = {"decide_on": DECIDE_ON, "on_inconclusive": ON_INCONCLUSIVE, "baseline": BASELINES}
ACCEPTED_WHERE = '"region == north", "region == north and device == phone", or {region = "north"}'

Refuse = Callable[[str, str, str, tuple[str, ...]], ConfigError]


def parse_gates(tables: Any, file: str, text: str, refuse: Refuse) -> tuple[Gate, ...]:
    """Return the gates of a config, given what stands under ``gate`` and the `text` of its file.

    `refuse` makes the error for an unknown key, of file, place, key and the keys that are known.
    """
    if not isinstance(tables, list) or not all(isinstance(x, dict) for x in tables):
        raise ConfigError("'gate' is not a list of tables", file=file, accepted="[[gate]]")
    places = _places(text)
    out = []
    for i, table in enumerate(tables):
        lines = places[i] if len(places) == len(tables) else {}
        if not table:
            continue  # as init writes it: a header with every key in a comment
        out.append(_Reader(file, f"[[gate]] {i + 1}", table, lines, refuse).gate())
    return tuple(out)


def _places(text: str) -> list[dict[str, int]]:
    """Return the line of each gate and of its keys, by name; the gate itself is ''."""
    found: list[dict[str, int]] = []
    inside = False
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(r"\s*\[\[\s*gate\s*\]\]", line):
            found.append({"": number})
            inside = True
        elif re.match(r"\s*\[", line):
            inside = False
        elif inside and (key := re.match(r"\s*[\"']?([\w.-]+)[\"']?\s*=", line)):
            found[-1].setdefault(key[1].partition(".")[0], number)
    return found


class _Reader:
    def __init__(
        self, file: str, name: str, table: Mapping[str, Any], lines: Mapping[str, int],
        refuse: Refuse,
    ) -> None:  # fmt: skip
        self.file, self.name, self.lines, self.refuse = file, name, lines, refuse
        self.table = table

    def gate(self) -> Gate:
        for key in self.table:
            if key not in KEYS:
                error = self.refuse(self.file, f"{key!r} in {self.name}", key, KEYS)
                error.row = self.lines.get(key)
                raise error
        metric = self.word("metric")
        gate = Gate(
            metric=None if metric is None else metric.strip(),
            split=self.split(),
            where=self.where(self.table.get("where", {})),
            min=self.number("min"),
            max=self.number("max"),
            margin=self.number("margin"),
            min_n=self.whole("min_n"),
            decide_on=self.choice("decide_on") or "ci",
            on_inconclusive=self.choice("on_inconclusive") or "warn",
            baseline=self.choice("baseline"),
            name=self.name,
        )
        self.check(gate)
        return gate

    def wrong(self, key: str, message: str, accepted: str, hint: str | None = None) -> ConfigError:
        row = self.lines.get(key, self.lines.get(""))
        return ConfigError(
            f"{message} in {self.name}", file=self.file, row=row, accepted=accepted, hint=hint
        )

    def word(self, key: str) -> str | None:
        value = self.table.get(key)
        if value is None:
            return None
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(key, f"{key} is {value!r}", "a word")
        return value

    def choice(self, key: str) -> str | None:
        value = self.word(key)
        if value is not None and value not in CHOICES[key]:
            raise self.wrong(key, f"{key} is {value!r}", ", ".join(CHOICES[key]))
        return value

    def split(self) -> str | None:
        value = self.word("split")
        if value is None:
            return None
        low = value.strip().lower()
        name = SPLIT_ALIASES.get(low, low)
        if name not in SPLITS:
            raise self.wrong("split", f"split is {value!r}", ", ".join(SPLITS))
        return name

    def number(self, key: str) -> float | None:
        value = self.table.get(key)
        if value is None:
            return None
        accepted = 'a number, as 0.9 or "90%"'
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise self.wrong(key, f"{key} is {value!r}", accepted)
        try:
            return parse_rate(value, key, bounded=False).value
        except InputError:
            raise self.wrong(key, f"{key} is {value!r}", accepted) from None

    def whole(self, key: str) -> int | None:
        value = self.table.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise self.wrong(key, f"{key} is {value!r}", "a whole number, 1 or above")
        return value

    def where(self, value: Any) -> dict[str, str]:
        if isinstance(value, str):
            return self.conditions(value)
        if not isinstance(value, dict):
            raise self.wrong("where", f"where is {value!r}", ACCEPTED_WHERE)
        out = {}
        for column, x in value.items():
            if not isinstance(x, str | int | float | bool) or not column.strip():
                raise self.wrong("where", f"where.{column} is {x!r}", ACCEPTED_WHERE)
            out[column.strip()] = value_text(x)
        return out

    def conditions(self, text: str) -> dict[str, str]:
        found = parse_equalities(text, "==")
        if found is None:
            hint = "write == for equal" if "=" in text and "==" not in text else None
            raise self.wrong("where", f"where is {text!r}", ACCEPTED_WHERE, hint)
        out: dict[str, str] = {}
        for column, value in found:
            if column in out:
                raise self.wrong("where", f"where names {column!r} twice", ACCEPTED_WHERE)
            out[column] = value_text(value)
        return out

    def check(self, gate: Gate) -> None:
        """Refuse bounds that are missing, cross, or cannot be of this metric."""
        if not gate.bounds:
            raise self.wrong("", "no bound", "min, max, margin, or several of them")
        if gate.min is not None and gate.max is not None and gate.min > gate.max:
            raise self.wrong("min", f"min {gate.min:g} is above max {gate.max:g}", "min <= max")
        if gate.margin is not None and not gate.margin > 0:
            accepted = "above 0, as 0.01: by so much may a run be worse than its baseline"
            raise self.wrong("margin", f"margin is {gate.margin:g}", accepted)
        if gate.baseline is not None and gate.margin is None:
            raise self.wrong("baseline", "a baseline without a margin", "margin = 0.01 beside it")
        if gate.metric in GAPS:
            self.check_gap(gate)
        metric = METRICS.get(gate.metric or "")
        if metric is None:
            return
        # The error of some tasks has no upper end: a gate on it knows once it has read the run.
        highest = math.inf if metric.name == "error" else metric.high
        for key, bound in (("min", gate.min), ("max", gate.max), ("margin", gate.margin)):
            low, high = (0.0, highest - metric.low) if key == "margin" else (metric.low, highest)
            if bound is not None and not low <= bound <= high:
                hint = f'write "{bound:g}%" for {bound:g} percent' if 1 < bound <= 100 else None
                raise self.wrong(
                    key, f"{key} is {bound:g}, and {metric.name} lies from {low:g} to {high:g}",
                    f"{low:g} to {high:g}", hint if math.isclose(high, 1) else None,
                )  # fmt: skip

    def check_gap(self, gate: Gate) -> None:
        others: Sequence[tuple[str, bool]] = (
            ("where", bool(gate.where)), ("split", gate.split is not None),
            ("margin", gate.margin is not None),
        )  # fmt: skip
        for key, given in others:
            if given:
                raise self.wrong(key, f"{key} beside the gap {gate.metric}", "min or max alone")
