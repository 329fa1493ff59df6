"""Only the page of this review is answered, and only what it may ask for."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.workflow.error_table.review.served import Served, sheet_text

FILES = [
    "a.png",
    "../secret.png",
    "%2e%2e/secret.png",
    "",
    "link.png",
    "pipe.png",
    "disk.png",
    "x.zip",
]
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("asked")
    media = folder / "media"
    media.mkdir()
    (folder / "secret.png").write_bytes(b"secret")
    (media / "a.png").write_bytes(PNG)
    (media / "x.zip").write_bytes(b"PK")
    (media / "link.png").symlink_to(folder / "secret.png")
    os.mkfifo(media / "pipe.png")
    (media / "disk.png").symlink_to("/dev/zero")
    names = [*FILES, str(folder / "secret.png"), str(media / "a.png")]
    lines = sheet_text(len(names), more="file").splitlines()
    rows = [
        line.rpartition(",")[0] + "," + name for line, name in zip(lines[1:], names, strict=True)
    ]
    (folder / "review.csv").write_text("\n".join([lines[0], *rows]) + "\n")
    with Served(folder, "review.csv", "--media", "media", "--allow-host", "Proxy.example") as one:
        yield one
        out, err = one.end()[1:]
        assert "Traceback" not in out + err
        assert one.secret not in err


def post_headers(served: Served, **changed: str) -> dict[str, str]:
    return {"Origin": served.origin, "Content-Type": "application/json", **changed}


BODY = json.dumps({"op": "add", "row": "r0", "tag": "x"}).encode()

HOSTS = [("evil.example", 421), ("", 400), ("127.0.0.1.evil.example:80", 421), ("a@127.0.0.1", 421),
         ("localhost", 200), ("[::1]:9", 200), ("127.0.0.1:1", 200), ("proxy.example", 200),
         ("127.0.0.1:x", 421), ("0.0.0.0", 421)]  # fmt: skip


@pytest.mark.parametrize(("host", "status"), HOSTS)
def test_a_name_that_is_not_of_this_machine_is_refused(served: Served, host: str, status: int):
    assert served.ask("GET", "state", headers={"Host": host})[0] == status


@pytest.mark.parametrize("path", ["/", "//", "/state", "/x/state", "/x/", "/%00/", "/../"])
def test_nothing_is_told_without_the_secret(served: Served, path: str):
    status, headers, body = served.ask("GET", path, whole=True)
    assert status == 404
    assert json.loads(body) == {"why": "not found"}
    assert "access-control-allow-origin" not in headers


def test_half_a_secret_is_none(served: Served):
    assert served.ask("GET", f"/{served.secret[:-1]}/state", whole=True)[0] == 404
    assert served.ask("GET", f"/{served.secret}x/state", whole=True)[0] == 404
    assert len(served.secret) * 6 >= 128


ORIGINS = ["", "null", "http://evil.example", "http://127.0.0.1:1", "http://localhost", "file://"]


@pytest.mark.parametrize("origin", ORIGINS)
def test_another_page_changes_nothing(served: Served, origin: str):
    headers = post_headers(served, Origin=origin)
    assert served.ask("POST", "change", BODY, headers)[0] == 403
    assert served.get("state")["tags"] == []


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "", "x/json"])
def test_a_form_of_another_page_is_refused(served: Served, kind: str):
    headers = post_headers(served, **{"Content-Type": kind})
    assert served.ask("POST", "change", BODY, headers)[0] == 415


REQUESTS = [
    ("GET", "change", None, 405), ("GET", "finish", None, 405), ("PUT", "change", b"{}", 405),
    ("DELETE", "rows/0", None, 405), ("OPTIONS", "change", None, 405),
    ("TRACE", "state", None, 405),
    ("POST", "state", b"{}", 405), ("POST", "change", b"{", 400), ("POST", "change", b"[]", 400),
    ("POST", "change", b"\xff", 400), ("POST", "change", b"[" * 100_000, 400),
    ("POST", "change", b" " * (2**20 + 1), 413), ("POST", "change", b"{}", 422),
    ("HEAD", "", None, 200), ("HEAD", "media/0", None, 200), ("GET", "page.js", None, 200),
    ("GET", "server.py", None, 404), ("GET", "../server.py", None, 404),
    ("GET", "%2e%2e/server.py", None, 404), ("GET", "rows/-1", None, 404),
    ("GET", "rows/x", None, 404), ("GET", "rows/1000000000", None, 404),
    ("GET", "rows/99999999999999999999", None, 404), ("GET", "media/-1", None, 404),
    ("GET", "media/../media/0", None, 404), ("GET", "media/%2e%2e%2fsecret.png", None, 404),
    ("GET", "media//etc/passwd", None, 404), ("GET", "texts/0?name=id", None, 404),
    ("GET", "state?since=x&boot=%00", None, 200), ("GET", "rows/%D9%A1", None, 404),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body", "status"), REQUESTS)
def test_a_request_is_answered_as_it_deserves(
    served: Served, method: str, path: str, body: bytes | None, status: int
):  # fmt: skip
    headers = post_headers(served) if method == "POST" else {}
    found, _, content = served.ask(method, path, body, headers)
    assert found == status
    assert b"Traceback" not in content


@pytest.mark.parametrize("field", ["id", "label", "tags", "stratum", "seed", "", None, 3])
def test_nothing_but_the_review_is_written(served: Served, field: Any):
    before = (served.folder / "review.csv").read_bytes()
    assert served.change(op="set", row="r0", field=field, value="x", was="")[0] == 422
    assert (served.folder / "review.csv").read_bytes() == before


def test_only_files_of_the_folder_are_shown(served: Served):
    shown = {}
    for n, name in enumerate([*FILES, "whole outside", "whole inside"]):
        status, _, body = served.ask("GET", f"media/{n}")
        shown[name] = status
        assert b"secret" not in body.replace(b"secret.png", b"")
    assert shown == dict.fromkeys(shown, 404) | {"a.png": 200, "whole inside": 200}


def test_a_file_that_cannot_be_shown_is_said_on_its_example(served: Served):
    said = [served.get(f"rows/{n}")["media"] for n in range(len(FILES))]
    assert said[0] == {"kind": "picture", "name": "a.png"}
    assert [x.get("why") for x in said[3:]] == [
        "no file is named in this row", "link.png lies outside the folder",
        "pipe.png is not a file", "disk.png lies outside the folder",
        "x.zip: not a kind of file that is shown",
    ]  # fmt: skip


def test_a_file_comes_in_parts(served: Served):
    def part(of: str) -> tuple[int, bytes]:
        status, _, body = served.ask("GET", "media/0", headers={"Range": of})
        return status, body

    assert part("bytes=0-7") == (206, PNG[:8])
    assert part("bytes=-4") == (206, PNG[-4:])
    assert part(f"bytes={len(PNG)}-")[0] == 416
    assert part("bytes=" + ",".join(f"{i}-" for i in range(20)))[0] in (200, 206, 400, 416)
    assert part("bytes=x")[0] in (200, 400)


def test_answers_keep_to_themselves(served: Served):
    for path in ("", "state", "page.js", "media/0", "media/3", "nothing"):
        headers = served.ask("GET", path)[1]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store"
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        assert ("sandbox" in policy) == path.startswith("media/")
        assert "server" not in headers


def test_the_page_holds_no_script_and_no_style_within(served: Served):
    page = served.ask("GET", "")[2].decode()
    assert "<style" not in page
    assert " style=" not in page
    assert "<script>" not in page
    for part in Path(__file__).parents[4].glob("mlstrat/workflow/error_table/review/pages/*.js"):
        text = part.read_text(encoding="utf-8")
        assert "innerHTML" not in text
        assert "insertAdjacentHTML" not in text
        assert "eval(" not in text


def test_the_page_is_small():
    folder = Path(__file__).parents[4] / "mlstrat/workflow/error_table/review/pages"
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 100_000


def test_it_listens_on_this_machine_alone(served: Served):
    with socket.socket() as other:
        other.settimeout(2)
        address = socket.gethostbyname(socket.gethostname())
        if address.startswith("127."):
            pytest.skip("this machine has no other address")
        assert other.connect_ex((address, served.port)) != 0


@pytest.mark.slow
def test_a_body_that_never_ends_is_given_up(served: Served):
    with socket.create_connection(("127.0.0.1", served.port), timeout=120) as slow:
        slow.sendall(
            f"POST /{served.secret}/change HTTP/1.1\r\nHost: localhost\r\n"
            f"Origin: http://localhost\r\nContent-Type: application/json\r\n"
            "Content-Length: 100\r\n\r\n{".encode()
        )
        assert served.get("state")["version"]  # others are answered meanwhile
        assert slow.recv(1000).startswith(b"HTTP/1.1 408")


def test_an_answer_is_not_held_back(served: Served):
    """Nagle's algorithm and a delayed acknowledgement would cost 40 ms each."""
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", served.port)
    took = [1.0]
    for i in range(300):  # one that is quick tells; on a busy machine it may take some
        if i >= 15 and min(took) < 0.035:
            break
        started = time.perf_counter()
        body = json.dumps({"op": "add", "row": "r0", "tag": f"tag {i}"})
        connection.request("POST", f"/{served.secret}/change", body, post_headers(served))
        assert connection.getresponse().read()
        took.append(time.perf_counter() - started)
    connection.close()
    assert min(took) < 0.035
