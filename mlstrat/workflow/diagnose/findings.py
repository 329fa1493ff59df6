"""What next: findings with stable codes, the knobs of one station and of no other.

Orthogonalization (C3W1): each gap has its own knobs, so that mending one does not move another.
A finding says what was seen in numbers; prose is written in `report/`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from mlstrat.core.counts import Cells
from mlstrat.core.figures import Sampling
from mlstrat.core.findings import Finding
from mlstrat.core.intervals import normal_quantile
from mlstrat.core.pairs import PairedErrors
from mlstrat.tasks.classification.findings import FEW_GROUPS
from mlstrat.workflow.diagnose.ladder import SLACK, Decomposition
from mlstrat.workflow.diagnose.settling import what_would_settle
from mlstrat.workflow.diagnose.two_way import TwoWayTable

FOCUS_CODES = {
    "avoidable_bias": "MLS101",
    "variance": "MLS102",
    "data_mismatch": "MLS103",
    "dev_overfit": "MLS104",
}


def train_dev_size(gap: float, error: float, z: float) -> int:
    """Return how many train-dev examples resolve a gap of this size at this error.

    Formula: n = z² p(1 − p) / d², so that ± z standard errors of the train-dev error are d.

    Examples
    --------
    >>> train_dev_size(0.09, 0.10, 1.96)
    43
    """
    return math.ceil(z * z * max(error * (1 - error), 0.01) / (gap * gap))


def ladder_findings(
    result: Decomposition,
    sampling: Sampling,
    paired: PairedErrors | None = None,
    people: TwoWayTable | None = None,
) -> list[Finding]:
    """Return the findings of the decomposition, the most urgent first."""
    z = normal_quantile(sampling.confidence)
    out: list[Finding] = []
    if result.verdict == "focus":
        out += [
            Finding(FOCUS_CODES[name], _gap_evidence(result, name))
            for name in result.focus
            if name in FOCUS_CODES
        ]
    elif result.verdict == "small":
        out.append(Finding("MLS112", {"tolerance": result.tolerance, "focus": list(result.focus)}))
    missing = [name for name in ("train", "dev") if name in result.missing]
    if missing:
        out.append(Finding("MLS116", {"missing": missing}))
    both = result.gap("variance_or_mismatch")
    if both is not None and both.value is not None:
        dev = result.level("dev")
        size = None
        if both.value > 0 and dev is not None:
            # Half of the gap is what a train-dev set must be able to place on either side.
            size = train_dev_size(both.value / 2, dev.value, z)
        out.append(Finding("MLS105", _gap_evidence(result, both.gap) | {"train_dev_size": size}))
    bias = result.gap("avoidable_bias")
    if bias is not None and bias.bounds is not None:
        if result.surpassed:
            out.append(Finding("MLS111", _gap_evidence(result, "avoidable_bias")))
        elif result.verdict == "insufficient":
            out.append(Finding("MLS110", _gap_evidence(result, "avoidable_bias")))
    if dev_is_easier(result):
        flattered = "dev_overfit" in result.focus
        gap = result.gap("data_mismatch")
        evidence = _gap_evidence(result, "data_mismatch") | {
            "resolved": None if gap is None else gap.resolved,
            "dev_overfit": flattered,
            "human_difference": None if people is None else people.along("human"),
        }
        out.append(Finding("MLS113", evidence))
    for question in what_would_settle(result, paired, sampling):
        evidence = _gap_evidence(result, question.gap) | {
            "splits": list(question.splits),
            "rows": question.rows,
            "more_examples": question.more,
        }
        if question.rival is None:
            out.append(Finding("MLS114", evidence))
        else:
            out.append(Finding("MLS115", evidence | {"rival": question.rival}))
    return out


def source_findings(sources: Mapping[str, tuple[str, str]], splits: Sequence[str]) -> list[Finding]:
    """Return the finding on sources that differ between train and dev, undeclared.

    Parameters
    ----------
    sources
        The first and the last source of each split, in the order of their text.
    splits
        All splits.

    Examples
    --------
    >>> apart = {"train": ("web", "web"), "dev": ("app", "app")}
    >>> [finding.code for finding in source_findings(apart, ["train", "dev"])]
    ['MLS117']
    >>> source_findings(apart, ["train", "train-dev", "dev"])
    []
    """
    if "train-dev" in splits or not {"train", "dev"} <= sources.keys():
        return []
    train, dev = sources["train"], sources["dev"]
    if train[1] < dev[0] or dev[1] < train[0]:
        return [Finding("MLS117", {"train": list(train), "dev": list(dev)})]
    return []


def dev_is_easier(result: Decomposition) -> bool:
    """Tell whether the mismatch is negative."""
    gap = result.gap("data_mismatch")
    return gap is not None and gap.value is not None and gap.value < -SLACK


def _gap_evidence(result: Decomposition, name: str) -> dict[str, Any]:
    gap = result.gap(name)
    if gap is None:
        return {"gap": name}
    return {
        "gap": name,
        "from": gap.start,
        "to": gap.end,
        "value": gap.value,
        "ci": None if gap.ci is None else list(gap.ci),
        "p_largest": gap.p_largest,
        "bounds": None if gap.bounds is None else list(gap.bounds),
    }


def data_findings(
    cells: Cells,
    *,
    binary_without_positive: bool,
    undefined: Mapping[str, Sequence[str]],
    groups: Mapping[str, int],
) -> list[Finding]:
    """Return what is to be known about the data behind the figures."""
    out: list[Finding] = []
    blank = cells.predicted < 0
    if blank.any():
        counts = {
            split: int(cells.n[blank & (cells.split == i)].sum())
            for i, split in enumerate(cells.splits)
        }
        out.append(Finding("MLS201", {"abstentions": {k: v for k, v in counts.items() if v}}))
    if binary_without_positive:
        out.append(Finding("MLS202", {"labels": list(cells.labels)}))
    left_out = {split: list(classes) for split, classes in undefined.items() if classes}
    if left_out:
        out.append(Finding("MLS209", {"classes": left_out}))
    few = {split: count for split, count in groups.items() if count < FEW_GROUPS}
    if few:
        out.append(Finding("MLS208", {"groups": few}))
    return out
