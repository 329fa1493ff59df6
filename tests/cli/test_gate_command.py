"""`gate` as a CI job runs it: exit codes, config, ledger, JUnit, and what is wrong with inputs."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

import mlstrat as ms
from mlstrat.data.config import read_config
from mlstrat.data.gates import KEYS
from tests.conftest import names


def write(
    name: str,
    wrong: int,
    *,
    n: int = 1000,
    ids: str = "{}",
    labels: tuple[str, str] = ("no", "yes"),
    test: int | None = None,
    with_id: bool = True,
) -> str:
    """Write a run whose first `wrong` dev rows are wrong; `test` errors on as many test rows."""
    rows = ["id,split,label,prediction,region"]
    for split, errors in (("dev", wrong), *([("test", test)] if test is not None else [])):
        for i in range(n):
            label, other = (labels[i % 2], labels[1 - i % 2])
            said = other if i < errors else label
            region = "north" if i % 4 == 0 else "south"
            rows.append(f"{split}{ids.format(i)},{split},{label},{said},{region}")
    if not with_id:
        rows = [row.partition(",")[2] for row in rows]
    Path(name).write_text("\n".join(rows) + "\n")
    return name


def config(text: str, metric: str = "accuracy") -> str:
    Path("g.toml").write_text(f'[diagnose]\nmetric = "{metric}"\n{text}')
    return "g.toml"


@pytest.fixture(autouse=True)
def runs(empty_folder):
    write("base.csv", 50)
    write("worse.csv", 150)
    write("same.csv", 49)


@pytest.mark.parametrize(
    "more", [(), ("--baseline", "base.csv"), ("--config", "g.toml"), ("--config", "none.toml")]
)
def test_a_run_that_is_not_there_is_said_first(mlstrat, more):
    config('[[gate]]\nmetric = "accuracy"\nbogus = 1\n')
    ended = mlstrat("gate", "nope.csv", *more)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("mlstrat: nope.csv: no such file")


@pytest.mark.parametrize(
    ("metric", "said"), [("roc_auc", "ROC AUC"), ("f1", "F1"), ("accuracy", "accuracy")]
)
def test_the_default_gate_names_its_metric_as_people_do(mlstrat, metric, said):
    frame = pd.DataFrame({"id": range(60), "label": [0, 1] * 30})
    frame.assign(score=np.linspace(0.1, 0.9, 60)).to_csv("scores.csv", index=False)
    frame.assign(score=np.linspace(0.2, 0.9, 60)).to_csv("before.csv", index=False)
    out = mlstrat("gate", "scores.csv", "--baseline", "before.csv", "--metric", metric).out
    assert f"The margin is 1.0 points of {said}, by which" in " ".join(out.split())


def test_a_real_regression_exits_1(mlstrat):
    ended = mlstrat("gate", "worse.csv", "--baseline", "base.csv")
    assert (ended.code, ended.err) == (1, "")
    assert ended.out.startswith("Fail: F1 on dev: -10.0 points")


def test_a_run_within_the_margin_exits_0(mlstrat):
    ended = mlstrat("gate", "same.csv", "--baseline", "base.csv")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("Pass: the check is within bounds.")


def test_json_has_the_promised_keys(mlstrat):
    ended = mlstrat("gate", "worse.csv", "--baseline", "base.csv", "-f", "json")
    document = json.loads(ended.out)
    assert document["schema"] == "mlstrat.gate/1"
    assert document["verdict"] == "fail"
    (check,) = document["checks"]
    assert set(check) >= {"metric", "where", "observed", "ci", "bound", "verdict"}
    assert check["where"] is None
    assert (check["bound"], check["verdict"]) == (-0.01, "fail")
    assert check["ci"][0] < check["observed"] < check["ci"][1] < -0.01
    assert [x["path"] for x in document["signature"]["inputs"]] == ["worse.csv", "base.csv"]


def test_the_library_gives_the_verdict_without_an_exit():
    result = ms.gate("worse.csv", baseline="base.csv", metric="accuracy")
    assert result.verdict == "fail"
    assert result.checks[0].figure.value == pytest.approx(-0.1)
    assert result.to_frame().loc[0, "verdict"] == "fail"


@pytest.mark.parametrize(("on", "code"), [("pass", 0), ("warn", 0), ("fail", 3)])
def test_what_an_inconclusive_check_exits_with(mlstrat, on, code):
    config(f'[[gate]]\nmin = 0.955\non_inconclusive = "{on}"')
    ended = mlstrat("gate", "base.csv", "--config", "g.toml")
    assert ended.code == code
    assert ended.out.startswith("Inconclusive: accuracy on dev: 95.0%")
    assert "more dev examples would settle it" in ended.out.replace("\n", " ")
    assert bool(ended.err) == (on != "pass")


def test_a_fail_exits_1_beside_an_inconclusive_one_that_matters(mlstrat):
    config('[[gate]]\nmin = 0.955\non_inconclusive = "fail"\n[[gate]]\nmin = 0.99')
    assert mlstrat("gate", "base.csv", "--config", "g.toml").code == 1


def test_bounds_slices_and_gaps_of_one_config(mlstrat):
    write("both.csv", 50, test=60)
    Path("both.toml").write_text("[run]\nlatency_ms = 12.5\n")
    config('[[gate]]\nmin = "90%"\nmax = 1.0\n'
           '[[gate]]\nwhere = "region == north"\nmin = 0.9\n'
           '[[gate]]\nwhere = {region = "*"}\nmax = 0.2\nmetric = "error"\n'
           '[[gate]]\nmetric = "latency_ms"\nmax = 12.5\n'
           '[[gate]]\nmetric = "dev_overfit"\nmax = 0.05\n'
           '[[gate]]\nsplit = "validation"\nwhere = "label == yes"\nmin = 0.9\n')  # fmt: skip
    result = ms.gate("both.csv", config="g.toml")
    assert result.verdict == "pass"
    found = [(c.question.metric, dict(c.question.where), c.question.kind) for c in result.checks]
    assert found == [
        ("accuracy", {}, "min"), ("accuracy", {}, "max"), ("accuracy", {"region": "north"}, "min"),
        ("error", {"region": "north"}, "max"), ("error", {"region": "south"}, "max"),
        ("latency_ms", {}, "max"), ("dev_overfit", {}, "max"),
        ("accuracy", {"label": "yes"}, "min"),
    ]  # fmt: skip
    assert result.checks[6].figure.value == pytest.approx(0.01)
    assert result.checks[5].figure.ci is None


@pytest.mark.parametrize(
    ("gate", "reason"),
    [
        ('metric = "latency_ms"\nmax = 100', "neither a metric nor a number"),
        ('metric = "acuracy"\nmin = 0.1', "did you mean 'accuracy'?"),
        ('metric = "roc_auc"\nmin = 0.1', "no scores"),
        ('metric = "variance"\nmax = 0.1', "no variance"),
        ('split = "test"\nmin = 0.1', "no split test"),
        ('metric = "precision"\nwhere = "label == no"\nmin = 0.0', "never predicted"),
    ],
)
def test_what_is_missing_or_undefined_fails(mlstrat, gate, reason):
    write("none.csv", 0)
    config(f'positive = "yes"\n[[gate]]\n{gate}')
    ended = mlstrat("gate", "none.csv", "--config", "g.toml", "-f", "json")
    document = json.loads(ended.out)
    assert (ended.code, document["verdict"]) == (1, "fail")
    assert document["checks"][0]["observed"] is None
    assert reason in document["checks"][0]["reason"]


def test_a_slice_below_its_minimum_size_is_inconclusive_and_said(mlstrat):
    config('[[gate]]\nwhere = "region == north"\nmin = 0.999\nmin_n = 251')
    ended = mlstrat("gate", "worse.csv", "--config", "g.toml")
    assert ended.code == 0
    assert "MLS515" in ended.out
    assert "250 rows" in ended.out


@pytest.mark.parametrize(
    ("gate", "found", "hint"),
    [
        ("mim = 1", "unknown 'mim' in [[gate]] 1", "did you mean 'min'?"),
        ("min = true", "min is True", ""),
        ("min = nan", "min is nan", ""),
        ("min = 90", "min is 90, and accuracy lies from 0 to 1", 'write "90%"'),
        ("min = 0.9\nmax = 0.8", "above max", ""),
        ('split = "dev"', "no bound", ""),
        ("margin = 0", "margin is 0", ""),
        ("min = 0.1\nmin_n = 0", "min_n is 0", ""),
        ('min = 0.1\ndecide_on = "luck"', "decide_on is 'luck'", ""),
        ('min = 0.1\nsplit = "hold"', "split is 'hold'", ""),
        ('min = 0.1\nwhere = "region = north"', "where is", "write =="),
        ('metric = "variance"\nmargin = 0.1', "margin beside the gap variance", ""),
        ('min = 0.1\nwhere = "region == nort"', "region == 'nort'", "did you mean 'north'?"),
        ('min = 0.1\nwhere = "regio == north"', "'regio', which is not there", "'region'"),
        ('metric = "ms"\nmargin = 0.1', "margin beside 'ms'", ""),
        ("margin = 0.1", "there is no baseline for it", ""),
        ('metric = "dev_overfit"\nmax = 5', "lies from -1 to 1", 'write "5%"'),
    ],
)
def test_a_config_that_cannot_be_is_refused(mlstrat, gate, found, hint):
    if not gate.startswith("metric"):
        gate = f'metric = "accuracy"\n{gate}'
    config(f"[[gate]]\n{gate}")
    ended = mlstrat("gate", "base.csv", "--config", "g.toml", "-o", "out.json", "--junit", "j.xml",
                    "--ledger", "l.json")  # fmt: skip
    assert (ended.code, ended.out) == (2, "")
    assert found in ended.err
    assert hint in ended.err
    assert names() == ["base.csv", "g.toml", "same.csv", "worse.csv"]


def test_a_bound_of_the_single_number_that_holds_for_ever_is_refused(mlstrat):
    config("[[gate]]\nmax = 95")
    ended = mlstrat("gate", "base.csv", "--config", "g.toml")
    assert ended.code == 2
    assert "max is 95 in [[gate]] 1, and accuracy lies from 0 to 1" in ended.err


def test_the_config_that_init_writes_has_every_key_of_a_gate(mlstrat):
    mlstrat("init")
    lines = Path("mlstrat.toml").read_text().partition("\n[[gate]]\n")[2].splitlines()
    gate = "\n".join(["[[gate]]", *(line.removeprefix("# ") for line in lines)])
    config(gate)
    assert all(f"\n{key} = " in gate for key in KEYS)
    assert read_config("g.toml").gates[0].where == {"region": "north"}


def test_the_line_of_a_mistake_is_told(mlstrat):
    config('[[gate]]\nmin = 0.1\n\n[[gate]]\nmin = 0.1\nsplit = "hold"')
    assert "g.toml, row 8: split is 'hold'" in mlstrat("gate", "base.csv", "--config", "g.toml").err


def test_nothing_to_check_is_no_pass(mlstrat):
    ended = mlstrat("gate", "base.csv")
    assert ended.code == 2
    assert "nothing to check" in ended.err


def test_a_baseline_that_is_the_run_itself_is_said(mlstrat):
    Path("copy.csv").write_bytes(Path("base.csv").read_bytes())
    for other in ("base.csv", "copy.csv", "./base.csv"):
        document = json.loads(mlstrat("gate", "base.csv", "--baseline", other, "-f", "json").out)
        assert "MLS502" in [f["code"] for f in document["findings"]]


def test_a_baseline_of_other_examples_is_refused(mlstrat):
    write("ids.csv", 50, ids="x{}")
    write("labels.csv", 50, labels=("yes", "no"))
    write("classes.csv", 50, labels=("cat", "dog"))
    for other, said in (("ids", "no id in common"), ("labels", "another label"),
                        ("classes", "another label")):  # fmt: skip
        ended = mlstrat("gate", "base.csv", "--baseline", f"{other}.csv")
        assert (ended.code, ended.out) == (2, "")
        assert said in ended.err


def test_a_baseline_with_some_other_ids_is_compared_on_what_is_shared(mlstrat):
    lines = Path("base.csv").read_text().splitlines()
    Path("part.csv").write_text("\n".join(lines[:-7]) + "\n")
    ended = mlstrat("gate", "same.csv", "--baseline", "part.csv")
    assert ended.code == 0
    assert "MLS322" in ended.out


def test_a_baseline_without_ids_is_compared_unpaired_with_a_wider_interval():
    write("noid.csv", 50, with_id=False)
    write("other.csv", 50, with_id=False, labels=("no", "cat"))
    paired = ms.gate("same.csv", baseline="base.csv", metric="accuracy").checks[0].figure.ci
    result = ms.gate("same.csv", baseline="noid.csv", metric="accuracy")
    unpaired = result.checks[0].figure.ci
    assert unpaired[1] - unpaired[0] > paired[1] - paired[0]
    assert "MLS518" in [f.code for f in result.findings]
    with pytest.raises(ms.InputError, match="other classes on dev"):
        ms.gate("same.csv", baseline="other.csv", metric="accuracy")


def test_a_metric_of_scores_is_compared_paired_as_compare_does():
    rng = np.random.default_rng(1)
    label = rng.integers(0, 2, 300)
    shared = rng.normal(size=300)
    for name in ("one.csv", "two.csv"):
        x = label + 0.9 * shared + 0.4 * rng.normal(size=300)
        score = 1 / (1 + np.exp(0.5 - x))
        frame = pd.DataFrame({"id": range(300), "label": label, "score": score})
        frame.to_csv(name, index=False)
    for metric in ("roc_auc", "brier"):
        gate = ms.gate("two.csv", baseline="one.csv", metric=metric, margin=0.02)
        difference = ms.compare("one.csv", "two.csv", metric=metric).to_dict()["difference"]
        # Which of two swapped rankings is the first changes the resamples of the area.
        near = 0.005 if metric == "roc_auc" else 1e-9
        assert list(gate.checks[0].figure.ci) == pytest.approx(difference["ci"], abs=near)
        assert "MLS518" not in [f.code for f in gate.findings]


def test_two_baselines_are_two_checks_and_a_slide_is_seen_by_the_pinned_one(mlstrat):
    write("last.csv", 140)
    document = ms.gate("worse.csv", baseline="last.csv", pinned="base.csv", metric="accuracy")
    found = {c.question.against: c.verdict for c in document.checks}
    assert found == {"last": "inconclusive", "pinned": "fail"}
    assert document.result.family == 2


def test_a_gate_may_name_its_baseline(mlstrat):
    config('[[gate]]\nmargin = 0.01\nbaseline = "pinned"')
    assert mlstrat("gate", "same.csv", "--baseline", "base.csv", "--config", "g.toml").code == 2
    ended = mlstrat("gate", "same.csv", "--baseline", "worse.csv", "--pinned", "base.csv",
                    "--config", "g.toml")  # fmt: skip
    assert ended.code == 0
    assert "MLS519" in ended.out


def test_lower_is_better_turns_the_margin_round():
    result = ms.gate("worse.csv", baseline="base.csv", metric="error")
    (check,) = result.checks
    assert (check.verdict, check.question.bound) == ("fail", 0.01)
    assert check.figure.value == pytest.approx(0.1)


def test_frames_are_gated_too():
    pl = pytest.importorskip("polars")
    pandas = pytest.importorskip("pandas")
    old = pandas.read_csv("base.csv")
    result = ms.gate(pl.read_csv("worse.csv"), baseline=old, metric="accuracy")
    assert result.verdict == "fail"


HOSTILE = "a|b`]]><img onerror=x>\x1b[31m\u202e\u0007 =1+1 😀"


def test_hostile_text_harms_no_format(mlstrat):
    rows = [["id", "label", "prediction", "region"]]
    rows += [[str(i), "x", "x" if i % 9 else "y", HOSTILE if i % 2 else "z" * 10_000]
             for i in range(300)]  # fmt: skip
    text = "\n".join(",".join('"' + cell + '"' for cell in row) for row in rows)
    Path("bad.csv").write_text(text, encoding="utf-8")
    config('[[gate]]\nwhere = "region == *"\nmin = 0.999')
    ended = mlstrat("gate", "bad.csv", "--config", "g.toml", "--junit", "j.xml", "-f", "markdown")
    assert ended.code == 1
    assert "\x1b" not in ended.out
    assert "<img" not in ended.out
    tree = ElementTree.parse("j.xml")
    cases = tree.findall(".//testcase")
    assert len(cases) == 2
    assert "]]>" in "".join(case.get("name") or "" for case in cases)
    raw = Path("j.xml").read_text(encoding="utf-8")
    assert not set(raw) & {"\x1b", "\x07", "\u202e"}
    assert "<img" not in raw
    shown = mlstrat("gate", "bad.csv", "--config", "g.toml").out
    assert not set(shown) & {"\x1b", "\x07", "\u202e"}


def test_junit_has_a_case_a_check(mlstrat):
    config('[[gate]]\nmin = 0.99\n[[gate]]\nmin = 0.955\n[[gate]]\nmin = 0.9\n'
           '[[gate]]\nmin = 0.955\non_inconclusive = "fail"')  # fmt: skip
    mlstrat("gate", "base.csv", "--config", "g.toml", "--junit", "j.xml")
    root = ElementTree.parse("j.xml").getroot()
    assert (root.get("tests"), root.get("failures")) == ("4", "2")
    inside = [[x.tag for x in case] for case in root.iter("testcase")]
    assert inside == [["failure"], ["skipped"], ["system-out"], ["failure"]]


def test_the_ledger_counts_and_says_when_dev_is_worn_out(mlstrat):
    write("first.csv", 50, test=55)
    write("worn.csv", 10, test=90)
    for name, codes in (("first.csv", {"MLS521"}), ("worn.csv", {"MLS521", "MLS522"}),
                        ("worn.csv", {"MLS521", "MLS522"})):  # fmt: skip
        ended = mlstrat("gate", name, "--baseline", "base.csv", "--ledger", "l.json", "-f", "json")
        document = json.loads(ended.out)
        found = {f["code"] for f in document["findings"]}
        assert found & {"MLS521", "MLS522"} == codes
    dev, test = document["ledger"]["sets"]
    assert (dev["split"], dev["uses"], dev["runs"]) == ("dev", 3, 2)
    assert (test["split"], test["uses"], test["runs"]) == ("test", 3, 2)
    assert names() == ["base.csv", "first.csv", "l.json", "same.csv", "worn.csv", "worse.csv"]


def test_another_set_is_another_entry_and_the_order_of_rows_is_none():
    lines = Path("same.csv").read_text().splitlines()
    Path("turned.csv").write_text("\n".join([lines[0], *reversed(lines[1:])]) + "\n")
    write("elsewhere.csv", 50, ids="x{}")
    for run, baseline in (("same", "base"), ("turned", "base"), ("elsewhere", "elsewhere")):
        ms.gate(f"{run}.csv", baseline=f"{baseline}.csv", ledger="l.json", metric="accuracy")
    sets = json.loads(Path("l.json").read_text())["sets"].values()
    assert sorted(x["uses"] for x in sets) == [1, 2]


def test_two_at_once_lose_no_count():
    def once(_i: int) -> None:
        ms.gate("same.csv", baseline="base.csv", ledger="l.json", metric="accuracy")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(once, range(12)))
    (entry,) = json.loads(Path("l.json").read_text())["sets"].values()
    assert entry["uses"] == 12


@pytest.mark.parametrize("text", ["", "[]", '{"schema": "x"}', "no json", '{"schema":'])
def test_what_is_no_ledger_is_not_overwritten(mlstrat, text):
    Path("l.json").write_text(text)
    ended = mlstrat(
        "gate", "same.csv", "--baseline", "base.csv", "--ledger", "l.json", "-o", "o.md"
    )
    assert (ended.code, Path("l.json").read_text()) == (2, text)
    assert "is not a ledger" in ended.err
    assert not Path("o.md").exists()


def test_a_folder_that_is_not_there_stops_before_anything_is_written(mlstrat):
    for option in ("-o", "--junit", "--ledger"):
        ended = mlstrat("gate", "same.csv", "--baseline", "base.csv", "--ledger", "l.json",
                        option, "nowhere/x.xml")  # fmt: skip
        assert ended.code == 2
        assert "nowhere/x.xml: cannot be written" in ended.err
        assert names() == ["base.csv", "same.csv", "worse.csv"]


def test_the_same_inputs_give_the_same_bytes(mlstrat):
    for how in ("json", "markdown", "text", "csv"):
        one, two = (mlstrat("gate", "worse.csv", "--baseline", "base.csv", "-f", how).out
                    for _ in "12")  # fmt: skip
        assert one == two


def test_a_junit_file_is_not_left_where_the_output_cannot_be_written(mlstrat, monkeypatch):
    before = names(".")
    write = Path.write_bytes

    def full(self: Path, content: bytes) -> int:
        if b"<testsuites" in content:
            raise OSError(28, "No space left on device")
        return write(self, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    ended = mlstrat("gate", "worse.csv", "--baseline", "base.csv", "--junit", "j.xml", "-o", "g.md")
    assert (ended.code, ended.out) == (2, "")
    assert "j.xml: cannot be written: No space left on device" in ended.err
    assert names(".") == before


def test_intervals_of_several_checks_are_not_called_95_percent(mlstrat):
    config('[[gate]]\nmargin = 0.2\nwhere = "region == *"')
    shown = mlstrat("gate", "same.csv", "--baseline", "base.csv", "--config", "g.toml").out
    assert "adjusted" in shown
    assert "95% interval" not in shown


def test_a_warning_names_a_check_of_two_baselines_once(mlstrat):
    ended = mlstrat("gate", "same.csv", "--baseline", "base.csv", "--pinned", "base.csv",
                    "--margin", "0.0001")  # fmt: skip
    assert ended.err.count("F1 on dev") == 1


def beside(text: str) -> None:
    """Write a config beside base.csv, as whoever makes the predictions may do."""
    Path("base.toml").write_text(text)


WEAK = '[diagnose]\nmetric = "accuracy"\n[[gate]]\nmin = 0.1\n'


def test_gates_from_beside_the_run_are_said_in_the_verdict(mlstrat):
    beside(WEAK)
    ended = mlstrat("gate", "base.csv")
    assert ended.code == 0
    verdict = ended.out.partition("\n\n")[0].replace("\n", " ")
    assert verdict.startswith("Pass: the check is within bounds.")
    assert verdict.endswith(
        "The gates are those of base.toml, beside the run: the project's config has none."
    )
    assert "Settings of base.toml, beside the run: diagnose.metric." in " ".join(ended.out.split())
    document = json.loads(mlstrat("gate", "base.csv", "-f", "json").out)
    assert document["beside_run"] == {
        "path": "base.toml", "gates": True, "settings": ["diagnose.metric"],
    }  # fmt: skip


@pytest.mark.parametrize("name", ["mlstrat.toml", "g.toml"])
def test_the_gates_of_the_project_win_over_those_beside_the_run(mlstrat, name):
    beside(WEAK)
    Path(name).write_text('[diagnose]\nmetric = "accuracy"\n[[gate]]\nmin = 0.99\n')
    more = () if name == "mlstrat.toml" else ("--config", name)
    ended = mlstrat("gate", "base.csv", *more)
    assert ended.code == 1
    assert "base.toml" not in ended.out
    assert json.loads(mlstrat("gate", "base.csv", *more, "-f", "json").out)["beside_run"] is None


def test_gates_of_neither_are_the_default_one_and_nobodys(mlstrat):
    ended = mlstrat("gate", "same.csv", "--baseline", "base.csv", "-f", "json")
    assert json.loads(ended.out)["beside_run"] is None


@pytest.mark.parametrize("table", ['[columns]\nlabel = "label"', '[splits]\ndev = "dev"',
                                   '[human]\nerror = 0.01'])  # fmt: skip
def test_other_settings_from_beside_the_run_are_listed(mlstrat, table):
    beside(f"{table}\n")
    Path("mlstrat.toml").write_text('[[gate]]\nmetric = "accuracy"\nmin = 0.9\n')
    found = json.loads(mlstrat("gate", "base.csv", "-f", "json").out)["beside_run"]
    assert found["gates"] is False
    (setting,) = found["settings"]
    assert setting.startswith(table[1:].partition("]")[0] + ".")
