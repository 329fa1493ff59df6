"""What figures of a run of any task but classification are drawn from."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlstrat.core.counts import pick_split
from mlstrat.core.record import Record
from mlstrat.data.settings import settle
from mlstrat.errors import InputError, UndefinedError, UsageError
from mlstrat.show.document import Signature
from mlstrat.tasks.asking import how_of, other_task
from mlstrat.workflow.plot.pictures_read import Sheet, sheet_of

if TYPE_CHECKING:
    from mlstrat.core.figures import Sampling
    from mlstrat.tasks.contract import Task
    from mlstrat.tasks.measured import Measured
    from mlstrat.workflow.score.curves import ThresholdCurve

METHOD = (
    "counts by example at each threshold; ratio of sums, linearised variance with t over examples "
    "or groups; of trials each identity left out in turn"
)
PICTURES_METHOD = "examples by num, then by den"

WORST = 6
"""Pictures that are shown, where nobody says how many."""

MOST_PICTURES = 30

OF_LABELS = ("positive", "threshold", "choose_threshold")


def task_of(options: Mapping[str, Any], run: Any) -> Task | None:
    """Return the task that a figure is of; None for classification."""
    asked = {"task": None, **dict.fromkeys(OF_LABELS), **options}
    return other_task(asked, run, *OF_LABELS)


def needed_task(options: Mapping[str, Any], run: Any, what: str) -> Task:
    """Return the task that a figure is of."""
    task = task_of(options, run)
    if task is None:
        raise UsageError(f"{what} by other tasks than classification",
                         accepted="a run of boxes, points, spans, …, or --task NAME")  # fmt: skip
    return task


class Looked(Record, eq=False):
    """One split of a run of a task, measured to be drawn."""

    task: Task
    measured: Measured
    split: str
    sampling: Sampling

    @classmethod
    def at(cls, run: Any, task: Task, options: Mapping[str, Any]) -> Looked:
        """Read and measure a run."""
        how = settle(run, {"confidence": None, **options})
        measured = task.measure(run, how_of(how, checksum=False))
        return cls(task, measured, pick_split(measured.splits, how.split), how.sampling)

    def curve(self, of: str | None = None) -> ThresholdCurve:
        """Return what every threshold would give."""
        from mlstrat.tasks.measured import AtThresholds
        from mlstrat.workflow.score.curves import ThresholdCurve

        task, split = self.task, self.split
        told = self.measured.document(split, self.sampling).get("threshold") or {}
        used = told.get("value")
        points = self.measured.thresholds(AtThresholds(split, self.sampling, of, used))
        if not points:
            raise UndefinedError(
                f"no curve on {split}: this run of --task {task.name} has no scores of units",
                hint="ladder and categories are drawn of every task",
            )
        return ThresholdCurve(
            split, of or task.counted, self.measured.examples(split), points, used,
            None if used is None else told["rule"], task.example,
        )  # fmt: skip

    def sheet(self, worst: int = WORST, media: str | Path | None = None) -> Sheet:
        """Return the worst pictures with what lies over them."""
        found, wrong = self.measured.pictured(self.split, worst), self.measured.sums(self.split)[0]
        if not found:
            if wrong > 0:
                raise UsageError(f"examples of --task {self.task.name} are not pictures",
                                 accepted="a task whose examples are pictures")  # fmt: skip
            raise UndefinedError(f"nothing is wrong on {self.split}")
        paths = [str(one["path"]) for x in self.measured.inputs for one in x.every()]
        return sheet_of(found, self.split, wrong, media, paths)

    def signature(self, method: str) -> Signature:
        """Return what a figure is based on."""
        return Signature.of(self.measured.inputs, self.sampling, method, "error")


def curve_of_task(
    run: Any, task: Task, options: Mapping[str, Any]
) -> tuple[ThresholdCurve, Signature]:
    """Return what every threshold would give on one split, and what it is based on."""
    looked = Looked.at(run, task, options)
    return looked.curve(options.get("of")), looked.signature(METHOD)


def pictures_of_task(run: Any, options: Mapping[str, Any]) -> tuple[Sheet, Signature]:
    """Return the worst pictures of one split, and what they are based on."""
    worst = options.get("worst", WORST)
    if not 1 <= worst <= MOST_PICTURES:
        raise UsageError(f"--worst is {worst}", accepted=f"1 to {MOST_PICTURES}")
    task = needed_task(options, run, "boxes and points over pictures are drawn")
    looked = Looked.at(run, task, options)
    return looked.sheet(worst, options.get("media")), looked.signature(PICTURES_METHOD)


def figures_of_task(
    run: Any, task: Task, options: Mapping[str, Any]
) -> tuple[ThresholdCurve | None, Sheet | None]:
    """Return what a report draws of a task beside its parts: None for what it has not."""
    looked = Looked.at(run, task, options)
    curve = sheet = None
    with contextlib.suppress(UndefinedError, UsageError):
        curve = looked.curve()
    with contextlib.suppress(UndefinedError, UsageError):
        sheet = looked.sheet()
    return curve, sheet


class Samples(Record):
    """Letters that a language model drew, beside documents of dev with the cost of each letter.

    ``runs`` is how many runs of `RUN` letters it drew, and ``known`` those that train has.
    """

    sampled: str
    documents: tuple[tuple[str, tuple[float, ...]], ...]
    runs: int
    known: int

    def records(self) -> list[dict[str, Any]]:
        """Return a record a text."""
        own = [{"text": self.sampled, "sampled": True, "nats": None}]
        return own + [{"text": x, "sampled": False, "nats": list(c)} for x, c in self.documents]


RUN, MOST_DOCUMENTS = 10, 4
"""Letters that are looked up together, and documents that are shown (mlstrat's choice)."""


def samples_of(folder: Path) -> Samples:
    """Return what a language model wrote when it was trained.

    Formula: a run of ten letters of the sample is known if a document of train holds it.
    """
    from mlstrat.data.config import read_config

    config = folder / "run.toml"
    told = read_config(config).run.get("sampled") if config.is_file() else None
    if not isinstance(told, str) or len(told) < RUN:
        raise InputError("no letters that a language model drew", file=str(folder),
                         accepted="a folder of mlstrat train char_lm_gru, or another such recipe",
                         )  # fmt: skip
    train = [text for text, _ in _documents(folder / "train.ndjson")]
    runs = [told[i : i + RUN] for i in range(len(told) - RUN + 1)]
    known = sum(any(x in text for text in train) for x in runs)
    return Samples(
        told, tuple(_documents(folder / "dev.ndjson")[:MOST_DOCUMENTS]), len(runs), known
    )


def _documents(path: Path) -> list[tuple[str, tuple[float, ...]]]:
    found = []
    try:
        for line in path.read_text("utf-8").splitlines():
            row = json.loads(line)
            text = "".join(x if len(x) == 1 else "�" for x in map(str, row["tokens"]))
            found.append((text, tuple(-float(x) for x in row["logprobs"])))
    except (OSError, ValueError, KeyError, TypeError) as error:
        accepted = '{"tokens": [...], "logprobs": [...]} a line'
        why = "no documents of a language model"
        raise InputError(why, file=str(path), accepted=accepted) from error
    return found
