"""Tables of candidates and run files as candidates: what is read, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

import mlstrat as ms
from mlstrat.core.figures import Sampling
from mlstrat.errors import InputError, MlstratError
from mlstrat.workflow.select.measured import read_run_set
from mlstrat.workflow.select.pairs import PairedRuns


def write(text: str, name: str = "c.csv") -> str:
    Path(name).write_text(text)
    return name


GOOD = "name,accuracy,ms,fp,hours\nA,0.90,80,1,24\nB,0.92,95,3,48\n"


@pytest.mark.parametrize(
    ("text", "options", "wanted"),
    [
        (GOOD, {"optimize": "accuracy", "where": "mss <= 100"}, "did you mean ms"),
        (GOOD, {"optimize": "accuracy", "where": "ms <= "}, "is missing here"),
        (GOOD, {"optimize": "accuracy", "where": "rate(fp) <= 1"}, "rate(fp, hours)"),
        (GOOD, {"optimize": "accuracy", "where": "ms <= 1 + `hour`"}, "did you mean hours"),
        (GOOD, {"optimize": "ms"}, "whether higher or lower 'ms' is better is not known"),
        (GOOD, {"optimize": "acuracy"}, "did you mean 'accuracy'"),
        (GOOD, {}, "nothing to optimise"),
        (GOOD, {"optimize": "accuracy", "minimize": "ms"}, "more than one thing"),
        (GOOD, {"maximize": "1 + 1"}, "names no column"),
        (GOOD, {"optimize": "accuracy", "where": "accuracy >= 90"}, "write 90%"),
        (GOOD, {"optimize": "accuracy", "prefer": "mss"}, "did you mean ms"),
        (GOOD, {"optimize": "accuracy", "n": 0}, "n is 0"),
        (GOOD, {"optimize": "accuracy", "name": "nme"}, "name names the column 'nme'"),
        (GOOD, {"optimize": "accuracy", "split": "dev"}, "belongs to runs"),
        (GOOD, {"optimize": "recall"}, "has no column 'recall'"),
        (GOOD + "A,0.91,3,1,24\n", {"optimize": "accuracy"}, "row 4, column 'name': candidate 'A'"),
        (GOOD + ",0.91,3,1,24\n", {"optimize": "accuracy"}, "row 4, column 'name': a blank name"),
        (GOOD + "C,fast,3,1,24\n", {"optimize": "accuracy"}, "row 4, column 'accuracy': 'fast'"),
        (GOOD + "C,inf,3,1,24\n", {"optimize": "accuracy"}, "'inf' is not a number"),
        (GOOD + "C,92,3,1,24\n", {"optimize": "accuracy"}, "percent and fraction are mixed"),
        (GOOD + "C,93%,3,1,24\n", {"optimize": "accuracy"}, "some cells have a percent sign"),
        (GOOD + "C,-0.2,3,1,24\n", {"optimize": "accuracy"}, "accuracy is -0.2"),
        (GOOD + "C,0.9,3,1,0\n", {"maximize": "accuracy", "where": "rate(fp, hours) < 1"},
         "hours above 0"),
        (GOOD + "C,0.9,3,1.5,4\n", {"maximize": "accuracy", "where": "rate(fp, hours) < 1"},
         "whole number of events"),
        (GOOD + "C,0.9,3\n", {"optimize": "accuracy"}, "row 4"),
        ("name,accuracy\n", {"optimize": "accuracy"}, "no rows"),
        ("who,accuracy\nA,1\n", {"optimize": "accuracy"}, "no column of names"),
        ("name,model,accuracy\nA,B,1\n", {"optimize": "accuracy"}, 'say which one: name="name"'),
        ("label,prediction\na,b\n", {"optimize": "accuracy"}, "one candidate is no choice"),
        ("name,accuracy,n\nA,0.9,0\n", {"optimize": "accuracy"}, "0 is not a number of rows"),
    ],
)  # fmt: skip
def test_what_is_refused(text, options, wanted):
    with pytest.raises(MlstratError) as caught:
        ms.select(write(text), **options)
    assert wanted in str(caught.value)


def test_the_caret_stands_under_the_column_that_is_not_there():
    with pytest.raises(MlstratError) as caught:
        ms.select(write(GOOD), optimize="accuracy", where="2 * mss <= 100")
    first, shown, caret = str(caught.value).splitlines()[:3]
    assert "c.csv has no column 'mss'" in first
    assert shown.index("mss") == caret.index("^")


def test_mixed_percent_is_said_with_its_row():
    with pytest.raises(InputError) as caught:
        ms.select(write("name,accuracy\nA,92\nB,0.9\n"), optimize="accuracy")
    assert (caught.value.row, caught.value.column) == (3, "accuracy")
    assert "0.9 beside 92" in caught.value.message


def test_seconds_are_left_alone():
    found = ms.select(write("name,accuracy,s\nA,90,0.5\nB,92,40\n"), optimize="accuracy",
                      where="s <= 60")  # fmt: skip
    assert found.choice == "B"


@pytest.mark.parametrize("cells", [("90", "95"), ("0.90", "0.95"), ("90%", "95%")])
def test_percent_fraction_and_sign_are_one_figure(cells):
    text = f"model,Accuracy,n\nA,{cells[0]},400\nB,{cells[1]},400\n"
    found = ms.select(write(text), optimize="accuracy", where="accuracy >= 80%").to_dict()
    assert [c["value"] for c in found["candidates"]] == pytest.approx([0.90, 0.95])
    low, high = found["candidates"][0]["ci"]
    assert (low, high) == pytest.approx((0.86670, 0.92570), abs=1e-4)
    assert [c["n"] for c in found["candidates"]] == [400, 400]
    assert [c["feasible"] for c in found["candidates"]] == ["yes", "yes"]


def test_a_share_of_some_rows_wants_its_own_denominator():
    text = "name,recall,n\nA,0.9,500\nB,0.8,500\n"
    codes = [f["code"] for f in ms.select(write(text), optimize="recall").to_dict()["findings"]]
    assert "MLS315" in codes
    own = "name,recall,n,recall_n\nA,0.9,500,50\nB,0.8,500,50\n"
    found = ms.select(write(own), optimize="recall").to_dict()
    assert "MLS315" not in [f["code"] for f in found["findings"]]
    assert found["candidates"][0]["n"] == 50


def test_a_blank_is_unknown():
    text = "name,accuracy,ms\nA,0.9,80\nB,0.95,\nC,,20\n"
    found = ms.select(write(text), optimize="accuracy", where="ms <= 100").to_dict()
    assert found["choice"] == "A"
    assert [c["feasible"] for c in found["candidates"]] == ["yes", "undecided", "yes"]
    assert found["candidates"][2]["value"] is None
    (finding,) = (f for f in found["findings"] if f["code"] == "MLS318")
    assert finding["evidence"] == {"columns": {"accuracy": 1, "ms": 1}}


def test_no_candidate_is_feasible_names_the_nearest():
    text = "name,accuracy,ms,mb\nA,0.9,110,300\nB,0.95,120,90\nC,0.8,400,10\n"
    found = ms.select(write(text), optimize="accuracy", where=["ms <= 100", "mb <= 100"])
    document = found.to_dict()
    assert (document["choice"], document["nearest"]) == (None, ["B"])
    assert document["candidates"][0]["violates"] == ["ms <= 100", "mb <= 100"]
    assert found.to_text().startswith("No candidate meets every constraint. B is nearest: it misses"
                                      " ms <=")  # fmt: skip


def test_prefer_breaks_ties_and_only_ties():
    text = "name,accuracy,ms,users\nA,0.90,9,1\nB,0.91,20,7\nC,0.905,5,3\nD,0.5,1,9\n"
    path = write(text)
    chosen = {
        p: ms.select(path, optimize="accuracy", n=500, prefer=p).choice
        for p in ("ms", "min:ms", "max:users")
    }
    assert chosen == {"ms": "C", "min:ms": "C", "max:users": "B"}
    assert ms.select(path, optimize="accuracy", prefer="ms").choice == "B"  # no n, no tie
    tied = ms.select(path, optimize="accuracy", n=500, prefer="ms")
    assert set(tied.tied_with_choice) == {"A", "B"}


def test_the_hint_of_a_tie_names_a_column_that_is_there():
    text = "name,accuracy,size_mb,note\nA,0.90,9,x\nB,0.91,20,y\n"
    path = write(text)
    tied = ms.select(path, optimize="accuracy", n=500).to_dict()
    (finding,) = [f for f in tied["findings"] if f["code"] == "MLS310"]
    assert finding["severity"] == "note"
    *_, option, column = finding["next_steps"][0].split()
    assert (option, column) == ("--prefer", "size_mb")
    assert ms.select(path, optimize="accuracy", n=500, prefer=column).choice == "A"
    bare = ms.select(write(text.replace("size_mb", "colour")), optimize="accuracy", n=500).to_dict()
    assert not any("--prefer" in step for f in bare["findings"] for step in f["next_steps"])


def test_what_settles_a_tie_of_a_table_and_of_paired_runs():
    table = ms.select(write("name,accuracy\nA,0.92\nB,0.93\n"), optimize="accuracy", n=800)
    document = table.to_dict()
    assert document["to_settle"]["question"] == "is B better than A, or are they within 1.0 points?"
    assert document["rows_needed"] == document["to_settle"]["rows"]["dev"]
    assert "more dev examples would settle it" in " ".join(table.to_text().split())
    runs = ms.select([run("a.csv", range(30)), run("b.csv", range(2, 29))], optimize="accuracy")
    paired = runs.to_dict()["to_settle"]["rows"]["dev"]
    alone = ms.select(write("name,accuracy\na,0.925\nb,0.9325\n"), optimize="accuracy", n=400)
    assert 5 * paired < alone.to_dict()["rows_needed"]
    assert "more paired dev examples" in " ".join(runs.to_text().split())


def test_candidates_within_the_tolerance_are_open_no_more():
    found = ms.select(write("name,accuracy\nA,0.9000\nB,0.9001\n"), optimize="accuracy", n=20_000)
    assert (found.tied_with_choice, found.to_dict()["to_settle"]) == (("A",), None)
    assert "A is within 1.0 points of B." in " ".join(found.to_text().split())


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame])
def test_frames(make):
    frame = make({"model": ["A", "B"], "error": [0.1, 0.2], "n": [100, 100]})
    assert ms.select(frame, optimize="error").choice == "A"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("better,worse\nB,Z\n", "row 2, column 'worse': 'Z' is not a candidate"),
        ("better,worse\nB,B\n", "preferred to itself"),
        ("best,worse\nB,A\n", "no column 'better'"),
        ("better,worse\n", "no rows"),
        ("better,worse\nB,\n", "a blank name"),
    ],
)
def test_preferences_that_are_refused(text, wanted):
    with pytest.raises(InputError) as caught:
        ms.select(write(GOOD), optimize="accuracy", preferences=write(text, "p.csv"))
    assert wanted in str(caught.value)


def test_preferences_over_a_table_know_no_weights():
    prefs = write("better,worse\nA,B\nB,A\n", "p.csv")
    people = ms.select(write(GOOD), optimize="accuracy", preferences=prefs).to_dict()["preferences"]
    assert (people["pairs"], people["agree"], people["weights"]) == (2, 1, None)


def run(name: str, wrong: range, shift: int = 0, extra: str = "") -> str:
    rows = ["id,split,label,prediction"]
    for i in range(400):
        label = "yes" if i % 2 else "no"
        other = "no" if i % 2 else "yes"
        rows.append(f"{i + shift},dev,{label},{other if i in wrong else label}")
    Path(name).parent.mkdir(exist_ok=True)
    Path(name).write_text("\n".join(rows) + "\n")
    if extra:
        Path(name).with_suffix(".toml").write_text(f"[run]\n{extra}\n")
    return name


def test_runs_are_candidates_with_the_latency_of_their_config():
    runs = [run("a/run.csv", range(30), extra="latency_ms = 5.0"),
            run("b/run.csv", range(20), extra="latency_ms = 50.0")]  # fmt: skip
    found = ms.select(runs, optimize="accuracy", where="latency_ms <= 10").to_dict()
    assert [c["name"] for c in found["candidates"]] == ["a", "b"]
    assert [c["value"] for c in found["candidates"]] == [0.925, 0.95]
    assert [c["feasible"] for c in found["candidates"]] == ["yes", "no"]
    assert found["choice"] == "a"
    assert [x["rows"] for x in found["signature"]["inputs"]] == [400, 400]


@pytest.mark.parametrize("metric", ["accuracy", "error", "f1", "mcc"])
def test_shared_rows_tell_more_apart(metric):
    # b makes 20 of the errors of a and none of its own: a clear win on shared rows only.
    runs = [run("a.csv", range(30)), run("b.csv", range(20))]
    paired = ms.select(runs, optimize=metric)
    assert (paired.choice, paired.tied_with_choice) == ("b", ())
    others = [runs[0], run("c.csv", range(20), shift=1000)]
    unpaired = ms.select(others, optimize=metric)
    assert (unpaired.choice, unpaired.tied_with_choice) == ("c", ("a",))
    assert "MLS317" in [f["code"] for f in unpaired.to_dict()["findings"]]


NEEDS_SCORES = ["roc_auc", "average_precision", "log_loss", "brier"]


def scored(seed: int = 3, n: int = 400) -> list[pd.DataFrame]:
    """Return three models whose scores share most of their noise: b is a little better than a."""
    rng = np.random.default_rng(seed)
    label = (rng.random(n) < 0.4).astype(int)
    shared = rng.normal(size=n)
    out = []
    for signal in (1.0, 1.15, 0.6):
        x = signal * (2 * label - 1) + 0.97 * shared + 0.2 * rng.normal(size=n)
        score = (1 / (1 + np.exp(-1.5 * x))).round(3).clip(0.001, 0.999)
        out.append(pd.DataFrame({"id": np.arange(n), "label": label, "score": score}))
    return out


@pytest.mark.parametrize("metric", NEEDS_SCORES)
def test_scores_on_shared_rows_tell_more_apart(metric):
    frames = scored()
    paired = ms.select(frames, optimize=metric).to_dict()
    assert (paired["choice"], paired["tied_with_choice"]) == ("run 2", [])
    assert "MLS317" not in [f["code"] for f in paired["findings"]]
    apart = ms.select([f.drop(columns="id") for f in frames], optimize=metric).to_dict()
    assert apart["tied_with_choice"] == ["run 1"]
    assert "MLS317" in [f["code"] for f in apart["findings"]]
    # What moves all alike is no reason to shrink the winner: it keeps more of its lead.
    best = [next(c for c in d["candidates"] if c["name"] == "run 2") for d in (paired, apart)]
    assert best[0]["value"] == best[1]["value"]
    assert abs(best[0]["shrunk"] - best[0]["value"]) < abs(best[1]["shrunk"] - best[1]["value"])


@pytest.mark.parametrize("metric", NEEDS_SCORES)
def test_the_covariance_of_two_figures_is_that_of_resampled_rows(metric):
    from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

    oracle = {"roc_auc": roc_auc_score, "average_precision": average_precision_score,
              "log_loss": log_loss, "brier": brier_score_loss}[metric]  # fmt: skip
    a, b, _ = frames = scored()
    runs = read_run_set(frames, {}, Sampling())
    runs.measured(metric, optimised=True)
    found = PairedRuns(runs, metric).covariance(1, [0, 1])
    label, *scores = (x.to_numpy() for x in (a.label, a.score, b.score))
    rng, drawn = np.random.default_rng(0), []
    for _ in range(300):
        rows = rng.integers(0, len(a), len(a))
        drawn.append([oracle(label[rows], x[rows]) for x in scores])
    assert found == pytest.approx(np.cov(np.array(drawn).T)[0, 1], rel=0.25)


@pytest.mark.parametrize("metric", ["accuracy", "f1", "roc_auc", "log_loss"])
def test_runs_that_share_a_part_of_their_rows_are_paired_on_it(metric):
    a, b, _ = scored(n=600)
    widths, common = [], []
    for first in (0, 150, 599):  # rows 0-399 of a; 400 rows of b from the first on
        later = b.iloc[first : first + 400] if first < 599 else b.iloc[:400].assign(id=b.id + 5000)
        runs = read_run_set([a.iloc[:400], later], {}, Sampling())
        runs.measured(metric, optimised=True)
        pairs = PairedRuns(runs, metric)
        low, high = (x[0] for x in pairs.differences(1, [0], 0.95))
        widths.append(high - low)
        common.append(pairs.covariance(1, [0, 1]))
        assert pairs.unpaired == ({0} if first == 599 else set())
    assert np.isnan(widths[2])
    assert common[0] > common[1] > common[2] == 0
    assert widths[0] < 0.75 * widths[1]
    own = [ms.score(x, metric=metric).to_dict()["scores"][0]["ci"] for x in (a[:400], b[150:550])]
    assert widths[1] < sum((high - low) ** 2 for low, high in own) ** 0.5


@pytest.mark.slow
@pytest.mark.parametrize("metric", ["accuracy", "roc_auc"])
@pytest.mark.parametrize("first", [0, 200], ids=["all rows", "half of the rows"])
def test_intervals_of_runs_that_share_rows_cover(metric, first):
    """The third model is as good as the second: both have the first's noise, less signal."""
    rng, n, trials, covered = np.random.default_rng(9), 400, 500, 0
    for _ in range(trials):
        label = rng.integers(0, 2, n + first)
        shared = rng.normal(size=n + first)
        frames = []
        for part in (slice(0, n), slice(first, n + first)):
            x = 2 * label - 1 + 0.9 * shared + 0.4 * rng.normal(size=n + first)
            frame = pl.DataFrame({"id": np.arange(n + first), "label": label, "x": x.round(2)})
            frame = frame.with_columns(prediction=(pl.col("x") > 0).cast(pl.Int64),
                                       score=1 / (1 + (-pl.col("x")).exp()))  # fmt: skip
            frames.append(frame.drop("x")[part])
        runs = read_run_set(frames, {}, Sampling())
        runs.measured(metric, optimised=True)
        low, high = (x[0] for x in PairedRuns(runs, metric).differences(1, [0], 0.95))
        covered += low <= 0 <= high
    assert 0.925 <= covered / trials <= 0.975


def test_runs_of_two_thresholds_are_not_paired_by_their_predictions():
    for name, cut in (("a", 0.4), ("b", 0.6)):
        scored()[0].to_csv(f"{name}.csv", index=False)
        Path(f"{name}.toml").write_text(f"[diagnose]\nthreshold = {cut}\n")
    codes = [
        f["code"] for f in ms.select(["a.csv", "b.csv"], optimize="accuracy").to_dict()["findings"]
    ]
    assert "MLS317" in codes
    at_one = ms.select(["a.csv", "b.csv"], optimize="accuracy", threshold=0.5).to_dict()
    assert "MLS317" not in [f["code"] for f in at_one["findings"]]


def test_the_same_bytes_for_runs():
    runs = [run("a.csv", range(30)), run("b.csv", range(25)), run("c.csv", range(10, 40))]
    one, two = (ms.select(runs, optimize="f1").to_json() for _ in "12")
    assert one == two


def test_what_runs_refuse():
    runs = [run("a.csv", range(30)), run("b.csv", range(20))]
    for options, wanted in (
        ({"optimize": "accuracy", "n": 3}, "n belongs to a table"),
        ({"optimize": "accuracy", "where": "latency <= 1"}, "has no column 'latency'"),
    ):
        with pytest.raises(MlstratError) as caught:
            ms.select(runs, **options)
        assert wanted in str(caught.value)
    with pytest.raises(MlstratError, match="named twice"):
        ms.select([runs[0], runs[0]], optimize="accuracy")
    Path("b.csv").write_text(Path("b.csv").read_text().replace("7,dev,yes", "7,dev,no"))
    with pytest.raises(MlstratError, match="label"):
        ms.select(runs, optimize="accuracy")


def test_a_figure_that_does_not_exist_is_null_and_never_chosen():
    found = ms.select(write(GOOD), maximize="accuracy * 1e308 * 1e10")
    assert found.choice is None
    assert [c["value"] for c in found.to_dict()["candidates"]] == [None, None]
    assert found.to_text().startswith("No candidate can be chosen")
    exact = ms.select(write(GOOD), minimize="ms").to_dict()
    assert (exact["choice"], exact["shrunk"]) == ("A", None)


def test_errors_all_above_one_half_are_pointed_out_and_the_flag_chooses_the_highest() -> None:
    table = pd.DataFrame({"name": ["a", "b"], "error": [0.95, 0.91], "n": [300, 300]})
    (finding,) = [x for x in ms.select(table, optimize="error").findings if x.code == "MLS320"]
    assert finding.flags == "--maximize error"
    found = ms.select(table, maximize="error")
    assert found.choice == "a"
    assert "MLS320" not in {x.code for x in found.findings}


def test_one_error_below_one_half_is_no_accuracy() -> None:
    table = pd.DataFrame({"name": ["a", "b"], "error": [0.95, 0.41], "n": [300, 300]})
    assert "MLS320" not in {x.code for x in ms.select(table, optimize="error").findings}
