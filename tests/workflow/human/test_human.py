"""What people reach: the course's numbers, the three kinds of table, agreement, intervals."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import mlstrat as ms
from tests.answers import DOCTORS, THREE, levels, people


def codes(document):
    return {f["code"]: f["evidence"] for f in document["findings"]}


# The course


def test_h3_the_lowest_is_the_proxy_and_the_bar_is_another_level():
    found = ms.human(levels(DOCTORS), bar="typical_doctor").to_dict()
    assert found["bayes_proxy"]["name"] == "team"
    assert found["bayes_proxy"]["error"] == {"value": 0.005, "ci": None, "n": None}
    assert found["bar"] == {"name": "typical_doctor",
                            "error": {"value": 0.01, "ci": None, "n": None}}  # fmt: skip
    assert found["bayes_proxy"]["method"] == "lowest"
    evidence = codes(found)["MLS330"]
    assert (evidence["proxy"], evidence["error"]) == ("team", 0.005)
    assert (evidence["bar"], evidence["bar_error"]) == ("typical_doctor", 0.01)
    assert found["team"] == {"error": None, "ties": None}


@pytest.mark.parametrize("errors", [(0.3, 0.5, 1.0, 1.2), (0.3, 0.5, 1.2)])
def test_h6_the_best_performer_not_0_and_no_mean(errors):
    found = ms.human(levels({f"p{i}": x for i, x in enumerate(errors)})).to_dict()
    assert found["bayes_proxy"]["error"]["value"] == 0.003
    assert found["bar"] is None
    assert found["agreement"] is None


def test_q7_a_person_that_the_model_does_not_beat():
    document = ms.human(levels({"person": 5.1}), model_error="6.8%")
    found = document.to_dict()
    (versus,) = found["model"]["versus"]
    assert versus["difference"]["value"] == pytest.approx(0.017)
    assert versus["beats"] == "no"
    assert "MLS337" in codes(found)
    assert "measured is better than the model" in document.to_text()


def test_the_model_beats_some_and_not_others():
    found = ms.human(levels(DOCTORS), model_error="0.8%").to_dict()
    evidence = codes(found)["MLS332"]
    assert evidence["yes"] == ["typical_human", "typical_doctor"]
    assert evidence["no"] == ["experienced_doctor", "team"]
    assert "MLS333" in codes(ms.human(levels(DOCTORS), model_error="0.1%").to_dict())


def test_with_counts_a_small_difference_is_undecided():
    found = ms.human(levels(DOCTORS, n=[1000] * 4), model_error="8/1000").to_dict()
    beats = {v["name"]: v["beats"] for v in found["model"]["versus"]}
    assert beats == {"typical_human": "yes", "typical_doctor": "undecided",
                     "experienced_doctor": "undecided", "team": "undecided"}  # fmt: skip
    assert found["bayes_proxy"]["not_told_from"] == ["typical_doctor", "experienced_doctor"]


# The guard


def test_the_best_of_many_small_samples_is_passed_over():
    table = levels({"lucky": 0, "steady": 2, "other": 6}, n=[20, 500, 500])
    found = ms.human(table).to_dict()
    assert found["bayes_proxy"]["name"] == "steady"
    assert codes(found)["MLS331"] == {"answers": {"lucky": 20}, "proxy": "steady"}
    few = ms.human(table, confidence=0.9).to_text()
    assert "Lower than steady and passed over: lucky (20 answers)." in few


def test_where_nobody_answered_enough_nobody_is_picked():
    found = ms.human(levels({"a": 0, "b": 5}, n=[10, 40])).to_dict()
    proxy = found["bayes_proxy"]
    assert (proxy["name"], proxy["method"]) == ("both levels", "level")
    assert proxy["error"]["value"] == pytest.approx(2 / 50)
    assert proxy["lowest"]["name"] == "a"
    assert codes(found)["MLS212"] == {"name": "both levels", "answers": 50}


def test_of_typed_levels_with_counts_the_lowest_is_corrected_for_having_been_picked():
    table = levels({"p0": 12, "p1": 10, "p2": 9, "p3": 2, "p4": 3}, n=[100] * 5)
    document = ms.human(table)
    proxy = document.to_dict()["bayes_proxy"]
    assert (proxy["name"], proxy["method"]) == ("p3", "lowest_corrected")
    assert 0.02 < proxy["error"]["value"] < 0.045
    assert proxy["error"]["ci"][0] < 0.01  # of 2 in 100
    assert "p3, corrected for being the lowest of 5." in document.to_text()
    assert proxy == ms.human(table.reverse()).to_dict()["bayes_proxy"]


def test_typed_levels_that_differ_by_chance_are_one_level():
    table = levels({f"p{i}": 5 for i in range(6)} | {"p6": 3}, n=[100] * 7)
    document = ms.human(table)
    proxy = document.to_dict()["bayes_proxy"]
    assert (proxy["name"], proxy["method"]) == ("all 7 levels", "level")
    assert proxy["error"]["value"] == pytest.approx(33 / 700)
    assert proxy["p_alike"] > 0.9
    assert "Equally good people would differ" in " ".join(document.to_text().split())


def test_n_is_behind_each_level_without_its_own():
    found = ms.human(levels({"a": 5, "b": 10}, n=["", "50"]), n=200).to_dict()
    assert [a["error"]["n"] for a in found["annotators"]] == [200, 50]


# Answers


def test_the_majority_of_three_is_better_than_each_and_said_to_be():
    document = ms.human(people(2000, THREE))
    found = document.to_dict()
    proxy = found["bayes_proxy"]
    assert proxy["error"]["value"] == pytest.approx(0.1, abs=0.01)
    # Three independent people at 10%: 2.8% where two err, less where they err differently.
    assert 0.01 < found["team"]["error"]["value"] < 0.035
    assert proxy["lowest"]["name"] == "team (majority)"
    below = codes(found)["MLS339"]
    assert below["error"] == pytest.approx(found["team"]["error"]["value"])
    assert below["difference"] == pytest.approx(below["error"] - proxy["error"]["value"])
    assert f"--human-error {below['errors']}/2000" in " ".join(document.to_text().split())
    assert found["split"] == "dev"
    assert found["model"] is None
    assert found["agreement"]["method"] == "krippendorff_alpha"


def test_answers_without_predictions_with_them_and_by_person():
    frame = people(500, {"prediction": 0.05, **THREE})
    found = ms.human(frame, groups={"ann": "expert", "bob": "expert"}, bar="expert").to_dict()
    assert [a["group"] for a in found["annotators"]] == ["expert", "expert", None]
    (group,) = found["groups"]
    assert (group["name"], group["members"], group["error"]["n"]) == ("expert", ["ann", "bob"],
                                                                      1000)  # fmt: skip
    wrong = [frame[f"human_{x}"] != frame["label"] for x in ("ann", "bob")]
    assert group["error"]["value"] == pytest.approx((wrong[0].sum() + wrong[1].sum()) / 1000)
    assert group["team"]["error"]["n"] == 500
    beats = {v["name"]: v for v in found["model"]["versus"]}
    assert set(beats) == {"ann", "bob", "cy", "team (majority)", "expert (majority)", "expert"}
    model = (frame["prediction"] != frame["label"]).mean()
    assert beats["ann"]["difference"]["value"] == pytest.approx(model - wrong[0].mean())


def long_table(wide: pl.DataFrame) -> pl.DataFrame:
    names = [c for c in wide.columns if c.startswith("human_")]
    out = wide.unpivot(on=names, index="id", variable_name="annotator", value_name="answer")
    out = out.with_columns(pl.col("annotator").str.strip_prefix("human_"))
    return out.filter(pl.col("answer") != "").sample(fraction=1, shuffle=True, seed=1)


def test_a_long_table_says_what_the_wide_one_says():
    wide = people(300, {"prediction": 0.1, **THREE}, share=0.6)
    wide.write_csv("run.csv")
    long_table(wide).write_csv("long.csv")
    one, two = ms.human("run.csv").to_dict(), ms.human("long.csv", run="run.csv").to_dict()
    for key in ("annotators", "groups", "team", "agreement", "bayes_proxy", "model", "split"):
        assert one[key] == two[key], key
    assert [x["path"] for x in two["signature"]["inputs"]] == ["long.csv", "run.csv"]
    own = long_table(wide).join(wide.select("id", "label"), on="id")
    three = ms.human(own).to_dict()
    assert three["annotators"] == one["annotators"]
    assert three["model"] is None


def test_groups_of_people_and_ids_without_a_label_in_a_long_table():
    wide = people(200, THREE)
    table = long_table(wide).with_columns(
        group=pl.when(pl.col("annotator") == "cy").then(pl.lit("novice")).otherwise(pl.lit("pro"))
    )
    extra = pl.DataFrame({"id": ["zz"], "annotator": ["ann"], "answer": ["cat"], "group": ["pro"]})
    found = ms.human(pl.concat([table, extra]), run=wide).to_dict()
    assert {g["name"]: g["members"] for g in found["groups"]} == {"pro": ["ann", "bob"],
                                                                  "novice": ["cy"]}  # fmt: skip
    assert codes(found)["MLS336"] == {"ids": 1, "first": ["zz"]}


LONG = "id,annotator,answer,label\n"


@pytest.mark.parametrize(
    ("text", "options", "wanted"),
    [
        ("name,error\n", {}, "a header and no rows"),
        ("name,error\na,0.9\nb,92\n", {}, "row 3, column 'error': the error of b is 92"),
        ("name,error\na,1%\na,2%\n", {}, "row 3, column 'name': 'a' occurs twice"),
        ("name,error\n,1%\n", {}, "row 2, column 'name': a blank name"),
        ("name,error\na,\n", {}, "row 2, column 'error'"),
        ("name,error,n\na,1%,ten\n", {}, "'ten' is not a number of answers"),
        ("name,error\na,1%\n", {"bar": "b"}, 'bar="b": no such person or group'),
        ("name,error\na,1%\n", {"groups": {"b": "x"}}, "who has no level"),
        ("name,error\na,1%\n", {"run": "table.csv"}, "belongs to a long table"),
        ("name,error\na,1%\n", {"split": "dev"}, "levels have no splits"),
        ("name,error\na,1%\n", {"n": 0}, "n is 0"),
        ("name,error\na,1%\n", {"model_error": "x"}, "which is not a number"),
        ("id,annotator,answer\n1,a,x\n", {}, "no column 'label'"),
        (LONG + "1,a,x,x\n1,a,y,x\n", {}, "row 3, column 'annotator': 'a' answered '1' twice"),
        (LONG + "1,a,x,x\n1,b,y,y\n", {}, "row 3, column 'label': two labels for '1'"),
        (LONG + "1,a,x,\n", {}, "row 2, column 'label': a blank label"),
        (LONG + "1,,x,x\n", {}, "row 2, column 'annotator': a blank annotator"),
        (LONG + "1,a,x,x\n", {"columns": {"labl": "label"}}, "knows no role 'labl'"),
        (LONG + "1,a,x,x\n", {"columns": {"label": "lable"}}, "did you mean 'label'"),
        (LONG + "1,a,x,x\n", {"n": 5}, "belongs to a table of levels"),
        ("id,annotator,answer,group\n1,a,x,p\n2,a,x,q\n", {"run": "run.csv"}, "two groups for 'a'"),
        ("id,annotator,answer\n7,a,x\n", {"run": "run.csv"}, "none of the 1 ids"),
        ("id,annotator,answer\n1,a,x\n", {"run": "twice.csv"}, "the id '1' occurs twice"),
        ("id,annotator,answer\n1,a,x\n", {"run": "table.csv"}, "no label column"),
        ("id,label,prediction\n1,x,x\n", {}, "no answers of people"),
        ("id,label,human_a\n1,x,\n", {}, "nobody answered"),
        ("id,label,human_a\n1,x,x\n", {"split": "train"}, "nobody answered on train"),
        ("label,human_a,sample_weight\nx,x,0\nx,y,0\n", {}, "all weights"),
        (
            "split,label,prediction,human_a,sample_weight\ndev,x,x,x,1\ntest,x,x,x,0\n",
            {"split": "test"},
            "all weights on test are 0",
        ),
        ("id,label,human_a\n1,x,x\n", {"groups": {"b": "p"}}, "who gave no answers"),
        ("a,b\n1,2\n", {}, "no label column"),
    ],
)
def test_what_cannot_be_read_is_refused(text, options, wanted):
    Path("table.csv").write_text(text)
    Path("run.csv").write_text("id,label\n1,x\n2,x\n")
    Path("twice.csv").write_text("id,label\n1,x\n1,x\n")
    with pytest.raises(ms.MlstratError) as refused:
        ms.human("table.csv", **options)
    assert wanted in str(refused.value)


# Agreement


def alpha_by_hand(rows: list[list[str]]) -> float:
    """Krippendorff's own way: the table of coincidences."""
    values = sorted({v for row in rows for v in row if v})
    table = np.zeros((len(values), len(values)))
    for row in rows:
        given = [values.index(v) for v in row if v]
        for a, b in itertools.permutations(range(len(given)), 2):
            table[given[a], given[b]] += 1 / (len(given) - 1)
    margin = table.sum(axis=1)
    n = margin.sum()
    apart = n - np.trace(table)
    chance = (n * n - (margin**2).sum()) / (n - 1)
    return float(1 - apart / chance)


def wide(rows: list[list[str]]) -> pl.DataFrame:
    columns = zip(*rows, strict=True)
    frame = {"label": ["1"] * len(rows)}
    return pl.DataFrame(frame | {f"human_{k}": list(c) for k, c in enumerate(columns)})


KRIPPENDORFF = ["1 1 - 1", "2 2 3 2", "3 3 3 3", "3 3 3 3", "2 2 2 2", "1 2 3 4", "4 4 4 4",
                "1 1 2 1", "2 2 2 2", "- 5 5 5", "- - 1 1", "- - 3 -"]  # fmt: skip


def test_alpha_of_krippendorffs_own_example():
    rows = [[v.replace("-", "") for v in line.split()] for line in KRIPPENDORFF]
    # All answers are labels, too: what is not a label counts as one category.
    table = wide(rows).with_columns(label=pl.Series(["1", "2", "3", "4", "5"] + ["1"] * 7))
    found = ms.human(table).to_dict()["agreement"]
    assert found["value"] == pytest.approx(0.743, abs=5e-4)  # Krippendorff (2011), nominal
    assert found["value"] == pytest.approx(alpha_by_hand(rows))
    assert (found["method"], found["n"]) == ("krippendorff_alpha", 11)
    assert found["ci"][0] < 0.743 < found["ci"][1]


def test_kappa_of_two_is_cohens():
    # Cohen's formula by hand: 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no; (0.7 − 0.5) / 0.5.
    rows = [["y", "y"]] * 20 + [["y", "n"]] * 5 + [["n", "y"]] * 10 + [["n", "n"]] * 15
    rows += [["y", ""]] * 3
    table = wide(rows).with_columns(label=pl.Series(["y", "n"] * 26 + ["y"]))
    found = ms.human(table).to_dict()["agreement"]
    assert (found["method"], found["n"]) == ("cohen_kappa", 50)
    assert found["value"] == pytest.approx(0.4)
    # As seen: 35 of 50; y where the other says y in 40 of 55, n in 30 of 45.
    assert found["raw"] == pytest.approx(0.7)
    assert [(x["label"], x["answers"]) for x in found["by_class"]] == [("n", 45), ("y", 55)]
    assert [x["agreement"] for x in found["by_class"]] == pytest.approx([30 / 45, 40 / 55])


def low_agreement(rows):
    table = wide(rows).with_columns(label=pl.Series([row[0] for row in rows]))
    document = ms.human(table)
    return next((f for f in document.findings if f.code == "MLS334"), None), document.to_text()


def test_low_agreement_is_an_issue_only_where_the_interval_says_so():
    # 97 of 100 agree, on a class of 2 in 100: kappa is .39 by the rare class alone.
    rows = [["n", "n"]] * 96 + [["y", "y"]] + [["y", "n"]] * 2 + [["n", "y"]]
    rare, text = low_agreement(rows)
    assert rare.severity == "note"
    assert "Agreement is below what Krippendorff asks for (0.667)" in text
    assert "97.0% of pairs of answers agree" in " ".join(text.split())
    assert "40.0% for y and 98.5% for n" in " ".join(text.split())
    sure, _ = low_agreement([["y", "n"], ["n", "y"], ["y", "y"], ["n", "n"]] * 25)
    assert sure.severity == "issue"
    assert sure.evidence["ci"][1] < 0.667
    assert low_agreement([["n", "n"], ["y", "y"]] * 50)[0] is None


@pytest.mark.parametrize(("rows", "reason"), [
    ([["1", ""], ["", "1"]], "no example was answered by two"),
    ([["1", "1", "1"]] * 5, "one and the same"),
])  # fmt: skip
def test_agreement_that_does_not_exist(rows, reason):
    document = ms.human(wide(rows))
    found = document.to_dict()["agreement"]
    assert found["value"] is None
    assert reason in found["reason"]
    assert reason in document.to_text()


def test_people_who_never_disagree_have_no_interval():
    rows = [[str(i % 2)] * 3 for i in range(20)]
    found = ms.human(wide(rows).with_columns(label=pl.Series(["0", "1"] * 10))).to_dict()
    assert (found["agreement"]["value"], found["agreement"]["ci"]) == (1.0, None)


def test_ties_of_the_team_are_counted():
    rows = [["1", "2"], ["1", "1"], ["2", "1"]]
    table = wide(rows).with_columns(label=pl.Series(["1", "1", "2"]))
    document = ms.human(table)
    found = document.to_dict()
    assert found["team"]["ties"] == codes(found)["MLS338"]["ties"] == 2
    assert "2 of 3 examples are tied." in document.to_text()
    assert found["team"]["error"]["value"] == pytest.approx(2 / 3)


def test_an_answer_that_is_no_label_is_wrong_and_no_vote():
    rows = [["unsure", "unsure", "1"], ["1", "1", "1"]] * 3
    found = ms.human(wide(rows)).to_dict()
    assert [a["error"]["value"] for a in found["annotators"]] == [0.5, 0.5, 0.0]
    assert found["team"]["error"]["value"] == 0
