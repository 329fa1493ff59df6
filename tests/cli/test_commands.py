"""Commands as they are typed: formats, files, exit codes, and what a newcomer does wrong."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest

from tests.conftest import names


def test_the_verdict_is_the_first_line(mlstrat, run_csv):
    ended = mlstrat("diagnose", run_csv, "--human-error", "1%")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines()[0].startswith("Work on variance (18.0 points).")


def test_a_split_may_be_named_as_in_files(mlstrat, run_csv):
    named = mlstrat("diagnose", run_csv, "--split", "validation", "-f", "json")
    assert json.loads(named.out)["metric"]["split"] == "dev"


def test_json_is_one_document_with_the_promised_keys(mlstrat, run_csv):
    ended = mlstrat("diagnose", run_csv, "--human-error", "1%", "-f", "json")
    document = json.loads(ended.out)
    assert document["schema"] == "mlstrat.diagnose/1"
    assert set(document) >= {
        "signature", "findings", "task", "labels", "metric", "splits", "levels", "gaps", "focus",
        "attention", "verdict",
    }  # fmt: skip
    assert set(document["signature"]) == {
        "mlstrat", "inputs", "metric", "average", "positive", "confidence", "seed", "resamples",
        "method",
    }  # fmt: skip
    (source,) = document["signature"]["inputs"]
    assert (source["path"], source["rows"], len(source["sha256"])) == ("run.csv", 300, 64)
    assert source["bytes"] == Path("run.csv").stat().st_size
    dev = document["splits"]["dev"]
    assert set(dev) == {
        "n", "errors", "error", "accuracy", "precision", "recall", "f1", "abstentions",
        "per_class", "confusion",
    }  # fmt: skip
    assert dev["confusion"] == {"labels": ["no", "yes"], "counts": [[39, 11], [11, 39]]}
    assert dev["error"] == {"value": 0.22, "ci": pytest.approx([0.15001, 0.31070], abs=1e-5),
                            "n": 100}  # fmt: skip
    assert document["metric"]["average"] == "binary"
    assert document["signature"]["positive"] == "yes"


def test_the_same_inputs_give_the_same_bytes(mlstrat, run_csv):
    for how in ("json", "markdown", "text", "csv"):
        one, two = (mlstrat("diagnose", run_csv, "--metric", "mcc", "-f", how) for _ in "12")
        assert one.code == 0
        assert one.out == two.out


def test_csv_is_levels_and_gaps(mlstrat, run_csv):
    ended = mlstrat("diagnose", run_csv, "-f", "csv")
    rows = list(csv.DictReader(StringIO(ended.out)))
    assert [r["name"] for r in rows] == [
        "train", "train-dev", "dev", "avoidable_bias", "variance", "data_mismatch",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["out.md", "out.json", "out.csv", "out.txt"])
def test_output_is_the_same_as_on_the_screen(mlstrat, run_csv, name):
    assert mlstrat("diagnose", run_csv, "-o", name).out == ""
    how = {".md": "markdown", ".json": "json", ".csv": "csv", ".txt": "text"}[Path(name).suffix]
    shown = mlstrat("diagnose", run_csv, "-f", how).out
    assert Path(name).read_text(encoding="utf-8").split() == shown.split()
    assert names() == sorted([name, run_csv])


def test_an_output_that_cannot_be_written_leaves_nothing(mlstrat, run_csv):
    ended = mlstrat("diagnose", run_csv, "-o", "nowhere/out.md")
    assert (ended.code, ended.out) == (2, "")
    assert "nowhere/out.md: cannot be written: No such file or directory" in ended.err
    assert names() == [run_csv]


def test_a_full_disk_leaves_the_old_report_whole(mlstrat, run_csv, monkeypatch):
    Path("out.md").write_text("old")

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    ended = mlstrat("diagnose", run_csv, "-o", "out.md")
    assert (ended.code, Path("out.md").read_text()) == (2, "old")
    assert "No space left on device" in ended.err
    assert names() == ["out.md", run_csv]


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["diagnose"], "Missing argument"),
        (["diagnose", "none.csv"], "none.csv"),
        (["diagnose", "run.csv", "--metric", "f2"], "unknown metric 'f2'"),
        (["diagnose", "run.csv", "--human-error", "130%"], "outside 0 to 100%"),
        (["diagnose", "run.csv", "--human-error", "one"], "which is not a number"),
        (["diagnose", "run.csv", "--human", "no.json"], "no.json: cannot be read"),
        (["diagnose", "run.csv", "--human-error", "1%", "--human", "x"], "given twice"),
        (["diagnose", "run.csv", "--map", "label"], "is not a pair"),
        (["diagnose", "run.csv", "--map", "label=lable"], "lable"),
        (["diagnose", "run.csv", "--split", "test"], "there is no split 'test'"),
        (["diagnose", "run.csv", "--positive", "maybe"], "maybe"),
        (["diagnose", "run.csv", "--confidence", "95"], "confidence is 95"),
        (["diagnose", "run.csv", "--resamples", "3"], "resamples is 3"),
        (["diagnose", "run.csv", "--format", "pdf"], "unknown format 'pdf'"),
        (["diagnose", "run.csv", "--average", "mean"], "unknown average 'mean'"),
        (["diagnose", "run.csv", "--metric", "roc_auc"], "no score, which this metric needs"),
        (["gaps"], "no levels"),
        (["gaps", "--train", "8"], "write 8% for 8 percent"),
        (["gaps", "--train", "9/8"], "9/8"),
        (["gaps", "--table", "run.csv"], "no column 'level'"),
        (["explain", "MLS1O1"], "did you mean MLS"),
        (["train", "varience"], "variance"),
        (["train"], "nothing to train"),
        (["diagnoze", "run.csv"], "diagnose"),
        (["history", "runs"], "Did you mean 'report --history FOLDER'?"),
        (["recipes"], "Did you mean 'train --list'?"),
    ],
)
def test_wrong_usage_is_one_message_and_exit_2(mlstrat, run_csv, arguments, wanted):
    ended = mlstrat(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert wanted in ended.err
    assert "Traceback" not in ended.err
    assert names() == [run_csv]


@pytest.mark.parametrize(("known", "verdict"), [("true", "focus"), ("false", "undetermined")])
def test_a_model_that_beats_bayes_error_itself_has_learnt_noise_by_heart(mlstrat, known, verdict):
    Path("mlstrat.toml").write_text(f"[human]\nerror = 0.4\nknown = {known}\n")
    ended = mlstrat("gaps", "--train", "30%", "--dev", "38%", "-f", "json")
    found = json.loads(ended.out)
    assert found["verdict"] == verdict
    assert found["focus"] == (["variance"] if known == "true" else [])
    assert ("bounds" in found["gaps"][0]) == (known == "false")


def test_what_human_printed_may_be_a_bare_number(mlstrat, run_csv):
    Path("levels.json").write_text('{"bayes_proxy": {"name": "ann", "error": 0.05}}')
    ended = mlstrat("diagnose", run_csv, "--human", "levels.json", "-f", "json")
    assert json.loads(ended.out)["levels"][0]["error"] == 0.05


def test_what_human_printed_is_a_level_with_its_counts(mlstrat, run_csv):
    Path("levels.json").write_text(
        json.dumps({"bayes_proxy": {"name": "ann", "error": {"value": 0.01, "ci": [0, 1],
                                                             "n": 200}}})
    )  # fmt: skip
    ended = mlstrat("diagnose", run_csv, "--human", "levels.json", "-f", "json")
    human = json.loads(ended.out)["levels"][0]
    assert (human["level"], human["error"], human["n"], human["errors"]) == ("human", 0.01, 200, 2)
    assert human["ci"][0] < 0.01 < human["ci"][1]


def test_a_flag_wins_over_the_project_which_wins_over_the_run(mlstrat, run_csv):
    Path("run.toml").write_text("[human]\nerror = 0.02\n[diagnose]\nseed = 7\nresamples = 500\n")
    Path("mlstrat.toml").write_text("[diagnose]\nseed = 8\n")
    document = json.loads(mlstrat("diagnose", run_csv, "-f", "json").out)
    assert document["levels"][0]["error"] == 0.02
    assert (document["signature"]["seed"], document["signature"]["resamples"]) == (8, 500)
    document = json.loads(mlstrat("diagnose", run_csv, "--seed", "9", "-f", "json").out)
    assert document["signature"]["seed"] == 9


@pytest.mark.parametrize(
    ("toml", "wanted"),
    [
        ("[diagnose]\ntolerence = 0.1\n", "did you mean 'tolerance'"),
        ("[human]\nerror = true\n", "error in [human] is True"),
        ("[humans]\n", "did you mean 'human'"),
        ("human = 1\n", "is not a table"),
        ("[[\n", "is not TOML"),
    ],
)
def test_a_config_with_something_unknown_is_refused(mlstrat, run_csv, toml, wanted):
    Path("mlstrat.toml").write_text(toml)
    ended = mlstrat("diagnose", run_csv)
    assert ended.code == 2
    assert wanted in ended.err


def test_explain_tells_rule_threshold_and_source(mlstrat):
    ended = mlstrat("explain", "mls102")
    assert "0.6" in ended.out
    assert "Source: C3W1" in ended.out
    assert "MLS102" in mlstrat("explain").out


def test_help_lists_the_commands_by_step(mlstrat):
    ended = mlstrat("--help")
    assert ended.code == 0
    assert ended.out.index("Measure") < ended.out.index("Report") < ended.out.index("Harness")
    assert max(map(len, ended.out.splitlines())) <= 80
    panels = dict(re.findall(r"^([A-Z][^\n]*) \([^\n]+\?\):\n((?:  .+\n)+)", ended.out, re.M))
    listed = {step: re.findall(r"^  ([a-z-]+)  +\S.*[.?]$", text, re.M)
              for step, text in panels.items()}  # fmt: skip
    assert listed == {
        "Set up": ["init", "plan", "split"],
        "Measure": ["gaps", "diagnose", "score", "human", "curve", "count"],
        "Read the errors": ["sample", "review", "error-table", "mislabels", "slices"],
        "Decide": ["select", "compare"],
        "Report": ["report", "gate", "plot", "explain", "schema"],
        "Harness": ["train", "predict", "study", "improve"],
    }
    assert "..." not in ended.out.partition("Set up")[2]  # each is told in full
    assert mlstrat("--version").out.startswith("mlstrat 0.")


def test_training_writes_a_run_that_can_be_diagnosed(mlstrat):
    ended = mlstrat("train", "wine", "--out", "first")
    assert ended.code == 0
    assert "mlstrat diagnose first/run.csv" in ended.out
    assert mlstrat("diagnose", "first/run.csv").out.startswith("Work on variance")
    assert mlstrat("train", "wine", "--out", "first").code == 2
    assert mlstrat("train", "wine", "--out", "first", "--force").code == 0


def test_hostile_labels_are_shown_and_harm_nothing(mlstrat):
    labels = ["a|b", "`x`", "<script>alert(1)</script>", "[red]no[/red]", "\x1b[31mred"]
    labels += ["\u202eflip", "=1+1", "x" * 10_000, "🦉"]
    with Path("run.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["label", "prediction"])
        for label in labels:
            writer.writerows([[label, label]] * 3 + [[label, labels[0]]])
    text = mlstrat("diagnose", "run.csv", "--full").out
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "[red]no[/red]" in text
    markdown = mlstrat("diagnose", "run.csv", "-f", "markdown").out
    assert "<script>" not in markdown
    assert "| a|b" not in markdown
    assert json.loads(mlstrat("diagnose", "run.csv", "-f", "json").out)["labels"].count("=1+1") == 1


def command(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "mlstrat", *arguments],
        capture_output=True, text=True, check=False, encoding="utf-8", **options,
    )  # fmt: skip


def test_an_output_that_is_a_link_or_a_pipe_is_written_through(run_csv):
    Path("real.md").write_text("old")
    Path("link.md").symlink_to("real.md")
    assert command("diagnose", run_csv, "-o", "link.md").returncode == 0
    assert Path("link.md").is_symlink()
    assert Path("real.md").read_text() != "old"
    os.mkfifo("pipe.md")
    reader = subprocess.Popen(["cat", "pipe.md"], stdout=subprocess.PIPE, text=True)
    assert command("diagnose", run_csv, "-o", "pipe.md").returncode == 0
    assert reader.communicate(timeout=120)[0].startswith("## ")


def test_a_label_that_the_terminal_cannot_show_is_no_fault(empty_folder):
    Path("run.csv").write_text("label,prediction\nкот,кот\nпёс,кот\n", encoding="utf-8")
    ended = command("diagnose", "run.csv", env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "???" in ended.stdout


def test_a_pipe_has_no_colour_and_80_columns(run_csv):
    ended = command("diagnose", run_csv)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "\x1b" not in ended.stdout
    assert max(map(len, ended.stdout.splitlines())) <= 80


def test_a_narrow_terminal_and_an_ascii_one(run_csv):
    narrow = command("diagnose", run_csv, env={**os.environ, "COLUMNS": "40"})
    assert max(map(len, narrow.stdout.splitlines())) <= 40
    plain = subprocess.run(
        [sys.executable, "-m", "mlstrat", "diagnose", run_csv], capture_output=True, check=False,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert plain.returncode == 0
    assert plain.stdout.isascii()


def test_standard_input_is_a_run(run_csv):
    ended = command("diagnose", "-", "-f", "json", input=Path(run_csv).read_text())
    assert json.loads(ended.stdout)["signature"]["inputs"][0]["path"] == "-"


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="needs a full device")
def test_a_full_standard_output_is_said(run_csv):
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run([sys.executable, "-m", "mlstrat", "diagnose", run_csv], stdout=full,
                               stderr=subprocess.PIPE, text=True, check=False)  # fmt: skip
    assert ended.returncode == 2
    assert ended.stderr == "mlstrat: standard output cannot be written: No space left on device\n"


def test_a_reader_that_goes_away_is_no_error(run_csv):
    for how in ("text", "json"):
        script = f"{sys.executable} -m mlstrat diagnose {run_csv} -f {how}; echo $? >&2"
        ended = subprocess.run(["sh", "-c", f"({script}) | true"], capture_output=True, text=True,
                               check=False)  # fmt: skip
        assert ended.stderr in ("0\n", "141\n")
