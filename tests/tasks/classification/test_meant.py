"""What stands between door and figures: each oddity, what it costs, and the flag that fixes it."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import mlstrat as ms

pytestmark = pytest.mark.usefixtures("typed")

CLASSES = ("positive", "negative", "neutral")


def labels_and_predictions(
    n: int = 120, right: float = 0.9, classes: tuple[Any, ...] = CLASSES, seed: int = 0
) -> tuple[list[Any], list[Any]]:
    rng = np.random.default_rng(seed)
    label = rng.integers(0, len(classes), n)
    wrong = rng.random(n) >= right
    said = np.where(wrong, (label + rng.integers(1, len(classes), n)) % len(classes), label)
    return [classes[i] for i in label], [classes[i] for i in said]


def run_of(label: list[Any], prediction: list[Any], **columns: Any) -> pl.DataFrame:
    half = len(label) // 2
    split = ["train"] * half + ["dev"] * (len(label) - half)
    return pl.DataFrame({"split": split, "label": label, "prediction": prediction, **columns},
                        strict=False)  # fmt: skip


def asked_by(flags: str) -> dict[str, Any]:
    """Return flags as keywords."""
    asked: dict[str, Any] = {}
    words = shlex.split(flags)
    while words:
        flag, _, value = words.pop(0).partition("=")
        name = {"--map": "columns"}.get(flag, flag.strip("-").replace("-", "_"))
        if name == "ignore_case":
            asked[name] = True
            continue
        value = value or words.pop(0)
        if name in ("label_as", "columns"):
            key, _, label = value.partition("=")
            asked.setdefault(name, {})[key] = label
        elif name == "ignore":
            asked.setdefault(name, []).append(value)
        else:
            asked[name] = int(value) if name == "shift_predictions" else value
    return asked


def codes_of(result: Any) -> dict[str, Any]:
    return {x.code: x for x in result.diagnosis.findings if x.code.startswith(("MLS24", "MLS25"))}


def fixed(frame: Any, code: str, **how: Any) -> Any:
    """Return the diagnosis with the flags of a finding, which is gone then."""
    before = ms.diagnose(frame, **how)
    finding = codes_of(before)[code]
    assert finding.severity == "issue"
    assert before.to_dict()["verdict"] == "undetermined"
    assert before.to_dict()["focus"] == []
    assert before.to_dict()["attention"] is None
    first = " ".join(before.to_text(100_000).splitlines()[0].split())
    assert first.endswith(" ".join(f"Fix: {finding.flags}".split()))
    assert finding.flags in " ".join(finding.to_dict()["next_steps"])
    after = ms.diagnose(frame, **{**how, **asked_by(finding.flags)})
    assert code not in codes_of(after)
    return after


def error(result: Any) -> float:
    value: float = result.to_dict()["metric"]["value"]
    return value


SPELLINGS = {
    "letter case": str.title,
    "capitals": str.upper,
    "a full stop": "{}.".format,
    "a comma": "{},".format,
    "quotes": "'{}'".format,
    "an exclamation mark": "{}!".format,
    "an accent": lambda x: x.replace("e", "é"),
    "full width": lambda x: "".join(chr(ord(c) + 0xFEE0) for c in x),
    "case and a full stop": lambda x: f"{x.title()}.",
}


@pytest.mark.parametrize("spelled", SPELLINGS.values(), ids=SPELLINGS)
@pytest.mark.parametrize("every", [True, False], ids=["every row", "every third row"])
def test_predictions_spelled_otherwise_are_joined_by_the_flag(spelled: Any, every: bool) -> None:
    label, said = labels_and_predictions()
    odd = [spelled(x) if every or i % 3 == 0 else x for i, x in enumerate(said)]
    truth = ms.diagnose(run_of(label, said), metric="error")
    if every:  # no value in common: refused, with the flag as hint
        with pytest.raises(ms.InputError, match="no value in common") as caught:
            ms.diagnose(run_of(label, odd))
        assert caught.value.hint is not None
        after = ms.diagnose(run_of(label, odd), metric="error", **asked_by(caught.value.hint))
        assert codes_of(after) == {}
    else:
        after = fixed(run_of(label, odd), "MLS241", metric="error")
    assert error(after) == error(truth)


@pytest.mark.parametrize(
    ("classes", "written"),
    [
        (("new york", "los angeles"), lambda x: x.replace(" ", "_")),
        (("new-york", "los-angeles"), lambda x: x.replace("-", " ")),
        (("new york", "los angeles"), lambda x: x.replace(" ", "  ")),
        (("01", "02", "03"), lambda x: x.lstrip("0")),
        (("0", "1", "2"), "LABEL_{}".format),
    ],
)
def test_blanks_underscores_and_zeros_look_alike(classes: tuple[str, ...], written: Any) -> None:
    label, said = labels_and_predictions(classes=classes)
    odd = [written(x) if i % 2 else x for i, x in enumerate(said)]
    after = fixed(run_of(label, odd), "MLS241", metric="error")
    assert error(after) == error(ms.diagnose(run_of(label, said), metric="error"))


def test_labels_that_are_spelled_two_ways_by_whoever_labelled() -> None:
    label, said = labels_and_predictions()
    odd = [x.title() if i % 4 == 0 else x for i, x in enumerate(label)]
    after = fixed(run_of(odd, said), "MLS241", metric="error")
    assert error(after) == error(ms.diagnose(run_of(label, said), metric="error"))


def test_letters_that_a_model_tells_apart_are_labels_of_their_own() -> None:
    label, said = labels_and_predictions(600, classes=("a", "A", "b", "B", "C", "c"))
    assert "MLS241" not in codes_of(ms.diagnose(run_of(label, said)))


@pytest.mark.parametrize(
    "classes",
    [("-1", "0", "1"), ("A", "A-", "A+"), ("c", "c++", "c#"), ("?", ".", "!"), ("1-2", "12", "1.2"),
     ("PRP", "PRP$", "WP"), ("B-NP", "I-NP", "O")],
)  # fmt: skip
def test_labels_that_only_seem_alike_are_left_alone(classes: tuple[str, ...]) -> None:
    label, said = labels_and_predictions(300, classes=classes)
    assert codes_of(ms.diagnose(run_of(label, said))) == {}


def test_a_rare_spelling_is_a_tip_and_leaves_the_verdict() -> None:
    label, said = labels_and_predictions(4000)
    i = next(i for i, (x, y) in enumerate(zip(label, said, strict=True)) if x == y)
    said[i] = said[i].title()
    found = ms.diagnose(run_of(label, said), human_error="0%")
    assert codes_of(found)["MLS241"].severity == "tip"
    assert found.verdict == ms.diagnose(run_of(label, label[:1] + said[1:]),
                                        human_error="0%").verdict  # fmt: skip


def test_predictions_that_no_label_is_are_counted() -> None:
    label, said = labels_and_predictions(100)
    said = ["I cannot tell" if i % 5 == 0 else x for i, x in enumerate(said)]
    found = codes_of(ms.diagnose(run_of(label, said)))["MLS240"]
    assert found.severity == "issue"
    assert found.evidence["rows"] == {"train": 10, "dev": 10}
    assert found.evidence["values"] == [{"value": "I cannot tell", "rows": 20}]


def test_classes_that_happen_not_to_occur_are_a_tip() -> None:
    label, said = labels_and_predictions(200, right=0.3, classes=tuple(f"c{i}" for i in range(400)))
    found = ms.score(run_of(label, said), metric="error").result.findings
    assert [x.severity for x in found if x.code == "MLS240"] == ["tip"]


@pytest.mark.parametrize("shift", [1, -1])
@pytest.mark.parametrize("classes", [2, 3, 30])
def test_classes_counted_from_another_number_are_shifted_back(shift: int, classes: int) -> None:
    label, said = labels_and_predictions(400, classes=tuple(range(5, 5 + classes)))
    after = fixed(run_of(label, [x + shift for x in said]), "MLS242", metric="error")
    assert error(after) == error(ms.diagnose(run_of(label, said), metric="error"))


@pytest.mark.parametrize("right", [0.05, 0.3, 0.7])
@pytest.mark.parametrize("classes", [5, 10, 100, 300])
def test_whole_numbers_may_be_classes(right: float, classes: int) -> None:
    label, said = labels_and_predictions(2000, right, tuple(range(classes)))
    issues = {
        k for k, x in codes_of(ms.diagnose(run_of(label, said))).items() if x.severity == "issue"
    }
    assert issues == set()


def test_stars_that_are_off_by_one_are_classes() -> None:
    rng = np.random.default_rng(3)
    label = rng.integers(1, 6, 500)
    said = np.clip(label + rng.choice([-1, 0, 0, 1, 1], 500), 1, 5)
    assert codes_of(ms.diagnose(run_of(label.tolist(), said.tolist()))) == {}


# Scores and numbers where labels belong

POSITIVES = {"numbers": (0, 1), "words": ("no", "yes"), "truth": (False, True)}


@pytest.mark.parametrize("classes", POSITIVES.values(), ids=POSITIVES)
@pytest.mark.parametrize("digits", [1, 2, 6])
def test_probabilities_as_predictions_are_refused_with_the_flag(
    classes: tuple[Any, Any], digits: int
) -> None:
    rng = np.random.default_rng(1)
    label = rng.integers(0, 2, 200)
    score = np.round(np.clip(label * 0.4 + 0.3 + rng.normal(0, 0.2, 200), 0, 1), digits)
    frame = run_of([classes[i] for i in label], score.tolist())
    with pytest.raises(ms.InputError, match="the predictions are probabilities") as caught:
        ms.diagnose(frame)
    assert caught.value.hint == "--map score=prediction"
    found = ms.diagnose(frame, metric="error", **asked_by(caught.value.hint))
    dev = slice(100, 200)
    assert error(found) == pytest.approx(((score >= 0.5) != label)[dev].mean())


def test_logits_as_predictions_need_a_threshold_and_maybe_a_positive_class() -> None:
    rng = np.random.default_rng(1)
    label = rng.integers(0, 2, 200)
    score = label * 4 - 2 + rng.normal(0, 1, 200)
    frame = run_of([("ham", "spam")[i] for i in label], score.tolist())
    with pytest.raises(ms.InputError, match="the predictions are scores") as caught:
        ms.score(frame)
    assert caught.value.hint == "--map score=prediction --threshold 0 --positive spam"


def test_percent_as_predictions_are_scores_too() -> None:
    label, score = [1, 0] * 50, ["90%", "20%", "70%", "5%"] * 25
    with pytest.raises(ms.InputError, match="such as 20%") as caught:
        ms.score(run_of(label, score))
    found = ms.score(run_of(label, score), metric="error", **asked_by(caught.value.hint or ""))
    assert found.value == 0


TARGETS = {
    "decimals": lambda x: np.round(x, 2),
    "whole numbers": np.round,
    "thousands": lambda x: np.round(x) * 1000,
}


@pytest.mark.parametrize("written", TARGETS.values(), ids=TARGETS)
@pytest.mark.parametrize("rows", [60, 1000])
def test_a_numeric_target_is_refused_unless_it_is_said_to_be_classes(
    written: Any, rows: int
) -> None:
    rng = np.random.default_rng(5)
    age = rng.uniform(18, 80, rows)
    frame = run_of(written(age).tolist(), written(age + rng.normal(0, 4, rows)).tolist())
    if not set(frame["label"]) & set(frame["prediction"]):
        frame = frame.with_columns(prediction=pl.when(pl.int_range(pl.len()) == 0)
                                   .then("label").otherwise("prediction"))  # fmt: skip
    with pytest.raises(ms.InputError, match="are numbers, not classes") as caught:
        ms.diagnose(frame)
    assert "--task regression" in (caught.value.hint or "")
    assert "--task classification" in (caught.value.hint or "")
    assert ms.score(frame, metric="error", task="classification", resamples=100).value is not None


def test_whole_labels_predicted_with_decimals_are_a_regression() -> None:
    rng = np.random.default_rng(5)
    stars = rng.integers(1, 6, 300)
    said = np.round((stars + rng.normal(0, 0.6, 300)) * 2) / 2
    with pytest.raises(ms.InputError, match="are numbers, not classes"):
        ms.diagnose(run_of(stars.tolist(), said.tolist()))


def test_half_stars_are_classes_where_they_are_labels() -> None:
    label, said = labels_and_predictions(300, 0.6, tuple(x / 2 for x in range(1, 11)))
    assert codes_of(ms.diagnose(run_of(label, said))) == {}


# An index beside names


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("names", [("cat", "dog"), ("owl", "cat", "dog"), tuple("abcdefghij")])
def test_an_index_beside_names_is_named(names: tuple[str, ...], first: int) -> None:
    label, said = labels_and_predictions(200, classes=names)
    index = [names.index(x) + first for x in said]
    frame = run_of(label, index)
    with pytest.raises(ms.InputError, match="no value in common") as caught:
        ms.diagnose(frame)
    truth = error(ms.diagnose(run_of(label, said), metric="error"))
    for hint in (caught.value.hint or "").split(", or "):
        assert error(ms.diagnose(frame, metric="error", **asked_by(hint))) == truth


def test_classes_name_indices_in_labels_predictions_and_probabilities() -> None:
    both = run_of([0, 1, 1, 0], [0, 1, 0, 0])
    assert ms.diagnose(both, classes="cat,dog").to_dict()["labels"] == ["cat", "dog"]
    chances = pl.DataFrame({"label": ["cat", "dog"], "prob_0": [0.9, 0.2], "prob_1": [0.1, 0.8]})
    assert ms.score(chances, metric="accuracy", classes="cat,dog").value == 1
    with pytest.raises(ms.InputError, match="no value in common") as caught:
        ms.score(chances)
    assert "--classes cat,dog" in (caught.value.hint or "")


@pytest.mark.parametrize("classes", ["cat,", "cat,cat"])
def test_names_of_classes_are_all_there_and_differ(classes: str) -> None:
    with pytest.raises(ms.UsageError, match="--classes"):
        ms.diagnose(run_of([0, 1], [0, 1]), classes=classes)


def test_other_words_for_yes_and_no_are_matched() -> None:
    label, said = labels_and_predictions(classes=("neg", "pos"))
    frame = run_of(label, [{"neg": "no", "pos": "yes"}[x] for x in said])
    with pytest.raises(ms.InputError) as caught:
        ms.diagnose(frame)
    assert caught.value.hint == "--label-as no=neg --label-as yes=pos"


# Several labels, fillers, one class


def test_several_labels_in_a_cell_are_said_with_those_in_another_order() -> None:
    label = ["x|y", "y", "x|z", "x"] * 30
    said = ["y|x", "y", "x|z", "y"] * 30
    after = fixed(run_of(label, said), "MLS243", metric="error")
    assert error(after) == 0.25


@pytest.mark.parametrize("classes", [("tench, Tinca tinca", "goldfish, Carassius auratus"),
                                     ("a; b", "c; d"), ("0,5", "1,5")])  # fmt: skip
def test_a_name_with_a_comma_is_one_label(classes: tuple[str, ...]) -> None:
    label, said = labels_and_predictions(classes=classes)
    assert "MLS243" not in codes_of(ms.diagnose(run_of(label, said)))


@pytest.mark.parametrize("filler", ["-100", "?", "unknown", "N/A", "-1"])
def test_a_filler_is_left_out_by_the_flag(filler: str) -> None:
    label, said = labels_and_predictions(classes=("0", "1", "2"))
    odd = [filler if i % 6 == 0 else x for i, x in enumerate(label)]
    after = fixed(run_of(odd, said), "MLS244", metric="error")
    kept = [i for i in range(60, 120) if i % 6]
    assert error(after) == pytest.approx(np.mean([label[i] != said[i] for i in kept]))


def test_minus_one_of_two_is_a_label() -> None:
    found = codes_of(ms.diagnose(run_of(["-1", "1"] * 50, ["1"] * 100)))
    assert set(found) == {"MLS246"}


def test_a_positive_class_that_is_never_found_is_never_small() -> None:
    rng = np.random.default_rng(0)
    label = (rng.random(8000) < 0.004).astype(int).tolist()
    found = ms.diagnose(run_of(label, [0] * 8000), human_error="0%")
    assert (found.verdict, found.focus, found.attention) == ("undetermined", (), None)
    assert found.to_text().startswith("The model is no better than always answering '0'")
    said = [0] * 8000
    said[label.index(0)] = 1  # not constant, and no better
    found = ms.diagnose(run_of(label, said), human_error="0%")
    assert codes_of(found)["MLS248"].evidence["positive"] == "1"
    assert found.verdict == "undetermined"


def test_a_split_of_one_label_is_said() -> None:
    frame = run_of(["a", "b"] * 20 + ["a"] * 40, ["a", "b"] * 40)
    assert codes_of(ms.diagnose(frame))["MLS247"].evidence["splits"] == {"dev": "a"}
    few = run_of(["a", "b", "a", "b", "a"], ["a", "b", "a", "b", "a"])
    assert codes_of(ms.diagnose(few)) == {}


# Scores


def chances(n: int = 60, scale: float = 1.0) -> pl.DataFrame:
    rng = np.random.default_rng(2)
    label = rng.integers(0, 3, n)
    p = rng.dirichlet([1, 1, 1], n) + 2 * np.eye(3)[label]
    p = p / p.sum(axis=1, keepdims=True) * scale
    return pl.DataFrame({"label": ["abc"[i] for i in label],
                         **{f"prob_{c}": p[:, i] for i, c in enumerate("abc")}})  # fmt: skip


@pytest.mark.parametrize("metric", ["log_loss", "brier"])
def test_probabilities_that_do_not_add_up_have_no_log_loss(metric: str) -> None:
    assert ms.score(chances(), metric=metric).value is not None
    off = chances().with_columns(prob_a=0.2, prob_b=0.5, prob_c=0.5)
    with pytest.raises(ms.InputError, match=r"row 1.*add up to 1\.2 here") as caught:
        ms.score(off, metric=metric)
    assert "softmax" in (caught.value.hint or "")


def test_they_predict_and_rank_all_the_same_and_it_is_said() -> None:
    whole = ms.score(chances(), metric="accuracy").value
    found = ms.score(chances(scale=1.2), metric="accuracy")
    assert found.value == whole
    assert [x.severity for x in found.result.findings if x.code == "MLS249"] == ["tip"]
    rounded = chances().with_columns(pl.all().exclude("label").round(2))
    assert not [x for x in ms.score(rounded).result.findings if x.code == "MLS249"]


def test_logits_predict_and_rank_and_for_a_log_loss_a_softmax_is_offered() -> None:
    logits = chances().with_columns(pl.all().exclude("label") * 9 - 4)
    assert ms.score(logits, metric="accuracy").value == ms.score(chances(), metric="accuracy").value
    assert ms.score(logits, metric="roc_auc").value == ms.score(chances(), metric="roc_auc").value
    with pytest.raises(ms.InputError, match="is not a probability") as caught:
        ms.score(logits, metric="log_loss")
    assert "softmax" in (caught.value.hint or "")


def test_a_class_without_its_column_is_said_with_its_rows() -> None:
    found = codes_of(ms.diagnose(chances().drop("prob_c")))["MLS245"]
    rows = chances()["label"].to_list().count("c")
    assert (found.severity, found.evidence["rows"]) == ("issue", {"dev": rows})


def test_percent_signs_are_percent(tmp_path: Any) -> None:
    path = tmp_path / "run.csv"
    path.write_text("label,score\n1,97%\n0,3 %\n1,0.9\n0,60%\n", encoding="utf-8")
    found = ms.score(path, metric="error")
    assert found.value == 0.25
    assert [x.evidence for x in found.result.findings if x.code == "MLS250"] == [
        {"columns": ["score"]}
    ]


def test_percent_signs_in_scores_of_a_pair_are_percent(tmp_path: Any) -> None:
    one, two = tmp_path / "a.csv", tmp_path / "b.csv"
    one.write_text("id,label,score\n1,1,97%\n2,0,3%\n3,1,40%\n", encoding="utf-8")
    two.write_text("id,label,score\n1,1,0.97\n2,0,0.03\n3,1,0.9\n", encoding="utf-8")
    found = ms.compare(one, two, metric="accuracy")
    assert found.to_dict()["only_b_right"] == 1
    assert "MLS250" in [x.code for x in found.findings]


def test_a_pair_has_no_log_loss_of_what_does_not_add_up_to_1() -> None:
    one = pl.DataFrame({"id": [1, 2, 3], "label": ["a", "b", "a"],
                        "prob_a": [0.9, 0.2, 0.6], "prob_b": [0.1, 0.8, 0.4]})  # fmt: skip
    two = one.with_columns(prob_a=pl.Series([0.9, 0.9, 0.6]))
    ms.compare(one, one, metric="log_loss")
    with pytest.raises(ms.InputError, match=r"add up to 1\.7 here"):
        ms.compare(one, two, metric="log_loss")


def scored(n: int = 200) -> pl.DataFrame:
    rng = np.random.default_rng(4)
    label = rng.integers(0, 2, n)
    return pl.DataFrame({"label": label, "score": 1 - (label * 0.5 + rng.random(n) * 0.5)})


def test_a_score_of_the_other_class_is_said_with_the_flag() -> None:
    found = ms.score(scored(), metric="roc_auc")
    (below,) = [x for x in found.result.findings if x.code == "MLS252"]
    assert found.to_text().startswith("ROC AUC with '1' as positive class is 0.")
    assert below.flags == "--positive 0"
    after = ms.score(scored(), metric="roc_auc", positive="0")
    assert after.value == pytest.approx(1 - (found.value or 0))
    assert not [x for x in after.result.findings if x.code == "MLS252"]


def test_an_auc_below_one_half_by_chance_is_no_finding() -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        frame = pl.DataFrame({"label": [0, 1] * 20, "score": rng.random(40)})
        assert not [x for x in ms.score(frame, metric="roc_auc").result.findings
                    if x.code == "MLS252"]  # fmt: skip


def test_predictions_against_their_scores_are_said() -> None:
    frame = scored().with_columns(prediction=pl.col("label"))
    found = ms.score(frame, metric="roc_auc")
    (odd,) = [x for x in found.result.findings if x.code == "MLS251"]
    assert odd.evidence["mean"] < odd.evidence["other"]
    after = ms.score(frame, metric="roc_auc", **asked_by(odd.flags))
    assert not [x for x in after.result.findings if x.code in ("MLS251", "MLS252")]


# Ids and groups


def test_every_id_twice_is_said_and_each_flag_fixes_it() -> None:
    label, said = labels_and_predictions(60)
    frame = pl.DataFrame({"id": list(range(60)) * 2, "label": label * 2, "prediction": said * 2,
                          "kind": ["strict"] * 60 + ["flexible"] * 60})  # fmt: skip
    after = fixed(frame, "MLS253", metric="error")
    assert after.to_dict()["metric"]["n"] == 60
    without = fixed(frame.drop("kind"), "MLS253", metric="error")
    assert without.to_dict()["metric"]["n"] == 120  # in 60 groups
    first = codes_of(ms.diagnose(frame))["MLS253"]
    assert first.evidence["splits"]["dev"]["times"] == 2


def test_a_few_ids_twice_are_a_tip() -> None:
    label, said = labels_and_predictions(1000)
    frame = run_of(label, said, id=[*range(995), 1, 2, 3, 600, 601])
    found = codes_of(ms.diagnose(frame))["MLS253"]
    assert (found.severity, found.evidence["splits"]["dev"]["repeated"]) == ("tip", 2)


def overlap_of(result: Any) -> Any:
    return next((x for x in result.diagnosis.findings if x.code == "MLS351"), None)


def test_dev_in_train_is_said_before_any_verdict() -> None:
    label, said = labels_and_predictions(60)
    found = ms.diagnose(run_of(label * 2, said * 2, id=list(range(60)) * 2))
    assert overlap_of(found).evidence["overlaps"][0]["shared"] == 60
    assert overlap_of(found).evidence["overlaps"][0]["splits"] == ["train", "dev"]
    assert found.verdict == "undetermined"
    assert found.to_text().startswith("60 ids in both train and dev")


def test_rows_numbered_anew_in_each_split_are_a_tip() -> None:
    label, said = labels_and_predictions(400)
    found = overlap_of(ms.diagnose(run_of(label, said, id=list(range(200)) * 2)))
    assert found.severity == "tip"


def test_ids_that_are_all_different_are_fine() -> None:
    label, said = labels_and_predictions(400)
    found = ms.diagnose(run_of(label, said, id=[f"x{i}" for i in range(400)]))
    assert codes_of(found) == {}
    assert overlap_of(found) is None


def test_groups_in_two_splits_are_a_tip() -> None:
    label, said = labels_and_predictions(200)
    found = overlap_of(ms.diagnose(run_of(label, said, group=[i % 50 for i in range(200)])))
    assert (found.severity, found.evidence["overlaps"][0]["shared"]) == ("tip", 50)


# Whoever reads a run, says it


def test_what_is_odd_is_said_by_every_command(tmp_path: Any) -> None:
    label, said = labels_and_predictions(200)
    odd = [x.title() if i % 3 == 0 else x for i, x in enumerate(said)]
    frame = run_of(label, odd, id=list(range(200)))
    paths = [str(tmp_path / f"{x}.csv") for x in "ab"]
    for path in paths:
        frame.write_csv(path)
    gates = tmp_path / "gates.toml"
    gates.write_text('[[gate]]\nmetric = "accuracy"\nmin = 0.1\n', encoding="utf-8")
    for document in (
        ms.score(paths[0]),
        ms.compare(*paths),
        ms.select(paths, optimize="accuracy"),
        ms.gate(paths[0], config=gates),
        ms.slices(paths[0]),
        ms.report(paths[0]),
    ):
        codes = [x["code"] for x in document.to_dict()["findings"]]
        assert "MLS241" in codes, type(document)
        text = " ".join(document.to_text().split())
        assert re.search(r"One label is spelled in two ways .*--ignore-case", text), type(document)
    joined = ms.compare(*paths, ignore_case=True)
    assert "MLS241" not in [x["code"] for x in joined.to_dict()["findings"]]


@pytest.mark.parametrize(
    "command", [ms.compare, lambda *runs: ms.select(list(runs), optimize="f1")]
)
def test_what_only_one_of_two_models_spells_otherwise_is_said_of_that_one(
    tmp_path: Path, command: Any
) -> None:
    label, said = labels_and_predictions(200)
    odd = [x.title() if i % 3 == 0 else x for i, x in enumerate(said)]
    paths = [str(tmp_path / f"{x}.csv") for x in "ab"]
    for path, predicted in zip(paths, (said, odd), strict=True):
        run_of(label, predicted, id=list(range(200))).write_csv(path)
    found = command(*paths)
    told = [x for x in found.to_dict()["findings"] if x["code"] == "MLS241"]
    assert {x["evidence"]["file"] for x in told} == {paths[1]}
    assert "spelled in two ways" in found.to_text()


def test_answers_of_people_are_looked_at_as_predictions_are() -> None:
    label, said = labels_and_predictions(200)
    people = [x.upper() if i % 2 else x for i, x in enumerate(said)]
    frame = pl.DataFrame({"id": list(range(200)), "label": label, "human_ann": people,
                          "human_bob": said})  # fmt: skip
    found = ms.human(frame)
    (odd,) = [x for x in found.to_dict()["findings"] if x["code"] == "MLS241"]
    assert odd["evidence"]["column"] == "human_ann"
    after = ms.human(frame, ignore_case=True).to_dict()
    ann, bob = after["annotators"]
    assert ann["error"]["value"] == bob["error"]["value"]
    assert "MLS241" not in [x["code"] for x in after["findings"]]


def test_levels_that_look_like_accuracies_are_no_ladder() -> None:
    found = ms.gaps(human="99%", train="95%", dev="90%")
    assert (found.verdict, found.focus) == ("undetermined", ())
    (odd,) = [x for x in found.findings if x.code == "MLS254"]
    assert odd.flags == "--human 1% --train 5% --dev 10%"
    assert ms.gaps(**asked_by(odd.flags)).focus == ("variance", "avoidable_bias")
    for fair in ({"human": "40%", "train": "60%", "dev": "70%"}, {"train": "60%", "dev": "40%"}):
        assert "MLS254" not in [x.code for x in ms.gaps(**fair).findings]
