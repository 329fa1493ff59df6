"""Where errors concentrate, through the public interface."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

import mlstrat as ms
from mlstrat.errors import InputError, UsageError


def frame(n: int = 4000, seed: int = 0, **columns: object) -> pd.DataFrame:
    """A run of two labels in which one row in twenty is wrong, at random."""
    rng = np.random.default_rng(seed)
    label = rng.choice(["cat", "dog"], n)
    wrong = rng.random(n) < 0.05
    other = np.where(label == "cat", "dog", "cat")
    return pd.DataFrame(
        {
            "id": np.arange(n).astype(str),
            "label": label,
            "prediction": np.where(wrong, other, label),
            "site": rng.choice(["north", "south", "east"], n),
            "device": rng.choice(["a", "b", "c", "d"], n),
            **columns,
        }
    )


def err(run: pd.DataFrame, where: pd.Series, share: float, seed: int = 1) -> pd.DataFrame:
    """Make this share of some rows wrong."""
    rng = np.random.default_rng(seed)
    chosen = where & (rng.random(len(run)) < share)
    other = np.where(run["label"] == "cat", "dog", "cat")
    return run.assign(prediction=np.where(chosen, other, run["prediction"]))


def heuristics(n: int = 3000) -> pd.DataFrame:
    """Entailment as in HANS: the model says entailment whatever it reads."""
    rng = np.random.default_rng(3)
    label = np.where(np.arange(n) < n // 2, "non-entailment", "entailment")
    subcase = [f"{'n' if x.startswith('n') else 'e'}{i % 10}" for i, x in enumerate(label)]
    right = rng.random(n) < np.where(label == "entailment", 0.97, 0.12)
    said = np.where(right, label, np.where(label == "entailment", "non-entailment", "entailment"))
    return pd.DataFrame({"id": range(n), "label": label, "prediction": said, "subcase": subcase})


def test_a_planted_pair_is_found_above_its_two_conditions():
    run = frame()
    run = err(run, (run["site"] == "north") & (run["device"] == "b"), 0.3)
    found = ms.slices(run)
    best = found.slices[0]
    assert dict(best.where) == {"site": "north", "device": "b"}
    here = run[(run["site"] == "north") & (run["device"] == "b")]
    errors = int((here["label"] != here["prediction"]).sum())
    every = int((run["label"] != run["prediction"]).sum())
    assert (best.n, best.errors) == (len(here), errors)
    assert best.share_of_errors == errors / every
    assert best.lift == pytest.approx(errors / len(here) / (every / len(run)))
    assert best.confirmed
    assert best.p_adjusted < 0.001
    assert best.held_out.n < best.n
    assert best.held_out.ci[0] > best.rest
    assert found.to_text().startswith("Errors concentrate in device = b, site = north: ")


def test_the_excess_is_errors_above_the_rate_of_the_rest():
    run = pd.DataFrame(
        {
            "label": ["x"] * 300,
            "prediction": ["y"] * 30 + ["x"] * 70 + ["y"] * 20 + ["x"] * 180,
            "site": ["a"] * 100 + ["b"] * 200,
        }
    )
    best = ms.slices(run, by=["site"]).slices[0]
    assert dict(best.where) == {"site": "a"}
    assert (best.n, best.errors, best.rest) == (100, 30, 0.1)
    assert best.excess == pytest.approx(20)
    assert best.share_of_errors == pytest.approx(0.6)
    assert best.lift == pytest.approx(0.3 / (50 / 300))
    assert best.error.ci == pytest.approx((0.21895, 0.39585), abs=1e-5)  # Wilson


def test_a_large_slice_outranks_a_tiny_one_that_is_always_wrong():
    run = frame(site=["tiny"] * 30 + ["large"] * 1000 + ["rest"] * 2970, device="x")
    run = err(run, run["site"] == "tiny", 1.0)
    run = err(run, run["site"] == "large", 0.2, seed=2)
    first, second = (dict(x.where) for x in ms.slices(run, by=["site"]).slices[:2])
    assert (first, second) == ({"site": "large"}, {"site": "tiny"})


def test_the_non_entailment_slices_come_first():
    found = ms.slices(heuristics())
    assert dict(found.slices[0].where) == {"label": "non-entailment"}
    shown = [x for x in found.slices if x.explained_by is None]
    for x in shown[:8]:
        where = dict(x.where)
        assert where.get("label") == "non-entailment" or where["subcase"].startswith("n")
    assert found.confirmed[0].where == (("label", "non-entailment"),)


def test_the_same_rows_by_another_name_are_one_slice():
    run = frame()
    run["city"] = run["site"].map({"north": "Oslo", "south": "Rome", "east": "Minsk"})
    run = err(run, run["site"] == "north", 0.2)
    found = ms.slices(run)
    best = found.slices[0]
    assert dict(best.where) == {"city": "Oslo"}  # by name, wherever the columns stand
    assert {"site": "north"} in [dict(x) for x in best.also]
    assert {"site": "north", "city": "Oslo"} in [dict(x) for x in best.also]
    assert not [x for x in found.slices if dict(x.where) == {"site": "north"}]


def test_a_pair_that_adds_nothing_is_explained_by_one_condition():
    run = frame(n=20_000)
    run = err(run, run["site"] == "north", 0.3)
    found = ms.slices(run)
    pairs = [x for x in found.slices if {"site": "north"}.items() < dict(x.where).items()]
    explained = [x for x in pairs if x.explained_by is not None]
    assert len(explained) > len(pairs) / 2
    assert all(x.p_adjusted is None and not x.confirmed for x in explained)
    assert {x.explained_by for x in explained} == {(("site", "north"),)}


def test_at_most_twenty_are_tested_and_the_others_have_no_p_value():
    rng = np.random.default_rng(4)
    run = frame(n=8000, **{f"c{i}": rng.integers(0, 8, 8000) for i in range(8)})
    found = ms.slices(run)
    tested = [x for x in found.slices if x.p_adjusted is not None]
    assert len(tested) == 20
    assert len(found.slices) > 100
    assert all(x.held_out is None and not x.confirmed for x in found.slices if x not in tested)
    assert all(x.p_adjusted >= x.p_value for x in tested)


def said_of_none(found) -> dict:
    (finding,) = [f for f in found.to_dict()["findings"] if f["code"] == "MLS433"]
    return finding["evidence"]


def test_where_nothing_holds_no_slice_is_named_and_no_number_of_examples():
    found = ms.slices(frame(n=400))
    assert found.confirmed == ()
    assert found.to_text().startswith("Cannot tell where errors concentrate")
    assert said_of_none(found)["slices"] == []
    assert said_of_none(found)["rows_needed"] is found.to_dict()["to_settle"] is None
    assert "settle" not in found.to_text()


def test_a_slice_that_the_held_out_half_leans_to_is_named_with_what_would_settle_it():
    calm, rng = frame(n=1200), np.random.default_rng(0)
    more = (calm["site"] == "north") & (rng.random(1200) < 0.05)
    wrong = more | (calm["label"] != calm["prediction"])
    found = ms.slices(err(calm, wrong, 1.0))
    document, evidence = found.to_dict(), said_of_none(found)
    (lead,) = evidence["slices"]
    (told,) = [x for x in document["slices"] if x["where"] == lead["where"]]
    assert lead["where"] == {"site": "north"}
    assert told["above_rest"]["value"] > 0
    assert lead["above"] == told["above_rest"]
    assert told["p_value"] <= 0.05 < told["p_adjusted"]
    assert document["to_settle"] == evidence["to_settle"]
    assert document["to_settle"]["question"].startswith("is the error of site = north above that")
    assert evidence["rows_needed"] == sum(document["to_settle"]["rows"].values())
    assert document["to_settle"]["rows"]["dev"] < document["to_settle"]["or_more"]["dev"]
    text = " ".join(found.to_text().split())
    assert "The first of the searched half, site = north, leans the same way" in text
    assert "more dev examples would settle it if the figures stay" in text


def test_numbers_are_cut_at_quantiles_and_rare_values_joined():
    n = 2000
    age = np.arange(n) % 100
    names = [f"v{i}" if i < 10 else "common" for i in range(n)]
    run = frame(n=n, age=age, name=names, digit=np.arange(n) % 10)
    run = err(run, pd.Series(age >= 80), 0.5)
    found = ms.slices(run)
    columns = {x["column"]: x for x in found.to_dict()["columns"]}
    assert columns["age"]["values"] == [
        "< 20", "20 to < 40", "40 to < 60", "60 to < 80", ">= 80",
    ]  # fmt: skip
    assert columns["digit"]["values"] == [str(i) for i in range(10)]
    assert columns["name"]["values"] == ["common", "other"]
    assert {"name": "other"} not in [dict(x.where) for x in found.slices]  # ten rows are too few
    assert dict(found.slices[0].where) == {"age": ">= 80"}
    assert found.slices[0].n == n // 5


def test_rare_values_together_are_never_a_slice():
    run = frame(n=1000, name=["big"] * 600 + [f"v{i}" for i in range(200)] * 2)
    run = err(run, run["name"] != "big", 0.4)
    found = ms.slices(run, by=["name", "site"])
    assert found.to_dict()["columns"][0] == {
        "column": "name", "values": ["big", "other"], "joined": 200,
    }  # fmt: skip
    assert "other" not in {value for x in found.slices for _, value in x.where}


def test_a_blank_is_a_value_and_1_is_1():
    kind = [None, "1", "1.0", "2"] * 250
    found = ms.slices(frame(n=1000, kind=kind), by=["kind"])
    assert found.to_dict()["columns"][0]["values"] == ["", "1", "2"]
    rows = {x["where"]["kind"]: x["n"] for x in found.to_dict()["slices"]}
    assert set(rows.items()) <= {("", 250), ("1", 500), ("2", 250)}


def test_the_halves_hold_groups_together_and_never_share_an_id():
    run = frame(n=1000)
    one = ms.slices(run).to_dict()["halves"]
    assert one["by"] == "id"
    assert one["searched"] + one["held_out"] == 1000
    assert abs(one["searched"] - 500) < 80
    shuffled = run.sample(frac=1, random_state=0)
    assert ms.slices(shuffled).to_dict()["slices"] == ms.slices(run).to_dict()["slices"]
    assert ms.slices(run.drop(columns="id")).to_dict()["halves"]["by"] == "row"
    grouped = run.assign(group=np.arange(1000) // 10)
    halves = ms.slices(grouped).to_dict()["halves"]
    assert halves["by"] == "group"
    assert halves["searched"] % 10 == 0


def test_another_seed_makes_other_halves():
    run = frame(n=1000)
    halves = [ms.slices(run, seed=seed).to_dict()["halves"]["searched"] for seed in (0, 1, 0)]
    assert halves[0] == halves[2] != halves[1]


def test_a_slice_that_is_a_few_groups_is_not_confirmed():
    n = 4000
    patient = np.arange(n) // 100
    run = frame(n=n, patient_id=[f"p{i}" for i in patient], ward=np.where(patient < 3, "x", "y"))
    run = err(run, run["ward"] == "x", 0.6)
    with_groups = ms.slices(run)
    best = with_groups.slices[0]
    assert dict(best.where) == {"ward": "x"}
    assert (best.p_adjusted, best.confirmed, best.error.ci) == (None, False, None)
    assert "3 groups" in best.error.reason
    without = ms.slices(run.drop(columns="patient_id"))
    assert without.slices[0].confirmed


def weighted_run() -> pd.DataFrame:
    """Return a run in which errors of the north weigh a third of the others."""
    run = err(frame(), frame()["site"] == "north", 0.5)
    wrong = run["label"] != run["prediction"]
    return run.assign(sample_weight=np.where((run["site"] == "north") & wrong, 1.0, 3.0))


@pytest.mark.parametrize("groups", [False, True])
def test_errors_and_shares_of_slices_are_by_weight_and_tests_by_row(groups):
    run = weighted_run()
    if groups:
        run = run.assign(patient_id=np.arange(len(run)) // 4)
    wrong, north = run["label"] != run["prediction"], run["site"] == "north"
    w = run["sample_weight"]
    plain = ms.slices(run.drop(columns="sample_weight"), by="site").to_dict()
    found = ms.slices(run, by="site").to_dict()
    (x,) = [x for x in found["slices"] if x["where"] == {"site": "north"}]
    (y,) = [x for x in plain["slices"] if x["where"] == {"site": "north"}]
    assert x["error"]["value"] == pytest.approx(w[north & wrong].sum() / w[north].sum())
    assert x["rest"] == pytest.approx(w[~north & wrong].sum() / w[~north].sum())
    assert x["share_of_errors"] == pytest.approx(w[north & wrong].sum() / w[wrong].sum())
    assert x["lift"] == pytest.approx(x["error"]["value"] / found["error"]["value"])
    of_north = ms.score(run[north], metric="error").to_dict()["scores"][0]
    assert x["error"]["ci"] == pytest.approx(of_north["ci"])
    assert found["error"]["value"] == pytest.approx(w[wrong].sum() / w.sum())
    for name in ("n", "errors", "p_adjusted", "held_out", "above_rest", "excess"):
        assert x[name] == y[name]
    assert "MLS436" in [f["code"] for f in found["findings"]]


def test_beside_another_model_weights_are_those_of_the_first():
    run = weighted_run()
    other = err(run, run["site"] == "south", 0.3)
    alone, beside = (ms.slices(run, versus=x, by="site").to_dict() for x in (None, other))
    assert beside["error"] == alone["error"]
    for name in ("error", "share_of_errors", "rest"):
        assert [x[name] for x in beside["slices"]] == [x[name] for x in alone["slices"]]


def test_a_weight_of_two_is_a_row_twice():
    run = weighted_run().drop(columns="id").assign(sample_weight=np.arange(4000) % 2 + 1)
    table = ms.slices(run, by="site").to_dict()["slices"]
    twice = pd.concat([run, run[run["sample_weight"] == 2]]).drop(columns="sample_weight")
    rows = ms.slices(twice, by="site").to_dict()["slices"]
    shares = [{x["where"]["site"]: x["share_of_errors"] for x in y} for y in (table, rows)]
    assert shares[0] == pytest.approx(shares[1])


def test_counts_with_weights_are_rows_with_weights():
    rows = weighted_run().drop(columns="id")[["label", "prediction", "site", "sample_weight"]]
    counts = rows.value_counts().rename("n").reset_index()
    one, two = (ms.slices(x, by="site").to_dict()["slices"] for x in (rows, counts))
    figures = [
        {x["where"]["site"]: (x["error"]["value"], x["share_of_errors"]) for x in y}
        for y in (one, two)
    ]
    assert figures[1]["north"] == pytest.approx(figures[0]["north"])


@pytest.mark.parametrize("seed", range(12))
def test_what_has_fewer_errors_than_the_rest_comes_last_and_is_never_confirmed(seed):
    """It may have been tested: on the searched half it had more."""
    found = ms.slices(frame(600, seed), by=["label", "site", "device"]).to_dict()["slices"]
    more = [x["error"]["value"] > x["rest"] for x in found]
    assert more == sorted(more, reverse=True)
    fewer = [x for x, is_more in zip(found, more, strict=True) if not is_more]
    assert all(x["p_value"] == 1 and not x["confirmed"] for x in fewer)


def test_label_pairs_have_ceilings():
    run = pd.DataFrame(
        {
            "label": ["cat"] * 50 + ["dog"] * 50,
            "prediction": ["cat"] * 42 + ["dog"] * 8 + ["cat"] * 2 + ["dog"] * 48,
        }
    )
    first, second = ms.slices(run).to_dict()["label_pairs"]
    assert (first["label"], first["prediction"], first["errors"]) == ("cat", "dog", 8)
    assert first["share_of_errors"] == 0.8
    assert first["ceiling"]["error"] == pytest.approx(0.02)
    assert first["ceiling"]["gain"] == pytest.approx(0.08)
    assert first["ceiling"]["ci"] == pytest.approx([0.04109, 0.15007], abs=1e-4)  # Wilson, 8/100
    assert second["errors"] == 2


def with_people(run: pd.DataFrame, error: np.ndarray | float) -> pd.DataFrame:
    other = np.where(run["label"] == "cat", "dog", "cat")
    wrong = np.random.default_rng(8).random(len(run)) < error
    return run.assign(human=np.where(wrong, other, run["label"]))


def test_h17_people_still_help_where_they_err_less_than_the_system():
    n = 2000
    run = frame(n=n, speech=["fast"] * 500 + ["slow"] * 1500)
    run = err(run, run["speech"] == "fast", 0.3)
    # Overall people are worse: 13% and 12%.
    run = with_people(run, np.where(run["speech"] == "fast", 0.1, 0.14))
    found = ms.slices(run, by=["speech"]).to_dict()
    (fast,) = [x for x in found["slices"] if x["where"] == {"speech": "fast"}]
    assert fast["human_error"]["value"] < fast["error"]["value"]
    assert fast["human_error"]["n"] == 500
    assert fast["model_above_people"]["n"] < 300  # of one half
    assert fast["model_above_people"]["ci"][0] > 0.1
    (finding,) = [f for f in found["findings"] if f["code"] == "MLS434"]
    assert [x["where"] for x in finding["evidence"]["slices"]] == [{"speech": "fast"}]
    assert finding["evidence"]["slices"][0]["above"] == fast["model_above_people"]


def test_people_who_are_as_good_are_better_nowhere():
    found = ms.slices(with_people(frame(n=2000), 0.05)).to_dict()
    below = [x for x in found["slices"] if x["human_error"]["value"] < x["error_where_answered"]]
    assert below
    assert not any(x["people_better"] for x in found["slices"])
    assert "MLS434" not in [f["code"] for f in found["findings"]]


def test_people_are_held_against_the_model_by_group():
    run = frame(n=4000, group=np.arange(4000) // 100)
    run = run.assign(prediction=run["label"])
    # The errors of one group in each half, and of no other.
    run = with_people(err(run, run["group"].isin([0, 2]), 0.9), 0.01)
    rows, groups = (ms.slices(x, by=["site"]).to_dict() for x in (run.drop(columns="group"), run))
    assert any(x["people_better"] for x in rows["slices"])
    assert not any(x["people_better"] for x in groups["slices"])


def test_json_has_the_promised_keys_and_the_same_bytes_each_time():
    run = frame(n=1000)
    found = ms.slices(run)
    one = json.loads(found.to_json())
    assert one["schema"] == "mlstrat.slices/1"
    assert set(one["slices"][0]) >= {
        "where", "n", "errors", "error", "share_of_errors", "lift", "p_adjusted", "confirmed",
    }  # fmt: skip
    assert found.to_json() == ms.slices(run).to_json()
    assert len(found.to_frame()) == 1 + len(found.slices)
    assert max(map(len, found.to_text().splitlines())) <= 80


def test_every_kind_of_frame_gives_the_same_slices(tmp_path):
    run = frame(n=800, age=np.arange(800) % 70)
    run.to_csv(tmp_path / "run.csv", index=False)
    pl.from_pandas(run).write_parquet(tmp_path / "run.parquet")
    wanted = ms.slices(run).to_dict()["slices"]
    for source in (pl.from_pandas(run), tmp_path / "run.csv", tmp_path / "run.parquet"):
        assert ms.slices(source).to_dict()["slices"] == wanted


def test_a_model_without_errors_has_no_figures_that_do_not_exist():
    run = frame(n=200)
    found = ms.slices(run.assign(prediction=run["label"]))
    assert found.slices == ()
    assert found.to_text().startswith("No errors on dev: 200 rows, all right.")
    assert found.to_dict()["label_pairs"] == []
    assert len(found.to_frame()) == 1


def test_ids_constants_and_texts_are_left_out_and_listed():
    n = 1000
    run = frame(n=n, row=np.arange(n), text=[f"text {i}" for i in range(n)], lang="en",
                zip=[f"0{i % 90 + 10}" for i in range(n)])  # fmt: skip
    found = ms.slices(run).to_dict()
    assert {x["column"]: x["reason"] for x in found["left_out"]} == {
        "row": "id", "text": "id", "zip": "rare", "lang": "constant",
    }  # fmt: skip
    assert "MLS431" in [f["code"] for f in found["findings"]]
    asked = ms.slices(run, by=["row"]).to_dict()
    assert len(asked["columns"][0]["values"]) == 5


def test_a_hundred_thousand_values_are_one_slice_or_none():
    n = 300_000
    rng = np.random.default_rng(0)
    run = frame(n=n, user=[f"u{i}" for i in rng.integers(0, 100_000, n)])
    found = ms.slices(run).to_dict()
    assert [(x["column"], x["reason"]) for x in found["left_out"]] == [("user", "rare")]


@pytest.mark.parametrize(
    ("options", "error", "wanted"),
    [
        ({"by": ["sight"]}, InputError, "did you mean 'site'"),
        ({"min_size": 1000}, UsageError, "min_size is 1,000, and the split has 200 rows"),
        ({"min_size": 0}, UsageError, "from 1 to 200"),
        ({"by": ["text"]}, InputError, "no column to slice by: 'text' (nearly every row"),
        ({"by": ["lang"]}, InputError, "'lang' (one value only)"),
        ({"mismatch": True}, UsageError, "mismatch holds train-dev against dev"),
        ({"b": "device"}, UsageError, "versus"),
        ({"split": "test"}, UsageError, "there is no split 'test'"),
    ],
)
def test_what_does_not_apply_is_refused(options, error, wanted):
    with pytest.raises(error) as caught:
        ms.slices(frame(n=200, lang="en", text=[f"t{i}" for i in range(200)]), **options)
    assert wanted in str(caught.value)


def test_one_column_to_slice_by_needs_no_list():
    run = frame(n=200)
    assert ms.slices(run, by="site").to_dict() == ms.slices(run, by=["site"]).to_dict()


def test_a_run_with_nothing_but_labels_says_so():
    run = frame()[["id", "label", "prediction"]]
    found = ms.slices(run)
    assert "MLS437" in [f["code"] for f in found.to_dict()["findings"]]
    with pytest.raises(InputError, match="no column to slice by"):
        ms.slices(run.assign(label="cat", prediction="cat"))


def test_predictions_of_other_models_are_not_sliced_by():
    found = ms.slices(frame(n=200).rename(columns={"device": "pred_other"}))
    assert [x["column"] for x in found.to_dict()["columns"]] == ["label", "site"]


def test_hostile_names_and_values_are_shown_and_harm_nothing():
    nasty = ["a|b", "<script>", "=1+1", "[red]x[/red]", "\x1b[31m"] * 40
    run = frame(n=200, **{"odd|na<b>me": nasty})
    run = err(run, run["odd|na<b>me"] == "<script>", 0.9)
    found = ms.slices(run)
    assert "\x1b" not in found.to_text()
    assert "<script>" not in found.to_markdown()
    columns = {x["column"]: x["values"] for x in json.loads(found.to_json())["columns"]}
    assert "[red]x[/red]" in columns["odd|na<b>me"]


@pytest.mark.parametrize("kind", ["pandas", "polars"])
def test_categories_dates_and_bytes_of_a_frame_are_no_numbers(kind):
    run = frame(n=400)
    run = err(run, run["site"] == "north", 0.6)
    run["site"] = run["site"].astype("category")
    run["day"] = pd.to_datetime([f"2024-01-{i % 20 + 1:02}" for i in range(400)])
    run["image"] = [b"\x89PNG"] * 400
    found = ms.slices(run if kind == "pandas" else pl.from_pandas(run)).to_dict()
    values = {x["column"]: x["values"] for x in found["columns"]}
    assert values["site"] == ["east", "north", "south"]
    assert values["day"] == [
        "< 2024-01-05", "2024-01-05 to < 2024-01-09", "2024-01-09 to < 2024-01-13",
        "2024-01-13 to < 2024-01-17", ">= 2024-01-17",
    ]  # fmt: skip
    assert "image" in [x["column"] for x in found["left_out"]]


def test_two_predictions_of_one_run_are_compared():
    run = frame(n=1000)
    other = err(run, run["site"] == "north", 0.6)["prediction"]
    both = run.rename(columns={"prediction": "pred_a"}).assign(pred_b=other)
    found = ms.slices(both, a="pred_a", b="pred_b")
    assert found.differences[0].where == (("site", "north"),)
    assert found.to_text().startswith("pred_a and pred_b compare differently on site = north")
    with pytest.raises(UsageError, match="a is not named"):
        ms.slices(both, b="pred_b")


def test_points_and_shares_of_confused_labels_are_of_weights():
    run = pd.DataFrame(
        {"label": ["a"] * 6 + ["b"] * 4, "prediction": ["a"] * 4 + ["b", "b"] + ["b"] * 3 + ["a"],
         "sample_weight": [1.0] * 9 + [8.0], "site": ["x", "y"] * 5}
    )  # fmt: skip
    pairs = ms.slices(run, min_size=2).to_dict()["label_pairs"]
    shares = {x["label"]: (x["errors"], x["share_of_errors"]) for x in pairs}
    assert shares == {"a": (2, pytest.approx(0.2)), "b": (1, pytest.approx(0.8))}
    assert pairs[0]["ceiling"]["gain"] == pytest.approx(8 / 17)


def test_columns_that_are_held_in_memory_give_what_reading_again_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(3)
    n = 3_000
    light, amount = rng.integers(3, size=n), rng.normal(size=n).round(3)
    wrong = rng.random(n) < np.where(light == 1, 0.4, 0.1)
    pl.DataFrame({
        "id": np.arange(n), "split": np.where(np.arange(n) % 3 == 0, "train", "dev"),
        "label": "a", "prediction": np.where(wrong, "b", "a"),
        "light": [("day", "night", None)[x] for x in light],
        "amount": [None if x > 2 else str(x) for x in amount],
    }).write_csv(tmp_path / "run.csv")  # fmt: skip
    held = ms.slices(tmp_path / "run.csv").to_dict()
    monkeypatch.setattr("mlstrat.data.held.COLUMNS_UP_TO", 0)
    monkeypatch.setattr("mlstrat.workflow.slices.passes.HELD_UP_TO", 0)
    assert ms.slices(tmp_path / "run.csv").to_dict() == held
    assert held["slices"][0]["where"] == {"light": "night"}
