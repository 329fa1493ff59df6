"""Outputs against references: equality, people, word errors, and whose fault an error is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import mlstrat as ms
from mlstrat.cli import run as command
from mlstrat.errors import InputError, UsageError

FEW = {"resamples": 300, "task": "seq2seq"}
WORDS = ["one", "two", "four", "five", "six", "ten"]


def outputs(n: int = 300, seed: int = 0, *, search: float = 0.5) -> pl.DataFrame:
    """Return outputs; of the wrong ones a share is likelier than its reference by the model."""
    rng = np.random.default_rng(seed)
    rows: list[dict[str, Any]] = []
    for i in range(n):
        right = " ".join(rng.choice(WORDS, 6))
        said, a = right, -float(rng.gamma(4, 2))
        b = a
        if rng.random() < 0.4:
            said = right.replace(right.split()[0], "nine", 1)
            b = a - 1 if rng.random() < search else a + abs(a) / 2
        rows.append({"id": i, "split": "train" if i % 2 else "dev", "source": right.upper(),
                     "reference": right, "prediction": said, "logprob_reference": a,
                     "logprob_prediction": b})  # fmt: skip
    return pl.DataFrame(rows)


def dev(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.filter(pl.col("split") == "dev")


def test_an_output_that_equals_no_reference_is_wrong():
    frame = outputs()
    own = dev(frame)
    split = ms.diagnose(frame, **FEW).to_dict()["splits"]["dev"]
    assert split["error"]["value"] == (own["reference"] != own["prediction"]).mean()
    more = frame.with_columns(reference_2=pl.col("prediction"))
    assert ms.score(more, **FEW).value == 0  # the best of several counts


def test_people_win_over_equality():
    frame = outputs().with_columns(bad=pl.lit("1"))
    assert ms.score(frame, **FEW).value == 1
    with pytest.raises(InputError, match="'maybe' is not a mark"):
        ms.score(frame.with_columns(bad=pl.lit("maybe")), **FEW)


def test_whose_fault_an_error_is():
    frame = outputs()
    own = dev(frame).filter(pl.col("reference") != pl.col("prediction"))
    search = (own["logprob_reference"] > own["logprob_prediction"] + 1e-9).sum()
    document = ms.diagnose(frame, **FEW).to_dict()
    told = document["attribution"]
    assert (told["search"]["count"], told["model"]["count"]) == (search, len(own) - search)
    assert told["search"]["share"]["value"] == search / len(own)
    assert told["lower_bound"] is True
    assert told["difference"]["value"] == pytest.approx((2 * search - len(own)) / len(own))
    kinds = {x["category"]: x for x in document["splits"]["dev"]["categories"]}
    assert kinds["search"]["ceiling"]["at_most"] is True
    assert kinds["model"]["ceiling"]["at_most"] is False


@pytest.mark.parametrize(("search", "code"), [(0.9, "MLS810"), (0.1, "MLS811"), (0.5, None)])
def test_what_to_change_is_said_where_it_is_sure(search: float, code: str | None):
    found = {x["code"] for x in ms.score(outputs(search=search), **FEW).to_dict()["findings"]}
    assert found & {"MLS810", "MLS811"} == ({code} if code else set())


def test_without_log_probabilities_nothing_is_attributed():
    frame = outputs().drop("logprob_reference")
    assert ms.diagnose(frame, **FEW).to_dict()["attribution"] is None
    some = outputs().with_columns(logprob_reference=pl.lit(None, pl.Float64))
    told = ms.diagnose(some, **FEW).to_dict()["attribution"]
    assert (told["search"]["count"], told["model"]["count"]) == (0, 0)
    assert told["unknown"] > 0


def test_a_length_penalty_divides_both():
    frame = outputs().with_columns(length_reference=6, length_prediction=12)
    own = dev(frame).filter(pl.col("reference") != pl.col("prediction"))
    wanted = (own["logprob_reference"] / 6 > own["logprob_prediction"] / 12 + 1e-9).sum()
    told = ms.diagnose(frame, length_penalty=1.0, **FEW).to_dict()["attribution"]
    assert told["search"]["count"] == wanted
    with pytest.raises(UsageError, match="nothing says how long"):
        ms.score(outputs(), length_penalty=1.0, **FEW)


def test_equal_strings_that_cost_differently_are_not_of_one_model():
    frame = outputs().with_columns(pl.col("logprob_prediction") - 0.5)
    with pytest.raises(InputError, match="reference and output are equal, and cost"):
        ms.score(frame, **FEW)


def test_word_errors_are_a_metric():
    frame = outputs()
    own = dev(frame)
    wrong = (own["reference"] != own["prediction"]).sum()
    assert ms.score(frame, metric="wer", **FEW).value == pytest.approx(wrong / (6 * len(own)))


def test_figures_that_rank_two_systems_differently_are_told():
    def told(said: list[str]) -> pl.DataFrame:
        return pl.DataFrame({"id": range(40), "reference": "a b c d e f", "prediction": said})

    few_but_far = told(["a b c d e f"] * 20 + ["x y z u v w"] * 20)
    many_but_near = told(["a b c d e x"] * 40)
    found = ms.compare(few_but_far, many_but_near, **FEW).to_dict()["findings"]
    (evidence,) = [x["evidence"] for x in found if x["code"] == "MLS812"]
    assert ("error" in evidence["for_a"], "wer" in evidence["for_b"]) == (True, True)
    same = ms.compare(few_but_far, told(["x y z u v w"] * 40), **FEW).to_dict()["findings"]
    assert "MLS812" not in [x["code"] for x in same]


def test_how_wrong_outputs_look():
    frame = pl.DataFrame({
        "reference": ["a b c d", "a b c d", "a b c d", "a b"],
        "prediction": ["a", "x x x x", "A B C D", "a b"], "source": ["q", "q", "A B C D", "a b"],
    })  # fmt: skip
    split = ms.diagnose(frame, **FEW).to_dict()["splits"]["dev"]
    assert {x["category"]: x["count"] for x in split["categories"]} == {
        "too short": 1, "repeats": 1, "copies source": 1,
    }  # fmt: skip


def test_figures_of_an_extra_say_what_installs_it():
    split = ms.diagnose(outputs(), **FEW).to_dict()["splits"]["dev"]
    beside = {x["metric"]: x for x in split["beside"]}
    try:
        import sacrebleu  # noqa: F401
    except ImportError:
        assert beside["bleu"]["value"] is None
        assert "mlstrat[text]" in beside["bleu"]["reason"]
    else:
        assert 0 < beside["bleu"]["value"] <= 100
        assert beside["chrf"]["signature"]


def test_lines_of_two_files(empty_folder: Path):
    frame = dev(outputs())
    Path("ref.txt").write_text("\n".join(frame["reference"]) + "\n")
    Path("hyp.txt").write_text("\n".join(frame["prediction"]) + "\n")
    assert ms.score("hyp.txt", truth="ref.txt", **FEW).value == ms.score(frame, **FEW).value
    Path("hyp.txt").write_text("\n".join(frame["prediction"][1:]) + "\n")
    with pytest.raises(InputError, match=f"{len(frame) - 1} lines, and {len(frame)} in ref.txt"):
        ms.score("hyp.txt", truth="ref.txt", **FEW)
    with pytest.raises(InputError, match="no file of references"):
        ms.score("hyp.txt", **FEW)


def test_every_command_takes_it(empty_folder: Path, capsys: pytest.CaptureFixture[str]):
    outputs().write_ndjson("a.jsonl")
    outputs(search=1.0).write_ndjson("b.jsonl")
    for line in (
        "score a.jsonl", "error-table a.jsonl", "count a.jsonl", "sample a.jsonl -n 8 -o sheet.csv",
        "gate a.jsonl --baseline a.jsonl --margin 5%", "report a.jsonl", "diagnose b.jsonl",
        "sample a.jsonl --kind search -n 3 -o s.csv",
    ):  # fmt: skip
        assert command(line.split()) in (0, 1, 3), (line, capsys.readouterr().err)
        assert capsys.readouterr().out
    assert set(pl.read_csv("s.csv")["category"]) == {"search"}
