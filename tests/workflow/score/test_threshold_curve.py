"""The curve over thresholds: each figure is that of the predictions at its threshold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import f1_score, precision_score, recall_score

import mlstrat as ms
from mlstrat.errors import UndefinedError

pytestmark = pytest.mark.usefixtures("typed")


def margins(n: int = 300, seed: int = 0, digits: int = 6) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    label = rng.random(n) < 0.4
    score = np.round(rng.normal(1.5 * label, 1.0), digits)
    return pl.DataFrame({"id": range(n), "split": "dev", "label": label.astype(int),
                         "score": score})  # fmt: skip


def points(found: object) -> dict[tuple[float, str], dict[str, float]]:
    return {(x["threshold"], x["metric"]): x for x in found.records()}  # type: ignore[attr-defined]


def test_figures_are_those_of_scikit_learn_and_intervals_those_of_score() -> None:
    run = margins(digits=1)
    found = points(ms.plot("threshold", run))
    cuts = sorted({t for t, _ in found})
    assert cuts == sorted(set(run["score"].to_list()))
    for cut in cuts:
        called = run["score"] >= cut
        for name, of in (("precision", precision_score), ("recall", recall_score),
                         ("f1", f1_score)):  # fmt: skip
            assert found[cut, name]["value"] == pytest.approx(of(run["label"], called))
    cut = cuts[len(cuts) // 2]
    for name in ("precision", "recall", "f1", "error"):
        alone = ms.score(run, threshold=cut, metric=name)
        assert found[cut, name]["value"] == pytest.approx(alone.value)
        assert (found[cut, name]["ci_low"], found[cut, name]["ci_high"]) == pytest.approx(alone.ci)


def test_groups_widen_the_intervals_as_they_do_elsewhere() -> None:
    run = margins(digits=1).with_columns(group=pl.col("id") // 10)
    found = points(ms.plot("threshold", run))
    alone = ms.score(run, threshold=1.0, metric="recall")
    assert (found[1.0, "recall"]["ci_low"], found[1.0, "recall"]["ci_high"]) == pytest.approx(
        alone.ci
    )


def test_of_many_scores_some_are_drawn_and_the_threshold_of_the_run_is_among_them() -> None:
    run = margins(2000)
    found = ms.plot("threshold", run, choose_threshold="recall >= 0.9")
    cuts = {t for t, _ in points(found)}
    used = ms.score(run, choose_threshold="recall >= 0.9").to_dict()["threshold"]["value"]
    assert used in cuts
    assert len(cuts) <= 61
    assert f"read at {used:.3g}: best precision with recall >= 0.9" in found.alt_text
    assert f"at {used:.3g} it is" in found.title


def test_it_is_drawn(tmp_path: Path) -> None:
    ms.plot("threshold", margins(), threshold=0.5).save(path := tmp_path / "t.svg")
    assert "as the run is read" in path.read_text()


def test_one_class_alone_has_no_curve() -> None:
    with pytest.raises(UndefinedError, match="no curve on dev"):
        ms.plot("threshold", margins().filter(pl.col("label") == 1), positive="1")
