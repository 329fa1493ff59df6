"""Who may ask: the person whose browser was given the secret, and nobody else's page."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

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
            await _say(with_headers(send, POLICY), *refused)
            return
        path = scope["path"].split("/", 2)
        scope = {**scope, "path": "/" + path[2], "raw_path": None, "root_path": ""}
        media = path[2].startswith("media/")
        send = with_headers(send, SANDBOX if media else POLICY)
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


def with_headers(send: Send, policy: str) -> Send:
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
