"""The learning curve of a study."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mlstrat.core.figures import Sampling
from mlstrat.show.document import Signature
from mlstrat.workflow.curve.answer import measured_of, target_of
from mlstrat.workflow.curve.compute import learning_curve
from mlstrat.workflow.curve.document import CurveDocument
from mlstrat.workflow.curve.findings import curve_findings
from mlstrat.workflow.curve.learning_curve import Target

if TYPE_CHECKING:
    from mlstrat.workflow.study.compute import Study


def curve_of_study(study: Study, target: str | float | None, signature: Signature) -> CurveDocument:
    """Return the learning curve of a study over sizes: a point a size, the mean over its seeds.

    Parameters
    ----------
    study
        Its conditions are the sizes; its intervals, over seeds and examples, are kept.
    target
        The error that is wanted; without it the human level of the study.
    signature
        Of the study.
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
