# Over 300 lines: one command makes splits and checks them.
"""`split`: dev and test from what matters; `check_split`: whether splits that exist are fit."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from mlstrat.core.asked import asks
from mlstrat.core.cuts import (
    Cuts,
    Sizes,
    Stratum,
    is_target,
    make_cuts,
    mixed_option,
    placed,
)
from mlstrat.core.figures import Sampling
from mlstrat.core.findings import Finding
from mlstrat.data.config import find_config
from mlstrat.data.guard import guard
from mlstrat.data.rates import parse_rate
from mlstrat.data.settings import sampling_of
from mlstrat.errors import InputError, UsageError, did_you_mean
from mlstrat.places import STANDARD_OUTPUT
from mlstrat.show.document import Signature
from mlstrat.tasks.asking import skippable
from mlstrat.tasks.findings import OVERLAP
from mlstrat.workflow.splits import findings as found
from mlstrat.workflow.splits.checks import (
    SHUFFLES,
    Difference,
    Distinguished,
    Overlap,
    distinguish,
    distinguished,
    find_overlaps,
    mix_difference,
)
from mlstrat.workflow.splits.command import CHECK_SPLIT, SPLIT, Asked, AskedCheck
from mlstrat.workflow.splits.document import SplitCheckDocument, SplitDocument
from mlstrat.workflow.splits.findings import (
    DEV_TEST_APART,
    DISTINCT,
    FEWEST_TO_DISTINGUISH,
    NEAR_OVERLAP,
    TRAIN_DEV_APART,
)

if TYPE_CHECKING:
    from mlstrat.workflow.splits.read import Checked


def differences(
    detect: str | float | None, error: str | float | None
) -> tuple[float | None, float | None]:
    """Return a difference to tell and the error at which, as fractions."""
    wanted = None if detect is None else parse_rate(detect, "the difference to detect").value
    expected = None if error is None else parse_rate(error, "the error").value
    if wanted == 0:
        raise UsageError("the difference to detect is 0", accepted="above 0, as 1%")
    if expected is not None and detect is None:
        raise UsageError("--error is for --detect", accepted="--detect 1% --error 10%")
    if expected is not None and wanted is not None and wanted > expected:
        raise UsageError(
            f"a difference of {wanted:g} from an error of {expected:g}",
            accepted="a difference of at most the error",
        )
    return wanted, expected


def checked_options(asked: Asked) -> dict[str, int | str]:
    """Return the sizes asked for, before a large file is read."""
    if asked["output"] is not None:
        from mlstrat.data.formats.written import ending_of

        ending_of(asked["output"])
    named = {"dev": asked["dev"], "test": asked["test"], "train-dev": asked["train_dev"]}
    given = {name: size for name, size in named.items() if size is not None}
    seed = asked["seed"]
    if seed is not None and seed < 0:
        raise UsageError(f"seed is {seed}", accepted="a whole number, 0 or above")
    if asked["cuts"] is not None:
        others = (asked["target"], asked["group"], asked["stratify"], asked["source_column"],
                  asked["columns"] or None)  # fmt: skip
        if given or seed is not None or any(x is not None for x in others):
            raise UsageError(
                "--cuts says all of it: sizes, target, columns and seed",
                accepted="--cuts FILE with -o and --force alone",
            )
        return {}
    for name in ("dev", "test"):
        if name not in given:
            raise UsageError(
                f"no size for {name}", accepted=f"--{name} 2500, or --{name} 1%",
                hint="`mlstrat plan` says how many tell the difference that matters",
            )  # fmt: skip
    return given


def find_sources(
    target: str | Sequence[str] | None, column: str | None, sources: Sequence[str], file: str
) -> tuple[str, ...]:
    """Return the sources that are meant, exactly or in another case; none without a target."""
    if not target:
        return ()
    if column is None:
        raise UsageError(
            "--target names a source, and there is no source column",
            accepted="a column source, distribution or domain, or --source-column COLUMN",
        )
    out = []
    for name in [target] if isinstance(target, str) else target:
        wanted = str(name).strip()
        same = [s for s in sources if s == wanted] or [
            s for s in sources if s.lower() == wanted.lower()
        ]
        if len(same) != 1:
            some = ", ".join(repr(s[:40]) for s in sources[:12])
            raise InputError(
                f"the target source {wanted!r} does not occur", file=file,
                accepted=some if len(sources) <= 12 else f"{some} and {len(sources) - 12} more",
                hint=did_you_mean(wanted, sources, most=3),
            )  # fmt: skip
        out.append(same[0])
    return tuple(dict.fromkeys(out))


def sizes_of(
    wanted: Mapping[str, int | str],
    strata: Mapping[Stratum, int],
    target: tuple[str, ...],
    file: str,
) -> Sizes:
    """Return the sizes in rows: no more than the target has, with some left for train."""
    total = sum(strata.values())
    counts = {name: _count(size, name, total) for name, size in wanted.items()}
    sizes = Sizes(counts["dev"], counts["test"], counts.get("train-dev", 0))
    there = sum(n for s, n in strata.items() if is_target(s.source, target))
    held_out = sizes.dev + sizes.test
    if held_out > there:
        of = f" of {', '.join(repr(t) for t in target)}" if target else ""
        raise InputError(
            f"dev and test ask for {held_out:,} rows{of}, and there are {there:,}", file=file,
            accepted=f"at most {there:,} together",
        )  # fmt: skip
    left = total - held_out
    if sizes.train_dev >= left:
        raise InputError(
            f"nothing is left for train: {sizes.train_dev:,} rows of train-dev of {left:,}"
            if sizes.train_dev
            else "nothing is left for train",
            file=file,
            accepted=f"fewer than {total:,} rows in dev, test and train-dev together",
        )
    return sizes


def _count(size: int | str, name: str, total: int) -> int:
    text = str(size).strip()
    accepted = f"--{name} 2500, or a share of all rows, --{name} 1%"
    if text.endswith("%"):
        rows = round(parse_rate(text, f"the size of {name}").value * total)
    else:
        digits = text.replace("_", "").replace(",", "")
        if not re.fullmatch("[0-9]{1,15}", digits):
            raise UsageError(f"the size of {name} is {text!r}", accepted=accepted)
        rows = int(digits)
    if rows < 1:
        raise UsageError(f"the size of {name} is {text}: no rows", accepted=accepted)
    return rows


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
    from mlstrat.data import examples as door
    from mlstrat.show.writing import whole_files
    from mlstrat.workflow.splits.read import cuts_beside, cuts_text, read_cuts, write_examples

    output, cuts, force = asked["output"], asked["cuts"], asked["force"]
    target, seed, config = asked["target"], asked["seed"], asked["config"]
    wanted = checked_options(asked)
    told = differences(asked["detect"], asked["error"])
    sampling = sampling_of(asked["confidence"], None, None)
    alone = output is None or str(output) == STANDARD_OUTPUT or cuts is not None
    beside = None if alone else cuts_beside(str(output))
    guard([output, beside], [examples, cuts], config=config)
    for path in (output, beside):
        if path not in (None, STANDARD_OUTPUT) and not force and Path(path).exists():
            raise InputError("there already", file=str(path), hint="--force replaces it")
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
        paths = (output,) if beside is None else (output, beside)
        with whole_files(*paths) as temporary:
            write_examples(what, list(strata), made, output, temporary[0])
            if beside is not None:
                temporary[1].write_text(cuts_text(made), encoding="utf-8")
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


def _by_source(strata: Mapping[Stratum, int]) -> dict[str, int]:
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


Shared = dict[str, Any]

CHECK_METHOD = (
    "G-test by shuffling rows (whole groups where there are any); gradient-boosted trees of one "
    "half on the other, AUC with DeLong's variance"
)


@skippable
@asks(CHECK_SPLIT)
def check_split(examples: Any, **asked: Unpack[AskedCheck]) -> SplitCheckDocument:
    """Check splits that exist: leaks, dev against test, the target, the sizes.

    The config's columns that the table has, its splits and its target are taken.

    Parameters
    ----------
    examples
        A file, a glob, a folder of partitioned Parquet, or a frame, with a split column.

    Raises
    ------
    InputError, UsageError
        For no split column, a value that is no split, a target that does not occur.

    Examples
    --------
    >>> import polars as pl
    >>> images = pl.DataFrame({"id": range(300), "split": ["train"] * 100 + ["dev"] * 100 +
    ...                        ["test"] * 100, "source": ["a"] * 200 + ["b"] * 100})
    >>> [f.code for f in check_split(images).findings if f.severity == "issue"]
    ['MLS354']
    """
    sampling = sampling_of(asked["confidence"], None, asked["seed"])
    told = differences(asked["detect"], asked["error"])
    from mlstrat.data import examples as door
    from mlstrat.data.columns import find_column
    from mlstrat.workflow.splits.read import read_splits

    table = door.open_examples(examples)
    settings = find_config(None, asked["config"])
    what = door.examples_of(
        table, columns=asked["columns"] or {}, settings=settings.columns,
        source=asked["source_column"], group=asked["group"], roles=door.ROLES,
    )  # fmt: skip
    read = read_splits(what, {**settings.splits, **(asked["split_as"] or {})})
    target = asked["target"] or (settings.sources.get("target") if what.source else None)
    aimed = find_sources(target, what.source, read.counts.sources, table.name)
    result = _check(read, aimed, told, sampling)
    if (made_of := asked["synthesis_source"]) is not None:
        made_of = find_column(table.header, made_of, file=table.name, option="--synthesis-source")
        result["findings"] += tuple(found.synthesis_findings(made_of, *read.distinct(made_of)))
    file = table.described(int(read.counts.n.sum()), checksum=False)
    return SplitCheckDocument(
        **result,
        target=aimed,
        signature=Signature.of((file,), replace(sampling, resamples=SHUFFLES), CHECK_METHOD),
    )


def _check(
    read: Checked,
    target: tuple[str, ...],
    told: tuple[float | None, float | None],
    sampling: Sampling,
) -> dict[str, Any]:
    sizes = read.counts.by_source()
    totals = {split: sum(by.values()) for split, by in sizes.items()}
    unchecked = _unchecked(read, target)
    overlaps, telling = _overlaps(read)
    if not telling:
        unchecked.append("features")
    pairs = [p for p in (("dev", "test"), ("train", "train-dev")) if set(p) <= set(read.splits)]
    differences = [_difference(read, pair, by, sampling.seed) for pair in pairs
                   for by in ("source", "label") if by in read.examples.roles]  # fmt: skip
    apart = None
    if telling and {"dev", "test"} <= set(read.splits):
        if min(totals["dev"], totals["test"]) >= FEWEST_TO_DISTINGUISH:
            apart = _told_apart(read, sampling)
        else:
            unchecked.append("few")
    findings = (
        *_overlap_findings(overlaps),
        *_difference_findings(differences, apart),
        *found.target_findings(sizes, target),
        *found.train_dev_findings(sizes),
        *found.resolution_findings(totals, *told, sampling.confidence),
        *found.unchecked_findings(unchecked),
    )
    return {"sizes": sizes, "overlaps": tuple(overlaps), "differences": tuple(differences),
            "classifier": apart, "findings": findings}  # fmt: skip


def _unchecked(read: Checked, target: tuple[str, ...]) -> list[str]:
    roles = read.examples.roles
    out = [role for role in ("source", "label", "id") if role not in roles]
    if "source" in roles and not target:
        out.append("target")
    if not {"dev", "test"} <= set(read.splits):
        out.append("splits")
    return out


def _overlaps(read: Checked) -> tuple[list[Shared], bool]:
    """Return what lies in two splits, and whether the features tell examples apart."""
    out: list[Shared] = []
    for role in ("id", "group"):
        if role in read.examples.roles:
            pairs, _ = find_overlaps(*read.hashes(read.key(role)), read.splits)
            out += [_shared(role, p, read.texts_of(role, p.hashes)) for p in pairs]
    if not read.features():
        return out, False
    exact = read.content(near=False)
    same, distinct = find_overlaps(*read.hashes(exact), read.splits)
    if distinct < DISTINCT * int(read.counts.n.sum()):
        return out, False
    out += [_shared("row", p, read.lines_of(exact, p.hashes[0], p.splits)) for p in same]
    near = read.content(near=True)
    identical = {p.splits: p.rows for p in same}
    for p in find_overlaps(*read.hashes(near), read.splits)[0]:
        if p.rows != identical.get(p.splits):
            out.append(_shared("near", p, read.lines_of(near, p.hashes[0], p.splits)))
    return out, True


def _shared(kind: str, pair: Overlap, examples: list[Any]) -> Shared:
    return {"kind": kind, "splits": list(pair.splits), "shared": pair.shared,
            "rows": list(pair.rows), "examples": examples}  # fmt: skip


def _difference(read: Checked, pair: tuple[str, str], by: str, seed: int) -> Difference:
    grouped = "group" in read.examples.roles
    first, second = (read.counts.mix(split, by, grouped) for split in pair)
    return Difference(pair, by, *mix_difference(first, second, seed))


def _told_apart(read: Checked, sampling: Sampling) -> Distinguished:
    cells, second, units = read.sample("dev", "test")
    groups = units if "group" in read.examples.roles else None
    rows, score = distinguish(cells, second, groups, sampling.seed)
    of_rows = None if groups is None else groups[rows]
    return distinguished(score, second[rows], of_rows, sampling.confidence)


def _overlap_findings(overlaps: list[Shared]) -> list[Finding]:
    near = [x for x in overlaps if x["kind"] == "near"]
    same = [x for x in overlaps if x["kind"] != "near"]
    return [Finding(rule, {"overlaps": found})
            for rule, found in ((OVERLAP, same), (NEAR_OVERLAP, near)) if found]  # fmt: skip


def _difference_findings(
    differences: list[Difference], apart: Distinguished | None
) -> list[Finding]:
    out = []
    for code, pair in (
        (DEV_TEST_APART, ("dev", "test")),
        (TRAIN_DEV_APART, ("train", "train-dev")),
    ):
        evidence: list[Mapping[str, Any]] = [
            {"by": d.by, "distance": d.distance, "p_value": d.p_value}
            for d in differences
            if d.splits == pair and d.alarm
        ]
        if code == DEV_TEST_APART and apart is not None and apart.alarm:
            evidence.append({"by": "classifier", "auc": apart.auc.to_dict()})
        if evidence:
            out.append(Finding(code, {"differences": evidence}))
    return out
