"""Spans in sentences, against a reader of tags that walks token by token."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

import mlstrat as ms
from mlstrat.cli import run as command
from mlstrat.errors import InputError, UsageError

pytestmark = pytest.mark.usefixtures("typed")

FEW = {"resamples": 300}
TYPES = ("PER", "LOC", "ORG")
Sentence = list[tuple[str, str, str]]


def text(n: int = 80, seed: int = 0, *, noise: float = 0.15) -> list[Sentence]:
    """Return sentences of token, gold and predicted tag; any tag may be predicted anywhere."""
    rng = np.random.default_rng(seed)
    out = []
    for _ in range(n):
        gold: list[str] = []
        while len(gold) < rng.integers(3, 12):
            if rng.random() < 0.4:
                kind = rng.choice(TYPES)
                gold += [f"B-{kind}", *[f"I-{kind}"] * int(rng.integers(0, 3))]
            else:
                gold.append("O")
        anything = ["O", *(f"{x}-{k}" for x in "BI" for k in TYPES)]
        said = [str(rng.choice(anything)) if rng.random() < noise else tag for tag in gold]
        words = [f"w{rng.integers(0, 30)}" for _ in gold]
        out.append(list(zip(words, gold, said, strict=True)))
    return out


def conll(sentences: list[Sentence]) -> str:
    return "\n".join("".join(f"{' '.join(row)}\n" for row in one) for one in sentences)


def spans(tags: list[str], *, strict: bool) -> set[tuple[int, int, str]]:
    """Return spans token by token: a stray I begins one, unless read strictly."""
    found, start, kind = [], None, ""
    for i, tag in enumerate([*tags, "O"]):
        prefix, _, name = tag.partition("-")
        goes_on = prefix == "I" and start is not None and name == kind
        if start is not None and not goes_on:
            found.append((start, i, kind))
            start = None
        if prefix == "B" or (prefix == "I" and not goes_on and not strict):
            start, kind = i, name
    return set(found)


def counted(sentences: list[Sentence], *, strict: bool = False) -> tuple[int, int, int]:
    tp = fp = fn = 0
    for one in sentences:
        gold, said = (spans([row[i] for row in one], strict=strict) for i in (1, 2))
        tp += len(gold & said)
        fp += len(said - gold)
        fn += len(gold - said)
    return tp, fp, fn


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("scheme", ["conlleval", "iob2"])
def test_spans_are_those_of_a_reader_that_walks(seed: int, scheme: str, empty_folder: Path):
    sentences = text(seed=seed)
    Path("x.conll").write_text(conll(sentences))
    document = ms.diagnose("x.conll", scheme=scheme, **FEW).to_dict()
    tp, fp, fn = counted(sentences, strict=scheme == "iob2")
    split = document["splits"]["dev"]
    assert split["units"] == {"true": tp + fn, "predicted": tp + fp, "tp": tp, "fp": fp, "fn": fn}
    assert split["error"]["value"] == (fp + fn) / (2 * tp + fp + fn)
    assert split["n"] == len(sentences)
    assert (document["unit"], document["example"]) == ("span", "sentence")
    per_type = {x["label"]: x for x in split["per_class"]}
    assert sum(x["tp"] for x in per_type.values()) == tp
    assert sum(x["fn"] for x in per_type.values()) == fn


def one_sentence(gold: str, said: str, **more: object) -> dict:
    frame = pl.DataFrame({"tags": [gold.split()], "predictions": [said.split()]})
    return ms.diagnose(frame, **FEW, **more).to_dict()["splits"]["dev"]


@pytest.mark.parametrize(
    ("gold", "said", "kind"),
    [
        ("B-A I-A O", "B-B I-B O", "type"),
        ("B-A I-A O", "B-A O O", "boundary"),
        ("B-A I-A I-A", "O B-A I-A", "boundary"),
        ("B-A I-A O", "B-B O O", "type and boundary"),
        ("B-A I-A O", "O O O", "missing"),
        ("O O O", "O B-A O", "spurious"),
    ],
)
def test_each_error_has_its_kind(gold: str, said: str, kind: str):
    # A span that is right stands beside it, so that there is always something to find.
    found = one_sentence(f"{gold} O B-A", f"{said} O B-A")
    assert {x["category"]: x["count"] for x in found["categories"] if x["count"]} == {kind: 1}


def test_a_missed_span_is_claimed_once():
    found = one_sentence("B-A I-A I-A I-A", "B-A O B-A I-A")
    counts = {x["category"]: x["count"] for x in found["categories"]}
    assert (counts["boundary"], counts["spurious"], counts["missing"]) == (1, 1, 0)


def test_a_ceiling_changes_what_is_above_and_below_the_line():
    sentences = text()
    frame = pl.DataFrame({
        "tags": [[r[1] for r in one] for one in sentences],
        "predictions": [[r[2] for r in one] for one in sentences],
    })  # fmt: skip
    split = ms.diagnose(frame, **FEW).to_dict()["splits"]["dev"]
    tp, fp, fn = counted(sentences)
    num, den = fp + fn, 2 * tp + fp + fn
    for row in split["categories"]:
        n = row["count"]
        above, below = {"missing": (n, -n), "spurious": (n, n)}.get(row["category"], (2 * n, 0))
        assert row["ceiling"]["error"] == pytest.approx((num - above) / (den - below))
    counts = {x["category"]: x["count"] for x in split["categories"]}
    pairs = counts["type"] + counts["boundary"] + counts["type and boundary"]
    assert (pairs + counts["spurious"], pairs + counts["missing"]) == (fp, fn)


def test_the_same_from_columns_rows_lines_and_lists(empty_folder: Path):
    sentences = text(40)
    Path("a.conll").write_text(conll(sentences))
    lists = [[[row[i] for row in one] for one in sentences] for i in range(3)]
    pl.DataFrame({"tokens": lists[0], "tags": lists[1], "predictions": lists[2]}).write_ndjson(
        "b.ndjson"
    )
    rows = [(str(i), *row) for i, one in enumerate(sentences) for row in one]
    names = ["sentence_id", "token", "label", "prediction"]
    pl.DataFrame(rows, schema=names, orient="row").write_csv("c.csv")
    wanted = ms.score("a.conll").value
    assert ms.score("b.ndjson").value == wanted
    assert ms.score("c.csv", task="tagging").value == wanted
    assert ms.score(lists[2], task="tagging", truth=lists[1]).value == wanted
    Path("gold").write_text("\n".join("".join(f"{w} {g}\n" for w, g, _ in s) for s in sentences))
    Path("said").write_text("\n".join("".join(f"{w} {p}\n" for w, _, p in s) for s in sentences))
    assert ms.score("said", task="tagging", truth="gold").value == wanted


def test_whole_schemes_take_whole_spans():
    assert one_sentence("S-A B-A E-A", "S-A B-A I-A", scheme="iobes")["units"]["predicted"] == 1
    assert one_sentence("U-A B-A L-A", "U-A B-A L-A", scheme="bilou")["units"]["tp"] == 2


@pytest.mark.parametrize(
    ("lines", "row", "said"),
    [
        ("a O O\nb B-A\n", 2, "2 columns, and 3 in the lines before"),
        ("a O O\nb E-A O\n", 2, "the tag E-A is not of the scheme iob2"),
        ("a O PER\n", 1, "the tag PER is not of the scheme iob2"),
        ("O\n", 1, "1 column"),
        ("\n\n", None, "no token"),
    ],
)
def test_bad_columns_are_refused_with_their_line(lines, row, said, empty_folder: Path):
    Path("x.conll").write_text(lines)
    with pytest.raises(InputError) as caught:
        ms.score("x.conll", task="tagging", scheme="iob2")
    assert said in caught.value.message.replace("'", "")
    assert caught.value.row == row


def test_every_scheme_that_would_fit_is_named(empty_folder: Path):
    for tag, scheme, said in (("E-A", "iob2", "conlleval or iobes"), ("L-A", "iobes", "bilou")):
        Path("x.conll").write_text(f"a B-A B-A\nb {tag} {tag}\n")
        with pytest.raises(InputError) as caught:
            ms.score("x.conll", scheme=scheme)
        assert caught.value.hint == f"--scheme {said}"
    with pytest.raises(UsageError, match="--scheme iob: no such choice"):
        ms.score("x.conll", scheme="iob")


def test_sentences_of_unequal_length_are_refused(empty_folder: Path):
    with pytest.raises(InputError, match="2 tags and 1 predicted tags"):
        ms.score([{"tags": ["O", "O"], "predictions": ["O"]}])
    Path("gold").write_text("a O\nb O\n")
    Path("said").write_text("a O\n\nb O\n")
    with pytest.raises(InputError, match="sentence 1 is the first that differs"):
        ms.score("said", task="tagging", truth="gold")


def test_strays_are_said_with_both_readings(empty_folder: Path):
    sentences = text(noise=0.3)
    Path("x.conll").write_text(conll(sentences))
    findings = {x["code"]: x["evidence"] for x in ms.score("x.conll").to_dict()["findings"]}
    told = findings["MLS802"]
    for key, strict in (("error", False), ("other_error", True)):
        tp, fp, fn = counted(sentences, strict=strict)
        assert told[key] == pytest.approx((fp + fn) / (2 * tp + fp + fn))


def test_a_type_that_truth_never_has_is_told():
    frame = [{"tags": ["B-PER", "O"], "predictions": ["B-person", "O"]}] * 5
    findings = {x["code"]: x["evidence"] for x in ms.score(frame).to_dict()["findings"]}
    assert findings["MLS803"]["types"] == {"person": 5}


def test_recall_of_spans_that_train_has_and_has_not():
    train = {"split": "train", "tokens": ["Kim"], "tags": ["B-A"], "predictions": ["B-A"]}
    dev = [{"split": "dev", "tokens": [x], "tags": ["B-A"], "predictions": [y]}
           for x, y in (("Kim", "B-A"), ("Lee", "O"), ("Ann", "B-A"))]  # fmt: skip
    split = ms.diagnose([train, *dev], **FEW).to_dict()["splits"]["dev"]
    recall = {x["metric"]: x["value"] for x in split["beside"]}
    assert (recall["recall_seen_in_train"], recall["recall_unseen_in_train"]) == (1.0, 0.5)


def test_documents_are_clusters(empty_folder: Path):
    parts = [conll(text(10, seed=i)) for i in range(6)]
    Path("x.conll").write_text("".join(f"-DOCSTART- O O\n\n{x}\n" for x in parts))
    document = ms.diagnose("x.conll", **FEW).to_dict()
    assert document["cluster"] == {"by": "document", "count": 6}
    assert document["splits"]["dev"]["n"] == 60


def test_two_runs_with_other_sentences_are_refused(empty_folder: Path):
    Path("a.conll").write_text(conll(text(20)))
    Path("b.conll").write_text(conll(text(20, seed=1)))
    with pytest.raises(InputError, match="are others than in a"):
        ms.compare("a.conll", "b.conll")


def test_tags_read_as_classes_are_a_finding():
    rows = [row for one in text() for row in one]
    frame = pl.DataFrame({"label": [r[1] for r in rows], "prediction": [r[2] for r in rows]})
    assert "MLS804" in [x["code"] for x in ms.diagnose(frame, **FEW).to_dict()["findings"]]


def test_every_command_takes_it(empty_folder: Path, capsys: pytest.CaptureFixture[str]):
    sentences = text(100)
    Path("a.conll").write_text(conll(sentences))
    better = [[(w, g, g if i % 2 else p) for w, g, p in one] for i, one in enumerate(sentences)]
    Path("b.conll").write_text(conll(better))
    for line in (
        "score a.conll", "compare a.conll b.conll", "error-table a.conll", "count a.conll",
        "gate b.conll --baseline a.conll --margin 5%", "select a.conll b.conll --minimize error",
        "sample a.conll -n 8 -o sheet.csv", "report b.conll --baseline a.conll",
        "error-table sheet.csv --error 20%",
    ):  # fmt: skip
        if line.startswith("error-table sheet"):
            pl.read_csv("sheet.csv").with_columns(tags=pl.lit("rare name")).write_csv("sheet.csv")
        assert command(line.split()) in (0, 1, 3), (line, capsys.readouterr().err)
        assert capsys.readouterr().out
    slices = ms.slices(
        [{"tags": [r[1] for r in s], "predictions": [r[2] for r in s], "site": "ab"[i % 2]}
         for i, s in enumerate(sentences)], by=["site"],
    )  # fmt: skip
    assert {x["where"]["site"] for x in slices.to_dict()["slices"]} == {"a", "b"}


@pytest.mark.parametrize(("text", "row", "said"), [
    ("EU B-ORG B-ORG\nrejects O\nGerman B-MISC B-MISC\n", 2, "2 columns, and 3 in the lines"),
    ("EU B-ORG\nrejects O O\nGerman B-MISC B-MISC\n\n. O O\n", 2, "3 columns, and 2 in the lines"),
    ("junk\nEU B-ORG B-ORG\n", 1, "1 column"),
    ("a line of junk\nEU B-ORG B-ORG\nrejects O O\n", 2, "3 columns, and 4 in the lines"),
    ("# exported, by hand\nEU B-ORG B-ORG\nrejects O O\n", 2, "3 columns, and 4 in the lines"),
])  # fmt: skip
def test_an_uneven_line_among_the_first_is_said_as_tagging(
    text: str, row: int, said: str, empty_folder: Path
):
    Path("run.conll").write_text(text)
    with pytest.raises(InputError, match=said) as caught:
        ms.diagnose("run.conll")
    assert caught.value.row == row
