# Over 300 lines: who may ask, and what is answered.
"""What the page asks for: a sheet's examples out, changes in; on this machine, behind a secret.

Only the person whose browser was given the secret may ask, and nobody else's page.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import contextvars
import hashlib
import hmac
import json
import os
import secrets
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from mlstrat.data.own_files import own_folder
from mlstrat.errors import UsageError
from mlstrat.workflow.error_table.review.compute import Known, tally
from mlstrat.workflow.error_table.review.example_read import TYPES, Examples, NoFileError
from mlstrat.workflow.error_table.review.session import Session

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response


PAGES = Path(__file__).parent / "pages"

PAGE_TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8",
              ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}  # fmt: skip

PART = 500
"""Rows of an answer that are handed on at once."""


class Page:
    """What the page asks for, and the answers.

    ``boot`` tells one run of the server from the next; ``finished`` is set when it may end.
    """

    def __init__(self, session: Session, examples: Examples, known: Known, about: Any) -> None:
        self.session, self.examples, self.known, self.about = session, examples, known, about
        self.boot = secrets.token_hex(8)
        self.finished = threading.Event()
        self._tallied: tuple[int, Any] = (-1, None)
        self._pool = ThreadPoolExecutor(1)  # one tally at a time, and none where saves wait
        self._context = contextvars.copy_context()

    def routes(self) -> Starlette:
        """Return the application."""
        from starlette.applications import Starlette
        from starlette.routing import Route

        return Starlette(
            routes=[
                Route("/", self.page),
                Route("/state", self.state),
                Route("/tally", self.tally),
                Route("/rows/{n}", self.row),
                Route("/texts/{n}", self.text),
                Route("/media/{n}", self.media),
                Route("/alike", self.alike),
                Route("/change", self.change, methods=["POST"]),
                Route("/finish", self.finish, methods=["POST"]),
                Route("/{name}", self.page),
            ],
            exception_handlers={Exception: _fault},
        )

    async def page(self, request: Request) -> Response:
        """Answer with a file of the page."""
        from starlette.responses import Response

        name = request.path_params.get("name", "page.html")
        if name in ("change", "finish"):
            return _json({"why": "by POST alone"}, 405)
        there = {path.name: path for path in PAGES.iterdir()}
        path = there.get(name)
        if path is None or path.suffix not in PAGE_TYPES:
            return _json({"why": "not found"}, 404)
        return Response(path.read_bytes(), headers={"content-type": PAGE_TYPES[path.suffix]})

    async def state(self, request: Request) -> Response:
        """Answer with what changed since a version: all, for one of another start."""
        from starlette.responses import StreamingResponse

        sheet, asked = self.session.sheet, request.query_params
        with sheet.lock:
            since = int(asked["since"]) if asked.get("since", "").isdecimal() else 0
            if asked.get("boot") != self.boot:
                since = 0
            keys = [key for key in sheet.keys if sheet.versions.get(key, 1) > since]
            out: dict[str, Any] = {
                "boot": self.boot, "version": sheet.version, "trouble": self.session.trouble,
                "tags": sheet.tags,
            }  # fmt: skip
            if since < self.session.reordered:
                shown = self.examples.shown.others
                out["order"] = [key for key in sheet.keys if shown is None or key in shown]
                labels = [] if self.examples.shown.blind else self.examples.labels()
                out["about"] = {**self.about, "labels": labels}
        # Made as it is sent.
        return StreamingResponse(self._rows(keys, _text(out)), media_type="application/json")

    def _rows(self, keys: list[str], rest: bytes) -> Iterator[bytes]:
        """Yield an answer with some rows, a part at a time: whole it is most of what is held.

        A row that changes meanwhile is sent as it is then, and again with the next version.
        """
        before, sheet = b'{"rows":[', self.session.sheet
        for i in range(0, len(keys), PART):
            with sheet.lock:
                rows = [_text({"n": self.session.numbers[key], **self.examples.brief(key)})
                        for key in keys[i : i + PART] if key in sheet.rows]  # fmt: skip
            if rows:
                yield before + b",".join(rows)
                before = b","
        yield before.removesuffix(b",") + b"]," + rest[1:]

    async def tally(self, _: Request) -> Response:
        """Answer with what the tags are worth so far; counted beside the answering of others."""
        version = self.session.sheet.version
        if self._tallied[0] != version:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._pool, self._context.run, self._count)
        return _json(self._tallied[1])

    def _count(self) -> None:
        sheet = self.session.sheet
        with sheet.lock:
            version = sheet.version
            if self._tallied[0] == version:
                return
            rows, tags = sheet.sheet_rows(), list(sheet.tags)
        known = replace(
            sheet.file.sheet, rows=tuple(rows),
            has_predictions=self.known.of_run is not None or sheet.file.sheet.has_predictions,
        )  # fmt: skip
        self._tallied = version, tally(known, tags, dict(self.session.since), self.known)

    def _key(self, request: Request) -> str | None:
        text, keys = request.path_params["n"], self.session.by_number
        if not (text.isascii() and text.isdecimal() and len(text) < 10 and int(text) < len(keys)):
            return None
        found = keys[int(text)]
        return found if found in self.session.sheet.place else None

    async def row(self, request: Request) -> Response:
        """Answer with an example."""
        if (key := self._key(request)) is None:
            return _json({"why": "no such row"}, 404)
        return _json(self.examples.full(key, revealed="revealed" in request.query_params))

    async def alike(self, request: Request) -> Response:
        """Answer with the ids of the rows that hold a value in a column."""
        name, value = (request.query_params.get(x, "") for x in ("name", "value"))
        found = await asyncio.to_thread(self.examples.alike, name, value)
        return _json({"ids": found})

    async def text(self, request: Request) -> Response:
        """Answer with the whole of a long text."""
        found = None
        with contextlib.suppress(NoFileError, OSError):
            if (key := self._key(request)) is not None:
                found = self.examples.text(key, request.query_params.get("name", ""))
        return _json({"why": "no such text"}, 404) if found is None else _json({"text": found})

    async def media(self, request: Request) -> Response:
        """Answer with the file of a row, or a range of its bytes."""
        from starlette.responses import FileResponse

        if (key := self._key(request)) is None:
            return _json({"why": "no such row"}, 404)
        try:
            path, _ = self.examples.file_of(key)
            kind = TYPES.get(path.suffix.removeprefix(".").lower())
            if kind is None:
                raise NoFileError("not shown as a file")
            with path.open("rb"):
                pass
        except (NoFileError, OSError) as error:
            why = str(error) if isinstance(error, NoFileError) else "it cannot be read"
            return _json({"why": why}, 404)
        return FileResponse(path, media_type=kind)

    async def change(self, request: Request) -> Response:
        """Do one operation, and answer once it is saved."""
        operation = await _sent(request)
        if operation is None:
            return _json({"why": "not a JSON object"}, 400)
        answer, saved = self.session.submit(operation)
        why = "" if saved is None else await asyncio.wrap_future(saved)
        if why and answer.status == 200:
            return _json({"why": why}, 507)
        return _json({**answer.body, "version": self.session.sheet.version}, answer.status)

    async def finish(self, request: Request) -> Response:
        """End the review; what is acknowledged is saved by then."""
        if await _sent(request) is None:
            return _json({"why": "not a JSON object"}, 400)
        asyncio.get_running_loop().call_later(0.3, self.finished.set)
        return _json({})


def _text(body: Any) -> bytes:
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass")


def _json(body: Any, status: int = 200) -> Response:
    from starlette.responses import Response

    return Response(_text(body), status, media_type="application/json")


async def _fault(_: Request, error: Exception) -> Response:
    """Answer where nobody foresaw what happened; nothing of it is told to who asked."""
    return _json({"why": f"internal error: {type(error).__name__}"}, 500)


async def _sent(request: Request) -> Mapping[str, Any] | None:
    try:
        found = json.loads(await request.body())
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

LARGEST_BODY = 2**20
"""Bytes of a request."""

LONGEST_BODY = 10.0
"""Seconds that its body may take."""

LOCAL = ("127.0.0.1", "localhost", "[::1]")
"""Names by which this machine is asked; by any other one a foreign page may have got here."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
SANDBOX = "default-src 'none'; sandbox"
"""The policy of a file of somebody else's making, should it be opened by itself."""

HEADERS = (
    (b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"), (b"cache-control", b"no-store"),
)  # fmt: skip


class Guard:
    """An application behind a secret first part of every path."""

    def __init__(self, app: App, secret: str, hosts: tuple[str, ...] = ()) -> None:
        self.app, self.secret = app, secret
        self.hosts = {host.lower() for host in (*LOCAL, *hosts)}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Hand on what may come in."""
        if scope["type"] != "http":
            return
        headers: dict[bytes, bytes] = {}
        for name, value in scope["headers"]:
            headers[name] = value if name not in headers else headers[name] + b"," + value
        refused = self._refused(scope, headers)
        if refused is not None:
            await _say(_with_headers(send, POLICY), *refused)
            return
        path = scope["path"].split("/", 2)
        scope = {**scope, "path": "/" + path[2], "raw_path": None, "root_path": ""}
        media = path[2].startswith("media/")
        send = _with_headers(send, SANDBOX if media else POLICY)
        if scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        body = await _body(receive)
        if isinstance(body, int):
            await _say(send, body, "too large" if body == 413 else "too slow")
            return
        sent = iter([body])

        async def received() -> Message:
            for part in sent:
                return {"type": "http.request", "body": part, "more_body": False}
            return await receive()

        await self.app(scope, received, send)

    def _refused(self, scope: Message, headers: dict[bytes, bytes]) -> tuple[int, str] | None:
        """Return with what status and words something is refused; None for what may come in."""
        host = headers.get(b"host", b"").decode("latin-1")
        if _name(host) not in self.hosts:
            return 421, "not asked by the name of this machine; --allow-host NAME lets a proxy in"
        path = scope["path"].split("/", 2)
        given = path[1] if len(path) > 2 else ""
        if not hmac.compare_digest(given.encode(), self.secret.encode()):
            return 404, "not found"
        if scope["method"] not in ("GET", "HEAD", "POST"):
            return 405, "no such method"
        if scope["method"] == "POST":
            origin = headers.get(b"origin", b"").decode("latin-1")
            if origin not in (f"http://{host}", f"https://{host}"):
                return 403, "sent by another page"
            kind = headers.get(b"content-type", b"").decode("latin-1").partition(";")[0]
            if kind.strip().lower() != "application/json":
                return 415, "not application/json"
        return None


def _name(host: str) -> str:
    """Return the name of a host without its port; blank for what is none."""
    try:
        parts = urlsplit(f"//{host}")
        name, _ = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if parts.username is not None or parts.path or parts.query or parts.fragment:
        return ""
    return f"[{name}]" if ":" in name else name


async def _body(receive: Receive) -> bytes | int:
    """Return the body of a request, or the status with which it is refused."""
    out = b""
    try:
        async with asyncio.timeout(LONGEST_BODY):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    return 400
                out += bytes(message.get("body", b""))
                if len(out) > LARGEST_BODY:
                    return 413
                if not message.get("more_body"):
                    return out
    except TimeoutError:
        return 408


def _with_headers(send: Send, policy: str) -> Send:
    """Return what sends answers with the headers that keep a page to itself."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = {name for name, _ in HEADERS} | {b"content-security-policy"}
            kept = [(n, v) for n, v in message.get("headers", []) if n.lower() not in own]
            more = [*HEADERS, (b"content-security-policy", policy.encode())]
            message = {**message, "headers": [*kept, *more]}
        await send(message)

    return sent


async def _say(send: Send, status: int, why: str) -> None:
    body = json.dumps({"why": why}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body)),
               (b"connection", b"close")]  # fmt: skip
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def own_address(sheet: Path) -> tuple[str, int]:
    """Return the secret of a sheet's page, and its port where that is free.

    They are the same at the next start, so that a page that is open finds its server again: made
    with a key that this user alone may read. Where it cannot be kept they are new each time.
    """
    key = _key_of_user()
    if key is None:
        return secrets.token_urlsafe(24), 0
    name = os.path.realpath(sheet).encode("utf-8", "surrogateescape")
    made = hmac.new(key, name, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made[:24]).decode(), 20_000 + int.from_bytes(made[-4:]) % 12_000


def _key_of_user() -> bytes | None:
    folder = own_folder("state")
    if folder is None:
        return None
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / "review.key"
        with contextlib.suppress(FileExistsError):
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(secrets.token_bytes(32))
        found = path.stat()
        if os.name != "nt" and (found.st_mode & 0o077 or found.st_uid != os.getuid()):
            return None
        key = path.read_bytes()
    except OSError:
        return None
    return key if len(key) == 32 else None


class Server:
    """A server that listens from the start, and answers in a thread of its own."""

    def __init__(self, page: Page, port: int, hosts: tuple[str, ...]) -> None:
        import uvicorn

        self.secret, usual = own_address(page.session.sheet.path)
        # Said to be TCP, so that asyncio sends each answer at once: Nagle's algorithm would wait
        # for the browser's delayed acknowledgement, 40 ms an answer.
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._bind(port, usual)
            self.socket.listen(64)
        except OSError as error:
            self.socket.close()
            raise UsageError(
                f"port {port} cannot be had: {error.strerror}", accepted="--port 0, a free one"
            ) from None
        self.port = self.socket.getsockname()[1]
        config = uvicorn.Config(
            Guard(page.routes(), self.secret, hosts), loop="asyncio", http="h11", ws="none",
            lifespan="off", log_config=None, log_level="critical", access_log=False,
            server_header=False, proxy_headers=False, timeout_graceful_shutdown=3,
        )  # fmt: skip
        self.server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def _bind(self, port: int, usual: int) -> None:
        """Take a port: any free one is asked for as 0, and the sheet's usual one is tried first."""
        if port == 0:
            with contextlib.suppress(OSError):
                self.socket.bind(("127.0.0.1", usual))
                return
        self.socket.bind(("127.0.0.1", port))

    def _serve(self) -> None:
        asyncio.run(self.server.serve(sockets=[self.socket]))

    @property
    def address(self) -> str:
        """Where the page is."""
        return f"http://127.0.0.1:{self.port}/{self.secret}/"

    def start(self) -> None:
        """Begin to answer; who asks before is answered then, as it listens already."""
        self._thread.start()

    def stop(self) -> None:
        """End, once what is being answered is."""
        self.server.should_exit = True
        self._thread.join(timeout=10)
        self.socket.close()
