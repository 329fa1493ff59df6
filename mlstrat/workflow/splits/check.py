"""`check_split`: whether splits that exist are fit to show the target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Unpack

from mlstrat.core.asked import asks
from mlstrat.core.figures import Sampling
from mlstrat.core.findings import Finding
from mlstrat.data.config import find_config
from mlstrat.data.settings import sampling_of
from mlstrat.show.document import Signature
from mlstrat.tasks.asking import skippable
from mlstrat.tasks.findings import OVERLAP
from mlstrat.workflow.splits import findings as found
from mlstrat.workflow.splits.answer import differences, find_sources
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
from mlstrat.workflow.splits.command import CHECK_SPLIT, AskedCheck
from mlstrat.workflow.splits.document import SplitCheckDocument
from mlstrat.workflow.splits.findings import (
    DEV_TEST_APART,
    DISTINCT,
    FEWEST_TO_DISTINGUISH,
    NEAR_OVERLAP,
    TRAIN_DEV_APART,
)

if TYPE_CHECKING:
    from mlstrat.workflow.splits.read_checks import Checked

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
    from mlstrat.workflow.splits.read_checks import read_splits

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
