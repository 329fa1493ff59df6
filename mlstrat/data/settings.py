"""What several commands share: sampling, settings, the facts of a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlstrat.core.figures import Sampling
from mlstrat.core.record import Record
from mlstrat.data.config import Config, find_config
from mlstrat.data.parts import bytes_once
from mlstrat.data.rates import COUNT_DIGITS, parse_rate
from mlstrat.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from mlstrat.core.operating.choose import Threshold, Wanted
    from mlstrat.core.schema_parts import Input

MOST_RESAMPLES = 1_000_000


def check_rows(n: int | None, name: str = "n") -> None:
    """Raise UsageError where a typed number of rows is none, or longer than any data."""
    if n is not None and not 0 < n < 10**COUNT_DIGITS:
        raise UsageError(
            f"{name} is {n if n < 10**COUNT_DIGITS else 'a number of many digits'}",
            accepted=f"a whole number above 0, of at most {COUNT_DIGITS} digits",
        )


def sampling_of(
    confidence: float | None, resamples: int | None, seed: int | None, config: Config | None = None
) -> Sampling:
    """Return the sampling that was asked for, or its defaults."""
    settings = {} if config is None else config.diagnose
    base = Sampling()
    confidence = first(confidence, settings.get("confidence"), base.confidence)
    resamples = first(resamples, settings.get("resamples"), base.resamples)
    seed = first(seed, settings.get("seed"), base.seed)
    if not 0.5 <= confidence < 1:
        raise UsageError(f"confidence is {confidence:g}", accepted="0.5 up to below 1, as 0.95")
    if not 100 <= resamples <= MOST_RESAMPLES:
        raise UsageError(f"resamples is {resamples}", accepted=f"100 to {MOST_RESAMPLES}")
    if seed < 0:
        raise UsageError(f"seed is {seed}", accepted="a whole number, 0 or above")
    return Sampling(confidence, resamples, seed)


class Settled(Record):
    """What holds for a call: its options over the project's settings over those beside the run."""

    config: Config
    sampling: Sampling
    columns: Mapping[str, str]
    split_as: Mapping[str, str]
    split: str | None
    positive: str | None
    threshold: float | None
    metric: str | None
    average: str | None
    beta: float
    different_distributions: bool
    gap: str | float
    options: Mapping[str, Any] = field(default_factory=dict)
    """What belongs to one task alone: of its card or the settings, and of the call over them."""
    chooses: Wanted | None = None
    """The rule by which dev chooses the threshold; over one that the settings give."""
    bounded: bool = True
    """Whether an error ends at 1; of a task that is named it may not."""

    @property
    def operating(self) -> Threshold:
        """The threshold as it is asked for: a number, or the rule to choose it by."""
        return self.threshold if self.chooses is None else self.chooses

    @property
    def reading(self) -> dict[str, Any]:
        """How a run of labels is read, by the keywords of what reads it."""
        return {"columns": self.columns, "split_as": self.split_as, "positive": self.positive,
                "threshold": self.operating}  # fmt: skip

    @property
    def tolerance(self) -> float:
        """The gap that is worth attention; a text that is no rate is refused."""
        return parse_rate(self.gap, "the tolerance", bounded=self.bounded).value


def settle(run: Any, asked: Mapping[str, Any]) -> Settled:
    """Return what holds for a call, before a file is read; settings may stand beside `run`."""
    config = find_config(run, asked.get("config"))

    def chosen(name: str, default: Any = None) -> Any:
        return first(asked.get(name), config.diagnose.get(name), default)

    sampling = Sampling()
    if "confidence" in asked:
        sampling = sampling_of(
            asked["confidence"], asked.get("resamples"), asked.get("seed"), config
        )
    return Settled(
        config,
        sampling,
        {**config.columns, **(asked.get("columns") or {})},
        {**config.splits, **(asked.get("split_as") or {})},
        asked_split(chosen("split")),
        chosen("positive"),
        _number_of(chosen("threshold"), asked),
        chosen("metric"),
        chosen("average"),
        float(chosen("beta", 1.0)),
        bool(chosen("different_distributions", False)),
        chosen("tolerance", 0.01),
        _options(config, asked),
        _rule(asked, config),
        (asked.get("task") or config.task.get("name") or "classification") == "classification",
    )


def _rule(asked: Mapping[str, Any], config: Config) -> Wanted | None:
    rule = asked.get("choose_threshold")
    if asked.get("threshold") is not None:
        if rule is None:
            return None  # what is typed is over the settings
        raise UsageError(
            "a threshold is given, and a rule to choose one",
            accepted="one of --threshold and --choose-threshold",
        )
    said = config.diagnose.get("choose_threshold")
    if rule is None and said is not None and "threshold" in config.diagnose:
        raise ConfigError("[diagnose] gives a threshold, and a rule to choose one",
                          accepted="one of threshold and choose_threshold")  # fmt: skip
    if rule is None and said is not None and "choose_threshold" not in asked:
        if "threshold" in asked:
            raise UsageError(
                f"the settings choose the threshold ({str(said)[:60]!r}), and here it is a number",
                accepted="--threshold X", hint="mlstrat diagnose says which one dev chooses",
            )  # fmt: skip
        return None
    rule = said if rule is None else rule
    if rule is None:
        return None
    from mlstrat.core.operating.choose import parse_wanted

    return parse_wanted(rule)


def _number_of(threshold: float | str | None, asked: Mapping[str, Any]) -> float | None:
    """Return a threshold; none where a word stands for it, which is the task's own to read."""
    if not isinstance(threshold, str):
        return threshold
    if "task" not in asked:
        raise UsageError(f"--threshold is {threshold!r}", accepted="a number")
    return None


def given_options(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of a call that belong to one task alone, those that are given."""
    from mlstrat.core.asked import OF_TASKS

    found = {name: asked.get(name) for name in OF_TASKS}
    return {name: x for name, x in found.items() if x is not None and x is not False}


def _options(config: Config, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a task is told: by its card or the settings, and by the call over them."""
    said = {k: x for k, x in config.task.items() if k != "name" and not isinstance(x, Mapping)}
    if asked.get("choose_threshold") is not None:
        said.pop("threshold", None)
    more = {name: asked.get(name) for name in ("metric", "threshold", "choose_threshold")}
    return said | {k: x for k, x in more.items() if x is not None} | given_options(asked)


def first(*values: Any) -> Any:
    """Return the first value that is not None."""
    return next((v for v in values if v is not None), None)


def names_of(given: str | Sequence[str]) -> tuple[str, ...]:
    """Return the names that were given: several, or one alone.

    Examples
    --------
    >>> names_of("region"), names_of(["region", "device"])
    (('region',), ('region', 'device'))
    """
    return (given,) if isinstance(given, str) else tuple(given)


def require_there(source: Any) -> None:
    """Refuse a path where no run is, before anything is said about a config."""
    if isinstance(source, str | Path) and str(source) != "-":
        from mlstrat.data.files import FORMATS, find_files
        from mlstrat.data.several.named import named_files

        for one in (named_files(source) or {"": str(source)}).values():
            other = Path(one).exists() and Path(one).suffix.lower() not in {*FORMATS, ".gz"}
            if not other:  # what a task reads by its own reader
                find_files(one)


def file_facts(path: str | Path, rows: int | None = None) -> Input:
    """Return name, size and checksum of a small file, for a signature."""
    import hashlib

    content = bytes_once(path)
    digest = hashlib.sha256(content).hexdigest()
    return {"path": str(path), "bytes": len(content), "sha256": digest, "rows": rows}


def asked_split(name: str | None) -> str | None:
    """Return the split that ``--split`` names, in any of its usual spellings."""
    if name is None:
        return None
    from mlstrat.data.values import SPLIT_ALIASES

    return SPLIT_ALIASES.get(name.strip().lower(), name)


ENGINES = ("polars", "spark")


def on_engine(paths: Sequence[Any], engine: str | None, master: str | None) -> list[Any]:
    """Return paths whose rows an engine is to count: Polars where none is named."""
    if engine not in (None, *ENGINES):
        raise UsageError(f"--engine {engine}: no such engine", accepted=", ".join(ENGINES))
    if engine != "spark":
        if master is not None:
            raise UsageError("--master is Spark's", accepted="--engine spark with it")
        return list(paths)
    if "-" in paths:
        raise UsageError("Spark cannot read standard input", accepted="a file")
    if any(isinstance(x, Mapping) for x in paths):
        raise UsageError("--engine spark reads a run of one file", accepted="a file, a glob, or a "
                         "folder of partitioned Parquet, with a column of splits")  # fmt: skip
    from mlstrat.data.files import SparkPath
    from mlstrat.data.spark.opening import start_session

    session = start_session(master)
    return [x if x is None else SparkPath(x, session) for x in paths]
