"""A review as a person starts it: a process, its page, and what is sent to it."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

STORY = Path(__file__).parents[4] / "sample_runs" / "story"

HEAD = "id,split,label,prediction,stratum,sampling_weight,seed,tags,mislabeled,true_label,comment"


def sheet_text(rows: int = 6, correct: int = 0, more: str = "") -> str:
    """Return a sheet that nobody filled in; `more` is the head of one further column."""
    out = [HEAD + (f",run.{more}" if more else "")]
    for i in range(rows + correct):
        error = i < rows
        kind = "error,1,0" if error else "correct,9,0"
        last = f",{more} of {i}" if more else ""
        out.append(f"r{i},dev,cat,{'dog' if error else 'cat'},{kind},,,,{last}")
    return "\n".join(out) + "\n"


class Served:
    """A process that serves a sheet."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder, self.arguments = folder, arguments
        self.start()

    def start(self, *more: str) -> None:
        """Start it, or start it again."""
        environment = {**os.environ, "XDG_STATE_HOME": str(self.folder / "state")}
        command = [sys.executable, "-m", "mlstrat", "review", *self.arguments, "--no-open", *more]
        self.process = subprocess.Popen(
            command, cwd=self.folder, env=environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        assert self.process.stdout is not None
        self.line = self.process.stdout.readline()
        found = re.search(r"http://\S+", self.line)
        assert found, self.line + self.process.communicate()[1]
        self.url = found[0]
        self.port = urlsplit(self.url).port or 0
        self.secret = urlsplit(self.url).path.strip("/")

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        whole: bool = False,
    ) -> tuple[int, dict[str, str], bytes]:
        """Send a request as it stands; the path is after the secret, or the `whole` of it."""
        with contextlib.closing(
            http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        ) as connection:
            return self._asked(connection, method, path, body, headers, whole)

    def _asked(
        self, connection: http.client.HTTPConnection, method: str, path: str,
        body: bytes | None, headers: dict[str, str] | None, whole: bool,
    ) -> tuple[int, dict[str, str], bytes]:  # fmt: skip
        sent = {"Host": f"127.0.0.1:{self.port}", **(headers or {})}
        connection.putrequest(
            method, path if whole else f"/{self.secret}/{path}", skip_host=True,
            skip_accept_encoding=True,
        )  # fmt: skip
        for name, value in sent.items():
            if value:
                connection.putheader(name, value)
        if body is not None and "Content-Length" not in sent:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        content = answer.read()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, content

    def get(self, path: str) -> Any:
        status, _, body = self.ask("GET", path)
        assert status == 200, (status, body)
        return json.loads(body)

    def post(self, path: str, body: Any) -> tuple[int, Any]:
        headers = {"Origin": self.origin, "Content-Type": "application/json"}
        status, _, found = self.ask("POST", path, json.dumps(body).encode(), headers)
        return status, json.loads(found)

    def change(self, **operation: Any) -> tuple[int, Any]:
        return self.post("change", {"id": uuid.uuid4().hex, **operation})

    def add(self, row: str, tag: str) -> int:
        return self.change(op="add", row=row, tag=tag)[0]

    def end(self) -> tuple[int, str, str]:
        """End it as Ctrl-C does; return the exit code and what it said."""
        self.process.send_signal(signal.SIGINT)
        out, err = self.process.communicate(timeout=120)
        return self.process.returncode, out, err

    def __enter__(self) -> Served:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate(timeout=120)
