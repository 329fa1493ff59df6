"""Sources, gaps and a ladder, each by a small example."""

from __future__ import annotations

from mlstrat.core.figures import Estimate
from mlstrat.workflow.diagnose.findings import source_findings, unlike_share
from mlstrat.workflow.diagnose.ladder import Level, decompose, name_gaps


def test_source_findings():
    apart = {"train": {"web": 90, "tv": 10}, "dev": {"app": 60, "web": 40}}
    assert [finding.code for finding in source_findings(apart, ["train", "dev"])] == ["MLS117"]
    assert source_findings(apart, ["train", "train-dev", "dev"]) == []


def test_unlike_share():
    assert unlike_share({"dev": {"web": 100}, "test": {"web": 50, "phone": 50}}) == 0.5


def test_name_gaps():
    assert name_gaps(["train", "dev", "test"], different_distributions=False) == [
        ("variance", "train", "dev"),
        ("dev_overfit", "dev", "test"),
    ]
    assert name_gaps(["human", "test"], different_distributions=True) == [
        ("bias_variance_or_mismatch", "human", "test")
    ]


def test_decompose():
    ladder = [Level(n, Estimate(v)) for n, v in [("human", 0.01), ("train", 0.08), ("dev", 0.10)]]
    result = decompose(ladder)
    assert (result.verdict, result.focus) == ("focus", ("avoidable_bias",))
