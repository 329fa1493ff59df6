"""Parquet that is sound and not read is told from Parquet that is truncated or corrupt."""

from __future__ import annotations

import base64
import decimal
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import mlstrat as ms
from mlstrat.data.shards import BrokenShardError
from mlstrat.errors import InputError
from mlstrat.tasks.classification.run import read_run

encryption: Any = pytest.importorskip("pyarrow.parquet.encryption")

LABELS, PREDICTIONS = ["a", "b"] * 50, ["a", "a"] * 50
BASE = pa.table({"label": LABELS, "prediction": PREDICTIONS})
NOT_TEXT = [b"\xff\xfe", b"bb"] * 50


class Keys(encryption.KmsClient):  # type: ignore[misc]
    """A service of keys that hides nothing."""

    def __init__(self, _config: Any) -> None:
        super().__init__()

    def wrap_key(self, key: bytes, _name: str) -> bytes:
        """Return the key as text."""
        return base64.b64encode(key)

    def unwrap_key(self, key: str, _name: str) -> bytes:
        """Return the key."""
        return base64.b64decode(key)


def encrypted(path: Path, table: pa.Table, columns: list[str], *, plain_footer: bool) -> None:
    how = encryption.EncryptionConfiguration(
        footer_key="footer", column_keys={"columns": columns}, plaintext_footer=plain_footer
    )
    factory = encryption.CryptoFactory(Keys)
    properties = factory.file_encryption_properties(encryption.KmsConnectionConfig(), how)
    with pq.ParquetWriter(path, table.schema, encryption_properties=properties) as writer:
        writer.write_table(table)


def texts_of(values: list[bytes]) -> pa.Array:
    """Return bytes that call themselves text."""
    _, offsets, data = pa.array(values).buffers()
    return pa.StringArray.from_buffers(len(values), offsets, data)


def decimals(digits: int) -> pa.Array:
    return pa.array([decimal.Decimal("1.5")] * 100, pa.decimal256(digits, 2))


def times(zone: str) -> pa.Array:
    return pa.array([1] * 100, pa.timestamp("us", tz=zone))


UNUSABLE: dict[str, tuple[pa.Table, str | None, str]] = {
    "decimals of 60 digits": (
        BASE.append_column("sample_weight", decimals(60)), "sample_weight", "decimals of 60 digits",
    ),
    "two columns of one name": (
        pa.table([LABELS, PREDICTIONS, LABELS], names=["label", "prediction", "label"]),
        None, "several columns have one name: 'label'",
    ),
    "a time zone of another planet": (
        BASE.append_column("t", times("Mars/Olympus")), None, "unknown time zone, 'Mars/Olympus'",
    ),
    "a time zone by its offset": (
        BASE.append_column("t", times("+05:30")), None, "unknown time zone, '+05:30'",
    ),
    "bytes that call themselves text": (
        pa.table({"label": texts_of(NOT_TEXT), "prediction": PREDICTIONS}),
        "label", "text that is not UTF-8",
    ),
    "bytes that are no text": (
        pa.table({"label": pa.array(NOT_TEXT), "prediction": PREDICTIONS}),
        "label", r"the bytes b'\xff\xfe' are not UTF-8 text",
    ),
    "bytes that are no text, far down": (
        pa.table({"label": LABELS, "prediction": pa.array([b"a"] * 99 + [b"\xff"])}),
        "prediction", r"the bytes b'\xff' are not UTF-8 text",
    ),
    "maps": (
        BASE.set_column(0, "label", pa.array([[("a", 1)]] * 100, pa.map_(pa.string(), pa.int8()))),
        "label", "the values are ",  # maps; to some releases of the engine, lists of pairs
    ),
}  # fmt: skip


@pytest.mark.parametrize(("table", "column", "said"), UNUSABLE.values(), ids=UNUSABLE)
def test_sound_parquet_that_is_not_read(
    table: pa.Table, column: str | None, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "run.parquet"
    pq.write_table(table, path)
    with pytest.raises(InputError) as caught:
        read_run(str(path))
    assert not isinstance(caught.value, BrokenShardError)
    assert (caught.value.file, caught.value.column) == (str(path), column)
    assert said in caught.value.message
    assert caught.value.accepted


def test_bytes_that_are_no_text_are_named_by_their_row(tmp_path: Path) -> None:
    pq.write_table(UNUSABLE["bytes that are no text, far down"][0], tmp_path / "run.parquet")
    with pytest.raises(InputError) as caught:
        read_run(str(tmp_path / "run.parquet"))
    assert caught.value.row == 100


@pytest.mark.parametrize("frame", [
    pl.DataFrame({"label": NOT_TEXT, "prediction": PREDICTIONS}),
    pa.table({"label": pa.array(NOT_TEXT), "prediction": PREDICTIONS}),
])  # fmt: skip
def test_bytes_that_are_no_text_in_a_frame(frame: Any) -> None:
    with pytest.raises(InputError, match="are not UTF-8 text"):
        ms.score(frame)


def test_bytes_of_text_are_labels(tmp_path: Path) -> None:
    raw = pa.table({"label": [x.encode() for x in LABELS], "prediction": PREDICTIONS})
    for table in (raw, raw.set_column(0, "label", raw["label"].dictionary_encode())):
        pq.write_table(table, tmp_path / "run.parquet")
        assert read_run(str(tmp_path / "run.parquet")).cells.labels == ("a", "b")


@pytest.mark.parametrize("plain_footer", [True, False])
@pytest.mark.parametrize("columns", [["label"], ["label", "prediction"]])
def test_encrypted_parquet(plain_footer: bool, columns: list[str], tmp_path: Path) -> None:
    path = tmp_path / "run.parquet"
    encrypted(path, BASE, columns, plain_footer=plain_footer)
    with pytest.raises(InputError, match="encrypted") as caught:
        read_run(str(path))
    assert not isinstance(caught.value, BrokenShardError)
    assert "without encryption" in (caught.value.hint or "")
    if plain_footer and len(columns) == 1:
        assert "'label'" in caught.value.message
    else:
        assert caught.value.message == "the Parquet file is encrypted"


@pytest.mark.parametrize("extra", [decimals(60), pa.array([{"a": [{"b": 1}]}] * 100),
                                   texts_of(NOT_TEXT), pa.array(NOT_TEXT)])  # fmt: skip
def test_a_column_that_nobody_asks_for_may_be_anything(extra: pa.Array, tmp_path: Path) -> None:
    path = tmp_path / "run.parquet"
    pq.write_table(BASE.append_column("x", extra), path)
    assert read_run(str(path)).cells.rows == 100


def test_a_column_that_nobody_asks_for_may_be_encrypted(tmp_path: Path) -> None:
    path = tmp_path / "run.parquet"
    encrypted(path, BASE.append_column("x", pa.array(LABELS)), ["x"], plain_footer=True)
    assert read_run(str(path)).cells.rows == 100


def test_the_truncated_shard_is_blamed_and_not_what_is_odd_about_all(tmp_path: Path) -> None:
    odd = BASE.append_column("x", decimals(60))
    pq.write_table(odd, tmp_path / "part-1.parquet")
    pq.write_table(odd, tmp_path / "part-2.parquet")
    content = bytearray((tmp_path / "part-2.parquet").read_bytes())
    content[4:104] = bytes(100)
    (tmp_path / "part-2.parquet").write_bytes(content)
    with pytest.raises(BrokenShardError, match="truncated or corrupt") as caught:
        read_run(str(tmp_path / "part-*.parquet"))
    assert caught.value.file == str(tmp_path / "part-2.parquet")


@pytest.mark.parametrize("cut", [8, 12, 200, -1, -8, -40])
def test_truncated_parquet_is_said_to_be(cut: int, tmp_path: Path) -> None:
    path = tmp_path / "run.parquet"
    pq.write_table(BASE, path)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(BrokenShardError, match="truncated or corrupt"):
        read_run(str(path))


def test_what_else_the_engine_refuses_is_its_refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run.parquet"
    pq.write_table(BASE, path)
    collect = pl.LazyFrame.collect

    def refuse(frame: pl.LazyFrame, **options: Any) -> Any:
        if "select" in frame.explain(optimized=False).lower():
            raise pl.exceptions.ComputeError("not supported yet: codec LZO\nand more")
        return collect(frame, **options)

    monkeypatch.setattr(pl.LazyFrame, "collect", refuse)
    with pytest.raises(InputError) as caught:
        read_run(str(path))
    assert not isinstance(caught.value, BrokenShardError)
    assert caught.value.message == "cannot be read by the engine: not supported yet: codec LZO"
