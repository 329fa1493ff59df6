"""What is to be known about splits that were made."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from mlstrat.core.cuts import MADE, Cuts, Key, Stratum
from mlstrat.core.findings import Finding
from mlstrat.core.sample_size import Test, unpaired_difference, unpaired_size

EXPECTED_ERROR = 0.1
"""The error at which sizes are judged where none is given (ours)."""

Sources = Mapping[str, Mapping[str, int]]
"""Rows by split and source."""


def by_split_and_source(placed: Mapping[tuple[str, Stratum], int]) -> dict[str, dict[str, int]]:
    """Return rows by split and source, the splits in the order of the ladder."""
    out: dict[str, dict[str, int]] = {split: {} for split in MADE}
    for (split, stratum), rows in sorted(placed.items(), key=lambda x: (x[0][1].source, x[0][0])):
        out[split][stratum.source] = out[split].get(stratum.source, 0) + rows
    return {split: found for split, found in out.items() if found}


def key_findings(key: Key, rows: int) -> list[Finding]:
    """Return whether rows are known by their content."""
    return [Finding("MLS358", {"rows": rows})] if key == "row" else []


def new_strata_findings(cuts: Cuts, rows: Mapping[Stratum, int]) -> list[Finding]:
    """Return what the data hold that the cut points do not know."""
    new = [s for s in rows if s not in cuts.strata]
    if not new:
        return []
    evidence = {
        "strata": [{"source": s.source, "value": s.value, "rows": rows[s]} for s in new],
        "rows": sum(rows[s] for s in new),
    }
    return [Finding("MLS359", evidence)]


def train_dev_findings(sizes: Sources) -> list[Finding]:
    """Return whether a train-dev set is missing where train is not of the distribution of dev."""
    if "train-dev" in sizes or not {"train", "dev"} <= set(sizes):
        return []
    others = {s: n for s, n in sizes["train"].items() if s not in sizes["dev"]}
    return [Finding("MLS352", {"sources": others})] if others else []


def resolution_findings(
    rows: Mapping[str, int], detect: float | None, error: float | None, confidence: float
) -> list[Finding]:
    """Return which of dev and test cannot tell a difference, each model on its own sample."""
    if detect is None:
        return []
    expected = max(EXPECTED_ERROR, detect) if error is None else error
    test = Test(confidence=confidence)
    needed = unpaired_size(expected, detect, test)
    small = {s: rows[s] for s in ("dev", "test") if s in rows and rows[s] < needed}
    if not small:
        return []
    evidence = {
        "detect": detect,
        "error": expected,
        "needed": needed,
        "rows": small,
        "detectable": {s: unpaired_difference(expected, n, test) for s, n in small.items()},
    }
    return [Finding("MLS357", evidence)]


def target_findings(sizes: Sources, target: Collection[str]) -> list[Finding]:
    """Return rows of dev and test that are of another source than the target."""
    found = {
        split: {s: n for s, n in sizes[split].items() if s not in target}
        for split in ("dev", "test")
        if split in sizes
    }
    found = {split: others for split, others in found.items() if others}
    if not target or not found:
        return []
    shares = {s: sum(others.values()) / sum(sizes[s].values()) for s, others in found.items()}
    return [Finding("MLS355", {"target": sorted(target), "rows": found, "share": shares})]


def unchecked_findings(reasons: Sequence[str]) -> list[Finding]:
    """Return what could not be checked, by the names of the reasons."""
    return [Finding("MLS350", {"unchecked": list(reasons)})] if reasons else []
