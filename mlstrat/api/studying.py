"""`study`: several runs that differ in one thing, and what that thing moved."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from mlstrat.api.common import sampling_of
from mlstrat.api.gradient_study import gradient_study
from mlstrat.errors import InputError, UsageError
from mlstrat.report.document import Signature
from mlstrat.report.gradient_documents import GradientDocument
from mlstrat.report.study_documents import StudyDocument

if TYPE_CHECKING:
    from mlstrat.harness.studies.plan import Place, Plan
    from mlstrat.report.curve_documents import CurveDocument

METHOD = (
    "means over seeds; variance of crossed clusters, seeds and examples (Cameron, Gelbach and "
    "Miller, 2011), t with Satterthwaite's degrees of freedom; Wilson at effective trials "
    "(levels); Holm over all comparisons"
)

MOST_SEEDS = 100
REPORT, JSON, CURVE = "report.md", "report.json", "curve.csv"
NO_FIGURE = "No figure was drawn: it needs matplotlib (pip install 'mlstrat[figures]')."

Progress = Callable[[str], None]
Kept = TypeVar("Kept", StudyDocument, GradientDocument)


def study(
    kind: str,
    recipe: str | None = None,
    *,
    seeds: int = 5,
    out: str | Path | None = None,
    force: bool = False,
    small: bool = False,
    knobs: Sequence[str] = (),
    sizes: Sequence[int] = (),
    target: str | float | None = None,
    confidence: float | None = None,
    progress: Progress | None = None,
) -> StudyDocument | GradientDocument:
    """Train runs that differ in one thing, over several seeds, and tell what it moved.

    Parameters
    ----------
    kind
        ``knobs``, ``curve``, ``transfer``, ``multitask``, ``end-to-end``, ``synthesis``,
        ``mismatch``, ``label-noise`` or ``gradients``.
    recipe
        Of ``knobs`` and ``curve``: a name that ``mlstrat train --list`` shows.
    seeds
        How many; with fewer than three there are no intervals.
    out
        A folder for the runs, the report (``report.md``), its figure and its JSON. None keeps
        nothing.
    force
        Write into a folder that holds something already.
    small
        The variant that ends in seconds.
    knobs
        Of ``knobs``: which ones, by name or as ``"l2=0.1"``; without it all that the recipe takes.
    sizes
        Of ``curve`` and the studies over numbers of examples.
    target
        Of ``curve``: the error that is wanted, ``"5%"``; without it the human level of the recipe.
    confidence
        Of the intervals (0.95).
    progress
        Called with one line a run.

    Raises
    ------
    UsageError, InputError
        For an unknown study, recipe or knob, a folder that holds something, or a package that is
        missing.

    References
    ----------
    C3W1 Orthogonalization; Machine Learning Yearning 28-32, 36-43, 47-57.

    Examples
    --------
    >>> found = study("knobs", "wine", seeds=3, knobs=["neighbours"])
    >>> found.study.seeds
    (0, 1, 2)
    """
    from mlstrat.harness.studies import find_kind, make_plan

    kind, about = find_kind(kind)
    if not 1 <= seeds <= MOST_SEEDS:
        raise UsageError(f"seeds is {seeds}", accepted=f"a whole number, 1 to {MOST_SEEDS}")
    sampling = sampling_of(confidence, None, None)
    plan = make_plan(kind, recipe, small=small, knobs=tuple(knobs), sizes=tuple(sizes),
                     target=target)  # fmt: skip
    if about.torch:
        from mlstrat.harness.networks.torch_needed import load_torch

        load_torch()  # says what to install before the work, not after it
    if out is not None:
        _check_folder(Path(out), force=force)
    if plan.kind == "gradients":
        measured = gradient_study(plan, tuple(range(seeds)), sampling.confidence, small=small,
                                  progress=progress or _silent)  # fmt: skip
        return measured if out is None else _written(measured, Path(out))
    with tempfile.TemporaryDirectory(prefix="mlstrat-") as temporary:
        place = _train(plan, seeds, Path(out) if out is not None else Path(temporary), progress)
        document = _document(plan, place, tuple(range(seeds)), sampling.confidence, target, small)
    if out is None:
        return document
    return _written(document, Path(out))


def _check_folder(folder: Path, *, force: bool) -> None:
    """Refuse a path that is no folder, or one that holds something, before any work.

    Raises
    ------
    UsageError
        With what to do.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError("this is a file, not a folder", file=str(folder), hint="name a folder")
    if folder.exists() and any(folder.iterdir()) and not force:
        raise UsageError(
            "the folder is not empty",
            file=str(folder),
            hint="name another folder, or write into it with --force",
        )


def _train(plan: Plan, seeds: int, folder: Path, progress: Progress | None) -> Place:
    from mlstrat.harness.studies.plan import Place, train_plan

    place = Place(folder)
    for _ in train_plan(plan, tuple(range(seeds)), place, progress or _silent):
        pass
    return place


def _silent(_: str) -> None:
    """Stand in where nobody wants to hear of progress."""


def _document(
    plan: Plan,
    place: Place,
    seeds: tuple[int, ...],
    confidence: float,
    target: str | float | None,
    small: bool,
) -> StudyDocument:
    """Read the runs back, and work out what changed."""
    from mlstrat.inputs.study_runs import human_error, read_study
    from mlstrat.workflow.studies import Asked, Condition, study_runs
    from mlstrat.workflow.study_findings import study_findings

    paths = {x.name: [place.of(x.name, seed) / "run.csv" for seed in seeds] for x in plan.shown}
    runs, inputs = read_study(paths, seeds, fresh=plan.fresh)
    found = study_runs(
        [Condition(x.name, x.title, runs[x.name], x.series, x.size) for x in plan.shown],
        [Asked(x.of, x.against, x.quantity) for x in plan.comparisons],
        seeds,
        human=human_error(paths[plan.shown[0].name][0]),
        different_distributions=plan.mismatched,
        tolerance=plan.tolerance,
        confidence=confidence,
    )
    facts = dict(plan.facts)
    if plan.learnt is not None:
        from mlstrat.api.study_facts import FACTS

        facts |= FACTS[plan.learnt](plan, place, found, runs)
    curve = _curve(plan, paths, target, confidence) if plan.kind == "curve" else None
    findings = tuple(study_findings(plan.kind, found, facts)) if curve is None else curve.findings
    return StudyDocument(
        kind=plan.kind,
        recipe=plan.recipe,
        about=plan.about,
        small=small,
        study=found,
        findings=findings,
        facts=facts,
        settings={x.name: x.settings for x in plan.shown},
        signature=Signature(
            tuple(_facts(x.facts(), place) for x in inputs), "error", confidence=confidence,
            method=METHOD,
        ),
        curve=curve,
    )  # fmt: skip


def _facts(facts: dict[str, Any], place: Place) -> dict[str, Any]:
    """Return what a signature says of a run: its path inside the folder of the study."""
    return {**facts, "path": Path(facts["path"]).relative_to(place.folder).as_posix()}


def _curve(
    plan: Plan, paths: dict[str, list[Path]], target: str | float | None, confidence: float
) -> CurveDocument:
    """Hand the runs over to `curve`, which averages those of one size."""
    from mlstrat.api.curving import curve

    every = [str(path) for x in plan.shown for path in paths[x.name]]
    return curve(every, target=target, confidence=confidence)


def _written(document: Kept, folder: Path) -> Kept:
    """Write report, figure and JSON into the folder of the study: all of them or none."""
    from mlstrat.report.writing import write_all

    _make(folder)
    contents: dict[str | Path, bytes] = {}
    document = replace(document, folder=str(folder))
    if isinstance(document, StudyDocument) and document.curve is not None:
        contents[folder / CURVE] = _table(document.curve).encode()
    if find_spec("matplotlib") is None:
        document = replace(document, no_figure=NO_FIGURE)
    else:
        document = replace(document, figure=f"{document.kind}.png")
        contents[folder / str(document.figure)] = document.picture().to_bytes("png")
    names = [REPORT, JSON, *(Path(path).name for path in contents)]
    document = replace(document, files=tuple(names))
    contents[folder / REPORT] = document.to_markdown().encode()
    contents[folder / JSON] = document.to_json().encode()
    write_all(contents)
    return document


def _make(folder: Path) -> None:
    """Make the folder of a study that has put no runs into it.

    Raises
    ------
    InputError
        It cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"the folder cannot be made: {error.strerror}", file=str(folder)) from None


def _table(curve: CurveDocument) -> str:
    """Return the points as a table that `curve` reads: means over seeds, with their counts."""
    lines = ["n,train,dev,train_n,dev_n"]
    for x in curve.curve.points:
        runs = max(x.runs, 1)
        counts = ("" if one.n is None else str(one.n // runs) for one in (x.train, x.dev))
        lines.append(f"{x.n},{x.train.value:.6g},{x.dev.value:.6g},{','.join(counts)}")
    return "\n".join(lines) + "\n"
