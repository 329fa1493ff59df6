"""`report` as it is typed: sections, formats, files, broken inputs, hostile text."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import tempfile
from html.parser import HTMLParser
from pathlib import Path

import pytest

import mlstrat as ms
from mlstrat.workflow.report.document import COMMENT_CHARACTERS, MARKER
from tests.conftest import names

HOSTILE = [
    "<img src=x onerror=alert(1)>", "a|b", "`code`", "]]>", "\x1b[31mred", "\u202eright-to-left",
    "x" * 10_000, "😀👩‍🔬", "</details><script>alert(1)</script>", "**bold** [link](http://x)",
]  # fmt: skip


def write_run(path: str, wrong: dict[str, int], n: int = 100, config: str | None = None) -> str:
    """Write a run in which the first rows of each split are wrong, and its config."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    with Path(path).open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["id", "split", "label", "prediction", "region"])
        for split, k in wrong.items():
            for i in range(n):
                label, other = ("yes", "no") if i % 2 else ("no", "yes")
                said = other if i < k else label
                out.writerow([f"{split}{i}", split, label, said, "north" if i < 50 else "south"])
    if config is not None:
        Path(path).with_suffix(".toml").write_text(config)
    return path


@pytest.fixture
def runs(empty_folder: Path) -> Path:
    """Write a run, a baseline that is better in the north, and a history of two."""
    write_run("run.csv", {"train": 2, "train-dev": 20, "dev": 40})
    write_run("base.csv", {"train": 2, "train-dev": 20, "dev": 10})
    for name, wrong, depth in (("one", 20, 3), ("two", 60, 5)):
        write_run(
            f"runs/{name}/run.csv",
            {"train": 2, "train-dev": wrong, "dev": wrong},
            config=f"[run]\ndepth = {depth}\nlatency_ms = {wrong}.5\n[human]\nerror = 0.0\n",
        )
    return empty_folder


def everything(*more: str) -> list[str]:
    return ["report", "run.csv", "--baseline", "base.csv", "--by", "region", "--history", "runs",
            *more]  # fmt: skip


def test_sections_stand_in_the_order_of_the_workflow_with_the_verdict_first(mlstrat, runs):
    ended = mlstrat(*everything("-f", "markdown"))
    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert lines[0] == MARKER
    assert lines[1].startswith("## base.csv is better than run.csv: higher F1, by 30.0 points (")
    assert [line[4:] for line in lines if line.startswith("### ")] == [
        "What to do next", "The ladder", "The single number", "Against the baseline",
        "Slices that got worse", "The history of the gaps", "What this is based on",
    ]  # fmt: skip
    assert ended.out.count("<details>") == ended.out.count("</details>") > 3


def test_a_name_tells_one_report_from_another_and_cannot_end_the_mark(mlstrat, runs):
    names_ = ["a", "b", "--> @octo <!--", "a\nb"]
    marks = [mlstrat("report", "run.csv", "-f", "markdown", "--name", x).out.splitlines()[0]
             for x in [*names_, "a"]]  # fmt: skip
    assert len(set(marks)) == len(names_)
    assert marks[0] == marks[-1]
    assert all(re.fullmatch("<!-- mlstrat report [0-9a-f]{16} -->", mark) for mark in marks)


def test_a_run_alone_has_the_ladder_and_the_number(mlstrat, runs):
    found = json.loads(mlstrat("report", "run.csv", "-f", "json").out)
    assert list(found["sections"]) == ["diagnose"]
    assert found["schema"] == "mlstrat.report/1"


def test_json_nests_what_the_commands_say(mlstrat, runs):
    found = json.loads(mlstrat(*everything("-f", "json")).out)
    assert list(found["sections"]) == ["diagnose", "compare", "history"]
    alone = json.loads(mlstrat("diagnose", "run.csv", "-f", "json").out)
    assert found["sections"]["diagnose"] == alone
    compared = ["compare", "base.csv", "run.csv", "--by", "region", "--metric", "f1"]
    assert found["sections"]["compare"] == json.loads(mlstrat(*compared, "-f", "json").out)
    assert found["verdict"]["compare"] == "a_better"
    assert {f["section"] for f in found["findings"]} == {None, "diagnose", "compare"}
    assert [x["path"] for x in found["signature"]["inputs"]] == [
        "run.csv", "base.csv", "runs/one/run.csv", "runs/two/run.csv",
    ]  # fmt: skip


def test_slices_that_got_worse_are_named(mlstrat, runs):
    shown = mlstrat(*everything("-f", "markdown")).out
    part = shown.partition("### Slices that got worse")[2].partition("###")[0]
    assert "3 of 4 slices surely got worse" in part
    assert "| region north | 50 | -60.0 |" in part
    assert "region south" not in part  # equal there


def test_a_run_that_is_part_of_its_history_is_diagnosed_once(mlstrat, runs, monkeypatch):
    from mlstrat.workflow.history import answer as history
    from mlstrat.workflow.report import answer as reporting

    (first, *others) = sorted(Path("runs").rglob("*.csv"))
    alone = history.history("runs", no_cache=True, options={}).to_json()
    looked: list[str] = []

    def spy(run, **options):
        looked.append(str(run))
        return ms.diagnose(run, **options)

    monkeypatch.setattr(history, "diagnose", spy)
    monkeypatch.setattr(reporting, "diagnose", spy)
    section = ms.report(str(first), history="runs").to_dict()["sections"]["history"]
    assert sorted(looked) == sorted(map(str, (first, *others)))
    assert section == json.loads(alone)


def test_the_history_names_the_knob_and_the_gap_that_it_moved(mlstrat, runs):
    found = json.loads(mlstrat(*everything("-f", "json")).out)["sections"]["history"]
    (change,) = found["changes"]
    assert change["knobs"] == [{"knob": "depth", "before": 3, "after": 5}]  # latency is no knob
    moved = {m["gap"]: m["moved"] for m in change["gaps"]}
    assert moved == {"avoidable_bias": False, "variance": True, "data_mismatch": False}
    shown = " ".join(mlstrat(*everything()).out.split())
    assert "depth 3 → 5 raised variance by 40.0 points, the largest move of the history." in shown


def test_candidates_are_ranked_by_the_config_or_by_the_single_number(mlstrat, runs):
    Path("c.csv").write_text("name,accuracy,ms,n\nA,0.9,80,1000\nB,0.95,500,1000\n")
    ask = ["report", "run.csv", "--candidates", "c.csv", "--metric", "accuracy", "-f", "json"]
    assert json.loads(mlstrat(*ask).out)["sections"]["select"]["choice"] == "B"
    Path("mlstrat.toml").write_text('[select]\nminimize = "ms"\n')
    assert json.loads(mlstrat(*ask).out)["sections"]["select"]["choice"] == "A"


def review(tags: list[str], mislabeled: str = "") -> None:
    lines = [f"dev{i},dev,{'yes' if i % 2 else 'no'},{'no' if i % 2 else 'yes'}" for i in range(40)]
    with Path("review.csv").open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["id", "split", "label", "prediction", "tags", "mislabeled", "true_label"])
        for i, line in enumerate(lines):
            out.writerow([*line.split(","), tags[i % len(tags)], mislabeled if i < 5 else "", ""])


def test_a_review_brings_the_tally_and_the_wrong_labels_that_it_speaks_of(mlstrat, runs):
    ask = ["report", "run.csv", "--review", "review.csv", "-f", "json"]
    review(["dog", "blurry"])
    assert list(json.loads(mlstrat(*ask).out)["sections"]) == ["diagnose", "error-table"]
    review(["dog", "blurry"], "x")
    found = json.loads(mlstrat(*ask).out)["sections"]
    assert list(found) == ["diagnose", "error-table", "mislabels"]
    assert [c["count"] for c in found["error-table"]["categories"][:2]] == [20, 20]
    review([""])
    assert mlstrat(*ask).code == 2


@pytest.mark.parametrize("how", ["markdown", "html", "json", "text", "csv"])
def test_the_same_inputs_give_the_same_bytes(mlstrat, runs, how):
    one, two = (mlstrat(*everything("-f", how)).out for _ in "12")
    assert one
    assert one == two


@pytest.mark.parametrize("name", ["report.md", "report.html", "report.json"])
def test_a_file_is_the_same_as_what_is_shown(mlstrat, runs, name):
    assert mlstrat(*everything("-o", name)).out == ""
    how = {".md": "markdown", ".html": "html", ".json": "json"}[Path(name).suffix]
    assert Path(name).read_text(encoding="utf-8") == mlstrat(*everything("-f", how)).out


def test_a_full_disk_leaves_the_old_report_whole(mlstrat, runs, monkeypatch):
    Path("report.html").write_text("old")
    Path("summary.md").write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "summary.md")
    real, calls = os.fsync, []

    def full(handle: int) -> None:
        calls.append(handle)
        if len(calls) == 2:  # the summary is written, the report is not
            raise OSError(28, "No space left on device")
        real(handle)

    monkeypatch.setattr(os, "fsync", full)
    ended = mlstrat(*everything("-o", "report.html", "--summary"))
    assert (ended.code, ended.out) == (2, "")
    assert "No space left on device" in ended.err
    assert Path("report.html").read_text() == "old"
    assert Path("summary.md").read_text() == "before\n"
    assert not [name for name in names() if name.startswith(".")]


def test_the_summary_is_appended_and_keeps_what_stood_there(mlstrat, runs, monkeypatch):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "summary.md")
    Path("summary.md").write_text("before\n")
    assert mlstrat("report", "run.csv", "-o", "report.md", "--summary").code == 0
    assert Path("summary.md").read_text() == f"before\n\n{Path('report.md').read_text()}"
    monkeypatch.delenv("GITHUB_STEP_SUMMARY")
    ended = mlstrat("report", "run.csv", "-o", "other.md", "--summary")
    assert (ended.code, "GITHUB_STEP_SUMMARY" in ended.err) == (2, True)
    assert "other.md" not in names()


@pytest.mark.parametrize(
    ("broken", "named"),
    [("id,split,label\n1,dev,yes\n", "runs/three/run.csv"), (None, "runs/three/run.csv")],
)
def test_a_broken_run_is_named_and_nothing_written_unless_it_may_be_skipped(
    mlstrat, runs, broken, named
):
    Path("runs/three").mkdir()
    Path("runs/three/run.toml").write_text("[run]\ndepth = 7\n")
    if broken is not None:
        Path("runs/three/run.csv").write_text(broken)
    ended = mlstrat(*everything("-o", "report.md"))
    assert (ended.code, ended.out) == (2, "")
    assert named in ended.err
    assert "report.md" not in names()
    assert mlstrat(*everything("-o", "report.md", "--skip-broken")).code == 0
    text = Path("report.md").read_text()
    assert "A run of the history is left out" in text.partition("### The ladder")[0]
    assert named in text.replace("\\", "")


def test_a_baseline_that_is_the_run_itself_is_said(mlstrat, runs):
    shutil.copy("run.csv", "copy.csv")
    for base in ("run.csv", "./run.csv", "copy.csv"):
        shown = mlstrat("report", "run.csv", "--baseline", base).out
        assert shown.startswith("The same: ")
        assert "issue MLS502 The baseline is the run itself" in shown


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["report", "-"], "standard input can be read once"),
        (["report", "run.csv", "--by", "region"], "--by belongs to a comparison"),
        (["report", "run.csv", "--margin", "1%"], "--margin belongs to a comparison"),
        (["report", "run.csv", "--history", "nowhere"], "nowhere: no such folder"),
        (["report", "run.csv", "--history", "empty"], "no runs in this folder"),
        (["report", "run.csv", "-f", "pdf"], "unknown format 'pdf'"),
        (["report", "run.csv", "--baseline", "other.csv"], "no id in common"),
        (["report", "none.csv"], "none.csv"),
        (["diagnose", "run.csv", "-f", "html"], "unknown format 'html'"),
    ],
)
def test_wrong_usage_is_one_message_and_exit_2(mlstrat, runs, arguments, wanted):
    Path("empty").mkdir()
    Path("other.csv").write_text("id,split,label,prediction\nq,dev,yes,yes\nr,dev,no,no\n")
    ended = mlstrat(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert wanted in ended.err


def test_check_only_tells_what_can_be_read_and_computes_nothing(mlstrat, runs, monkeypatch):
    from mlstrat.tasks.classification import run as checking

    ended = mlstrat(*everything("--check-only", "-f", "json"))
    found = json.loads(ended.out)
    assert [(x["part"], x["rows"]) for x in found["checked"]] == [
        ("run", 300), ("baseline", 300), ("history", 300), ("history", 300),
    ]  # fmt: skip
    Path("base.csv").write_text("id,split,label,prediction,region\nz,dev,yes,yes,north\n")
    ended = mlstrat(*everything("--check-only"))
    assert (ended.code, "no id in common" in ended.err) == (2, True)
    # Of what is too large to read, the header is looked at.
    monkeypatch.setattr(checking, "READ_UP_TO", 10)
    assert "header only" in mlstrat(*everything("--check-only")).out
    Path("base.csv").write_text("id,split,label\nz,dev,yes\n")
    assert mlstrat(*everything("--check-only")).code == 2


def hostile_run(path: str) -> None:
    with Path(path).open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["id", "split", "label", "prediction", "<script>"])
        for i in range(200):
            label = HOSTILE[i % len(HOSTILE)]
            said = HOSTILE[(i + (i % 3 == 0)) % len(HOSTILE)]
            out.writerow([f"={i}", "train" if i < 100 else "dev", label, said, label])


class Strict(HTMLParser):
    """Collects elements and their attributes, and whether all are closed."""

    VOID = ("meta", "br", "img")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        self.attributes += attrs
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_hostile_text_stays_text_in_every_format(mlstrat, runs):
    hostile_run("run.csv")
    Path("run.csv").rename("<b>|`run.csv")
    config = f"[run]\n{json.dumps(HOSTILE[0])} = {json.dumps(HOSTILE[8])}\n"
    Path("runs/one/run.toml").write_text(config)
    ask = ["report", "<b>|`run.csv", "--history", "runs", "--skip-broken"]
    page = mlstrat(*ask, "-f", "html").out
    parser = Strict()
    parser.feed(page)
    parser.close()
    assert parser.open == []
    assert not {"script", "img", "iframe"} & set(parser.seen)
    assert page.count("<b>") == page.count('<div class="level"><b>')
    assert not [name for name, _ in parser.attributes if name.startswith("on")]
    for text in (page, mlstrat(*ask, "-f", "markdown").out, mlstrat(*ask).out):
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "x" * 200 not in text
    shown = mlstrat(*ask, "-f", "markdown").out
    outside = shown.replace("<details>", "").replace("</details>", "").replace(MARKER, "")
    assert "<img" not in outside
    assert "<script" not in outside
    for line in shown.splitlines():  # a bar in a label ends no cell
        if line.startswith("| ") and "---" not in line:
            assert line.replace("\\|", "").count("|") in range(4, 9)
    labels = json.loads(mlstrat(*ask, "-f", "json").out)["sections"]["diagnose"]["labels"]
    assert set(labels) == set(HOSTILE)


def test_a_report_too_long_for_a_comment_leaves_out_details_and_says_so(mlstrat, runs):
    for i in range(40):
        write_run(
            f"many/{i}-{'long' * 10}/run.csv", {"train": i % 5, "dev": 10 + i}, n=60,
            config="[run]\n" + "".join(f'k{j}{"o" * 30} = "{"v" * 40}{i}"\n' for j in range(4)),
        )  # fmt: skip
    document = ms.report("run.csv", baseline="base.csv", history="many")
    whole = document.fitted(10**7)
    assert "Left out to fit here" not in whole
    room = len(whole) - 500
    cut = document.fitted(room)
    assert len(cut) <= room
    assert "Left out to fit here: The history of the gaps: " in cut
    assert "The HTML and the JSON have it." in cut
    least = document.fitted(0)  # what is never left out
    assert len(least) < 20_000 < COMMENT_CHARACTERS
    for kept in ("## base.csv is better", "### What to do next", "### What this is based on"):
        assert kept in least
    assert len(document.to_markdown().encode("utf-16-le")) // 2 <= COMMENT_CHARACTERS
    assert len(document.to_html().encode()) < 1_000_000


def test_html_does_not_grow_with_rows(mlstrat, runs):
    small = len(ms.report("run.csv").to_html())
    write_run("large.csv", {"train": 40, "train-dev": 400, "dev": 800}, n=2000)
    assert abs(len(ms.report("large.csv").to_html()) - small) < 500


def test_figures_are_files_beside_the_report_and_inline_in_html(mlstrat, runs):
    Path("out").mkdir()
    ask = [*everything(), "--figures", "figures"]
    assert mlstrat(*ask, "-o", "out/report.md").code == 0
    shown = Path("out/report.md").read_text()
    assert "](../figures/ladder.png)" in shown
    assert "](../figures/history.png)" in shown
    drawn = names("figures")
    assert {"ladder.svg", "ladder.png", "confusion.svg", "history.svg"} <= set(drawn)
    before = {name: Path("figures", name).read_bytes() for name in drawn}
    assert mlstrat(*ask, "-o", "out/report.html").code == 0
    page = Path("out/report.html").read_text()
    assert page.count("<svg") == sum(name.endswith(".svg") for name in drawn)
    assert not [x for x in ("<img", 'http-equiv="refresh', "src=") if x in page]
    assert len(page) < 1_000_000
    assert before == {name: Path("figures", name).read_bytes() for name in drawn}
    parser = Strict()
    parser.feed(page)
    assert parser.open == []


def with_scores(path: str) -> None:
    rows = Path(path).read_text().splitlines()
    scored = [f"{rows[0]},score"]
    scored += [f"{x},{0.9 if x.split(',')[3] == 'yes' else 0.2}" for x in rows[1:]]
    Path(path).write_text("\n".join(scored) + "\n")


@pytest.mark.parametrize("metric", [None, "accuracy", "roc_auc"])
def test_the_comparison_is_of_the_single_number(mlstrat, runs, metric):
    with_scores("run.csv")
    with_scores("base.csv")
    ask = ["report", "run.csv", "--baseline", "base.csv", *(["--metric", metric] if metric else [])]
    found = json.loads(mlstrat(*ask, "-f", "json").out)["sections"]
    assert found["diagnose"]["metric"]["name"] == (metric or "f1")
    assert found["compare"]["metric"] == (metric or "f1")
    assert found["compare"]["b"]["value"] == found["diagnose"]["metric"]["value"]


def test_a_baseline_without_the_scores_of_the_single_number_is_refused(mlstrat, runs):
    with_scores("run.csv")
    ended = mlstrat("report", "run.csv", "--baseline", "base.csv", "--metric", "roc_auc",
                    "-o", "report.md")  # fmt: skip
    assert ended.code == 2
    assert "base.csv" in ended.err
    assert not Path("report.md").exists()


def test_slices_are_of_every_column_of_few_values_unless_some_are_named(mlstrat, runs):
    for path in ("run.csv", "base.csv"):
        rows = Path(path).read_text().splitlines()
        more = [f"{rows[0]},serial", *(f"{x},{i}" for i, x in enumerate(rows[1:]))]
        Path(path).write_text("\n".join(more) + "\n")
    document = ms.report("run.csv", baseline="base.csv")
    compared = document.to_dict()["sections"]["compare"]["slices"]
    assert {name for x in compared for name in x["where"]} == {"label", "region"}
    found = {f["code"]: f["evidence"] for f in document.to_dict()["findings"]}
    assert found["MLS507"] == {"columns": [{"column": "serial", "values": 300}]}
    worst = found["MLS506"]["slices"][0]
    assert worst["where"] == {"region": "north"}
    assert worst["difference"] == pytest.approx(-0.6)
    shown = document.to_markdown()
    assert "serial (300 values)" in shown.partition("### Slices that got worse")[2]
    first = shown.partition("### What to do next")[2].partition("###")[0]
    assert "**MLS506 Slices surely got worse.** region north (-60.0 points" in first
    named = ms.report("run.csv", baseline="base.csv", by=["region"]).to_dict()
    assert "MLS507" not in [f["code"] for f in named["findings"]]


def test_a_report_of_scores_draws_what_every_threshold_would_give(mlstrat):
    pytest.importorskip("matplotlib")
    rows = [f"{s},{i % 2},{(i % 2) * 0.3 + (i * 37 % 70) / 100:.2f}"
            for s in ("train", "dev") for i in range(60)]  # fmt: skip
    Path("scores.csv").write_text("\n".join(["split,label,score", *rows]) + "\n")
    asked = ("report", "scores.csv", "--choose-threshold", "f1", "--figures", "figures")
    assert mlstrat(*asked, "-o", "report.md").code == 0
    assert {"threshold.svg", "threshold.png", "roc.svg"} <= set(names("figures"))
    assert "](figures/threshold.png)" in Path("report.md").read_text()
    Path("mlstrat.toml").write_text('[diagnose]\nchoose_threshold = "f1"\n')
    typed = Path("report.md").read_text()
    assert mlstrat("report", "scores.csv", "--figures", "figures", "-o", "again.md").code == 0
    assert Path("again.md").read_text() == typed


def test_figures_are_not_drawn_where_the_report_cannot_be_written(mlstrat, runs):
    ended = mlstrat("report", "run.csv", "--figures", "figures", "-o", "nowhere/report.md")
    assert ended.code == 2
    assert not Path("figures").exists()


def test_a_full_disk_leaves_no_figures_and_is_told_of_the_file(mlstrat, runs, monkeypatch):

    def full(self: Path, content: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    ended = mlstrat("report", "run.csv", "--figures", "figures", "-o", "report.md")
    assert ended.code == 2
    assert "figures/" in ended.err
    assert "cannot be written: No space left on device" in ended.err
    assert names(".") == sorted(["run.csv", "base.csv", "runs"])


def test_candidates_without_the_single_number_are_told_how_to_be_ranked(mlstrat, runs):
    Path("c.csv").write_text("name,accuracy,n\nA,0.9,1000\nB,0.95,1000\n")
    ended = mlstrat("report", "run.csv", "--candidates", "c.csv")
    assert ended.code == 2
    assert "ranked by the single number, f1" in ended.err


def test_a_summary_that_was_not_there_is_not_left_where_the_report_fails(
    mlstrat, runs, monkeypatch
):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "summary.md")
    monkeypatch.setattr(tempfile, "mkstemp", _full)  # after the summary, the report
    assert mlstrat("report", "run.csv", "--summary", "-o", "report.md").code == 2
    assert names(".") == sorted(["run.csv", "base.csv", "runs"])


def _full(**_where: object) -> None:
    raise OSError(28, "No space left on device")
