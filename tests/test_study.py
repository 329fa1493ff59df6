"""`study` through the public interface: runs, report, figure and JSON in one folder."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

import mlstrat as ms
from mlstrat.cli import run
from mlstrat.errors import UsageError

SEEDS = 5


@pytest.fixture(scope="module")
def knobs(tmp_path_factory):
    """Return the folder of a study whose one knob trades variance for bias, and its document."""
    folder = tmp_path_factory.mktemp("study") / "knobs"
    return folder, ms.study("knobs", "wine", seeds=SEEDS, out=folder)


def test_a_study_leaves_runs_a_report_its_figure_and_the_json(knobs):
    folder, document = knobs
    assert {x.name for x in folder.iterdir()} == {
        "base", "more_data", "neighbours", "knobs.png", "report.md", "report.json",
    }  # fmt: skip
    assert len(list(folder.glob("*/seed-*/run.csv"))) == 3 * SEEDS
    assert ms.diagnose(folder / "base" / "seed-0" / "run.csv").focus == ("variance",)
    assert (folder / "report.md").read_text("utf-8") == document.to_markdown()
    assert (folder / "report.json").read_text("utf-8") == document.to_json()
    assert (folder / "knobs.png").read_bytes().startswith(b"\x89PNG")
    assert "](knobs.png)" in document.to_markdown()


def test_nine_neighbours_move_two_gaps_and_are_named(knobs):
    _, document = knobs
    found = document.study
    assert found.change("neighbours", "base", "avoidable_bias").outcome == "rose"
    assert found.change("neighbours", "base", "variance").outcome == "fell"
    assert "More than one gap moved with: more neighbours." in document.verdict
    codes = [f.code for f in document.findings]
    assert codes == ["MLS701", "MLS702", "MLS704", "MLS706"]


def test_a_change_is_that_of_the_runs_errors(knobs):
    folder, document = knobs
    change = 0.0
    for seed in range(SEEDS):
        for name, sign in (("neighbours", 1), ("base", -1)):
            levels = ms.diagnose(folder / name / f"seed-{seed}" / "run.csv").to_dict()["levels"]
            error = {x["level"]: x["error"] for x in levels}
            change += sign * (error["train-dev"] - error["train"]) / SEEDS
    found = document.study.change("neighbours", "base", "variance")
    assert found.figure.value == pytest.approx(change)
    assert sum(found.by_seed) / SEEDS == pytest.approx(change)


def test_the_json_and_the_text_of_a_study(knobs):
    _, document = knobs
    told = json.loads(document.to_json())
    assert told["schema"] == "mlstrat.study/1"
    assert (told["study"], told["recipe"], told["seeds"]) == ("knobs", "wine", [0, 1, 2, 3, 4])
    assert told["signature"]["inputs"][0]["path"] == "base/seed-0/run.csv"
    assert {x["outcome"] for x in told["comparisons"]} >= {"fell", "rose", "none_seen"}
    text = document.to_text()
    assert max(map(len, text.splitlines())) <= 80
    assert text.index("1 of 2 knobs moved a gap") == 0
    assert len(document.to_frame()) == len(told["comparisons"])


def test_the_same_study_gives_the_same_bytes(knobs, tmp_path):
    folder, _ = knobs
    again = tmp_path / "again"
    ms.study("knobs", "wine", seeds=SEEDS, out=again)
    for name in ("report.json", "knobs.png"):
        first, second = ((x / name).read_bytes() for x in (folder, again))
        assert first.replace(str(folder).encode(), b"") == second.replace(str(again).encode(), b"")


def test_one_seed_tells_figures_and_no_intervals():
    document = ms.study("knobs", "wine", seeds=1, knobs=["neighbours"])
    assert "whether they differ cannot be told" in document.verdict
    assert [f.code for f in document.findings] == ["MLS705"]
    assert all(x.figure.ci is None for x in document.study.changes)
    assert document.folder is None
    text = document.to_text()
    assert " 1 seed, 2 runs" in " ".join(text.split())
    assert "Intervals" not in text
    assert "(–)" not in text
    assert max(map(len, document.to_text().splitlines())) <= 80


def test_a_curve_over_sizes_is_handed_to_curve(tmp_path):
    folder = tmp_path / "curve"
    document = ms.study("curve", "variance", seeds=3, sizes=[40, 80, 160, 300], out=folder)
    assert [p.n for p in document.curve.curve.points] == [40, 80, 160, 300]
    assert document.curve.curve.points[0].runs == 3
    assert document.curve.curve.target.origin == "human"
    again = ms.curve(folder / "curve.csv", target="0%")
    assert again.diagnosis == document.curve.diagnosis == "variance"
    for read, point in zip(again.curve.points, document.curve.curve.points, strict=True):
        low, high = point.dev.ci
        # The table has no degrees of freedom: its intervals are as sure, without Student's tails.
        assert low - 1e-3 <= read.dev.ci[0] < point.dev.value < read.dev.ci[1] <= high + 1e-3
    assert "curve.png" in (folder / "report.md").read_text("utf-8")
    told = json.loads((folder / "report.json").read_text("utf-8"))
    assert [x["n"] for x in told["curve"]["points"]] == [40, 80, 160, 300]
    for point, condition in zip(told["curve"]["points"], told["conditions"], strict=True):
        assert (point["train"], point["dev"]) == tuple(
            condition["levels"][split] for split in ("train", "dev")
        )


def test_a_curve_of_two_seeds_has_no_intervals_and_says_why():
    document = ms.study("curve", "variance", seeds=2, sizes=[40, 80, 160, 300])
    assert all(p.dev.ci is None for p in document.curve.curve.points)
    assert document.findings[0].code == "MLS705"
    assert "in a study, three seeds or more" in " ".join(document.to_text().split())


@pytest.mark.slow
def test_labels_wrong_by_a_rule_cost_more_than_random_ones():
    document = ms.study("label-noise", seeds=3, small=True)
    worse = document.study.change("systematic-20", "random-20", "dev")
    assert worse.outcome == "rose"
    assert "MLS762" in [f.code for f in document.findings]


@pytest.mark.slow
def test_few_sources_of_noise_do_not_carry_over(tmp_path):
    document = ms.study("synthesis", seeds=3, small=True, out=tmp_path / "synthesis")
    assert document.study.change("sources-5", "sources-5000", "data_mismatch").outcome == "rose"
    assert document.study.change("sources-5", "sources-5000", "train-dev").outcome == "fell"
    reuse = [(x["sources"], x["repeats"]) for x in document.facts["reuse"]]
    assert reuse == [(5, 360), (50, 36), (5000, 1)]
    text = " ".join(document.to_text().split())
    assert "600 clean ones for train, each 3 times" in text
    assert "Of 1,800 examples, 600 clean ones 3 times each: 5 sources, each under 360;" in text
    assert {"MLS741", "MLS742", "MLS743"} <= {f.code for f in document.findings}


@pytest.mark.slow
def test_what_to_train_on_where_the_target_is_another_source(tmp_path):
    document = ms.study("mismatch", seeds=3, small=True, out=tmp_path / "mismatch")
    assert {x.condition.name for x in document.study.conditions} == {
        "other", "target", "shuffled", "added", "weighted",
    }  # fmt: skip
    assert document.facts["weight"]["weight_of_other"] == pytest.approx(200 / 600)
    text = document.to_markdown()
    assert "Against the other source alone: error on dev" in text
    assert document.study.change("added", "other", "dev").figure.value < 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["transfr"], "did you mean 'transfer'?"),
        (["knobs"], "is about a recipe"),
        (["knobs", "wien"], "did you mean 'wine'?"),
        (["knobs", "wine", "--knob", "dropout"], "turns no knob 'dropout'"),
        (["knobs", "wine", "--seeds", "0"], "seeds is 0"),
        (["curve", "wine", "--sizes", "10,x"], "--sizes is '10,x'"),
        (["curve", "variance", "--sizes", "10,20,400"], "leaves 300 examples"),
        ([], "no study"),
        (["--list", "-f", "json", "-o", "zz.json"], "--list prints text alone"),
        (["curve", "wine", "--target", "x%"], "the target"),
    ],
)
def test_bad_input_is_one_message_and_leaves_nothing(arguments, message, tmp_path, monkeypatch,
                                                     capsys):  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert run(["study", *arguments]) == 2
    err = capsys.readouterr().err
    assert message in err
    assert "Traceback" not in err
    assert not list(tmp_path.iterdir())


def test_a_folder_that_holds_something_is_not_written_into(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(UsageError, match="not empty"):
        ms.study("knobs", "wine", out=tmp_path)
    with pytest.raises(UsageError, match="a file, not a folder"):
        ms.study("knobs", "wine", out=tmp_path / "thesis.txt")
    assert [x.name for x in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seeds": 3.5}, "seeds is 3.5"),
        ({"seeds": True}, "seeds is True"),
        ({"sizes": [10, 20, "x"]}, "a size is 'x'"),
        ({"sizes": [0, 20, 30]}, "a size is 0"),
        ({"knobs": [7]}, "a knob is 7"),
        ({"knobs": "n=5000"}, "--n is 5,000"),
    ],
)
def test_words_of_a_wrong_type_are_refused_and_a_bare_text_is_one_knob(options, message):
    with pytest.raises(UsageError, match=message):
        ms.study("knobs", "breast_cancer", **options)


def test_an_interrupted_study_goes_on_with_the_same_command_alone(tmp_path):
    lines = []

    def until_the_third(line: str) -> None:
        lines.append(line)
        if line.startswith("run 3"):
            raise KeyboardInterrupt

    folder, asked = tmp_path / "cut", {"seeds": 2, "knobs": ["neighbours"]}
    with pytest.raises(KeyboardInterrupt):
        ms.study("knobs", "wine", out=folder, progress=until_the_third, **asked)
    assert lines[-1] == f"interrupted: the same command goes on from {folder}"
    with pytest.raises(UsageError, match="not empty"):
        ms.study("knobs", "wine", out=folder, seeds=3, knobs=["neighbours"])
    kept = (folder / "base" / "seed-0" / "run.toml").stat().st_mtime_ns
    lines.clear()
    cut = ms.study("knobs", "wine", out=folder, progress=lines.append, **asked)
    assert lines[0] == "going on: 2 of 4 runs are there already"
    assert (folder / "base" / "seed-0" / "run.toml").stat().st_mtime_ns == kept
    assert not (folder / "unfinished.json").exists()
    whole = ms.study("knobs", "wine", out=tmp_path / "whole", **asked)
    assert cut.to_dict()["comparisons"] == whole.to_dict()["comparisons"]


def test_a_study_forced_upon_other_runs_cannot_go_on(tmp_path):
    def stop(line: str) -> None:
        raise KeyboardInterrupt

    (tmp_path / "base").mkdir()
    with pytest.raises(KeyboardInterrupt):
        ms.study("knobs", "wine", seeds=1, out=tmp_path, force=True, progress=stop)
    with pytest.raises(UsageError, match="not empty"):
        ms.study("knobs", "wine", seeds=1, out=tmp_path)


def test_the_command_prints_the_report_and_says_where_it_is(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    command = ["study", "knobs", "wine", "--seeds", "1", "--knob", "neighbours=9"]
    assert run(command) == 0
    captured = capsys.readouterr()
    assert "The runs are in study_knobs_wine" in captured.out
    assert "run 2 of 2: neighbours = 9, seed 0" in captured.err
    assert Path("study_knobs_wine/report.md").is_file()
    assert run(["study", "--list"]) == 0
    assert "label-noise" in capsys.readouterr().out


def test_transfer_tells_the_three_conditions(tmp_path):
    pytest.importorskip("torch")
    document = ms.study("transfer", seeds=1, small=True, sizes=[40], out=tmp_path / "transfer")
    told = next(f for f in document.findings if f.code == "MLS713").evidence["conditions"]
    assert (told["examples_a"], told["examples_b"]) == (800, [40])
    assert [x.condition.series for x in document.study.conditions] == [
        "from scratch", "a new last layer", "the last layers", "fine-tuned",
    ]  # fmt: skip
    assert (tmp_path / "transfer" / "task-a" / "seed-0" / "model.safetensors").is_file()


def test_a_chain_and_the_part_that_owns_its_errors(tmp_path):
    pytest.importorskip("torch")
    document = ms.study("end-to-end", seeds=1, small=True, out=tmp_path / "chain")
    levels = {x.condition.name: x.levels["dev"].value for x in document.study.conditions}
    assert levels["true-box-200"] < levels["chain-200"] < levels["end-to-end-200"]
    (row,) = document.facts["parts"]
    assert [x["part"] for x in row["parts"]] == ["find the digit", "read the digit"]
    assert sum(x["share"]["value"] for x in row["parts"]) == pytest.approx(1)
    assert sum(x["errors"] for x in row["parts"]) == round(400 * levels["chain-200"])


def test_one_network_for_all_questions_and_one_each(tmp_path):
    pytest.importorskip("torch")
    document = ms.study("multitask", seeds=1, small=True, sizes=[60], out=tmp_path / "tasks")
    run_csv = tmp_path / "tasks" / "missing-60" / "seed-0" / "run.csv"
    found = ms.diagnose(run_csv).to_dict()
    assert found["labels"] == ["no", "yes"]
    assert [x.condition.name for x in document.study.conditions] == [
        "apart-60", "together-60", "missing-60",
    ]  # fmt: skip
    assert document.study.conditions[0].levels["dev"].n == 300  # faces, of five answers each


def test_without_torch_a_study_of_networks_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setitem(sys.modules, "safetensors", None)
    with pytest.raises(UsageError, match="networks need PyTorch") as caught:
        ms.study("transfer", out=tmp_path / "transfer")
    assert "pip install torch" in str(caught.value)
    assert not (tmp_path / "transfer").exists()
