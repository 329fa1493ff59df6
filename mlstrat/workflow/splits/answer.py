"""`split`: dev and test from what matters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Unpack

from mlstrat.core.asked import asks
from mlstrat.core.cuts import Cuts, Sizes, Stratum
from mlstrat.data.config import find_config
from mlstrat.data.guard import guard
from mlstrat.data.settings import sampling_of
from mlstrat.errors import InputError, UsageError
from mlstrat.places import STANDARD_OUTPUT
from mlstrat.show.document import Signature
from mlstrat.tasks.asking import skippable
from mlstrat.workflow.splits.command import SPLIT, Asked
from mlstrat.workflow.splits.document import SplitDocument
from mlstrat.workflow.splits.options import checked_options, differences, find_sources, sizes_of

MAKE_METHOD = (
    "units by rising hash fmix64(FNV-1a-64('<seed>/<key>')) >> 1 within each stratum; "
    "largest remainders over strata"
)


@skippable
@asks(SPLIT)
def split(examples: Any, **asked: Unpack[Asked]) -> SplitDocument:
    """Make the splits of a table of examples: dev and test from the target source, and alike.

    A group, an id, or a row known by its content is placed by its hash alone: the smallest hashes
    of each stratum (source × value of `stratify`) fill dev, the next test, then train-dev. The
    config's columns that the table has, and its target, are taken; cut points say all of it
    themselves.

    Parameters
    ----------
    examples
        A file, a glob, a folder of partitioned Parquet, or a frame.

    Raises
    ------
    InputError, UsageError, ConfigError
        For a target that does not occur, sizes that do not fit, a unit in two sources.

    References
    ----------
    C3W2 Training and testing on different distributions; Machine Learning Yearning 36.

    Examples
    --------
    >>> import polars as pl
    >>> images = pl.DataFrame({"id": range(2100), "source": ["web"] * 2000 + ["app"] * 100})
    >>> made = split(images, target="app", dev=25, test=25)
    >>> made.sizes
    {'train': {'app': 50, 'web': 2000}, 'dev': {'app': 25}, 'test': {'app': 25}}
    """
    from mlstrat.core.cuts import mixed_option, placed
    from mlstrat.data import examples as door
    from mlstrat.workflow.splits import findings as found
    from mlstrat.workflow.splits.cut_files import cuts_beside, read_cuts

    output, cuts, force = asked["output"], asked["cuts"], asked["force"]
    target, seed, config = asked["target"], asked["seed"], asked["config"]
    wanted = checked_options(asked)
    told = differences(asked["detect"], asked["error"])
    sampling = sampling_of(asked["confidence"], None, None)
    alone = output is None or str(output) == STANDARD_OUTPUT or cuts is not None
    beside = None if alone else cuts_beside(str(output))
    guard([output, beside], [examples, cuts], config=config)
    _refuse_existing((output, beside), force)
    old = None if cuts is None else read_cuts(cuts)
    table = door.open_examples(examples)
    if old is None:
        settings = find_config(None, config)
        what = door.examples_of(
            table, columns=asked["columns"] or {}, settings=settings.columns,
            source=asked["source_column"], group=asked["group"], stratify=asked["stratify"],
        )  # fmt: skip
        target = target or (settings.sources.get("target") if what.source else None)
    else:
        what = door.examples_as_cut(table, old)
    if "split" in what.roles and not force:
        raise InputError(
            f"there is a split column already: {what.roles['split']!r}", file=table.name,
            hint="look at it with --check, or replace it with --force",
        )  # fmt: skip
    strata, units = door.read_both(what, old.seed if old else seed or 0)
    aimed = _target(old, target, what.source, strata, table.name)
    sizes = Sizes(0, 0) if old is not None else sizes_of(wanted, strata, aimed, table.name)
    made = old or _new_cuts(what, units, list(strata), sizes, aimed, seed or 0)
    rows = placed(units, list(strata), made)
    by_split = found.by_split_and_source({at: n for at, (n, _) in rows.items()})
    _refuse_empty(by_split, what.key, table.name)
    if output is not None:
        _write(what, list(strata), made, output, beside)
    totals = {name: sum(by.values()) for name, by in by_split.items()}
    if old is not None:
        sizes = Sizes(totals["dev"], totals["test"], totals.get("train-dev", 0))
    file = table.described(sum(strata.values()), checksum=False)
    return SplitDocument(
        sizes=by_split,
        units={name: sum(m for (s, _), (_, m) in rows.items() if s == name) for name in totals},
        asked=None if old is not None else sizes,
        cuts=made,
        option_1=mixed_option(_by_source(strata), sizes) if aimed else None,
        output=None if output is None else str(output),
        cuts_path=str(cuts if cuts is not None else beside) if (cuts or beside) else None,
        findings=(
            *found.train_dev_findings(by_split),
            *found.resolution_findings(totals, *told, sampling.confidence),
            *found.key_findings(what.key, sum(strata.values())),
            *(found.new_strata_findings(made, strata) if cuts is not None else ()),
        ),
        signature=Signature.of((file,), replace(sampling, seed=made.seed), MAKE_METHOD),
    )


def _refuse_existing(paths: Sequence[str | Path | None], force: bool) -> None:
    for path in paths:
        if path not in (None, STANDARD_OUTPUT) and not force and Path(path).exists():
            raise InputError("there already", file=str(path), hint="--force replaces it")


def _by_source(strata: Mapping[Stratum, int]) -> dict[str, int]:
    """Return rows by source, the largest first."""
    out: dict[str, int] = {}
    for stratum, rows in strata.items():
        out[stratum.source] = out.get(stratum.source, 0) + rows
    return dict(sorted(out.items(), key=lambda x: -x[1]))


def _target(
    old: Cuts | None,
    target: str | Sequence[str] | None,
    source: str | None,
    strata: Mapping[Stratum, int],
    file: str,
) -> tuple[str, ...]:
    if old is not None:
        return old.target
    sources = list(_by_source(strata))
    if source is not None and not target and len(sources) > 1:
        raise UsageError(
            f"which source are dev and test for? {source!r} holds "
            + ", ".join(repr(s[:40]) for s in sources[:12]),
            accepted=f"--target {sources[-1]}",
            hint="repeat --target for several; name all of them if all matter alike",
        )
    return find_sources(target, source, sources, file)


def _new_cuts(
    what: Any, units: Any, strata: list[Stratum], sizes: Sizes, target: tuple[str, ...], seed: int
) -> Cuts:
    from mlstrat.core.cuts import make_cuts

    columns = {role: what.roles[role] for role in (what.key, "source") if role in what.roles}
    if what.stratify is not None:
        columns["stratify"] = what.stratify
    return Cuts(seed, what.key, columns, target, *make_cuts(units, strata, sizes, target))


def _refuse_empty(sizes: Mapping[str, Mapping[str, int]], key: str, file: str) -> None:
    for name in ("train", "dev", "test"):
        if name not in sizes:
            raise InputError(
                f"{name} would be empty: whole {key}s are too large for the sizes", file=file,
                accepted=f"more {key}s, or other sizes",
            )  # fmt: skip


def _write(
    what: Any, strata: list[Stratum], cuts: Cuts, output: str | Path, beside: Path | None
) -> None:
    from mlstrat.show.writing import whole_files
    from mlstrat.workflow.splits.cut_files import cuts_text, write_examples

    paths = (output,) if beside is None else (output, beside)
    with whole_files(*paths) as temporary:
        write_examples(what, strata, cuts, output, temporary[0])
        if beside is not None:
            temporary[1].write_text(cuts_text(cuts), encoding="utf-8")
