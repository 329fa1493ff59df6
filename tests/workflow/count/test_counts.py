"""Counts in place of rows: the same figures, whatever they are of and however they are sharded."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import mlstrat as ms
from mlstrat.data.columns import resolve_columns
from tests.written_runs import RUN, WriteRun

COUNTS = """\
split,label,prediction,n
train,cat,cat,90
train,cat,dog,10
dev,cat,cat,70
dev,dog,dog,25
dev,dog,,5
"""


def figures(document: Any) -> Any:
    """Return the JSON of a document but for what it says of its inputs."""

    def strip(x: Any) -> Any:
        if isinstance(x, dict):
            of_inputs = ("inputs", "columns", "path", "baselines", "run", "baseline")
            return {k: strip(v) for k, v in x.items() if k not in of_inputs}
        return [strip(v) for v in x] if isinstance(x, list) else x

    return strip(json.loads(document.to_json()))


@st.composite
def tables(draw: st.DrawFn) -> pl.DataFrame:
    """Draw a run of labels or of numbers, with or without weights, groups, people and scores."""
    n, rng = draw(st.integers(30, 150)), np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    binary = draw(st.booleans())
    labels = ["0", "1"] if binary else ["cat", "=dog", "a,b", 'o"wl']
    truth = rng.choice(labels, n)
    truth[: len(labels)] = labels
    said = np.where(rng.random(n) < 0.7, truth, rng.choice([*labels, ""], n))
    said[: len(labels)] = labels
    columns: dict[str, Any] = {"id": [f"x{i}" for i in range(n)], "label": truth}
    columns |= {"prediction": said, "Region": rng.choice(["N", "S", ""], n)}
    if draw(st.booleans()):
        columns["split"] = rng.choice(["train", "train-dev", "dev", "Test"], n)
        columns["split"][: len(labels)] = "dev"
    if draw(st.booleans()):
        columns["sample_weight"] = rng.choice([0.1, 1 / 3, 2.0, 0.0], n)
        columns["sample_weight"][: len(labels)] = 1e-3
    if draw(st.booleans()):
        columns["group"] = rng.integers(0, draw(st.sampled_from([3, 12, 40])), n)
    if draw(st.booleans()):
        columns["human_ann"] = np.where(rng.random(n) < 0.9, truth, rng.choice(["", "unsure"], n))
    if binary:
        score = np.clip((truth == "1") * 0.4 + rng.random(n) * 0.6, 0, 1)
        columns["score"] = np.round(score, draw(st.sampled_from([1, 17])))
    return pl.DataFrame(columns)


@settings(max_examples=10, deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate],
          suppress_health_check=list(HealthCheck))  # fmt: skip
@given(table=tables(), cut=st.floats(0.1, 0.9), ending=st.sampled_from(["csv", "parquet"]))
def test_counts_and_sums_of_counts_give_the_figures_of_the_rows(table, cut, ending, tmp_path):
    binary = "score" in table.columns
    keep = {"by": ["region"], "scores": binary}
    few = {"resamples": 100}
    whole, total = tmp_path / f"whole.{ending}", tmp_path / f"total.{ending}"
    ms.count(table, output=whole, **keep)
    cells = ms.count(table, **keep).table
    at = len(cells["n"]) and max(1, int(cut * len(table)))
    for i, shard in enumerate((table[:at], table[at:])):
        try:
            ms.count(shard, output=tmp_path / f"shard{i}.{ending}", **keep)
        except ms.InputError:  # so few rows that none is right
            return
    shards = str(tmp_path / f"shard*.{ending}")
    ms.count(shards, output=total)
    assert total.read_bytes() == whole.read_bytes()
    asks = [
        lambda run: ms.diagnose(run, **few),
        lambda run: ms.score(run, metric="error", by=["region"], weight_when=["label=0:3"], **few),
    ]
    if binary:
        asks += [lambda run, m=m: ms.score(run, metric=m, **few)
                 for m in ("roc_auc", "average_precision", "log_loss", "brier")]  # fmt: skip
        asks.append(lambda run: ms.score(run, metric="f1", by=["region"], threshold=0.3, **few))
    if "group" in table.columns:
        asks.append(lambda run: ms.slices(run, by=["region", "label"], min_size=5, **few))
    for ask in asks:
        expected = outcome(ask, table)
        for counted in (whole, shards, total):
            assert outcome(ask, counted) == expected


def outcome(ask: Any, run: Any) -> Any:
    """Return the figures, or the reason why there are none."""
    try:
        return figures(ask(run))
    except ms.MlstratError as error:
        return error.message


def big(rows: int = 600) -> pl.DataFrame:
    rng = np.random.default_rng(3)
    truth = rng.choice(["a", "b", "c"], rows)
    said = np.where(rng.random(rows) < 0.8, truth, rng.choice(["a", "b", "c"], rows))
    other = np.where(rng.random(rows) < 0.7, truth, rng.choice(["a", "b", "c"], rows))
    return pl.DataFrame({"split": rng.choice(["train", "dev"], rows), "label": truth,
                         "prediction": said, "pred_old": other,
                         "site": rng.choice(["n", "s"], rows), "size": rng.integers(0, 40, rows),
                         "human": np.where(rng.random(rows) < 0.9, truth, "")})  # fmt: skip


def test_report_gate_select_human_plot_and_two_columns_take_counts(tmp_path):
    table = big()
    (tmp_path / "of").mkdir()
    rows, counts, worse = (str(tmp_path / x) for x in ("run.csv", "of/run.csv", "worse.csv"))
    table.write_csv(rows)
    ms.count(rows, by=["site", "pred_old"], output=counts)
    ms.count(rows, columns={"prediction": "pred_old"}, by=["site"], output=worse)
    few: dict[str, Any] = {"resamples": 200}
    Path("gates.toml").write_text(
        '[[gate]]\nmetric = "f1"\nmin = 0.5\n[[gate]]\nmetric = "error"\nwhere = "site == *"\n'
        'max = "40%"\n[[gate]]\nmetric = "accuracy"\nmargin = 0.01\n'
    )
    asks = (
        lambda run: ms.report(run, **few),
        lambda run: ms.gate(run, baseline=worse, config="gates.toml", **few),
        lambda run: ms.human(run, split="dev", **few),
        lambda run: ms.select([run, worse], optimize="accuracy", **few),
        lambda run: ms.compare(run, a="prediction", b="pred_old", by=["site"], **few),
        lambda run: ms.plot("confusion", run),
        lambda run: ms.plot("ladder", run),
    )
    for ask in asks:
        assert figures(ask(counts)) == figures(ask(rows))


def test_slices_of_counts_are_those_of_the_rows_and_halves_are_drawn_by_lot(tmp_path):
    table = big(3000)
    counts = str(tmp_path / "counts.parquet")
    ms.count(table, by=["site", "size"], output=counts)
    found = [ms.slices(x, by=["site", "size", "label"]).to_dict() for x in (table, counts)]
    for key in ("n", "errors", "error", "columns", "left_out", "label_pairs"):
        assert found[1][key] == found[0][key]
    whole = [{json.dumps(s["where"]): (s["n"], s["errors"], s["error"]) for s in x["slices"]}
             for x in found]  # fmt: skip
    both = set(whole[0]) & set(whole[1])
    assert len(both) > 5
    assert all(whole[0][x] == whole[1][x] for x in both)
    halves = found[1]["halves"]
    assert halves["by"] == "lot"
    assert halves["searched"] + halves["held_out"] == found[1]["n"]
    assert abs(halves["searched"] - found[1]["n"] / 2) < 4 * np.sqrt(found[1]["n"] / 4)
    again = ms.slices(counts, by=["site", "size", "label"])
    assert again.to_dict() == found[1]


def test_no_false_alarm_where_errors_are_everywhere_alike():
    """Halves by lot are independent: 5% of runs without a slice confirm one, at most about."""
    rng, alarms = np.random.default_rng(5), 0
    cells = [(site, size) for site in "abcd" for size in "xyz"]
    for i in range(60):
        rows = []
        for site, size in cells:
            n = int(rng.integers(50, 150))
            wrong = int(rng.binomial(n, 0.2))
            rows += [("cat", "cat", site, size, n - wrong), ("cat", "dog", site, size, wrong)]
        table = pl.DataFrame(rows, ["label", "prediction", "site", "size", "n"], orient="row")
        found = ms.slices(table, by=["site", "size"], seed=i, resamples=100)
        alarms += any(s.confirmed for s in found.slices)
    assert alarms <= 8  # of Binomial(60, 0.05) more than 8 has a chance below 0.2%


@pytest.mark.parametrize(
    ("header", "said", "counts"),
    [
        (("split", "label", "prediction", "n"), {}, "n"),
        (("label", "prediction", "region", "n"), {}, "n"),
        (("id", "label", "prediction", "n"), {}, None),  # rows: each has its id
        (("GUID", "label", "prediction", "n"), {}, None),
        (("label", "prediction", "n", "region"), {}, None),  # not the last column
        (("label", "prediction", "N"), {}, None),  # nor another name
        (("label", "prediction", "n_tokens"), {}, None),
        (("label", "n"), {"prediction": "n"}, None),
        (("key", "label", "prediction", "n"), {"id": "key"}, None),
        (("label", "prediction", "times", "region"), {"n": "times"}, "times"),  # said outright
        (("id", "label", "prediction", "times"), {"n": "times"}, "times"),
    ],
)
def test_what_counts_are_told_by(header, said, counts):
    assert resolve_columns(header, said, file="x").get("n") == counts


def test_a_mapping_is_forgiven_for_counts_alone():
    header, said = ("label", "prediction", "n"), {"label": "churned"}
    assert resolve_columns(header, said, file="x").roles["label"] == "label"
    both = resolve_columns(("label", "Churned", "pred", "n"), said, file="x")
    assert both.roles["label"] == "Churned"
    for other in (("id", *header), header[:2]):
        with pytest.raises(ms.InputError, match="'churned', which is not there"):
            resolve_columns(other, said, file="x")


def test_a_run_with_a_column_n_and_ids_is_sliced_by_it(write: WriteRun):
    text = "id,label,prediction,n\n" + "".join(f"{i},a,{'ab'[i % 2]},{i % 3}\n" for i in range(90))
    document = ms.slices(write(text), min_size=5).to_dict()
    assert document["n"] == 90
    assert "n" in [c["column"] for c in document["columns"]]
    assert "counts" not in document["signature"]["inputs"][0]


def test_the_signature_and_the_screen_say_that_a_run_is_counts(write: WriteRun):
    document = ms.diagnose(write(COUNTS))
    (said,) = document.to_dict()["signature"]["inputs"]
    assert (said["rows"], said["counts"]) == (200, True)
    assert document.to_dict()["columns"]["n"] == "n"
    assert "(counts of 200 rows)" in document.to_text(500)
    assert document.to_dict()["splits"]["dev"]["abstentions"] == 5


@pytest.mark.parametrize(
    ("n", "row", "message"),
    [("2.5", 6, "'2.5' is not a count"), ("-1", 6, "'-1' is not a count"),
     ("", 6, "a count that is blank"), ("many", 6, "'many' is not a count"),
     ("inf", 6, "'inf' is not a count"),
     ("1e300", None, "the counts add up to 1e+300 examples")],
)  # fmt: skip
def test_what_is_no_count_is_refused_with_its_row(n, row, message, write: WriteRun):
    with pytest.raises(ms.InputError, match=re.escape(message)) as caught:
        ms.diagnose(write(COUNTS.replace(",5\n", f",{n}\n")))
    assert (caught.value.row, caught.value.column) == (row, "n")


def test_counts_of_zero_are_nothing_and_truth_values_are_no_counts(write: WriteRun):
    with_zero = COUNTS.replace("dev,dog,,5\n", "dev,dog,,5\ndev,owl,owl,0\ntest,cat,cat,0\n")
    assert figures(ms.diagnose(write(with_zero, "zero.csv"))) == figures(ms.diagnose(write(COUNTS)))
    table = pl.DataFrame({"label": ["a", "b"], "prediction": ["a", "b"], "n": [True, False]})
    with pytest.raises(ms.InputError, match="truth values"):
        ms.diagnose(table)
    with pytest.raises(ms.InputError, match="no rows"):
        ms.diagnose(write("label,prediction,n\na,a,0\n"))
    with pytest.raises(ms.InputError) as caught:  # the short line is told, not a blank count
        ms.diagnose(write("label,prediction,n\na,a,1\nb,b\n"))
    assert caught.value.row == 3


def test_what_needs_rows_says_that_counts_have_none(write: WriteRun):
    counts = write(COUNTS)
    sheet = write("id,label,prediction,tags,mislabeled\n1,cat,dog,blurry,\n", "sheet.csv")
    rows = write("id,label,prediction\n1,cat,cat\n2,dog,cat\n", "rows.csv")
    answers = write("id,annotator,answer\n1,ann,cat\n", "answers.csv")
    for ask in (
        lambda: ms.compare(counts, counts),
        lambda: ms.compare(rows, counts),
        lambda: ms.sample(counts),
        lambda: ms.error_table(sheet, run=counts),
        lambda: ms.mislabels(sheet, run=counts),
        lambda: ms.mislabels(suspects=counts),
        lambda: ms.slices(rows, versus=counts, min_size=1),
        lambda: ms.human(answers, run=counts),
    ):
        with pytest.raises(ms.InputError, match="these are counts, which have no rows") as caught:
            ask()
        assert caught.value.hint
    with pytest.raises(ms.UsageError, match="not a column to slice by"):
        ms.score(counts, by=["n"])
    for metric in ("roc_auc", "log_loss"):
        with pytest.raises(ms.InputError) as caught:
            ms.score(counts, metric=metric)
        assert caught.value.hint == "count the run again with its scores: mlstrat count --scores"
    with pytest.raises(ms.UsageError, match="threshold needs") as wrong:
        ms.diagnose(counts, threshold=0.3)
    assert "--scores" in str(wrong.value.hint)


def test_any_frame_and_any_format_of_counts_is_read(write: WriteRun, tmp_path):
    expected = figures(ms.diagnose(write(COUNTS)))
    table = pl.read_csv(COUNTS.encode(), schema_overrides={"n": pl.UInt32})
    arrow = table.to_arrow()
    frames = [table, table.lazy(), table.to_pandas(), arrow, duckdb.sql("select * from arrow")]
    for ending in ("tsv", "ndjson", "parquet", "csv"):
        frames.append(str(tmp_path / f"again.{ending}"))
        ms.count(table, output=frames[-1])
    for frame in frames:
        assert figures(ms.diagnose(frame)) == expected
    assert ms.count(table.to_pandas()).to_csv() == ms.count(table).to_csv()


def test_a_partitioned_folder_of_counts_is_counts(write: WriteRun, tmp_path):
    table = pl.read_csv(COUNTS.encode())
    for day in ("1", "2"):
        (tmp_path / "month" / f"day={day}").mkdir(parents=True)
        ms.count(table, output=tmp_path / "month" / f"day={day}" / "counts.parquet")
    month = str(tmp_path / "month")
    assert ms.diagnose(month).to_dict()["signature"]["inputs"][0]["rows"] == 400
    days = ms.score(month, metric="error", by=["day"]).to_dict()
    assert [x["n"] for x in days["scores"] if x["by"]] == [100, 100]
    assert ms.count(month).table["day"].tolist().count("1") == 5
    assert sum(ms.count(month, by=["split"]).table["n"]) == 400


def test_counts_are_called_by_role_whatever_the_run_called_them(tmp_path):
    table = big().rename({"label": "churned", "prediction": "said", "site": "Site"})
    roles = {"label": "churned", "prediction": "said"}
    counts = str(tmp_path / "counts.csv")
    made = ms.count(table, columns=roles, by=["site"], output=counts)
    assert list(made.table) == ["split", "label", "prediction", "human", "Site", "n"]
    assert made.to_dict()["table"] is None
    expected = figures(ms.diagnose(table, columns=roles))
    assert figures(ms.diagnose(counts)) == expected
    assert figures(ms.diagnose(counts, columns=roles)) == expected  # as a config says it


def test_a_score_predicts_and_is_kept_only_if_asked(tmp_path):
    table = pl.DataFrame({"label": [1, 0, 1, 0] * 25, "score": [0.9, 0.4, 0.2, 0.1] * 25})
    at = {None: ms.count(table), 0.3: ms.count(table, threshold=0.3)}
    assert list(at[None].table) == ["label", "prediction", "n"]
    for threshold, made in at.items():
        expected = figures(ms.diagnose(table, threshold=threshold))
        assert figures(ms.diagnose(made.to_frame())) == expected
    kept = ms.count(table, scores=True).to_frame()
    assert list(kept) == ["label", "score", "n"]
    for threshold in (None, 0.3, 0.15):
        expected = figures(ms.diagnose(table, threshold=threshold))
        assert figures(ms.diagnose(kept, threshold=threshold)) == expected
    with pytest.raises(ms.UsageError, match="no scores to keep"):
        ms.count(RUN_FRAME, scores=True)
    spam = table.with_columns(label=pl.lit("spam"))
    with pytest.raises(ms.InputError, match="the class that a low score predicts has no name"):
        ms.count(spam, positive="spam")  # another shard may call it ham


RUN_FRAME = pl.read_csv(RUN.encode(), infer_schema=False)


def test_names_that_would_mean_something_else_among_counts_are_refused():
    table = big().with_columns(y_true=pl.col("label"), n=pl.lit(3), uid=pl.lit("x"))
    for name, columns in (("y_true", {"label": "label"}), ("n", {"id": "uid", "label": "label"})):
        with pytest.raises(ms.UsageError, match=f"'{name}' would be taken"):
            ms.count(table, by=[name], columns=columns)


def test_counts_that_would_be_no_smaller_are_refused(monkeypatch):
    monkeypatch.setattr("mlstrat.workflow.count.compute.MOST_COUNTS", 100)
    table = big().with_columns(sample_weight=pl.Series(np.arange(1.0, 601.0)))
    with pytest.raises(ms.InputError, match="counts of them are no smaller") as caught:
        ms.count(table)
    assert "sample_weight" in str(caught.value.hint)


def test_counts_are_not_written_over_what_they_are_counted_from(write: WriteRun, tmp_path):
    one = write(COUNTS, "shard1.csv")
    for output in (one, str(tmp_path / "." / "shard1.csv")):
        with pytest.raises(ms.UsageError, match="and would be written over"):
            ms.count(str(tmp_path / "shard*.csv"), output=output)
    assert Path(one).read_text() == COUNTS
    with pytest.raises(ms.UsageError, match="unknown format"):
        ms.count(one, output="counts.xlsx")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["shard1.csv"]


def test_a_split_without_labels_is_left_out_of_the_counts_and_named(write: WriteRun) -> None:
    rows = "id,label,prediction,split\n1,a,a,train\n2,b,b,train\n3,a,b,dev\n4,b,b,dev\n"
    run = write(rows + "5,,a,test\n6,,b,test\n")
    found = ms.count(run)
    assert found.table["split"].tolist() == ["train", "train", "dev", "dev"]
    (finding,) = found.findings
    assert (finding.code, finding.evidence["rows"]) == ("MLS216", {"test": 2})
    assert figures(ms.score(run))["scores"] == figures(ms.score(found.table))["scores"]


def test_a_blank_label_beside_others_of_its_split_is_refused(write: WriteRun) -> None:
    run = write("label,prediction,split\na,a,train\n,b,dev\nb,b,dev\n,a,test\n")
    with pytest.raises(ms.InputError, match="blank label"):
        ms.count(run)
