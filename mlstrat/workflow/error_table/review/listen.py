"""Where the page is: on this machine alone, behind a secret."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import hmac
import os
import secrets
import socket
import threading
from pathlib import Path

from mlstrat.data.own_files import own_folder
from mlstrat.errors import UsageError
from mlstrat.workflow.error_table.review.guard import Guard
from mlstrat.workflow.error_table.review.server import Page


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
