"""Runs in a store: against a local server that speaks S3. Skipped where moto is not installed."""

from __future__ import annotations

import io
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import polars as pl
import pytest

import mlstrat as ms
from mlstrat.cli import run
from mlstrat.errors import InputError, without_secrets

SECRET = "wJalrXUtnFEMIverysecret"
KEY = "AKIAIOSFODNN7EXAMPLE"
FRAME = pl.DataFrame({
    "id": [str(i) for i in range(40)], "label": ["a", "b"] * 20,
    "prediction": ["a"] * 30 + ["b"] * 10
})  # fmt: skip


def parquet(frame: pl.DataFrame) -> bytes:
    stream = io.BytesIO()
    frame.write_parquet(stream)
    return stream.getvalue()


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def environment(port: int) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_REGION": "us-east-1", "AWS_ALLOW_HTTP": "true",
        "AWS_EC2_METADATA_DISABLED": "true",
    }  # fmt: skip


@pytest.fixture(scope="module")
def server() -> Iterator[int]:
    """Start a store in a process of its own, with a bucket of shards."""
    pytest.importorskip("moto.server")
    pytest.importorskip("flask")
    import boto3

    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        for _ in range(1200):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/moto-api/").read()
                break
            except OSError:
                time.sleep(0.1)
        client = boto3.client(
            "s3", endpoint_url=f"http://127.0.0.1:{port}", region_name="us-east-1",
            aws_access_key_id=KEY, aws_secret_access_key=SECRET,
        )  # fmt: skip
        client.create_bucket(Bucket="runs")

        def put(key: str, frame: pl.DataFrame, cut: int = 0) -> None:
            content = parquet(frame)
            client.put_object(Bucket="runs", Key=key, Body=content[: len(content) - cut])

        put("one.parquet", FRAME)
        for i in range(4):
            put(f"parts/part-{i}.parquet", FRAME[10 * i : 10 * i + 10])
            put(f"cut/part-{i}.parquet", FRAME[10 * i : 10 * i + 10], cut=9 if i == 2 else 0)
        for split in ("train", "dev"):
            for site in ("01", "a b"):
                put(f"hive/split={split}/site={site}/part-0.parquet", FRAME)
        client.put_object(Bucket="runs", Key="hive/_SUCCESS", Body=b"")
        text = FRAME.write_csv()
        client.put_object(Bucket="runs", Key="run.csv", Body=text.encode())
        client.put_object(
            Bucket="runs", Key="short.csv", Body=text.replace("20,a,a", "20,a").encode()
        )
        for i in range(2):
            part = FRAME[20 * i : 20 * i + 20].write_csv()
            client.put_object(Bucket="runs", Key=f"text/part-{i}.csv", Body=part.encode())
        yield port
    finally:
        process.terminate()
        process.wait()


@pytest.fixture
def store(server: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment(server).items():
        monkeypatch.setenv(name, value)


def without_inputs(document: Any) -> dict[str, Any]:
    found: dict[str, Any] = document.to_dict()
    del found["signature"]["inputs"]
    return found


@pytest.mark.parametrize("address", ["s3://runs/one.parquet", "s3://runs/parts/*.parquet"])
def test_a_run_in_a_store_is_the_same_run(address: str, store: None) -> None:
    FRAME.write_parquet("one.parquet")
    found = ms.diagnose(address)
    assert without_inputs(found) == without_inputs(ms.diagnose("one.parquet"))
    assert found.to_dict()["signature"]["inputs"] == [
        {"path": address, "bytes": None, "sha256": None, "rows": 40}
    ]
    both = ms.compare(address, "one.parquet").to_dict()
    assert (both["only_a_right"], both["only_b_right"]) == (0, 0)


@pytest.mark.parametrize("address", ["s3://runs/run.csv", "s3://runs/text/*.csv"])
def test_text_in_a_store_is_the_same_run(address: str, store: None) -> None:
    FRAME.write_csv("run.csv")
    found = ms.diagnose(address)
    assert without_inputs(found) == without_inputs(ms.diagnose("run.csv"))
    assert found.to_dict()["signature"]["inputs"] == [
        {"path": address, "bytes": None, "sha256": None, "rows": 40}
    ]
    assert ms.compare(address, "run.csv").to_dict()["both_right"] == 20


def test_text_in_a_store_is_checked_as_a_file_is(store: None) -> None:
    with pytest.raises(InputError) as caught:
        ms.diagnose("s3://runs/short.csv")
    assert (caught.value.file, caught.value.row) == ("s3://runs/short.csv", 22)


def test_a_partitioned_folder_in_a_store(store: None) -> None:
    found = ms.score("s3://runs/hive/", by=["site"]).to_dict()
    sites = {x["by"]["site"]: x["n"] for x in found["scores"] if x["by"]}
    assert sites == {"01": 40, "a b": 40}
    assert set(ms.diagnose("s3://runs/hive/").to_dict()["splits"]) == {"train", "dev"}


def test_a_shard_in_a_store_that_is_cut_off_is_named_or_left_out(store: None) -> None:
    with pytest.raises(InputError) as caught:
        ms.diagnose("s3://runs/cut/*.parquet")
    assert caught.value.file == "s3://runs/cut/part-2.parquet"
    found = ms.diagnose("s3://runs/cut/*.parquet", skip_broken=True).to_dict()
    (file,) = found["signature"]["inputs"]
    assert (file["rows"], [x["path"] for x in file["left_out"]]) == (
        30, ["s3://runs/cut/part-2.parquet"],
    )  # fmt: skip


@pytest.mark.parametrize(("address", "words"), [
    ("s3://nowhere/one.parquet", "there is no such bucket or object"),
    ("s3://runs/none.parquet", "there is no such bucket or object"),
    ("s3://runs/none*.parquet", "no file matches"),
    ("s3://runs/parts/", "not a key=value partitioned Parquet"),
    ("s3://runs/run.json", "only Parquet, CSV and TSV are read from a store"),
    ("s3://runs/none.csv", "there is no such bucket or object"),
    ("s3://nowhere/run.csv", "there is no such bucket or object"),
])  # fmt: skip
def test_what_is_not_there_is_one_message(address: str, words: str, store: None) -> None:
    with pytest.raises(InputError, match=words) as caught:
        ms.diagnose(address)
    assert caught.value.file == address


class Denied(BaseHTTPRequestHandler):
    """Denies everything, and repeats what it was asked with, as some stores do."""

    def answer(self) -> None:
        asked = f"{self.headers.get('Authorization')} {self.path}"
        body = f"<Error><Code>AccessDenied</Code><Message>{asked}</Message></Error>".encode()
        self.send_response(403)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_PUT = answer  # noqa: N815

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def denying() -> Iterator[int]:
    with HTTPServer(("127.0.0.1", 0), Denied) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def mlstrat(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mlstrat", *arguments],
        capture_output=True, text=True, env={**os.environ, **more}, timeout=120, check=False,
    )  # fmt: skip


def test_a_denied_run_is_one_message_without_credentials(denying: int) -> None:
    ended = mlstrat("diagnose", "s3://runs/one.parquet", **environment(denying))
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("mlstrat: s3://runs/one.parquet: access is denied\n  hint: ")
    assert len(ended.stderr.splitlines()) == 2
    assert KEY not in ended.stderr
    assert SECRET not in ended.stderr


ADDRESSES: dict[str, Callable[[str], list[str]]] = {
    "diagnose": lambda a: [a],
    "compare": lambda a: ["there.parquet", a],
    "report": lambda a: ["there.parquet", "--baseline", a],
    "select": lambda a: ["there.parquet", a, "--optimize", "accuracy"],
    "error-table": lambda a: [a, "--run", a],
    "split": lambda a: [a, "--check"],
}


@pytest.mark.parametrize("command", ADDRESSES)
@pytest.mark.parametrize("scheme", ["s3", "https"])
def test_credentials_in_an_address_are_refused_and_not_repeated(
    command: str, scheme: str, capsys: pytest.CaptureFixture[str]
) -> None:
    FRAME.write_parquet("there.parquet")
    address = f"{scheme}://me:{SECRET}@runs/one.parquet?X-Amz-Signature={SECRET}"
    assert run([command, *ADDRESSES[command](address)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert SECRET not in told.err
    assert "Traceback" not in told.err


@pytest.mark.parametrize(("text", "shown"), [
    ("s3://me:pw@bucket/a.parquet: no", "s3://***@bucket/a.parquet: no"),
    ("'https://host/a?sig=b&se=c', row 2", "'https://host/a?***', row 2"),
    ("abfss://box@account.dfs.core.windows.net/a", "abfss://box@account.dfs.core.windows.net/a"),
    ("s3://bucket/part-?.parquet: no", "s3://bucket/part-?.parquet: no"),
    ("run.csv, row 3: who?=me", "run.csv, row 3: who?=me"),
])  # fmt: skip
def test_messages_show_no_secrets(text: str, shown: str) -> None:
    assert without_secrets(text) == shown


def test_documents_do_not_hold_them_either(store: None) -> None:
    document = ms.report("s3://runs/parts/*.parquet", baseline="s3://runs/one.parquet")
    for text in (document.to_json(), document.to_markdown(), json.dumps(document.to_dict())):
        assert SECRET not in text
        assert KEY not in text
