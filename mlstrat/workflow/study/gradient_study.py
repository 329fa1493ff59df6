"""`study gradients`: networks on the copy task, and how much of a gradient reaches back in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mlstrat.core.figures import Sampling
from mlstrat.show.document import Signature
from mlstrat.workflow.study.findings import FEW_SEEDS
from mlstrat.workflow.study.gradient_document import GradientDocument

if TYPE_CHECKING:
    from mlstrat.harness.gradients import CellGradients
    from mlstrat.harness.studies.plan import Plan
    from mlstrat.workflow.study.gradients import SeedNorms

METHOD = "geometric means over seeds, Student's t of logarithms"


def gradient_study(
    plan: Plan, seeds: tuple[int, ...], confidence: float, *, small: bool,
    progress: Callable[[str], None],
) -> GradientDocument:  # fmt: skip
    """Measure every cell with every seed, free and clipped, and tell what came out."""
    from mlstrat.core.findings import Finding
    from mlstrat.harness.gradients import CELLS, gradient_norms
    from mlstrat.workflow.study.gradients import cell_findings
    from mlstrat.workflow.study.intervals import too_few

    lags, steps, clip = plan.facts["lags"], plan.facts["steps"], plan.facts["clip"]
    found: dict[tuple[str, bool], list[SeedNorms]] = {}
    for seed in seeds:
        for clipped in (False, True):
            for one in gradient_norms(
                lags=lags, clip=clip if clipped else None, seed=seed, steps=steps,
                progress=progress,
            ):  # fmt: skip
                found.setdefault((one.cell, clipped), []).append(_norms(one))
    cells = tuple(
        cell_findings(cell, lags, found[cell, False], found[cell, True], clip, confidence)
        for cell in CELLS
    )
    few = too_few(len(seeds)) is not None
    return GradientDocument(
        cells=cells,
        lags=lags,
        clip=clip,
        steps=steps,
        seeds=seeds,
        small=small,
        about=plan.about,
        findings=(Finding(FEW_SEEDS, {"seeds": len(seeds)}),) if few else (),
        signature=Signature.of((), Sampling(confidence), METHOD),
    )


def _norms(one: CellGradients) -> SeedNorms:
    from mlstrat.workflow.study.gradients import SeedNorms

    return SeedNorms(one.before, one.after, one.steps, one.error)
