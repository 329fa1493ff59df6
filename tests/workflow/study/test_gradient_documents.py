"""The report of `study gradients`: what it says, and that it fits."""

import json
import re
from dataclasses import replace

import pytest

import mlstrat as ms
from mlstrat.errors import UsageError
from mlstrat.harness.studies.gradients import CellGradients
from mlstrat.show.document import Signature
from mlstrat.workflow.study.answer import study
from mlstrat.workflow.study.gradient_document import GradientDocument, shown_lags
from mlstrat.workflow.study.gradients import cell_findings

LAGS = (0, 1, 5, 20)


def cell(name, factor, trained, clipped=None, seeds=3):
    """Norms that fall by a factor a step, a little different from seed to seed."""

    def norms(seed, base):
        return tuple((base * (1 + 0.02 * (seed - 1))) ** lag for lag in LAGS)

    free = [
        CellGradients(norms(s, factor), norms(s, trained), (0.5, 40.0), 0.25) for s in range(seeds)
    ]
    held = [CellGradients(norms(s, factor), norms(s, clipped or trained), (0.5, 9.0), 0.0)
            for s in range(seeds)]  # fmt: skip
    return cell_findings(name, LAGS, free, held, clip=1.0)


def document(cells, seeds=3):
    return GradientDocument(
        kind="gradients", cells=cells, lags=LAGS, clip=1.0, steps=400, seeds=tuple(range(seeds)),
        small=False, about="Copy task.", findings=(), signature=Signature((), None),
    )  # fmt: skip


FOUND = document((cell("rnn", 0.4, 0.5), cell("gru", 0.7, 0.98), cell("lstm", 0.95, 0.99)))


def test_the_verdict_says_where_it_vanishes_and_where_it_arrives():
    assert FOUND.verdict == (
        "Before training, the gradient 20 steps back vanishes in RNN (times 0.4 a step) and GRU "
        "(times 0.7 a step); arrives in LSTM (times 0.95 a step)."
    )


def test_the_report_says_in_words_what_the_tables_show():
    text = " ".join(FOUND.to_text().split())

    assert "The RNN keeps 0.4 of it a step, and 1.1e-08 over 20" in text
    assert "After training it surely gets through in GRU and LSTM" in text
    assert "a gate that has learnt to stay open" in text
    assert "no gradient above 1 is handed on, and the longest was 9." in text
    assert "It does not cure vanishing: in no cell is another share seen" in text


def test_networks_that_did_not_all_learn_are_told_of():
    free = [CellGradients((1.0, 0.5), (1.0, 0.5), (0.5,), error) for error in (0.0, 0.8, 0.0)]
    uneven = cell_findings("lstm", (0, 1), free, free, clip=1.0)
    text = " ".join(replace(document((uneven,)), lags=(0, 1)).to_text().split())

    assert "Not all seeds of LSTM learnt the task" in text
    assert "Not all seeds" not in FOUND.to_text()


def test_a_share_that_clipping_moved_is_named():
    text = " ".join(document((cell("rnn", 0.4, 0.5, clipped=0.9),)).to_text().split())

    assert "It does not cure" not in text
    assert "was another one in RNN (times 130,000)" in text


def test_with_two_seeds_nothing_is_told_surely():
    found = document((cell("rnn", 0.4, 0.5, seeds=2),), seeds=2)
    text = " ".join(found.to_text().split())

    assert found.verdict.startswith("Before training, the gradient 20 steps back may do either in")
    assert "so few seeds do not tell" in text


def test_text_fits_a_terminal():
    assert max(map(len, FOUND.to_text().splitlines())) <= 80


def test_json_has_every_lag_with_its_interval():
    data = json.loads(FOUND.to_json())

    assert data["lags"] == [0, 1, 5, 20]
    assert [x["cell"] for x in data["cells"]] == ["rnn", "gru", "lstm"]
    assert [x["untrained"]["fate"] for x in data["cells"]] == ["vanishes", "vanishes", "arrives"]
    shares = data["cells"][0]["untrained"]["shares"]
    assert shares[0]["value"] == 1.0
    assert shares[2]["value"] == pytest.approx(0.4**5, rel=0.01)
    low, high = shares[3]["ci"]
    assert low < shares[3]["value"] < high
    assert data["cells"][0]["training"]["clipped"]["handed_on"] == 1.0


def test_records_are_one_a_cell_state_and_lag():
    records = FOUND.records()

    assert len(records) == 3 * 3 * 4
    assert records[3] == {"cell": "rnn", "networks": "untrained", "lag": 20,
                          "share": records[3]["share"], "ci_low": records[3]["ci_low"],
                          "ci_high": records[3]["ci_high"]}  # fmt: skip
    assert FOUND.to_csv().count("\n") == 37


@pytest.mark.parametrize(
    ("lags", "places"), [((0, 1), (1,)), ((0, 1, 2, 5, 10), (2, 4)), (LAGS, (1, 2, 3))]
)
def test_the_longest_lag_is_always_shown(lags, places):
    assert shown_lags(lags) == places


def test_the_figure_tells_its_shares_to_whoever_does_not_see_it():
    picture = FOUND.picture()

    assert "RNN before training 1.1e-08" in picture.alt_text
    assert picture.to_bytes("svg") == FOUND.picture().to_bytes("svg")
    # The axis is in plain numbers, whichever of them a release of matplotlib chooses.
    assert re.search(rb">0\.0*1<", picture.to_bytes("svg"))


def test_a_study_writes_its_report_its_figure_and_its_json(tmp_path, monkeypatch):
    pytest.importorskip("torch")
    monkeypatch.setattr("mlstrat.harness.studies.gradients.SMALL_STEPS", 2)
    told = []
    found = ms.study("gradients", seeds=3, small=True, out=tmp_path / "g", progress=told.append)

    assert sorted(path.name for path in (tmp_path / "g").iterdir()) == sorted(found.files)
    assert {"report.md", "report.json"} <= set(found.files)
    assert (tmp_path / "g" / "report.md").read_text() == found.to_markdown()
    assert json.loads((tmp_path / "g" / "report.json").read_text())["seeds"] == [0, 1, 2]
    assert len(told) == 3 * 2 * 4
    assert found.cells[0].untrained.fate == "vanishes"
    assert (
        found.to_json()
        == ms.study("gradients", seeds=3, small=True, out=tmp_path / "g", force=True).to_json()
    )


def test_one_seed_is_told_to_be_too_few(monkeypatch):
    pytest.importorskip("torch")
    monkeypatch.setattr("mlstrat.harness.studies.gradients.SMALL_STEPS", 1)

    found = study("gradients", seeds=1, small=True)

    assert [x.code for x in found.findings] == ["MLS705"]
    assert found.cells[0].untrained.by_lag[-1].ci is None


def test_the_study_takes_no_recipe():
    with pytest.raises(UsageError, match="takes no recipe"):
        study("gradients", "wine")
