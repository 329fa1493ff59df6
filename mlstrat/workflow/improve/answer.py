"""`improve`: the loop from a first model to the last one that surely helped."""

from __future__ import annotations

import hashlib
import json
import shlex
import tempfile
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from mlstrat.core.asked import asks
from mlstrat.core.figures import Sampling
from mlstrat.data.guard import guard
from mlstrat.data.rates import parse_rate
from mlstrat.errors import MlstratError, UsageError
from mlstrat.places import make_folder
from mlstrat.show.document import Signature
from mlstrat.workflow.improve.command import IMPROVE, Asked
from mlstrat.workflow.improve.compute import typed_budget
from mlstrat.workflow.improve.document import ImproveDocument
from mlstrat.workflow.improve.findings import stop_findings
from mlstrat.workflow.improve.plan_document import ImprovePlanDocument
from mlstrat.workflow.improve.read import count_use, dev_errors, uses_of
from mlstrat.workflow.improve.rounds import UNFINISHED, Loop, Workshop, on_reserved, run_loop

if TYPE_CHECKING:
    from mlstrat.harness.loop import Reserve, Source

REPORT, JSON, LAST, LEDGER = "report.md", "improve.json", "last", "improve.ledger.json"
METHOD = (
    "exact McNemar on dev, signs of groups flipped where rows come in groups; Holm over the turns "
    "of a round at 5%; the gain on rows that nobody chose on, paired (Newcombe 1998, method 10)"
)
MOST_SEEDS = 20


@asks(IMPROVE)
def improve(
    what: Any,
    *,
    progress: Callable[[str], None] | None = None,
    **asked: Unpack[Asked],
) -> ImproveDocument | ImprovePlanDocument:
    """Improve a model step by step: diagnose, turn the knobs of that gap, keep what surely helps.

    Each round trains only the turns that are for the gap to work on, with the same seed and splits
    as the current model, and compares them on the same rows of dev. The best is kept where Holm's
    p-value over the round is at most 5%; the first round without one ends the loop. Rows that the
    loop never reads are predicted once at the end, by the first and the last model.

    Parameters
    ----------
    what
        A table (a file, or a frame), a folder of pictures, or a recipe.
    progress
        Called with one line a run.

    Raises
    ------
    UsageError, InputError
        As ``train``; for a budget that is none, and a folder that holds something else.

    References
    ----------
    C3W1 Orthogonalization; C3W2 Build your first system quickly, then iterate.

    Examples
    --------
    >>> found = improve("wine", budget="8 runs")
    >>> found.loop.rounds[0].focus
    ('variance',)
    """
    from mlstrat.harness.loop import (
        Setting,
        load_skops,
        reserve_in,
        reserve_of,
        shape_of,
        source_of,
    )
    from mlstrat.harness.networks.torch_needed import load_torch
    from mlstrat.harness.recipes.models import is_network
    from mlstrat.harness.recipes.recipe import silent
    from mlstrat.harness.train.learning_table import TableAsked
    from mlstrat.harness.train.training import check_seed

    told, begun = progress or silent, time.monotonic()
    seconds, runs = _budget(asked["budget"])
    share, file = _confirm(asked["confirm"])
    many = asked["seeds"]
    if not 1 <= many <= MOST_SEEDS:
        raise UsageError(f"--seeds is {many}", accepted=f"1 to {MOST_SEEDS}")
    check_seed(asked["seed"])
    human = asked["human_error"]
    roles = TableAsked(asked["columns"] or {}, asked["group"], asked["split_seed"],
                       task=asked["task"])  # fmt: skip
    out = None if asked["out"] is None else Path(asked["out"])
    ledger = asked["ledger"]
    if ledger is None and out is not None:
        ledger = out.resolve().parent / LEDGER
    if out is not None:
        guard([*(out / x for x in (REPORT, JSON)), ledger], [what, file], configured=False)
    source = source_of(what, target=asked["target"], model=asked["model"], roles=roles,
                       confirm=share, small=asked["small"])  # fmt: skip
    first, seeds = Setting(), tuple(range(asked["seed"], asked["seed"] + many))
    task = source.task(first, seeds[0])
    bounded = not task.examples.number
    if human is not None:
        parse_rate(human, "the human error", bounded=bounded)
    reserve = reserve_of(task) if file is None else reserve_in(file, task)
    identity = _identity(task, reserve, asked)
    inputs = task.inputs
    about = {"what": task.name, "model": task.shown}
    if asked["dry_run"]:
        return _dry(source, task, reserve, about, asked, Signature.of(inputs, Sampling(), METHOD))
    with tempfile.TemporaryDirectory(prefix="mlstrat-") as temporary:
        folder = Path(temporary) if out is None else out
        earlier = {} if out is None else _going_on(out, identity, force=asked["force"])
        make_folder(folder)
        # Libraries are no time of the first run, nor of the last; one that is missing is said now.
        load_torch() if is_network(task.model.architecture) else load_skops()
        shop = Workshop(
            source, reserve, folder, seeds, _command(what, asked), seconds, runs,
            diagnose=lambda path: _diagnosed(path, human),
            uses=lambda mark: uses_of(ledger, mark, identity),
            count=lambda mark, run: count_use(ledger, mark, identity, run, task.splits["dev"]),
            told=told, identity=identity, bounded=bounded, shape=shape_of(task),
            took=dict(earlier.get("took", {})), earlier=float(earlier.get("spent", 0.0)),
            begun=begun,
        )  # fmt: skip
        try:
            loop = run_loop(shop, first)
            document = _document(shop, loop, about, Signature.of(inputs, Sampling(), METHOD))
        except KeyboardInterrupt:
            if out is not None:
                told(f"interrupted: the same command goes on from {out}")
            raise
        return document if out is None else _written(document, shop, out)


def files_of_improve(folder: str | Path) -> list[Path]:
    """Return the files that a loop writes into its folder, beside its runs."""
    return [Path(folder, name) for name in (REPORT, JSON)]


def _budget(text: str) -> tuple[float | None, int | None]:
    try:
        return typed_budget(str(text))
    except ValueError:
        raise UsageError(f"--budget is {text!r}", accepted='10m, 90s, 2h or "20 runs"') from None


def _confirm(given: str | float | Path | None) -> tuple[float | None, Any]:
    if given is None:
        return None, None
    text = str(given).strip()
    if isinstance(given, str | float | int) and not Path(text).exists():
        try:
            share = parse_rate(given, "--confirm").value
        except MlstratError:
            raise UsageError(
                f"--confirm is {text!r}", accepted="a file, or a share, as 25%"
            ) from None
        if not 0 < share < 1:
            raise UsageError(
                f"--confirm is {text!r}", accepted="a share above 0 and below 1, as 25%"
            )
        return share, None
    return None, given


def _identity(task: Any, reserve: Reserve, asked: Mapping[str, Any]) -> str:
    mark = hashlib.sha256()
    examples = task.examples
    for text in (examples.labels, examples.ids, examples.groups, reserve.labels):
        mark.update(b"-" if text is None else "\x1f".join(map(str, text)).encode())
    features = examples.features
    mark.update(features.to_csv().encode() if hasattr(features, "to_csv") else features.tobytes())
    for name, rows in {**task.splits, **task.reserved}.items():
        mark.update(name.encode() + rows.tobytes())
    packages = {"mlstrat": "mlstrat", "numpy": "numpy", "sklearn": "scikit-learn", "torch": "torch"}
    told = {
        "task": task.name, "model": task.shown, "human": asked["human_error"],
        "seed": asked["seed"], "seeds": asked["seeds"],
        "versions": {name: version(name) for x, name in packages.items() if find_spec(x)},
    }  # fmt: skip
    mark.update(json.dumps(told, default=str).encode())
    return mark.hexdigest()


def _going_on(folder: Path, identity: str, *, force: bool) -> Mapping[str, Any]:
    from mlstrat.harness.train.run_files import refuse_a_file

    refuse_a_file(folder)
    begun = folder / UNFINISHED
    if begun.is_file():
        try:
            told: Mapping[str, Any] = json.loads(begun.read_text(encoding="utf-8"))
        except ValueError:
            told = {}
        if told.get("identity") == identity:
            return told
    if force or not folder.exists() or not any(folder.iterdir()):
        return {}
    raise UsageError("the folder is not empty", file=str(folder),
                     hint="name another folder, or write into it with --force")  # fmt: skip


def _diagnosed(path: Path, human: Any) -> Mapping[str, Any]:
    from mlstrat.workflow.diagnose.answer import diagnose

    said = {} if human is None else {"human_error": human}
    found: Mapping[str, Any] = diagnose(str(path), **said).to_dict()
    return found


def _command(what: Any, asked: Mapping[str, Any]) -> str | None:
    if not isinstance(what, str | Path):
        return None
    words = ["mlstrat", "improve", str(what)]
    for name, (_, option) in IMPROVE.options().items():
        value = asked.get(name)
        if name in ("out", "force", "ledger", "dry_run") or value in (None, False, option.default):
            continue
        if isinstance(value, Mapping):
            words += [x for role, column in value.items() for x in ("--map", f"{role}={column}")]
        else:
            words += [option.typed_as(name), *([] if value is True else [str(value)])]
    return shlex.join(words)


def _document(
    shop: Workshop, loop: Loop, about: Mapping[str, str], signature: Signature
) -> ImproveDocument:
    confirmed = levels = None
    if len(shop.reserve) > loop.spent:
        shop.told(f"predicting {len(shop.reserve) - loop.spent:,} rows that nobody chose on")
        rest = slice(loop.spent, len(shop.reserve))
        confirmed, levels = on_reserved(shop, (loop.first, loop.last), rest)
    dev = tuple(
        float(dev_errors(shop.paths(run)).wrong.mean()) for _, run in (loop.first, loop.last)
    )
    found = stop_findings(shop, loop, about["model"], (dev[0], dev[1]), levels)
    before, other = shop.before
    return ImproveDocument(
        about["what"], about["model"], loop, (dev[0], dev[1]), confirmed, levels,
        (before + shop.compared, before, other), shop.compared, len(shop.seeds), found,
        signature, shop.bounded,
    )  # fmt: skip


def _dry(
    source: Source, task: Any, reserve: Reserve, about: Mapping[str, str],
    asked: Mapping[str, Any], signature: Signature,
) -> ImprovePlanDocument:  # fmt: skip
    from mlstrat.harness.loop import Setting

    rows = {name: len(x) for name, x in task.splits.items()}
    turns = tuple((x.name, x.title, x.aims_at) for x in source.turns(Setting()))
    return ImprovePlanDocument(
        about["what"], about["model"], rows, len(reserve), turns, str(asked["budget"]),
        task.findings, signature,
    )  # fmt: skip


def _written(document: ImproveDocument, shop: Workshop, out: Path) -> ImproveDocument:
    from dataclasses import replace

    from mlstrat.harness.loop import keep_last
    from mlstrat.show.writing import write_all

    setting, run = document.loop.last
    keep_last(shop.models(run, setting)[0], out / LAST)
    document = replace(document, folder=str(out), files=(REPORT, JSON))
    write_all({out / REPORT: document.to_markdown().encode(),
               out / JSON: document.to_json().encode()})  # fmt: skip
    (out / UNFINISHED).unlink(missing_ok=True)
    return document
