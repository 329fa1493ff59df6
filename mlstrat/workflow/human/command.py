"""What `human` can be asked."""

from collections.abc import Mapping
from typing import Annotated, Any

from mlstrat.core.asked import (
    Argument,
    Classes,
    Columns,
    Command,
    Option,
    Rate,
    Sampling,
    Settings,
    SkipBroken,
    Split,
)


class Asked(Columns, Split, Classes, Settings, SkipBroken, Sampling, total=False):
    """The keywords of `human`."""

    run: Annotated[Any | None, Option(
        "Run with the labels of a long table, by id.", "RUN")]  # fmt: skip
    n: Annotated[int | None, Option("Answers behind each level that does not say.", "N")]
    model_error: Annotated[Rate, Option(
        "Model's error, 8%, 0.08 or counts 80/1000: which people does it beat?", "RATE",
        doc='The model\'s error, ``"8%"``, ``0.08`` or counts: which people does it beat? Where '
        "the run has predictions they are compared on the same rows.")]  # fmt: skip
    bar: Annotated[str | None, Option(
        "Person or group that is the bar for publishing or deploying.", "NAME")]  # fmt: skip
    groups: Annotated[Mapping[str, str] | None, Option(
        "Group of a person, where no column says it; repeatable.", "NAME=GROUP", "--group",
        "Person to group, where no column says it.")]  # fmt: skip


HUMAN = Command(
    "What people reach, and the proxy for Bayes error.",
    (
        "human variance/people.csv --bar typical_doctor",
        "human variance/people.csv --model-error 0.8% -f json",
    ),
    (
        Argument("source", "TABLE",
                 "A run with human_<name>; id, annotator, answer; or name, error.", by_split=True),
    ),
    Asked,
    notes={"split": "Split where people answered (train, train-dev, dev)."},
    first=("run", "model_error", "bar", "n", "columns"),
)  # fmt: skip
