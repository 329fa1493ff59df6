"""A threshold chosen on dev: kept for every other split, dev itself cross-fitted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.metrics import f1_score, precision_recall_curve

import mlstrat as ms
from mlstrat.core.figures import Figure, jackknife, widened
from mlstrat.core.intervals import normal_quantile, wilson_interval
from mlstrat.core.operating.choose import FOLDS, parts_of
from mlstrat.errors import ConfigError, InputError, UsageError

pytestmark = pytest.mark.usefixtures("typed")


def margins(n: int = 300, seed: int = 0, shift: float = 0.0) -> pl.DataFrame:
    """Return margins of two classes in train, dev and test; those of train lie `shift` higher."""
    rng = np.random.default_rng(seed)
    split = np.repeat(["train", "dev", "test"], n)
    label = rng.random(3 * n) < 0.4
    score = rng.normal(1.5 * label, 1.0) + shift * (split == "train")
    return pl.DataFrame({"id": [f"x{i}" for i in range(3 * n)], "split": split,
                         "label": label.astype(int), "score": score})  # fmt: skip


def best_f1(frame: pl.DataFrame) -> float:
    """Return the highest threshold with the best F1, by scikit-learn."""
    precision, recall, cuts = precision_recall_curve(frame["label"], frame["score"])
    f1 = (2 * precision * recall / (precision + recall + 1e-300))[:-1]
    return float(cuts[np.flatnonzero(f1 >= f1.max() - 1e-12)[-1]])


def split_of(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    return frame.filter(pl.col("split") == name)


def error_at(frame: pl.DataFrame, cut: Any) -> float:
    return float(((frame["score"].to_numpy() >= cut) != (frame["label"].to_numpy() == 1)).mean())


def cross_fitted(dev: pl.DataFrame, names: list[str]) -> np.ndarray:
    fold = parts_of(names) % FOLDS
    cuts = [best_f1(dev.filter(pl.Series(fold != i))) for i in range(FOLDS)]
    return np.array(cuts)[fold]


def test_the_threshold_of_dev_is_kept_for_every_split_and_dev_is_cross_fitted() -> None:
    run = margins()
    found = ms.diagnose(run, choose_threshold="f1").to_dict()
    dev, cut = split_of(run, "dev"), best_f1(split_of(run, "dev"))
    told = found["threshold"]
    assert (told["value"], told["chosen"], told["rule"]) == (cut, "dev", "best F1")
    level = {x["level"]: x["error"] for x in found["levels"]}
    for name in ("train", "test"):
        assert level[name] == pytest.approx(error_at(split_of(run, name), cut))
    assert level["dev"] == pytest.approx(error_at(dev, cross_fitted(dev, dev["id"].to_list())))
    assert told["dev_apparent"] == pytest.approx(error_at(dev, cut))
    train = split_of(run, "train")
    assert told["train_best"] == pytest.approx(error_at(train, best_f1(train)))


def test_the_interval_of_dev_holds_what_choosing_adds() -> None:
    run = margins()
    level = ms.diagnose(run, choose_threshold="f1").to_dict()["levels"]
    dev, names = split_of(run, "dev"), split_of(run, "dev")["id"].to_list()
    cuts = cross_fitted(dev, names)
    each = [error_at(dev, cuts[(parts_of(names) % FOLDS) == i][0]) for i in range(FOLDS)]
    for x, extra in zip(level, (0.0, jackknife(each), 0.0), strict=True):
        wrong = round(x["error"] * 300)
        plain = Figure(x["error"], wilson_interval(wrong / 300, 300, normal_quantile(0.95)), 300)
        assert x["ci"] == pytest.approx(widened(plain, extra, 0.95).ci)
    assert jackknife(each) > 0


def test_two_runs_are_told_apart_by_an_interval_that_holds_what_choosing_adds() -> None:
    run, other = margins(), margins(seed=1).with_columns(margins()["label"])
    found = ms.compare(run, other, choose_threshold="f1", metric="error", resamples=100)
    at = [ms.score(x, choose_threshold="f1").to_dict()["threshold"]["value"] for x in (run, other)]
    assert at[0] != at[1]
    fixed = ms.compare(run, other, threshold=at[0], metric="error", resamples=100)
    width = [x.difference.ci[1] - x.difference.ci[0] for x in (found, fixed)]
    assert width[0] > width[1]
    assert found.to_dict()["decided_by"] == "interval"


def test_levels_of_another_metric_have_their_figures_of_it() -> None:
    run = margins()
    found = ms.diagnose(run, choose_threshold="f1", metric="f1").to_dict()
    dev, cut = split_of(run, "dev"), best_f1(split_of(run, "dev"))
    f1 = f1_score(dev["label"], dev["score"] >= cut)
    assert found["threshold"]["dev_apparent"] == pytest.approx(1 - f1)
    alone = ms.score(run, choose_threshold="f1", metric="f1").to_dict()
    assert alone["threshold"]["dev_apparent"] == pytest.approx(f1)
    assert ms.score(run, choose_threshold="f1", metric="roc_auc").to_dict()["threshold"][
        "dev_apparent"] is None  # fmt: skip


def test_a_fold_holds_whole_groups() -> None:
    run = margins().with_columns(group=pl.Series(np.arange(900) // 7).cast(pl.String))
    found = ms.diagnose(run, choose_threshold="f1").to_dict()
    dev = split_of(run, "dev")
    wanted = error_at(dev, cross_fitted(dev, dev["group"].to_list()))
    assert found["splits"]["dev"]["error"]["value"] == pytest.approx(wanted)


def test_the_door_plays_no_part_nor_the_order_of_rows(tmp_path: Path) -> None:
    run = margins(100)
    run.write_csv(path := tmp_path / "run.csv")
    wanted = ms.diagnose(run, choose_threshold="f1").to_dict()["levels"]
    mixed = run.sample(fraction=1, shuffle=True, seed=1)
    for other in (path, mixed, run.to_pandas()):
        assert ms.diagnose(other, choose_threshold="f1").to_dict()["levels"] == wanted
    tied = run.drop("id").with_columns(pl.col("score").round(1))
    mixed = tied.sample(fraction=1, shuffle=True, seed=1)
    pandas = pd.DataFrame(tied.to_dict(as_series=False))
    one, two, three = (
        ms.diagnose(x, choose_threshold="f1").to_dict()["levels"] for x in (tied, mixed, pandas)
    )
    assert one == two == three
    arrays = ms.score(tied["label"].to_list(), score=tied["score"].to_list(), metric="error",
                      split=tied["split"].to_list(), choose_threshold="f1")  # fmt: skip
    assert arrays.value == one[1]["error"]


@pytest.mark.parametrize("column", ["prob_1", "prob_0"])
def test_probabilities_of_one_class_or_of_the_other_say_the_same(column: str) -> None:
    run = margins().with_columns(score=1 / (1 + (-pl.col("score")).exp()))
    p = pl.col("score") if column == "prob_1" else 1 - pl.col("score")
    other = run.with_columns(p.alias(column)).drop("score")
    wanted = ms.diagnose(run, choose_threshold="recall >= 0.9")
    found = ms.diagnose(other, choose_threshold="recall >= 0.9", positive="1")
    assert found.threshold == pytest.approx(wanted.threshold)
    assert found.to_dict()["levels"] == wanted.to_dict()["levels"]


def test_weights_weigh_when_a_threshold_is_chosen() -> None:
    run = margins().with_columns(sample_weight=pl.col("label") * 3 + 1.0)
    dear = ms.diagnose(run, choose_threshold="cost").threshold
    plain = ms.diagnose(margins(), choose_threshold="cost label=1:4").threshold
    assert dear == plain
    assert dear is not None
    assert dear < (ms.diagnose(margins(), choose_threshold="cost").threshold or 0.0)


def test_costs_of_score_are_those_it_chooses_by() -> None:
    run = margins()
    found = ms.score(run, choose_threshold="cost", weight_when=["label=1:4"]).to_dict()
    wanted = ms.score(run, choose_threshold="cost label=1:4").to_dict()
    assert found["threshold"]["value"] == wanted["threshold"]["value"]
    with pytest.raises(UsageError, match="of labels alone"):
        ms.score(run.with_columns(site=pl.lit("a")), choose_threshold="cost",
                 weight_when=["site=a:4"])  # fmt: skip


def test_two_runs_are_compared_each_at_its_own_threshold() -> None:
    run = margins()
    scaled = run.with_columns(pl.col("score") * 10 - 7)
    found = ms.compare(run, scaled, choose_threshold="f1", metric="error").to_dict()
    assert found["verdict"] == "identical"
    a, b = found["a"]["threshold"]["value"], found["b"]["threshold"]["value"]
    assert b == pytest.approx(10 * a - 7)
    assert "MLS815" in [x["code"] for x in found["findings"]]
    ranked = ms.compare(run, scaled, choose_threshold="f1", metric="roc_auc")
    assert "MLS815" not in codes(ranked)
    level = ms.score(run, choose_threshold="f1", metric="error").value
    assert found["a"]["value"] == pytest.approx(level)


def test_a_gate_and_a_report_say_the_threshold(tmp_path: Path) -> None:
    run, other = margins(), margins(seed=0).with_columns(pl.col("score") * 2)
    found = ms.gate(other, baseline=run, choose_threshold="f1", metric="error").to_dict()
    assert found["verdict"] == "pass"
    assert "MLS815" in [x["code"] for x in found["findings"]]
    assert found["threshold"]["value"] == pytest.approx(2 * best_f1(split_of(run, "dev")))
    for name, frame in (("a", run), ("b", other)):
        frame.write_csv(tmp_path / f"{name}.csv")
    said = ms.report(tmp_path / "b.csv", baseline=tmp_path / "a.csv", choose_threshold="f1")
    assert "chosen on dev: best F1" in said.to_text()


@pytest.mark.parametrize("ask", [ms.diagnose, ms.score])
def test_what_is_said_on_the_screen(ask: Any) -> None:
    said = " ".join(ask(margins(), choose_threshold="f1").to_text().split())
    assert "chosen on dev: best F1. Dev is cross-fitted; at its own threshold its" in said


@pytest.mark.parametrize("command", ["diagnose", "score", "gate", "report"])
def test_without_dev_a_threshold_must_be_given(command: str) -> None:
    run = margins().with_columns(pl.col("split").replace("dev", "test"))
    more = {"baseline": run} if command == "gate" else {}
    with pytest.raises(UsageError, match="chosen on dev alone, and there is no dev") as caught:
        getattr(ms, command)(run, choose_threshold="f1", **more)
    assert "--threshold X" in (caught.value.hint or "")


def test_one_of_both_is_given_and_a_flag_is_over_the_settings(tmp_path: Path) -> None:
    run = margins()
    with pytest.raises(UsageError, match="a threshold is given, and a rule"):
        ms.diagnose(run, choose_threshold="f1", threshold=0.3)
    (tmp_path / "c.toml").write_text("[diagnose]\nthreshold = 99.0\n")
    found = ms.diagnose(run, choose_threshold="f1", config=tmp_path / "c.toml")
    assert found.threshold == best_f1(split_of(run, "dev"))


def settings(folder: Path, text: str) -> Path:
    path = folder / "settings.toml"
    path.write_text(f"[diagnose]\n{text}\n")
    return path


def test_settings_may_say_the_rule_and_what_is_typed_is_over_them(tmp_path: Path) -> None:
    run = margins()
    config = settings(tmp_path, 'choose_threshold = "recall >= 0.9"')
    wanted = ms.diagnose(run, choose_threshold="recall >= 0.9").to_dict()["threshold"]
    assert ms.diagnose(run, config=config).to_dict()["threshold"] == wanted
    given = ms.diagnose(run, config=config, threshold=0.3).to_dict()
    assert given["levels"] == ms.diagnose(run, threshold=0.3).to_dict()["levels"]
    assert ms.diagnose(run, config=config, choose_threshold="f1").threshold == best_f1(
        split_of(run, "dev")
    )
    with pytest.raises(UsageError, match="the settings choose the threshold") as caught:
        ms.slices(run.with_columns(site=pl.lit("a")), by=["site"], config=config)
    assert caught.value.accepted == "--threshold X"


def test_settings_hold_a_threshold_or_a_rule_and_those_of_a_project_stand_over_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = margins()
    both = settings(tmp_path, 'threshold = 0.5\nchoose_threshold = "f1"')
    with pytest.raises(ConfigError, match="gives a threshold, and a rule"):
        ms.diagnose(run, config=both)
    with pytest.raises(UsageError, match="is not a rule"):
        ms.diagnose(run, config=settings(tmp_path, 'choose_threshold = "f2"'))
    monkeypatch.chdir(tmp_path)
    run.write_csv("run.csv")
    Path("run.toml").write_text("[diagnose]\nthreshold = 0.5\n")
    Path("mlstrat.toml").write_text('[diagnose]\nchoose_threshold = "f1"\n')
    assert ms.diagnose("run.csv").threshold == best_f1(split_of(run, "dev"))


def test_what_cannot_be_chosen_is_refused_with_its_reason(tmp_path: Path) -> None:
    run = margins()
    labels = run.with_columns(prediction="label").drop("score")
    with pytest.raises(UsageError, match="--choose-threshold needs a score"):
        ms.score(labels, choose_threshold="f1")
    with pytest.raises(UsageError, match=r"no threshold has precision >= 1 on dev: the best is"):
        low = run.with_columns(score=-pl.col("score"))
        ms.score(low, choose_threshold="precision >= 100%")
    with pytest.raises(InputError, match="dev holds no row of '1'"):
        ms.score(run.filter((pl.col("label") == 0) | (pl.col("split") != "dev")),
                 choose_threshold="f1")  # fmt: skip
    with pytest.raises(UsageError, match="there is no label 'spam'"):
        ms.score(run, choose_threshold="cost label=spam:3")
    counts = run.group_by("split", "label", "score").len("n")
    with pytest.raises(UsageError, match="needs rows, and these are counts"):
        ms.score(counts, choose_threshold="f1")
    three = run.with_columns(label=pl.col("label") + (pl.col("score") > 2))
    with pytest.raises(UsageError, match="a score tells two classes apart"):
        ms.score(three, choose_threshold="f1", positive="1")
    run.with_columns(score=pl.lit("high")).write_csv(path := tmp_path / "text.csv")
    with pytest.raises(InputError, match="high"):
        ms.score(path, choose_threshold="f1")


def test_percent_and_a_split_without_labels_are_read_as_they_are_elsewhere(tmp_path: Path) -> None:
    run = margins().with_columns(score=1 / (1 + (-pl.col("score")).exp()))
    wanted = ms.score(run.filter(pl.col("split") != "test"), choose_threshold="f1").value
    blank = pl.when(pl.col("split") == "test").then(None).otherwise(pl.col("label")).alias("label")
    run.with_columns(blank).write_csv(path := tmp_path / "run.csv")
    assert ms.score(path, choose_threshold="f1").value == wanted
    run.with_columns((pl.col("score") * 100).cast(pl.String) + "%").write_csv(path)
    assert ms.score(path, choose_threshold="f1").value == pytest.approx(wanted)


def codes(found: Any) -> list[str]:
    return [x["code"] for x in found.to_dict()["findings"]]


def test_scores_of_train_that_lie_elsewhere_explain_the_gap() -> None:
    found = ms.diagnose(margins(1000, shift=1.5), choose_threshold="f1")
    assert "MLS813" not in codes(found)  # train is worse than dev at the threshold of dev: no gap
    sure = margins(1000).with_columns(
        score=pl.when(pl.col("split") == "train")
        .then(pl.col("score") + 1.5 + pl.col("label") * 1.6).otherwise(pl.col("score"))
    )  # fmt: skip
    found = ms.diagnose(sure, choose_threshold="f1", metric="recall")
    evidence = next(x for x in found.to_dict()["findings"] if x["code"] == "MLS813")["evidence"]
    assert evidence["train"] < evidence["dev"] < evidence["dev_at_train"]
    assert evidence["dev_at_train"] - evidence["dev"] > (evidence["dev"] - evidence["train"]) / 2
    assert "MLS813" not in codes(ms.diagnose(margins(1000), choose_threshold="f1"))


def test_scores_that_promise_too_much_are_found_and_margins_are_not_judged() -> None:
    rng = np.random.default_rng(0)
    true = rng.beta(1, 2, 2000)
    run = pl.DataFrame({"label": (rng.random(2000) < true).astype(int), "score": true})
    good = ms.diagnose(run, choose_threshold="f1")
    assert "MLS814" not in codes(good)
    assert good.to_dict()["calibration"]["bins"] == 10
    bad = ms.diagnose(run.with_columns(pl.col("score").sqrt()), choose_threshold="f1")
    assert "MLS814" in codes(bad)
    assert "ECE" in bad.to_text()
    assert ms.diagnose(margins(), choose_threshold="f1").to_dict()["calibration"] is None


def test_nothing_is_said_of_a_threshold_that_nobody_chose() -> None:
    for found in (ms.diagnose(margins(), threshold=0.5), ms.score(margins(), threshold=0.5)):
        assert "threshold" not in found.to_dict()
