"""Run the commands that pages show, in a folder with the files that they name."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import tempfile
from collections.abc import Iterator
from pathlib import Path

from mlstrat import init
from mlstrat.cli import run

DOCS = Path(__file__).parent
ROOT = DOCS.parent
BY_HAND = frozenset((
    "README.md", "architecture.md", "ci.md", "cluster.md", "counts.md", "faq.md", "python.md",
    "reading.md", "review.md", "settings.md", "speed.md", "sure.md", "training.md", "workflow.md",
))  # fmt: skip
"""Pages of `docs/` that nothing generates; the outputs in them are written all the same."""

LADDER = "sample_runs/data_mismatch/run.csv"
"""The run of the README's screen and picture."""

CONSOLE = re.compile(r"^```console\n\$ mlstrat (.*?)\n(.*?)^```", re.DOTALL | re.MULTILINE)


def written() -> list[Path]:
    """Return the pages written by hand, the README first."""
    return [ROOT / "README.md", *(DOCS / name for name in sorted(BY_HAND))]


def folder(where: Path) -> None:
    """Lay out the folder in which commands of pages and of `--help` run."""
    (where / "sample_runs").symlink_to(ROOT / "sample_runs")
    (where / "runs").mkdir()
    images = "".join(f"{i},{'app' if i >= 200 else 'web'}\n" for i in range(300))
    (where / "images.csv").write_text("id,source\n" + images)
    tags = ("dog", "great cat; blurry", "blurry", "none")
    errors = "".join(f"{i},cat,dog,{tags[i % 4]}\n" for i in range(40))
    (where / "filled.csv").write_text("id,label,prediction,tags\n" + errors)
    looked = "".join(f"{i},cat,dog,{'x,dog' if i < 6 else '0,'}\n" for i in range(40))
    (where / "checked.csv").write_text("id,label,prediction,mislabeled,true_label\n" + looked)
    rows = "".join(f"{i},Fold0{i % 2 + 1},cat,cat\n" for i in range(4))
    (where / "runs" / "fold.csv").write_text("id,split,label,prediction\n" + rows)
    cells = (
        [("cat", "cat", "cat")] * 60 + [("cat", "dog", "cat")] * 15 + [("dog", "cat", "dog")] * 4
    )
    pairs = [(i, label, one, two) for i, (label, one, two) in enumerate(cells)]
    head = "id,label,prediction\n"
    for name, column in (("a", 2), ("b", 3)):
        lines = "".join(f"{row[0]},{row[1]},{row[column]}\n" for row in pairs)
        (where / "runs" / f"{name}.csv").write_text(head + lines)
    for size, wrong in ((100, 30), (200, 20), (400, 15)):
        rows = "".join(
            f"{s},cat,{'dog' if i < k else 'cat'}\n"
            for s, k in (("train", 1), ("dev", wrong)) for i in range(100)
        )  # fmt: skip
        (where / "runs" / f"size_{size}.csv").write_text("split,label,prediction\n" + rows)
        (where / "runs" / f"size_{size}.toml").write_text(f"[run]\nn = {size}\n")
    churn = "".join(
        f"{i % 50},{'free' if i % 3 else 'pro'},{'yes' if i % 50 > 30 else 'no'}\n"
        for i in range(200)
    )
    (where / "churn.csv").write_text("age,plan,churned\n" + churn)
    lines = "".join(",".join(map(str, row)) + "\n" for row in pairs)
    (where / "runs" / "two.csv").write_text("id,label,pred_cnn,pred_lstm\n" + lines)


def prepared(command: str) -> int:
    """Write the files that an example of `--help` reads; return the exit code that it has."""
    if "variance/" in command and "--example" not in command:
        init(example="variance")
    return int("--junit" in command)  # the gate of a run against a better one fails, as it is to


def output(command: str, code: int | None = None) -> str:
    """Return what a command prints, as in a pipe of 80 columns.

    Parameters
    ----------
    command
        What is typed behind ``mlstrat``.
    code
        The exit code that it must have; without it any.

    Raises
    ------
    RuntimeError
        For another exit code.
    """
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        found = run(shlex.split(command))
    assert isinstance(out.buffer, io.BytesIO)
    printed = out.buffer.getvalue().decode("utf-8")
    if code is not None and code != found:
        raise RuntimeError(f"mlstrat {command}: exit code {found}\n{printed}")
    return as_shown(printed)


def as_shown(printed: str) -> str:
    """Return what was printed without blanks at the ends of lines."""
    return "\n".join(line.rstrip() for line in printed.splitlines()) + "\n"


@contextlib.contextmanager
def laid_out() -> Iterator[None]:
    """Stand in such a folder, and go back."""
    before, columns = Path.cwd(), os.environ.get("COLUMNS")
    with tempfile.TemporaryDirectory() as name:
        folder(Path(name))
        os.chdir(name)
        os.environ["COLUMNS"] = "80"
        try:
            yield
        finally:
            os.chdir(before)
            os.environ.pop("COLUMNS")
            if columns is not None:
                os.environ["COLUMNS"] = columns


def write() -> None:
    """Write the outputs in the pages written by hand again."""
    for page in written():
        text = page.read_text(encoding="utf-8")
        made = CONSOLE.sub(lambda m: f"```console\n$ mlstrat {m[1]}\n{_alone(m[1])}```", text)
        if made != text:
            page.write_text(made, encoding="utf-8", newline="\n")


def _alone(command: str) -> str:
    with laid_out():
        return output(command)
