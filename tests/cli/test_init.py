"""`init` and `--show-config`: every setting that is read, and where it comes from."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

import mlstrat as ms
from mlstrat.core.figures import Sampling
from mlstrat.data.config import DEFAULTS, KNOWN, read_config
from tests.conftest import names


def test_every_known_key_is_written_and_explained(mlstrat):
    assert mlstrat("init").code == 0
    text = Path("mlstrat.toml").read_text()
    read_config("mlstrat.toml")
    for table, keys in KNOWN.items():
        assert f"\n[{table}]\n" in text
        part = text.partition(f"\n[{table}]\n")[2].partition("\n[")[0]
        for key in keys:
            assert re.search(rf"^# {key} = .+  # \w", part, re.MULTILINE), f"{table}.{key}"


def test_every_line_may_be_taken_out_of_its_comment(mlstrat):
    assert mlstrat("init").code == 0
    lines = Path("mlstrat.toml").read_text().splitlines()
    pattern = r'^# (?=["\w*]+ = )'
    Path("all.toml").write_text("\n".join(re.sub(pattern, "", line) for line in lines))
    document = tomllib.loads(Path("all.toml").read_text())
    assert {t: set(document[t]) for t, keys in KNOWN.items() if keys} == {
        t: set(keys) for t, keys in KNOWN.items() if keys}  # fmt: skip
    read_config("all.toml")
    for table, keys in DEFAULTS.items():
        assert keys.items() <= document[table].items()


def test_the_defaults_are_those_in_force():
    sampling = Sampling()
    assert DEFAULTS["diagnose"] == {
        "confidence": sampling.confidence, "seed": sampling.seed, "resamples": sampling.resamples,
        "beta": 1.0, "tolerance": 0.01, "different_distributions": False,
    }  # fmt: skip


def test_a_run_tells_its_columns(mlstrat):
    Path("run.csv").write_text('Y_True,pred,"the ""split""",guid,uid\na,a,dev,1,2\n')
    ended = mlstrat("init", "run.csv", "-f", "json")
    document = json.loads(ended.out)
    assert document["columns"] == {"label": "Y_True", "prediction": "pred"}
    assert document["unclear"] == ["id"]
    assert read_config("mlstrat.toml").columns == document["columns"]


def test_a_file_that_is_there_stays(mlstrat):
    Path("mlstrat.toml").write_text("[diagnose]\nseed = 7\n")
    ended = mlstrat("init")
    assert (ended.code, ended.out) == (2, "")
    assert "mlstrat.toml: there already" in ended.err
    assert Path("mlstrat.toml").read_text() == "[diagnose]\nseed = 7\n"
    assert mlstrat("init", "--force").code == 0
    assert read_config("mlstrat.toml").diagnose == {}


@pytest.mark.parametrize("arguments", [["none.csv"], ["-o", "nowhere/x.toml"]])
def test_what_cannot_be_read_or_written_leaves_nothing(mlstrat, arguments):
    ended = mlstrat("init", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert names() == []


def test_each_setting_says_where_it_comes_from(mlstrat, run_csv):
    Path("mlstrat.toml").write_text(
        "[diagnose]\nseed = 7\ntolerance = 0.02\n[human]\nerror = 0.1\n"
    )
    Path("run.toml").write_text('[diagnose]\nseed = 1\nmetric = "f1"\n[human]\nsource = "x"\n')
    ended = mlstrat("diagnose", run_csv, "--show-config", "--tolerance", "3%", "-f", "json")
    assert (ended.code, ended.err) == (0, "")
    document = json.loads(ended.out)
    assert document["schema"] == "mlstrat.config/1"
    found = {f"{s['table']}.{s['key']}": (s["value"], s["from"], s["overrides"])
             for s in document["settings"]}  # fmt: skip
    assert found["diagnose.tolerance"] == ("3%", "flag", ["mlstrat.toml"])
    assert found["diagnose.seed"] == (7, "mlstrat.toml", ["run.toml"])
    assert found["diagnose.metric"] == ("f1", "run.toml", [])
    assert found["diagnose.confidence"] == (0.95, "default", [])
    assert found["human.error"] == (0.1, "mlstrat.toml", [])
    assert found["human.source"] == (None, "default", [])  # one file's level, never two mixed
    # And it is what a diagnosis does.
    signature = ms.diagnose(run_csv, tolerance="3%").signature
    assert (signature.seed, signature.confidence, signature.metric) == (7, 0.95, "f1")
    shown = mlstrat("diagnose", run_csv, "--show-config").out
    assert re.search(r"diagnose\.seed +7 +mlstrat\.toml \(over run\.toml\)", shown)
    assert "18.0 points" not in shown


def test_an_unknown_key_is_refused_with_the_nearest(mlstrat, run_csv):
    Path("mlstrat.toml").write_text("[sources]\ntargt = 'app'\n")
    ended = mlstrat("diagnose", run_csv, "--show-config")
    assert ended.code == 2
    assert "did you mean 'target'?" in ended.err


def test_select_reads_its_target_and_constraints(mlstrat):
    Path("models.csv").write_text("name,accuracy,ms\nA,90,80\nB,92,95\nC,95,1500\n")
    Path("mlstrat.toml").write_text(
        '[select]\noptimize = "accuracy"\nwhere = ["ms <= 100"]\n[diagnose]\nconfidence = 0.9\n'
    )
    chosen = ms.select("models.csv")
    assert (chosen.choice, chosen.signature.confidence) == ("B", 0.9)
    assert ms.select("models.csv", where="ms <= 90").choice == "A"  # a flag wins
    assert ms.select("models.csv", minimize="ms", where="ms <= 2000").choice == "A"
    ended = mlstrat("select", "models.csv", "--where", "ms <= 90", "--show-config", "-f", "json")
    found = {
        f"{s['table']}.{s['key']}": (s["value"], s["from"], s["overrides"])
        for s in json.loads(ended.out)["settings"]
    }
    assert found["select.where"] == (["ms <= 90"], "flag", ["mlstrat.toml"])
    assert found["select.optimize"] == ("accuracy", "mlstrat.toml", [])


def test_constraints_are_texts(mlstrat):
    Path("mlstrat.toml").write_text("[select]\nwhere = [100]\n")
    Path("models.csv").write_text("name,accuracy\nA,90\nB,92\n")
    ended = mlstrat("select", "models.csv")
    assert ended.code == 2
    assert "where in [select] is [100]" in ended.err


def test_gaps_read_the_human_level_and_the_tolerance(mlstrat):
    Path("mlstrat.toml").write_text('[human]\nerror = "1%"\n[diagnose]\ntolerance = 0.1\n')
    found = ms.gaps(train="8%", dev="10%")
    assert (found.focus, found.verdict) == (("avoidable_bias",), "small")
    assert ms.gaps(human="7.5%", train="8%", dev="10%", tolerance="1%").focus == ("variance",)


def test_each_gate_says_where_it_comes_from(mlstrat, run_csv):
    Path("mlstrat.toml").write_text(
        '[[gate]]\nmetric = "f1"\nwhere = "ink == *"\nmin = "90%"\n[[gate]]\nmargin = 0.02\n'
        '[select]\nwhere = ["ms <= 100", "mb <= 5"]\n'
    )
    Path("run.toml").write_text('[[gate]]\nmetric = "accuracy"\nmin = 0.5\n')
    settings = json.loads(mlstrat("gate", run_csv, "--show-config", "-f", "json").out)["settings"]
    found = {f"{s['table']}.{s['key']}": (s["value"], s["from"]) for s in settings}
    assert found["[[gate]] 1.min"] == (0.9, "mlstrat.toml")
    assert found["[[gate]] 1.where"] == (["ink == *"], "mlstrat.toml")
    assert found["[[gate]] 2.margin"] == (0.02, "mlstrat.toml")
    assert ("accuracy", "run.toml") not in found.values()  # one file's gates, never two mixed
    shown = mlstrat("gate", run_csv, "--show-config").out
    rows = " ".join(shown.split())
    assert "select.where ms <= 100; mb <= 5 mlstrat.toml" in rows
    assert "[[gate]] 1.min 0.9 mlstrat.toml (over run.toml)" in rows


def test_the_human_level_of_a_file_is_shown_wherever_one_is_taken(mlstrat, run_csv):
    for command in (("diagnose",), ("report",), ("plot", "ladder")):
        shown = mlstrat(*command, run_csv, "--human", "people.json", "--show-config").out
        assert re.search(r"human\.error +of people\.json +flag", shown), command


@pytest.mark.parametrize("command", ["score", "gaps", "human", "plan", "compare", "split"])
def test_every_command_with_settings_can_show_them(mlstrat, run_csv, command):
    Path("mlstrat.toml").write_text("[diagnose]\nseed = 7\n")
    arguments = [] if command in ("gaps", "plan") else [run_csv]
    ended = mlstrat(command, *arguments, "--show-config", "--confidence", "0.9", "-f", "json")
    assert (ended.code, ended.err) == (0, "")
    found = {f"{s['table']}.{s['key']}": s["from"] for s in json.loads(ended.out)["settings"]}
    assert (found["diagnose.confidence"], found["diagnose.seed"]) == ("flag", "mlstrat.toml")


@pytest.mark.parametrize(
    ("example", "gap"),
    [("variance", "variance"), ("avoidable_bias", "avoidable_bias"),
     ("data_mismatch", "data_mismatch")],
)  # fmt: skip
def test_an_example_is_a_run_that_shows_its_gap(mlstrat, example, gap):
    ended = mlstrat("init", "--example", example)
    assert (ended.code, ended.err) == (0, "")
    assert f"next: mlstrat diagnose {example}/run.csv" in ended.out
    assert names() == [example]
    assert ms.diagnose(f"{example}/run.csv").focus == (gap,)


def test_an_example_is_small_and_the_same_each_time(mlstrat):
    files = json.loads(mlstrat("init", "--example", "variance", "-f", "json").out)["files"]
    first = {name: Path(name).read_bytes() for name in files}
    assert sum(map(len, first.values())) < 200_000
    assert mlstrat("init", "--example", "variance").code == 2
    assert mlstrat("init", "--example", "variance", "--force").code == 0
    assert {name: Path(name).read_bytes() for name in files} == first


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["--example", "varianse"], "variance"), (["run.csv", "--example", "variance"], "no run"),
     (["--example", "variance", "-o", "x.toml"], "no --output")],
)  # fmt: skip
def test_an_example_that_is_none_or_goes_elsewhere_writes_nothing(mlstrat, arguments, said):
    ended = mlstrat("init", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err
    assert names() == []


def test_alone_it_says_where_to_begin(mlstrat):
    ended = mlstrat()
    assert (ended.code, ended.out) == (2, "")
    for command in ("diagnose run.csv", "gaps --human", "init --example variance", "--help"):
        assert command in ended.err
    assert len(ended.err.splitlines()) <= 20
