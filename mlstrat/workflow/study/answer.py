"""`study`: several runs that differ in one thing, and what that thing moved."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, Unpack

from mlstrat.core.asked import asks
from mlstrat.core.figures import Sampling
from mlstrat.data.settings import sampling_of
from mlstrat.errors import UsageError
from mlstrat.places import make_folder
from mlstrat.show.document import Signature
from mlstrat.workflow.curve.answer import measured_of, target_of
from mlstrat.workflow.curve.compute import Target, learning_curve
from mlstrat.workflow.curve.document import CurveDocument
from mlstrat.workflow.curve.findings import curve_findings
from mlstrat.workflow.study.command import STUDY, Asked
from mlstrat.workflow.study.document import DocumentOfRuns, StudyDocument
from mlstrat.workflow.study.gradient_document import GradientDocument, gradient_study

if TYPE_CHECKING:
    from mlstrat.core.schema_parts import Input
    from mlstrat.harness.studies.plan import Place, Plan
    from mlstrat.workflow.study.compute import Study


def curve_of_study(study: Study, target: str | float | None, signature: Signature) -> CurveDocument:
    """Return the learning curve of a study over sizes: a point a size, the mean over its seeds.

    Without a target it is judged against the human level; intervals are the study's own.
    """
    from mlstrat.workflow.study.findings import seed_findings

    wanted = target_of(target)
    if wanted is None and study.human is not None:
        wanted = Target(study.human, "human")
    measured = [
        replace(
            measured_of(x.condition.size or 0, x.levels["train"], x.levels["dev"]),
            runs=len(study.seeds),
        )
        for x in study.conditions
    ]
    found = learning_curve(measured, wanted, Sampling(study.confidence))
    return CurveDocument(found, (*seed_findings(study), *curve_findings(found)), signature)


METHOD = (
    "means over seeds; variance of crossed clusters, seeds and examples (Cameron, Gelbach and "
    "Miller, 2011), t with Satterthwaite's degrees of freedom; Wilson at effective trials "
    "(levels); Holm over all comparisons"
)

MOST_SEEDS, MOST_EXAMPLES = 100, 10**9
REPORT, JSON, CURVE = "report.md", "report.json", "curve.csv"

Progress = Callable[[str], None]
Kept = TypeVar("Kept", bound=DocumentOfRuns)


@asks(STUDY)
def study(
    kind: str,
    recipe: str | None = None,
    *,
    progress: Progress | None = None,
    **asked: Unpack[Asked],
) -> StudyDocument | GradientDocument:
    """Train runs that differ in one thing, over several seeds, and tell what it moved.

    Parameters
    ----------
    kind
        ``knobs``, ``curve``, ``transfer``, ``multitask``, ``end-to-end``, ``synthesis``,
        ``mismatch``, ``label-noise`` or ``gradients``.
    recipe
        Of ``knobs`` and ``curve``: a name that ``mlstrat train --list`` shows; of ``knobs`` also
        a table or a folder of pictures.
    progress
        Called with one line a run.

    Raises
    ------
    UsageError, InputError
        For an unknown study, recipe or knob, a folder that holds something other than this study
        interrupted, or a package that is missing.

    References
    ----------
    C3W1 Orthogonalization; Machine Learning Yearning 28-32, 36-43, 47-57.

    Examples
    --------
    >>> found = study("knobs", "wine", seeds=3, knobs=["neighbours"])
    >>> found.study.seeds
    (0, 1, 2)
    """
    from mlstrat.data.rates import parse_rate
    from mlstrat.harness.recipes.recipe import silent
    from mlstrat.harness.studies import find_kind, make_plan
    from mlstrat.harness.studies.plan import UNFINISHED, Place, check_folder, identity_of

    told = progress or silent
    kind, about = find_kind(kind)
    target, out, force, small = asked["target"], asked["out"], asked["force"], asked["small"]
    seeds = _whole("seeds", asked["seeds"], MOST_SEEDS)
    sizes = [_whole("a size", x, MOST_EXAMPLES) for x in _several(asked["sizes"])]
    sampling = sampling_of(asked["confidence"], None, None)
    plan = make_plan(kind, recipe, small=small, knobs=_texts(asked["knobs"]), sizes=tuple(sizes),
                     target=target)  # fmt: skip
    if target is not None and kind == "curve":
        parse_rate(target, "the target")  # refuses before anything is trained
    same = identity_of(plan, seeds, small=small)
    going_on = out is not None and check_folder(Path(out), same, force=force)
    if about.torch:
        from mlstrat.harness.networks.torch_needed import load_torch

        load_torch()  # says what to install before the work, not after it
    if plan.kind == "gradients":
        measured = gradient_study(plan, tuple(range(seeds)), sampling.confidence, small=small,
                                  progress=told)  # fmt: skip
        return measured if out is None else _written(measured, Path(out))
    with tempfile.TemporaryDirectory(prefix="mlstrat-") as temporary:
        folder = Path(temporary if out is None else out)
        place = Place(folder, _command(kind, sizes, seeds, small=small))
        try:
            _train(plan, seeds, place, told, same, going_on=going_on)
        except KeyboardInterrupt:
            if (folder / UNFINISHED).exists() and out is not None:
                told(f"interrupted: the same command goes on from {folder}")
            raise
        document = _document(plan, place, tuple(range(seeds)), sampling.confidence, target, small)
    if out is None:
        return document
    document = _written(document, folder)
    (folder / UNFINISHED).unlink(missing_ok=True)
    return document


def files_of_study(folder: str | Path) -> list[Path]:
    """Return the files that a study writes into its folder, beside its runs."""
    return [Path(folder, name) for name in (REPORT, JSON, CURVE)]


def _several(given: object) -> tuple[object, ...]:
    return tuple(given) if isinstance(given, Iterable) and not isinstance(given, str) else (given,)


def _whole(name: str, value: object, most: int) -> int:
    good = isinstance(value, Integral) and not isinstance(value, bool)
    if not (good and 1 <= value <= most):  # type: ignore[operator]
        raise UsageError(f"{name} is {value!r}", accepted=f"a whole number, 1 to {most:,}")
    return int(value)  # type: ignore[call-overload,no-any-return]


def _texts(knobs: object) -> tuple[str, ...]:
    texts = _several(knobs)
    for x in texts:
        if not isinstance(x, str):
            raise UsageError(f"a knob is {x!r}", accepted="text, as 'l2' or 'l2=0.1'")
    return texts  # type: ignore[return-value]


def _command(kind: str, sizes: Sequence[int], seeds: int, *, small: bool) -> str:
    words = ["mlstrat", "study", kind, *(["--small"] if small else [])]
    words += ["--sizes", ",".join(map(str, sizes))] if sizes else []
    return " ".join([*words, "--seeds", str(seeds)])


def _train(
    plan: Plan, seeds: int, place: Place, progress: Progress, same: bytes, *, going_on: bool
) -> None:
    from mlstrat.harness.studies.plan import UNFINISHED, train_plan
    from mlstrat.show.writing import write_all

    make_folder(place.folder)
    begun = place.folder / UNFINISHED
    begun.unlink(missing_ok=True)
    # Where runs stand already that are not this study's, it cannot go on.
    if going_on or not any(place.folder.iterdir()):
        write_all({begun: same})
    for _ in train_plan(plan, tuple(range(seeds)), place, progress, going_on=going_on):
        pass


def _document(
    plan: Plan,
    place: Place,
    seeds: tuple[int, ...],
    confidence: float,
    target: str | float | None,
    small: bool,
) -> StudyDocument:
    from mlstrat.workflow.study.compute import Condition, study_runs
    from mlstrat.workflow.study.findings import study_findings
    from mlstrat.workflow.study.read import human_error, read_study

    paths = {x.name: [_run_of(place.of(x.name, seed)) for seed in seeds] for x in plan.shown}
    runs, inputs = read_study(paths, seeds, fresh=plan.fresh)
    found = study_runs(
        [Condition(x.name, x.title, runs[x.name], x.series, x.size) for x in plan.shown],
        plan.comparisons,
        seeds,
        human=human_error(paths[plan.shown[0].name][0]),
        different_distributions=plan.mismatched,
        tolerance=plan.tolerance,
        confidence=confidence,
    )
    facts = dict(plan.facts)
    if plan.learnt is not None:
        from mlstrat.workflow.study.read import FACTS

        facts |= FACTS[plan.learnt](plan, place, found, runs)
    facts_of_runs = [_facts(told, place) for x in inputs for told in x.every()]
    signature = Signature.of(facts_of_runs, Sampling(confidence), METHOD, "error")
    curve = curve_of_study(found, target, signature) if plan.kind == "curve" else None
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
        signature=signature,
        curve=curve,
    )


def _run_of(folder: Path) -> Path:
    table = folder / "run.csv"
    return table if table.is_file() else folder


def _facts(facts: Input, place: Place) -> Input:
    return {**facts, "path": Path(facts["path"]).relative_to(place.folder).as_posix()}


def _written(document: Kept, folder: Path) -> Kept:
    from mlstrat.show.writing import write_all

    make_folder(folder)
    contents: dict[str | Path, bytes] = {}
    document = replace(document, folder=str(folder))
    if isinstance(document, StudyDocument) and document.curve is not None:
        contents[folder / CURVE] = _table(document.study).encode()
    document = replace(document, figure=f"{document.kind}.png")
    contents[folder / str(document.figure)] = document.picture().to_bytes("png")
    names = [REPORT, JSON, *(Path(path).name for path in contents)]
    document = replace(document, files=tuple(names))
    contents[folder / REPORT] = document.to_markdown().encode()
    contents[folder / JSON] = document.to_json().encode()
    write_all(contents)
    return document


def _table(study: Study) -> str:
    """Return the points as a table that `curve` reads: means over seeds.

    The counts are the examples that make one run as sure as the mean is; none with too few seeds.
    """
    from mlstrat.workflow.curve.answer import effective_trials

    lines = ["n,train,dev,train_n,dev_n"]
    for x in study.conditions:
        both = (x.levels["train"], x.levels["dev"])
        errors = (f"{one.value:.6g}" for one in both)
        counts = ("" if (n := effective_trials(one)) is None else str(int(n)) for one in both)
        lines.append(",".join((str(x.condition.size), *errors, *counts)))
    return "\n".join(lines) + "\n"
