"""`human`: the error of people, groups and teams, and the proxy for Bayes error."""

from __future__ import annotations

from typing import Any, Unpack

from mlstrat.core.asked import asks
from mlstrat.data.rates import parse_rate, typed_estimate
from mlstrat.data.settings import check_rows, settle
from mlstrat.errors import UsageError
from mlstrat.show.document import Signature
from mlstrat.tasks.asking import skippable
from mlstrat.workflow.human.command import HUMAN, Asked
from mlstrat.workflow.human.document import HumanDocument
from mlstrat.workflow.human.findings import people_findings
from mlstrat.workflow.human.levels import Standing, levels_from_cells, levels_from_figures

METHOD = (
    "Wilson (errors), Newcombe (1998b, 1998c) for differences; pooled answers linearised over "
    "examples; the best person cross-fitted; Cohen's kappa of two, Krippendorff's nominal alpha of "
    "more"
)
MODEL_STREAM = 9


@skippable
@asks(HUMAN)
def human(
    source: Any,
    **asked: Unpack[Asked],
) -> HumanDocument:
    """Return what people reach, the proxy for Bayes error, and what the level is for.

    Parameters
    ----------
    source
        A run with ``human_<name>`` or ``votes_<label>`` columns; a long table with ``id``,
        ``annotator``, ``answer``, optional ``group`` and ``label``; or levels with ``name``,
        ``error``, optional ``n`` and ``group``. A path, ``"-"``, or a frame.

    Raises
    ------
    InputError, UsageError, ConfigError
        With file, row, column, what was found and what is accepted.

    References
    ----------
    C3W1 Understanding human-level performance; Cohen (1960); Krippendorff (2004).

    Examples
    --------
    >>> import pandas as pd
    >>> levels = pd.DataFrame({"name": ["typical doctor", "team of experts"],
    ...                        "error": ["1%", "0.5%"]})
    >>> human(levels).bayes_proxy
    ('team of experts', 0.005)
    """
    run, n, bar, split = asked["run"], asked["n"], asked["bar"], asked["split"]
    how = settle(source if run is None else run, asked)
    sampling = how.sampling
    check_rows(n)
    model = None
    if (model_error := asked["model_error"]) is not None:
        model = typed_estimate(parse_rate(model_error, "the model's error"), sampling, MODEL_STREAM)

    from mlstrat.workflow.human.read import read_people

    people = read_people(
        source,
        run=run,
        n=n,
        columns=asked["columns"],
        defaults=how.config.columns,
        split_as=how.split_as,
        positive=how.positive,
        threshold=how.threshold,
    )
    groups = {**people.groups, **(asked["groups"] or {})}
    if people.run is None:
        unknown = sorted(set(groups) - {x.name for x in people.levels})
        if unknown:
            raise UsageError(f"a group is given to {unknown[0]!r}, who has no level",
                             accepted=", ".join(x.name for x in people.levels))  # fmt: skip
        if split is not None:
            raise UsageError("levels have no splits")
        standings = [
            Standing(x.name, groups.get(x.name), typed_estimate(x.rate, sampling, 20 + i))
            for i, x in enumerate(people.levels)
        ]
        levels = levels_from_figures(standings, sampling, bar=bar, model=model)
    else:
        levels = levels_from_cells(
            people.run.cells, sampling, split=split, groups=groups, bar=bar, model=model,
            has_model=people.has_model,
        )  # fmt: skip
    notes = list(people.notes)
    signature = Signature.of(
        people.inputs, sampling, METHOD, "error",
        None if people.run is None else people.run.positive,
    )  # fmt: skip
    return HumanDocument(levels, (*people_findings(levels), *notes), signature)
