"""What `diagnose` concludes, from rows made by hand."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import pytest

import mlstrat as ms


def frame(splits: dict[str, tuple[int, int]], **columns: Sequence[object]) -> pl.DataFrame:
    """Return a run with (wrong, rows) by split, labels cat and dog in turn."""
    split = [name for name, (_, n) in splits.items() for _ in range(n)]
    label = ["cat" if i % 2 else "dog" for i in range(len(split))]
    wrong = [i < k for k, n in splits.values() for i in range(n)]
    other = {"cat": "dog", "dog": "cat"}
    predicted = [other[x] if w else x for x, w in zip(label, wrong, strict=True)]
    return pl.DataFrame({"split": split, "label": label, "prediction": predicted, **columns})


def codes(found) -> list[str]:
    return [f["code"] for f in found.to_dict()["findings"]]


def test_levels_gaps_and_verdict_of_a_run():
    run = frame({"train": (10, 1000), "train-dev": (90, 1000), "dev": (100, 1000)})
    found = ms.diagnose(run, human_error="0.5%")
    document = found.to_dict()
    assert [(x["level"], x["errors"], x["n"]) for x in document["levels"]] == [
        ("human", None, None), ("train", 10, 1000), ("train-dev", 90, 1000), ("dev", 100, 1000),
    ]  # fmt: skip
    assert found.focus == ("variance",)
    bias, variance, mismatch = document["gaps"]
    assert bias["value"] == pytest.approx(0.005)
    assert variance["p_largest"] > 0.999
    assert variance["resolved"] is True
    assert mismatch["resolved"] is False
    # Newcombe's hybrid score interval of 90/1000 against 10/1000, from statsmodels.
    assert variance["ci"] == pytest.approx([0.0617898, 0.0998719], abs=1e-6)


def test_p_largest_is_null_where_a_level_has_no_counts():
    document = ms.gaps(human="0%", train="1%", dev="9%").to_dict()
    assert [g["p_largest"] for g in document["gaps"]] == [None, None]


def test_gaps_of_another_metric_are_gaps_of_its_loss():
    run = frame({"train": (10, 1000), "dev": (100, 1000)})
    found = ms.diagnose(run, metric="recall", positive="cat", human_error=0.0).to_dict()
    assert [x["error"] for x in found["levels"]] == pytest.approx([0, 5 / 500, 50 / 500])
    assert found["metric"]["name"] == "recall"
    assert found["metric"]["value"] == pytest.approx(0.9)
    assert found["gaps"][1]["ci"] is not None


def test_the_single_number_is_macro_f1_without_a_positive_class_and_says_so():
    run = frame({"train": (10, 100), "dev": (10, 100)})
    found = ms.diagnose(run)
    assert found.to_dict()["metric"]["average"] == "macro"
    assert "MLS202" in codes(found)
    named = ms.diagnose(run, positive="cat")
    assert named.to_dict()["metric"]["average"] == "binary"
    assert "MLS202" not in codes(named)


def test_a_missing_train_dev_set_is_asked_for_with_a_size():
    run = frame({"train": (10, 1000), "dev": (100, 1000)})
    found = ms.diagnose(run, human_error="0%", different_distributions=True)
    assert (found.verdict, found.focus) == ("undetermined", ())
    assert "about 180 examples" in found.to_text().replace("\n  ", " ")


def test_an_open_question_comes_with_the_number_of_examples_that_settles_it():
    run = frame({"train": (10, 1000), "train-dev": (12, 1000), "dev": (100, 1000)})
    found = ms.diagnose(run, human_error="0%").to_dict()
    (noise,) = [f for f in found["findings"] if f["code"] == "MLS114"]
    assert noise["evidence"]["gap"] == "variance"
    more = noise["evidence"]["more_examples"]
    # With that many more in each split, half each, the gap is resolved.
    n = 1000 + more // 2
    bigger = frame({"train": (round(0.01 * n), n), "dev": (round(0.012 * n), n)})
    document = ms.diagnose(bigger, human_error="0%").to_dict()
    assert document["gaps"][1]["ci"][0] == pytest.approx(0, abs=2e-4)


def test_a_tie_for_the_first_place_is_contested():
    run = frame({"train": (50, 1000), "dev": (98, 1000)})
    found = ms.diagnose(run, human_error="0%")
    assert found.focus == ("avoidable_bias", "variance")
    assert "MLS115" in codes(found)


def test_people_on_the_same_rows_are_paired():
    # People and model err on the same 50 rows: a gap of 0 with a narrow interval.
    run = frame({"train": (50, 1000), "dev": (60, 1000)})
    answers = run["prediction"].to_list()
    answers[1000:] = [None] * 1000
    found = ms.diagnose(run.with_columns(pl.Series("human", answers))).to_dict()
    bias = found["gaps"][0]
    assert bias["value"] == 0
    assert bias["ci"][1] - bias["ci"][0] < 0.01
    (note,) = [f for f in found["findings"] if f["code"] == "MLS210"]
    assert note["evidence"]["paired"] is True


def test_of_several_people_the_lowest_with_enough_answers_or_the_team():
    run = frame({"train": (50, 300), "dev": (60, 300)})
    label = run["label"].to_list()
    other = {"cat": "dog", "dog": "cat"}

    def person(wrong: range, answered: int) -> pl.Series:
        rows = [other[x] if i in wrong else x for i, x in enumerate(label)]
        return pl.Series([x if i < answered else None for i, x in enumerate(rows)])

    people = run.with_columns(
        human_ann=person(range(30), 300),  # 10 %
        human_bob=person(range(30, 60), 300),  # 10 %
        human_cem=person(range(60, 90), 300),  # 10 %, but never together: the team is perfect
        human_dee=person(range(0), 20),  # no error in 20 answers: luck
    )
    found = ms.diagnose(people).to_dict()
    (note,) = [f for f in found["findings"] if f["code"] == "MLS210"]
    assert note["evidence"]["name"] == "team (majority)"
    assert found["levels"][0]["error"] < 0.02
    alone = run.with_columns(human_ann=person(range(30), 300), human_dee=person(range(0), 20))
    (note,) = [f for f in ms.diagnose(alone).to_dict()["findings"] if f["code"] == "MLS210"]
    assert note["evidence"]["name"] in ("human_ann", "ann")


def test_people_measured_on_dev_only_are_a_warning_where_distributions_differ():
    run = frame({"train": (5, 200), "train-dev": (6, 200), "dev": (50, 200)})
    answers = [None] * 400 + run["label"].to_list()[400:]
    people = run.with_columns(pl.Series("human", answers))
    assert "MLS211" in codes(ms.diagnose(people, different_distributions=True))
    assert "MLS211" not in codes(ms.diagnose(people))


def test_a_group_in_several_splits_moves_them_together():
    # The same patients in train and dev, wrong together: the gap between is less uncertain.
    rows = {"split": [], "label": [], "prediction": [], "group": []}
    for split, extra in (("train", 0), ("dev", 1)):
        for patient in range(40):
            wrong = 8 * (patient % 2) + extra
            rows["split"] += [split] * 10
            rows["label"] += ["cat", "dog"] * 5
            rows["prediction"] += ["owl"] * wrong + (["cat", "dog"] * 5)[wrong:]
            rows["group"] += [f"p{patient}"] * 10
    together = ms.diagnose(pl.DataFrame(rows), human_error="0%").to_dict()["gaps"][1]
    apart = {**rows, "group": [f"{s}{g}" for s, g in zip(rows["split"], rows["group"],
                                                         strict=True)]}  # fmt: skip
    alone = ms.diagnose(pl.DataFrame(apart), human_error="0%").to_dict()["gaps"][1]
    assert together["value"] == alone["value"] == pytest.approx(0.1)
    width = [g["ci"][1] - g["ci"][0] for g in (together, alone)]
    assert width[0] < width[1] / 2
    assert together["p_largest"] is not None


def test_few_groups_are_noted():
    run = frame({"train": (5, 100), "dev": (10, 100)})
    few = run.with_columns(pl.Series("group", [i % 10 for i in range(200)]))
    assert "MLS208" in codes(ms.diagnose(few, human_error="0%"))


def test_looking_at_test_is_noted():
    run = frame({"train": (5, 100), "dev": (10, 100), "test": (10, 100)})
    assert "MLS206" in codes(ms.diagnose(run, split="test"))
    assert "MLS206" not in codes(ms.diagnose(run))


def test_no_dev_and_two_others_is_refused():
    with pytest.raises(ms.UsageError, match="no dev split"):
        ms.diagnose(frame({"train": (5, 100), "test": (10, 100)}))


def test_abstentions_are_wrong_and_reported():
    run = pl.DataFrame({"label": ["a", "b"] * 10, "prediction": ["a", None] * 10})
    found = ms.diagnose(run)
    assert found.to_dict()["splits"]["dev"]["abstentions"] == 10
    assert found.to_dict()["splits"]["dev"]["errors"] == 10
    assert "MLS201" in codes(found)


def test_an_undefined_level_is_an_error_with_its_reason():
    run = pl.DataFrame({"split": ["train"] * 4 + ["dev"] * 4, "label": ["a", "b"] * 4,
                        "prediction": ["a", "b"] * 2 + ["b"] * 4})  # fmt: skip
    with pytest.raises(ms.UndefinedError, match="never predicted"):
        ms.diagnose(run, metric="precision", positive="a")
