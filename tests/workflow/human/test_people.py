"""Who is a person, what is an answer, and that no order plays a part."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import mlstrat as ms
from tests.answers import THREE, people


def codes(document):
    return {f["code"]: f["evidence"] for f in document["findings"]}


def told(document):
    """Return a document without what was read."""
    return {k: v for k, v in document.to_dict().items() if k != "signature"}


# Who is a person


def test_columns_of_counts_and_times_are_no_people_and_are_named():
    run = people(60, {"prediction": 0.2, "human_ann": 0.1}).with_columns(
        human_time_s=pl.Series(range(60)), human_note=pl.lit("looks odd")
    )
    found = ms.human(run).to_dict()
    assert [a["name"] for a in found["annotators"]] == ["ann"]
    assert found["no_people"] == codes(found)["MLS327"]["columns"] == ["note", "time_s"]
    assert codes(ms.diagnose(run).to_dict())["MLS327"]["columns"] == ["note", "time_s"]


def test_where_no_column_holds_answers_there_is_no_human_level():
    run = people(60, {"prediction": 0.2}).with_columns(human_votes=pl.Series(range(60)))
    document = ms.human(run)
    assert document.to_dict()["bayes_proxy"] is None
    assert "No human level" in document.to_text()
    assert "Left out: votes." in document.to_text()
    assert [x["level"] for x in ms.diagnose(run).to_dict()["levels"]] == ["dev"]
    with pytest.raises(ms.UsageError, match="no such person"):
        ms.human(run, bar="votes")


def test_who_is_wrong_more_often_than_not_is_a_person_all_the_same():
    found = ms.human(people(200, {"human_ann": 0.1, "human_bob": 0.9})).to_dict()
    assert [a["name"] for a in found["annotators"]] == ["ann", "bob"]


# What is an answer


@pytest.mark.parametrize("skipped", ["", "skip", "Skip", "n/a", "N/A"])
def test_a_skipped_example_is_no_error_and_is_counted(skipped):
    run = people(90, {"prediction": 0.1, "human_ann": 0.0, "human_bob": 0.0})
    hard = pl.int_range(90) < 30
    run = run.with_columns(
        human_ann=pl.when(hard).then(pl.lit(skipped)).otherwise(pl.col("human_ann"))
    )
    document = ms.human(run)
    ann, bob = document.to_dict()["annotators"]
    assert (ann["error"]["value"], ann["answered"], ann["abstained"]) == (0, 60, 30)
    assert (bob["answered"], bob["abstained"]) == (90, 0)
    assert codes(document.to_dict())["MLS328"] == {"examples": 90, "left": {"ann": 30}}
    assert "Left unanswered, of 90 examples: ann 30." in document.to_text()


def test_skip_is_an_answer_where_it_is_a_label():
    run = pl.DataFrame({"label": ["skip", "play"] * 20, "human_ann": ["skip"] * 40})
    (ann,) = ms.human(run).to_dict()["annotators"]
    assert (ann["error"]["value"], ann["answered"]) == (0.5, 40)


def test_who_skips_the_hard_examples_is_no_better_for_it():
    rng = np.random.default_rng(1)
    hard = np.arange(400) < 100
    wrong = rng.random((400, 2)) < np.where(hard, 0.5, 0.02)[:, None]
    answers = np.where(wrong, "no", "yes").astype(object)
    answers[hard, 0] = "skip"
    table = pl.DataFrame({"label": ["yes"] * 399 + ["no"], "human_a": list(answers[:, 0]),
                          "human_b": list(answers[:, 1])})  # fmt: skip
    found = ms.human(table).to_dict()
    a, b = (x["error"]["value"] for x in found["annotators"])
    assert a < b / 4
    assert found["bayes_proxy"]["method"] == "level"
    assert found["bayes_proxy"]["error"]["value"] == pytest.approx(b, abs=0.02)


def test_people_who_answered_different_examples_are_not_compared():
    easy = people(300, {"human_easy": 0.01}, seed=1)
    hard = people(300, {"human_hard": 0.3}, seed=2)
    both = pl.concat([easy, hard], how="diagonal").with_columns(id=pl.int_range(600))
    document = ms.human(both)
    proxy, team = (document.to_dict()[x] for x in ("bayes_proxy", "team"))
    assert (proxy["name"], proxy["method"], proxy["shared"]) == ("both people", "level", 0)
    assert proxy["error"]["value"] == pytest.approx(team["error"]["value"])
    assert proxy["lowest"]["name"] == "easy"
    assert codes(document.to_dict())["MLS329"]["shared"] == 0
    assert "too few to compare them" in document.to_text()


# Votes


def votes(n: int = 400, error: float = 0.08, voters: int = 10) -> pl.DataFrame:
    rng = np.random.default_rng(3)
    label = rng.integers(0, 2, n)
    right = rng.binomial(voters, 1 - error, n)
    cat = np.where(label == 0, right, voters - right)
    names = np.array(["cat", "dog"])
    return pl.DataFrame({"label": names[label], "prediction": names[rng.permutation(label)],
                         "votes_cat": cat, "votes_dog": voters - cat})  # fmt: skip


def test_votes_are_the_error_of_one_voter_and_of_the_majority():
    table = votes()
    own = np.where(table["label"] == "cat", table["votes_cat"], table["votes_dog"])
    document = ms.human(table)
    found = document.to_dict()
    assert found["annotators"] == []
    (voter,) = found["groups"]
    assert (voter["name"], voter["error"]["n"]) == ("one voter", 4000)
    assert voter["error"]["value"] == pytest.approx(1 - own.sum() / 4000)
    assert found["team"]["error"]["value"] == pytest.approx(np.mean(own <= 5))
    assert found["team"]["ties"] == (own == 5).sum()
    assert found["bayes_proxy"]["error"]["value"] == pytest.approx(voter["error"]["value"])
    assert "Votes do not say who gave them" in document.to_text()
    assert ms.diagnose(table).to_dict()["levels"][0]["error"] == pytest.approx(
        voter["error"]["value"]
    )
    assert "MLS213" in codes(ms.diagnose(table, metric="f1", positive="cat").to_dict())


def test_votes_are_kept_by_counts_and_one_for_no_label_is_named():
    votes().with_columns(votes_total=pl.lit(10)).write_csv("run.csv")
    ms.count("run.csv", output="counts.csv")
    one, two = ms.human("run.csv"), ms.human("counts.csv")
    assert told(one) == told(two)
    assert one.to_dict()["no_people"] == ["votes_total"]


def test_votes_that_are_no_numbers_are_refused():
    text = "label,prediction,votes_a,votes_b\na,a,1,0\nb,b,few,1\n"
    Path("run.csv").write_text(text)
    with pytest.raises(ms.InputError) as refused:
        ms.human("run.csv")
    assert "row 3, column 'votes_a': 'few' is not a number of people" in str(refused.value)


# No order plays a part


@pytest.mark.parametrize("share", [1.0, 0.6])
@pytest.mark.parametrize("extra", [(), ("weight",), ("group",)])
def test_the_order_of_people_and_rows_changes_nothing(share, extra):
    rng = np.random.default_rng(5)
    run = people(240, {"prediction": 0.2, **THREE, "human_dan": 0.02}, share=share)
    run = run.with_columns(split=pl.Series(["train", "dev"] * 120))
    if "weight" in extra:
        run = run.with_columns(sample_weight=pl.Series(rng.gamma(2.0, size=240)))
    if "group" in extra:
        run = run.with_columns(group=pl.Series(rng.integers(0, 40, 240)))
    run = run.with_columns(pl.col("prediction").replace("", "cat"))
    names = [x for x in run.columns if x.startswith("human_")]
    rest = [x for x in run.columns if x not in names]
    moved = run.select(*rest, *reversed(names)).sample(fraction=1, shuffle=True, seed=3)
    for command in (ms.human, ms.diagnose):
        assert told(command(run)) == told(command(moved))
        assert command(run).to_text() == command(moved).to_text()


def test_two_people_with_as_many_answers_give_one_level_in_either_order():
    rng = np.random.default_rng(8)
    label = rng.integers(0, 2, 160)
    good = np.where(np.arange(160) == 3, 1 - label, label)
    bad = np.where(np.arange(160) % 4 == 0, 1 - label, label)
    model = np.where(np.arange(160) % 8 == 1, 1 - label, label)
    base = {"split": ["train"] * 80 + ["dev"] * 80, "label": label, "prediction": model}
    blank = [None] * 80
    a, b = ([*map(int, x[:80]), *blank] for x in (good, bad))
    one = ms.diagnose(pl.DataFrame({**base, "human_a": a, "human_b": b})).to_dict()
    two = ms.diagnose(pl.DataFrame({**base, "human_b": b, "human_a": a})).to_dict()
    assert one["levels"] == two["levels"]
    assert one["levels"][0]["error"] == 1 / 80
    assert one["verdict"] == two["verdict"]


def test_a_document_from_before_is_read_as_it_was():
    run = people(100, {"prediction": 0.1, **THREE}).with_columns(split=pl.lit("train"))
    old = ms.human(run).to_dict()
    del old["no_people"], old["agreement"]["raw"], old["agreement"]["by_class"]
    old["bayes_proxy"] = {"name": "ann", "error": {"value": 0.1, "ci": [0.05, 0.18], "n": 100},
                          "not_told_from": []}  # fmt: skip
    for person in old["annotators"]:
        del person["answered"], person["abstained"]
    Path("old.json").write_text(json.dumps(old))
    assert ms.load("old.json").to_dict()["bayes_proxy"] == old["bayes_proxy"]
    human = ms.diagnose(run, human="old.json").to_dict()["levels"][0]
    assert (human["error"], human["n"], human["errors"]) == (0.1, 100, 10)


def test_a_table_without_people_is_an_empty_table():
    run = pl.DataFrame({"label": ["a", "b"] * 20, "prediction": ["a", "b"] * 20,
                        "human_note": ["see above"] * 40})  # fmt: skip
    found = ms.human(run)
    assert (found.to_dict()["annotators"], found.to_csv(), len(found.to_frame())) == ([], "", 0)
