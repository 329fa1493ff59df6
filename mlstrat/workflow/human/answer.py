"""`human`: the error of people, groups and teams, and the proxy for Bayes error."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mlstrat.data.config import find_config
from mlstrat.data.settings import check_rows, first, sampling_of
from mlstrat.data.values import parse_rate, typed_estimate
from mlstrat.errors import UsageError
from mlstrat.show.document import Signature
from mlstrat.tasks.left_out import skippable
from mlstrat.workflow.human.annotators import Standing, levels_from_cells, levels_from_figures
from mlstrat.workflow.human.document import HumanDocument
from mlstrat.workflow.human.findings import people_findings

METHOD = (
    "Wilson (errors), Newcombe (1998) for differences; pooled answers linearised over examples; "
    "Cohen's kappa of two, Krippendorff's nominal alpha of more"
)
MODEL_STREAM = 9


@skippable
def human(
    source: Any,
    *,
    run: Any = None,
    n: int | None = None,
    model_error: str | float | None = None,
    bar: str | None = None,
    groups: Mapping[str, str] | None = None,
    columns: Mapping[str, str] | None = None,
    split: str | None = None,
    split_as: Mapping[str, str] | None = None,
    positive: str | None = None,
    threshold: float | None = None,
    confidence: float | None = None,
    seed: int | None = None,
    resamples: int | None = None,
    config: str | Path | None = None,
    skip_broken: bool = False,  # noqa: ARG001  read by `skippable`
) -> HumanDocument:
    """Return what people reach, the proxy for Bayes error, and what the level is for.

    Parameters
    ----------
    source
        A run with ``human_<name>`` columns; a long table with ``id``, ``annotator``, ``answer``,
        optional ``group`` and ``label``; or levels with ``name``, ``error``, optional ``n`` and
        ``group``. A path, ``"-"``, or a frame.
    run
        The run that holds the labels of a long table, by id.
    n
        Answers behind every level that does not say.
    model_error
        The model's error, ``"8%"``, ``0.08`` or counts: which people does it beat? Where the run
        has predictions they are compared on the same rows.
    bar
        The person or group that is the bar for publishing or deploying.
    groups
        Person to group, where no column says it.
    columns, split_as, positive, threshold, config
        As for `diagnose`.
    split
        Where people answered; without it train, else train-dev, else dev.
    confidence, seed, resamples
        Of the intervals (0.95, 0, 10,000).
    skip_broken
        Leave out shards of a glob or a folder that are cut off or damaged, and say so.

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
    settings = find_config(source if run is None else run, config)
    options = settings.diagnose
    sampling = sampling_of(confidence, resamples, seed, settings)
    check_rows(n)
    model = None
    if model_error is not None:
        model = typed_estimate(parse_rate(model_error, "the model's error"), sampling, MODEL_STREAM)

    from mlstrat.workflow.human.read import read_people

    people = read_people(
        source,
        run=run,
        n=n,
        columns=columns,
        defaults=settings.columns,
        split_as={**settings.splits, **(split_as or {})},
        positive=first(positive, options.get("positive")),
        threshold=first(threshold, options.get("threshold")),
    )
    groups = {**people.groups, **(groups or {})}
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
