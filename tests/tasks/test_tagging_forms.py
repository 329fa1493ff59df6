"""The same tokens in other forms: what parts columns and stands above them, how ids are written."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

import mlstrat as ms
from mlstrat.errors import InputError
from tests.tasks.test_tagging import FEW, conll, text

pytestmark = pytest.mark.usefixtures("typed")


@pytest.mark.parametrize("begin", ["", "\n\n", "-DOCSTART- -X- O\n\n"])
@pytest.mark.parametrize("change", [
    ("\n", "\r\n"), (" ", "\t"), (" ", "  "), ("\n", " \n"), ("\n\n", "\n \n\n"),
    ("w1 ", "\u00e9 "),
])  # fmt: skip
def test_columns_say_the_same_however_they_are_written(change, begin: str, empty_folder: Path):
    plain = conll(text(30))
    Path("a.conll").write_text(plain)
    Path("b.conll").write_bytes((begin + plain).replace(*change).encode())
    a, b = (
        ms.diagnose(f"{x}.conll", task="tagging", **FEW).to_dict()["splits"]["dev"] for x in "ab"
    )
    assert all(a[x] == b[x] for x in ("n", "units", "confusion"))
    Path("c.conll").write_bytes((f"{begin}a O O\nb O X-A\n" + plain).replace(*change).encode())
    with pytest.raises(InputError, match="the tag 'X-A' is not of the scheme") as caught:
        ms.score("c.conll", task="tagging")
    lines = Path("c.conll").read_text().split("\n")
    assert caught.value.row == next(i for i, x in enumerate(lines, 1) if "X-A" in x)


@pytest.mark.parametrize("ending", ["csv", "ndjson", "parquet"])
def test_rows_of_tokens_are_told_apart_by_what_their_ids_mean(ending: str, empty_folder: Path):
    rows = [("1", "B-A", "B-A"), ("1.0", "I-A", " I-A"), ("2", "O", "B-A"), ("3", "B-A", "O")]
    names = ["sentence_id", "label", "prediction"]

    def written(some: list[tuple[str, str, str]]) -> str:
        frame = pl.DataFrame(some, schema=names, orient="row")
        getattr(frame, f"write_{ending}")(f"x.{ending}")
        return f"x.{ending}"

    split = ms.diagnose(written(rows), task="tagging", **FEW).to_dict()["splits"]["dev"]
    assert (split["n"], split["units"]["tp"], split["units"]["fp"]) == (3, 1, 1)
    for more, place, said in (
        (("1", "O", "O"), 4, "the sentence goes on after another began"),
        (("4", "O", " "), 4, "a blank tag"),
    ):
        with pytest.raises(InputError, match=said) as caught:
            ms.score(written([*rows, more]), task="tagging")
        assert caught.value.row == place + 1 + (ending == "csv")
