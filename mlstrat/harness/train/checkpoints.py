"""Where training is taken up again after an interruption.

The network's side writes the file, whole or not at all; here it gets its name, and goes when the
run is there. The name tells what is trained, so another recipe never goes on from it.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

from mlstrat.harness.train.task import Task
from mlstrat.places import make_folder

PREFIX, ENDING = "checkpoint-", ".safetensors"


def checkpoint_of(task: Task, seed: int, out: Path | None) -> Path | None:
    """Return the checkpoint of a task in the folder of its run; None where there is none."""
    if out is None:
        return None
    what = (task.command, task.shown, task.title, task.design, len(task.training), seed)
    mark = hashlib.sha256(repr(what).encode()).hexdigest()[:12]
    return out / f"{PREFIX}{mark}{ENDING}"


@contextlib.contextmanager
def kept(checkpoint: Path | None, progress: Callable[[str], None]) -> Iterator[None]:
    """Make the checkpoint's folder for a training, and say where an interrupted one goes on.

    Raises
    ------
    InputError
        The folder cannot be made.
    """
    if checkpoint is None:
        yield
        return
    folder = checkpoint.parent
    make_folder(folder)
    if checkpoint.exists():
        progress(f"going on from {checkpoint}")
    try:
        yield
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt) and checkpoint.exists():
            progress(f"interrupted: the same command goes on from {checkpoint}")
        with contextlib.suppress(OSError):  # of a folder that holds something
            folder.rmdir()
        raise


def remove_checkpoints(out: Path) -> None:
    """Remove what training would have gone on from, now that it has ended."""
    for path in out.glob(f"{PREFIX}*{ENDING}"):
        path.unlink(missing_ok=True)
