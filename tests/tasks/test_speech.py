"""Word errors, against a table of distances in plain Python; files of NIST; speakers."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mlstrat as ms
from mlstrat.cli import run as command
from mlstrat.errors import InputError, UsageError
from mlstrat.tasks.table.alignment import each_edit, edits, edits_of_alternatives

pytestmark = pytest.mark.usefixtures("typed")

FEW = {"resamples": 300, "task": "speech"}
SOME = st.lists(st.sampled_from("abcd"), max_size=7)


def distance(a: list[str], b: list[str]) -> int:
    """Return the least number of edits, by the textbook."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        before, row = row, [i]
        for j, y in enumerate(b, start=1):
            row.append(min(before[j - 1] + (x != y), before[j] + 1, row[j - 1] + 1))
    return row[-1]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(SOME, SOME), min_size=1, max_size=12))
def test_edits_are_the_fewest_and_add_up(pairs: list[tuple[list[str], list[str]]]):
    sub, dele, ins = edits([a for a, _ in pairs], [b for _, b in pairs])
    for i, (a, b) in enumerate(pairs):
        assert sub[i] + dele[i] + ins[i] == distance(a, b)
        assert ins[i] - dele[i] == len(b) - len(a)
        assert min(sub[i], dele[i], ins[i]) >= 0


WAY = st.lists(st.sampled_from("abc"), max_size=2)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.one_of(st.sampled_from("abc"), st.lists(WAY, min_size=2, max_size=3)),
                max_size=4), SOME)  # fmt: skip
def test_of_alternatives_the_best_counts(parts: list, said: list[str]):
    reference = [x if isinstance(x, str) else tuple(map(tuple, x)) for x in parts]
    ways = [[(x,)] if isinstance(x, str) else x for x in reference]
    best = min(distance([t for way in one for t in way], said) for one in itertools.product(*ways))
    sub, dele, ins, words = edits_of_alternatives(reference, said)
    assert sub + dele + ins == best
    assert words == len(said) - ins + dele


@settings(deadline=None, max_examples=60)
@given(st.lists(st.one_of(st.sampled_from("abc"), st.lists(WAY, min_size=2, max_size=3)),
                max_size=4), SOME)  # fmt: skip
def test_each_edit_has_its_tokens_and_all_are_those_that_are_counted(parts: list, said: list[str]):
    reference = [x if isinstance(x, str) else tuple(map(tuple, x)) for x in parts]
    sub, dele, ins, words = edits_of_alternatives(reference, said)
    found = each_edit(reference, said)
    kinds = [(x.right is not None, x.said is not None) for x in found]
    assert [kinds.count(x) for x in ((True, True), (True, False), (False, True))] == [
        sub, dele, ins]  # fmt: skip
    assert all(said[x.said_place] == x.said for x in found if x.said is not None)
    if all(isinstance(x, str) for x in reference):
        assert all(reference[x.place] == x.right for x in found if x.right is not None)
        # What no edit names is the same on both sides.
        right = [x for i, x in enumerate(reference) if i not in {e.place for e in found}]
        assert right == [x for i, x in enumerate(said) if i not in {e.said_place for e in found}]
        assert len(reference) == words


def test_a_sheet_has_a_row_a_wrong_word_with_its_place():
    texts = pl.DataFrame({
        "id": ["u1", "u2", "u3", "u4"],
        "reference": ["we saw it all today", "", "a b", "on { the / @ } top of it"],
        "prediction": ["oh we sew it today", "uh", "", "on top it"],
    })  # fmt: skip
    sheet = ms.sample(texts, task="speech", n=100).to_frame()
    names = ["id", "unit", "category", "where", "truth", "prediction"]
    rows = sorted(map(tuple, sheet[names].to_numpy().tolist()))
    assert rows == [
        ("u1", "word", "deletion", "word 4 of the reference: we saw it [all] today", "all", ""),
        ("u1", "word", "insertion", "word 1: [oh] we sew it", "", "oh"),
        ("u1", "word", "substitution", "word 3: oh we [sew] it today", "saw", "sew"),
        ("u2", "word", "insertion;hallucination", "word 1: [uh]", "", "uh"),
        ("u3", "word", "deletion;empty output", "word 1 of the reference: [a] b", "a", ""),
        ("u3", "word", "deletion;empty output", "word 2 of the reference: a [b]", "b", ""),
        ("u4", "word", "deletion", "word 3 of the reference", "of", ""),
    ]
    kinds = {x["category"]: x["count"] for x in
             ms.diagnose(texts, **FEW).to_dict()["splits"]["dev"]["categories"]}  # fmt: skip
    drawn = [x for row in rows for x in row[2].split(";")]
    assert {x: drawn.count(x) for x in kinds} == kinds


def calls(n: int = 120, seed: int = 0, speakers: int = 8) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    words = [f"w{i}" for i in range(30)]
    rows = []
    for i in range(n):
        who = int(rng.integers(speakers))
        right = list(rng.choice(words, int(rng.integers(4, 10))))
        said = [w for w in right if rng.random() > 0.05]
        said = [str(rng.choice(words)) if rng.random() < 0.04 * (1 + who) else w for w in said]
        rows.append((f"s{who}_{i}", f"s{who}", " ".join(right), " ".join(said)))
    return pl.DataFrame(rows, schema=["id", "speaker", "reference", "prediction"], orient="row")


def plain(frame: pl.DataFrame) -> tuple[int, int]:
    pairs = [(a.split(), b.split()) for a, b in
             zip(frame["reference"], frame["prediction"], strict=True)]  # fmt: skip
    return sum(distance(a, b) for a, b in pairs), sum(len(a) for a, _ in pairs)


def test_the_error_is_edits_over_words_with_speakers_as_clusters():
    frame = calls()
    errors, words = plain(frame)
    document = ms.diagnose(frame, **FEW).to_dict()
    split = document["splits"]["dev"]
    assert (split["errors"], split["error"]["value"]) == (errors, errors / words)
    assert document["cluster"] == {"by": "speaker", "count": 8}
    assert document["unit"] == "word"
    kinds = {x["category"]: x["count"] for x in split["categories"]}
    assert kinds["substitution"] + kinds["deletion"] + kinds["insertion"] == errors
    assert sum(x["num"] for x in split["per_class"]) == errors


def test_a_rate_is_shown_in_percent_though_it_may_exceed_100():
    frame = pl.DataFrame({"reference": ["a", "b", "c"] * 4, "prediction": ["x y z", "b", "c"] * 4})
    found = ms.diagnose(frame, **FEW)
    assert found.to_dict()["levels"][0]["error"] == 1.0
    assert found.to_text().splitlines()[2].startswith("error on dev: 100.0% (")
    assert found.to_dict()["metric"]["ci"][1] > 1


def test_few_speakers_leave_utterances_as_what_is_independent():
    document = ms.diagnose(calls(speakers=3), **FEW).to_dict()
    assert document["cluster"] == {"by": "utterance", "count": 120}
    assert len(document["splits"]["dev"]["per_class"]) == 3


def trn(frame: pl.DataFrame, column: str) -> str:
    return "".join(f"{text} ({i.upper()})\n" for i, text in frame.select("id", column).rows())


def test_files_of_nist_are_joined_by_id(empty_folder: Path):
    frame = calls()
    Path("ref.trn").write_text(";; a comment\n" + trn(frame, "reference"))
    Path("hyp.trn").write_text(trn(frame.reverse(), "prediction"))
    found = ms.diagnose("hyp.trn", truth="ref.trn", resamples=300).to_dict()
    errors, words = plain(frame)
    assert (found["levels"][0]["num"], found["levels"][0]["den"]) == (errors, words)
    assert found["cluster"]["by"] == "speaker"


def test_alternatives_and_letter_case(empty_folder: Path):
    Path("ref.trn").write_text("We { saw / have seen / @ } IT today (a_1)\nyes (a_2)\n")
    Path("hyp.trn").write_text("we have seen it (a_1)\nyes (a_2)\n")
    asked = {"truth": "ref.trn", "resamples": 300}
    found = ms.diagnose("hyp.trn", **asked).to_dict()["levels"][0]
    assert (found["num"], found["den"]) == (1, 6)  # today is missing
    cased = ms.diagnose("hyp.trn", case_sensitive=True, **asked).to_dict()["levels"][0]
    assert cased["num"] == 3


def test_characters_and_punctuation():
    frame = pl.DataFrame(
        {"reference": ["It is, well: so."] * 20, "prediction": ["it is well so"] * 20}
    )
    assert ms.score(frame, **FEW).value == 3 / 4
    assert ms.score(frame, normalize="basic", **FEW).value == 0
    assert ms.score(frame, unit="char", **FEW).value == 3 / 13
    (told,) = [x["evidence"] for x in ms.score(frame, **FEW).to_dict()["findings"]
               if x["code"] == "MLS808"]  # fmt: skip
    assert told == {"errors": 60, "left": 0}


def test_empty_texts_are_told_and_counted():
    frame = pl.DataFrame({"reference": ["", "a b", "c d"], "prediction": ["uh oh", "", "c d"]})
    found = ms.diagnose(frame, **FEW).to_dict()
    kinds = {x["category"]: x["count"] for x in found["splits"]["dev"]["categories"]}
    assert kinds == {"substitution": 0, "deletion": 2, "insertion": 2, "empty output": 2,
                     "hallucination": 2}  # fmt: skip
    assert found["levels"][0]["error"] == 1.0
    (told,) = [x["evidence"] for x in found["findings"] if x["code"] == "MLS809"]
    assert told == {"references": 1, "predictions": 1}


@pytest.mark.parametrize(
    ("ref", "hyp", "said"),
    [
        ("a (x_1)\nb (x_2)\n", "a (x_1)\n", "1 utterances, and 2 in ref.trn; 'x_2' is missing"),
        ("a (x_1)\n", "a (x_1)\nb (x_2)\n", "'x_2' is only here"),
        ("a (x_1)\n", "a (x_1)\nb (X_1)\n", "the id 'X_1' is already in row 1"),
        ("a (x_1)\nb (x_2)\n", "a (x_1)\nb (x_2)\nc\n", "a line without its id"),
        ("a (x_1)\n", "a\n", "no ids, and the other file has them"),
        ("a\nb\n", "a\n", "1 lines, and 2 in ref.trn"),
    ],
)
def test_files_of_other_utterances_are_refused(ref, hyp, said, empty_folder: Path):
    Path("ref.trn").write_text(ref)
    Path("hyp.trn").write_text(hyp)
    with pytest.raises(InputError) as caught:
        ms.score("hyp.trn", truth="ref.trn", **FEW)
    assert said in caught.value.message


def test_predictions_alone_say_what_is_missing(empty_folder: Path):
    Path("hyp.trn").write_text("a (x_1)\n")
    with pytest.raises(InputError, match="nothing that says what was said") as caught:
        ms.score("hyp.trn")
    assert caught.value.hint == "name the references: --truth ref.trn"


def test_every_command_takes_it(empty_folder: Path, capsys: pytest.CaptureFixture[str]):
    calls().write_csv("a.csv")
    calls().with_columns(prediction=pl.col("reference")).write_csv("b.csv")
    for line in (
        "score a.csv", "compare a.csv b.csv", "error-table a.csv", "count a.csv",
        "slices a.csv --min-size 9",
        "gate b.csv --baseline a.csv --margin 5%", "sample a.csv -n 8 -o sheet.csv",
        "select a.csv b.csv --minimize error", "report a.csv --baseline b.csv",
    ):  # fmt: skip
        assert command(line.split()) in (0, 1, 3), (line, capsys.readouterr().err)
        assert capsys.readouterr().out


@pytest.mark.slow
def test_the_interval_over_speakers_covers():
    truth = np.mean([_rate(np.random.default_rng(50_000 + i)) for i in range(3_000)])
    covered, n = 0, 300
    for seed in range(n):
        frame = _speakers(np.random.default_rng(seed))
        low, high = ms.score(frame, task="ratio", resamples=100).to_dict()["scores"][0]["ci"]
        covered += low <= truth <= high
    assert 0.9 <= covered / n <= 0.995


def _speakers(rng: np.random.Generator) -> pl.DataFrame:
    """Return what the task makes of 20 speakers with 10 utterances of 12 words each."""
    rate = np.repeat(rng.gamma(2, 0.05, 20), 10)
    return pl.DataFrame({"group": np.repeat(np.arange(20), 10), "num": rng.poisson(12 * rate),
                         "den": np.full(200, 12)})  # fmt: skip


def _rate(rng: np.random.Generator) -> float:
    frame = _speakers(rng)
    return frame["num"].sum() / frame["den"].sum()


@pytest.mark.parametrize("task", ["speech", "seq2seq"])
def test_an_id_twice_in_a_split_is_refused_with_both_rows(task: str, empty_folder: Path):
    frame = pl.DataFrame({"id": ["a", "b", "a"], "reference": ["x y"] * 3, "prediction": ["x"] * 3})
    frame.write_csv("run.csv")
    with pytest.raises(InputError, match="the id 'a' is already in row 2") as caught:
        ms.diagnose("run.csv", task=task)
    assert (caught.value.row, caught.value.column) == (4, "id")
    frame.with_columns(split=pl.Series(["train", "dev", "dev"])).write_csv("run.csv")
    assert ms.diagnose("run.csv", task=task).to_dict()["splits"]["dev"]["n"] == 2


def test_roles_that_there_are_are_listed_in_their_order(empty_folder: Path):
    pl.DataFrame({"id": ["a"], "reference": ["x"], "prediction": ["x"]}).write_csv("run.csv")
    with pytest.raises(UsageError, match="there is no role 'seq' here") as caught:
        ms.diagnose("run.csv", task="speech", columns={"seq": "id"})
    assert caught.value.accepted == "id, reference, prediction, speaker, split, group"
