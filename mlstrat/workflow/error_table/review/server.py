"""What the page asks for: a sheet's examples out, changes in."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import json
import secrets
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlstrat.workflow.error_table.review.compute import Known, tally
from mlstrat.workflow.error_table.review.example_read import Examples
from mlstrat.workflow.error_table.review.media import TYPES, NoFileError
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
