"""The figures of a report: what each says, the same bytes each time, and inline in HTML."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import mlstrat as ms
from mlstrat.errors import InputError, UsageError
from mlstrat.harness.predict.inside import Inside, Kernels, Seen, Unit
from mlstrat.show.picture import draw_all, figure_svg
from mlstrat.workflow.plot.answer import (
    read_score_curves,
    read_threshold_curve,
    score_curves_of,
    threshold_curve_of,
)
from mlstrat.workflow.plot.command import KINDS as TYPED
from mlstrat.workflow.plot.kinds import KINDS, find_kind, pictures_of
from mlstrat.workflow.plot.of_task import Samples, pictures_of_task

ROOT = Path(__file__).parent.parent.parent
BOXES = ROOT / "sample_runs" / "boxes" / "card.toml"

HOSTILE = ["<script>alert(1)</script>", "a|b`c", "]]>", "\u202eevil", "x" * 10_000, "$x^2$",
           "\x1b[31mred", "\ufffe", "العربية", 'id="axes_1" url(#p) &amp;', "emoji 🐱"]  # fmt: skip


def scored(labels: list[str], n: int = 600) -> pd.DataFrame:
    """Rows of two splits with probabilities that mean what they say."""
    rng = np.random.default_rng(1)
    chance = rng.dirichlet(np.ones(len(labels)), n)
    label = [labels[rng.choice(len(labels), p=p)] for p in chance]
    predicted = [labels[i] for i in chance.argmax(axis=1)]
    frame = pd.DataFrame({"split": ["train", "dev"] * (n // 2), "label": label,
                          "prediction": predicted})  # fmt: skip
    return frame.assign(**{f"prob_{c}": chance[:, i] for i, c in enumerate(labels)})


@pytest.fixture(scope="module")
def every():
    """One figure of each kind, drawn from a run, a sheet of numbers, a table and a folder."""
    run = scored(["no", "yes"])
    models = ROOT / "sample_runs" / "models.csv"
    parts = {
        "diagnose": ms.diagnose(run, human_error="1%"),
        "error-table": ms.error_table(error="10%", reviewed=100, tags={"dog": 8, "blurry": 61}),
        "kinds": ms.error_table(BOXES, task="detection"),
        "pictures": pictures_of_task(BOXES, {"task": "detection"})[0],
        "select": ms.select(models, optimize="accuracy", where=["ms <= 100"]),
        "history": _history(ROOT / "sample_runs"),
        "filters": Kernels(np.ones((2, 1, 3, 3), np.float32), np.array([0.9, 0.1]), np.zeros(2)),
        "patches": Inside(
            (
                Seen(
                    1,
                    "conv",
                    3,
                    (Unit(0, np.ones((9, 3, 3), np.float32), ("a",) * 9, tuple(range(9))),),
                ),
            ),
            20,
            "dev of x",
        ),
        "samples": Samples("abab cd", (("ab cd", (0.1, 2.0, 0.3, 1.0, 0.2)),), 3, 2),
        "curve": ms.curve(ROOT / "sample_runs" / "curve.csv", target="5%"),
    }
    curves, _ = score_curves_of(run, {})
    thresholds, _ = threshold_curve_of(run, {})
    found = pictures_of(parts, curves, thresholds)
    return {one.kind: one for several in found.values() for one in several}


def _history(folder: Path):
    from mlstrat.workflow.history.answer import history

    return history(folder, options={})


def words(svg: str | bytes) -> str:
    return " ".join("".join(e.itertext()) for e in ET.fromstring(svg).iter()
                    if e.tag.endswith("}text"))  # fmt: skip


@pytest.fixture(scope="module")
def drawn(every):
    """The SVG of each, drawn once."""
    return {kind: one.to_bytes("svg") for kind, one in every.items()}


def test_every_kind_has_a_figure_with_its_conclusion_and_a_text_alternative(every, drawn):
    assert tuple(every) == tuple(KINDS) == TYPED
    for kind, one in every.items():
        assert one.title.endswith("."), kind
        assert one.alt_text.endswith("."), kind
        assert re.search(r"\d", one.alt_text), kind
        svg = words(drawn[kind])
        assert " ".join(one.title.split()) in " ".join(svg.split()), kind


def test_the_same_input_gives_the_same_bytes(every, drawn):
    for kind, one in every.items():
        assert drawn[kind] == one.to_bytes("svg"), kind
        assert b"<dc:date>" not in drawn[kind]
    made = every["roc"].to_bytes("png")
    assert made == every["roc"].to_bytes("png")
    assert every["roc"].alt_text.encode() in made


def test_figures_fit_one_column_of_a_page(every):
    for kind, one in every.items():
        both = {
            "pictures": 7.2,
            "patches": 7.2,
            "samples": 7.2,
            "filters": 6.2,
        }  # take both columns
        width = both.get(kind, 3.5)
        assert (one.width, one.height <= 7) == (width, True), kind


def test_several_stand_in_one_page_of_html(every):
    seen: set[str] = set()
    for kind, one in every.items():
        svg = figure_svg(one)
        assert svg.startswith("<svg ")
        root = ET.fromstring(svg)
        ids = [e.get("id") for e in root.iter() if e.get("id")]
        assert len(ids) == len(set(ids))
        assert not seen & set(ids), kind
        seen |= set(ids)
        used = re.findall(r"url\(#([^)]+)\)|href=\"#([^\"]+)\"", svg)
        assert {a or b for a, b in used} <= set(ids), kind
        assert root.get("role") == "img"
        title, description = list(root)[:2]
        assert (title.text, description.text) == (one.title, one.alt_text)
        assert (title.get("id"), description.get("id")) == (
            root.get("aria-labelledby"), root.get("aria-describedby"),
        )  # fmt: skip
        # The style of a drawing must not reach the page around it.
        styles = [e.text for e in root.iter() if e.tag.endswith("}style")]
        assert all(str(text).startswith(f"#{root.get('id')} ") for text in styles)
    assert figure_svg(every["roc"], "second") != figure_svg(every["roc"])


def test_all_are_written_or_none(every, tmp_path: Path, monkeypatch):
    two = [every["ladder"], every["confusion"]]
    draw_all(tmp_path / "figures", two)
    assert sorted(x.name for x in (tmp_path / "figures").iterdir()) == [
        "confusion.png", "confusion.svg", "ladder.png", "ladder.svg",
    ]  # fmt: skip
    drawn = tmp_path / "figures" / "ladder.svg"
    assert drawn.read_bytes() == every["ladder"].to_bytes("svg")
    with pytest.raises(InputError, match="the folder cannot be made"):
        draw_all(tmp_path / "no" / "such", two[:1])
    (tmp_path / "file").write_text("old")
    with pytest.raises(InputError, match="file: the folder cannot be made"):
        draw_all(tmp_path / "file", two[:1])
    draw_all(tmp_path / "empty", ())
    assert not (tmp_path / "empty").exists()


def test_a_report_leaves_out_what_there_is_nothing_to_draw_of():
    run = scored(["no", "yes"]).drop(columns=["prob_no", "prob_yes"])
    made = ms.diagnose(run)
    assert read_score_curves(run, {"columns": made.columns}) is None
    plain = ms.select(pd.DataFrame({"name": ["a", "b"], "accuracy": [0.5, 0.6]}),
                      optimize="accuracy")  # fmt: skip
    found = pictures_of({"diagnose": made, "select": plain, "compare": made})
    assert {k: [one.kind for one in v] for k, v in found.items()} == {
        "ladder": ["ladder"], "number": ["confusion"],
    }  # fmt: skip
    both = scored(["cat", "dog"])
    assert read_score_curves(both, {"columns": ms.diagnose(both).columns}) is not None
    unnamed = both.rename(columns={"prob_dog": "score"}).drop(columns="prob_cat")
    assert read_score_curves(unnamed, {"columns": ms.diagnose(unnamed).columns}) is None
    assert read_threshold_curve(unnamed, {"columns": ms.diagnose(unnamed).columns}) is None


def test_a_threshold_is_drawn_of_two_classes_and_not_of_three():
    pytest.importorskip("matplotlib")
    two, three = scored(["no", "yes"]), scored(["cat", "dog", "owl"])
    curve = read_threshold_curve(two, {"columns": ms.diagnose(two).columns})
    assert curve is not None
    assert [x.kind for x in pictures_of({}, None, curve)["number"]] == ["threshold"]
    assert read_threshold_curve(three, {"columns": ms.diagnose(three).columns}) is None


def test_hostile_labels_are_drawn_as_they_are(tmp_path: Path):
    run = scored(HOSTILE)
    for kind in ("ladder", "confusion", "roc", "precision-recall", "reliability"):
        made = ms.plot(kind, run)
        made.save(tmp_path / "f.png")
        for svg in (made.svg(), made.picture.to_bytes("svg").decode()):
            root = ET.fromstring(svg)
            assert not [e for e in root.iter() if e.tag.endswith("script")]
            assert not re.search("[\x00-\x08\x1b\u202e\ufffe]", svg)
            assert "x" * 100 not in svg


def test_the_confusion_matrix_says_what_is_taken_for_what():
    rows = [("cat", "dog")] * 5 + [("dog", "")] * 2 + [("cat", "cat")] * 9 + [("dog", "dog")] * 4
    made = ms.plot("confusion", pd.DataFrame(rows, columns=["label", "prediction"]))
    assert made.title == "cat taken for dog is 5 of the 7 errors on dev (71.4%)."
    assert "cat as dog: 5; dog as (blank): 2." in made.alt_text
    assert "(blank)" in words(made.svg())
    right = ms.plot("confusion", pd.DataFrame({"label": list("ab"), "prediction": list("ab")}))
    assert right.title == "No errors in the 2 rows of dev."
    many = [(f"c{i}", f"c{(i + (i % 7 == 0)) % 40}") for i in range(40) for _ in range(3)]
    many += [("c39", "c3")] * 9
    made = ms.plot("confusion", pd.DataFrame(many, columns=["label", "prediction"]))
    assert made.title.startswith("c39 taken for c3 is 9 of the 27")
    shown = words(made.svg())
    assert "31 others" in shown
    assert "c39 c39" not in shown


def test_the_tally_has_the_ceilings_and_intervals_where_errors_are_left_to_read(tmp_path):
    tags = {"dog": 8, "blurry": 61}
    some = pictures_of({"error-table": ms.error_table(error="10%", reviewed=100, tags=tags)})
    (one,) = some["error-table"]
    assert "blurry 61.0% (49.8 to 70.0), the error without it 3.9%" in one.alt_text
    assert "3.9%" in words(one.to_bytes("svg"))
    assert "with its interval" in words(one.to_bytes("svg"))
    counted = ms.error_table(error="100/1000", reviewed=100, tags=tags)
    (whole,) = pictures_of({"error-table": counted})["error-table"]
    assert "blurry 61.0%, the error without it 3.9%" in whole.alt_text
    assert "Fewer than 6 errors fixed would not show on dev." in whole.alt_text
    assert "6 errors: a full fix of fewer would not show on dev" in words(whole.to_bytes("svg"))
    assert "interval" not in words(whole.to_bytes("svg"))


def test_the_ladder_marks_the_focus_and_what_is_only_bounded():
    typed = ms.gaps(human="1%", train="80/1000", dev="100/1000")
    (one,) = pictures_of({"diagnose": typed}).get("ladder", [None])
    assert one.title.startswith("Work on avoidable bias")
    assert "avoidable bias ◀" in words(one.to_bytes("svg"))
    assert "+7.0 points" in words(one.to_bytes("svg"))
    (one,) = pictures_of({"diagnose": ms.gaps(train="80/1000", dev="90/1000")})["ladder"]
    assert "avoidable bias 0.0 to 8.0 points" in one.alt_text
    assert "◀" not in words(one.to_bytes("svg"))
    log_loss = ms.plot("ladder", scored(["no", "yes"]), metric="log_loss", positive="yes")
    assert "%" not in log_loss.alt_text


def test_the_operating_point_and_the_area_are_in_the_words():
    run = scored(["no", "yes"])
    dev = run[run["split"] == "dev"]
    recall = ((dev["label"] == "yes") & (dev["prediction"] == "yes")).sum() / (
        dev["label"] == "yes"
    ).sum()
    roc = ms.plot("roc", run)
    assert f"recall {100 * recall:.1f}%" in roc.alt_text
    area = ms.score(run, metric="roc_auc").to_dict()["scores"][0]
    assert f"{100 * area['value']:.1f}%" in roc.title
    assert roc.records()[0] == {"label": "yes", "false_positive_rate": 0.0, "recall": 0.0}
    assert len(roc.records()) <= 501
    assert "chance has" in ms.plot("precision-recall", run).title
    classes = ms.plot("roc", scored(list("abcdef")))
    assert "of 6 classes" in classes.title
    assert "2 easier classes" in words(classes.svg())
    assert ms.plot("roc", scored(list("abcdef")), of="c").title.startswith("ROC AUC of c on dev")


def test_an_unknown_kind_names_the_nearest_and_a_stray_option_who_takes_it():
    with pytest.raises(UsageError, match="unknown figure 'confusoin'") as raised:
        find_kind("confusoin")
    assert "confusion" in str(raised.value.hint)
    assert find_kind("Precision_Recall").name == "precision-recall"
    run = scored(["no", "yes"])
    with pytest.raises(UsageError, match="where does not belong to the figure 'roc'") as raised:
        ms.plot("roc", run, where=["ms < 1"])
    assert raised.value.accepted == "with pareto"
    with pytest.raises(UsageError, match="columns does not belong to the figure 'pareto'"):
        ms.plot("pareto", run, columns={"label": "x"})
    with pytest.raises(UsageError, match="no class of that name"):
        ms.plot("roc", scored(list("abc")), of="d")
    with pytest.raises(UsageError, match="2 files for one figure"):
        ms.plot("ladder", ["a.csv", "b.csv"])
    loud = run.assign(score=lambda f: f["prob_yes"] * 10 - 3).drop(columns=["prob_no", "prob_yes"])
    with pytest.raises(UsageError, match="the scores are not probabilities"):
        ms.plot("reliability", loud)


def test_the_command_line_draws_and_says_what_it_drew(mlstrat_run, tmp_path: Path):
    scored(["no", "yes"]).to_csv("run.csv", index=False)
    code, out, _ = mlstrat_run("plot", "ladder", "run.csv", "-o", "ladder.svg", "-f", "json")
    assert code == 0
    assert '"schema": "mlstrat.plot/1"' in out
    assert '"file": "ladder.svg"' in out
    assert Path("ladder.svg").read_bytes().startswith(b"<?xml")
    code, out, _ = mlstrat_run("plot", "roc", "run.csv", "-o", "roc.png")
    assert (code, out.splitlines()[-1]) == (0, "Wrote roc.png.")
    assert Path("roc.png").read_bytes().startswith(b"\x89PNG")
    for typed, wanted in (
        (("plot", "rok", "run.csv"), "did you mean 'roc'"),
        (("plot", "roc", "none.csv", "-o", "f.gif"), "neither SVG nor PNG"),
        (("plot", "roc", "run.csv", "-o", "no/f.svg"), "cannot be written"),
    ):
        code, out, err = mlstrat_run(*typed)
        assert (code, out) == (2, "")
        assert wanted in err
    assert sorted(x.name for x in tmp_path.iterdir()) == ["ladder.svg", "roc.png", "run.csv"]


def test_without_a_file_the_words_of_a_figure_are_printed(mlstrat_run):
    scored(["no", "yes"]).to_csv("run.csv", index=False)
    code, out, err = mlstrat_run("plot", "ladder", "run.csv")
    assert (code, "Waterfall of the error" in out) == (0, True)
    assert err == "mlstrat: nothing was drawn: name a file with --output\n"
    assert "<img" in ms.plot("ladder", "run.csv")._repr_mimebundle_()["text/html"]


@pytest.fixture
def mlstrat_run(capsys):
    def typed(*arguments: str) -> tuple[int, str, str]:
        from mlstrat.cli import run

        code = run(list(arguments))
        said = capsys.readouterr()
        return code, said.out, said.err

    return typed
