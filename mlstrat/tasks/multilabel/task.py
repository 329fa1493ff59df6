"""The task `multilabel`: several labels an example, each of which may be unknown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.figures import Figure, Sampling
from mlstrat.core.findings import Finding
from mlstrat.tasks.cards import Given
from mlstrat.tasks.contract import How
from mlstrat.tasks.multilabel.findings import LABELS_UNKNOWN
from mlstrat.tasks.multilabel.read import ROLES, SAID, TRUTH, read_labels
from mlstrat.tasks.table.examples import Examples, Raw
from mlstrat.tasks.table.figures import (
    above,
    beside,
    class_row,
    groups_of,
    kept,
    plain,
    ratio,
    splits_of,
)
from mlstrat.tasks.table.rows import SHARED
from mlstrat.tasks.table.task import TableTask, check_number, error, kinds_of

Array = NDArray[Any]


class MultilabelTask(TableTask):
    """Reads `label_<name>` beside `prediction_<name>` or `score_<name>`."""

    def read_part(self, given: Given, how: How) -> Raw:
        """Read one part of a run."""
        threshold = check_number(how, "threshold", 0.5, -np.inf)
        return read_labels(given, how, 0.5 if threshold is None else threshold)

    def examples(self, raw: Raw, how: How) -> Examples:
        """Return how many known labels of each example are wrong, by label and direction."""
        import polars as pl

        names = sorted(x[len(TRUTH) :] for x in raw.frame.columns if x.startswith(TRUTH))
        truth = np.column_stack([raw.frame[TRUTH + x].fill_null(-1).to_numpy() for x in names])
        said = np.column_stack([raw.frame[SAID + x].fill_null(0).to_numpy() for x in names])
        hit, fp, fn = (truth == 1) & (said == 1), (truth == 0) & (said == 1), (truth == 1) & (
            said == 0)  # fmt: skip
        known, f1 = truth >= 0, self.metric_of(how) == "f1"
        wrong = fp | fn
        num = wrong.sum(axis=1)
        den = (2 * hit + wrong).sum(axis=1) if f1 else known.sum(axis=1)
        counts = {f"{x}: {way}": of[:, i].astype(int) for i, x in enumerate(names)
                  for way, of in (("false positive", fp), ("false negative", fn))}  # fmt: skip
        changes = {k: (x if k.endswith("negative") else -x) for k, x in counts.items()}
        free = [x for x in raw.frame.columns if not x.startswith((TRUTH, SAID)) and x not in SHARED]
        table = {
            **kept(raw.frame, SHARED), "num": num, "den": den,
            **kinds_of(counts, {k: -x for k, x in counts.items()}, changes if f1 else {}),
            **kept(raw.frame, free),
        }  # fmt: skip
        unknown = int((~known).sum())
        notes: tuple[Finding, ...] = ()
        if unknown:
            by_label = {x: int((~known[:, i]).sum()) for i, x in enumerate(names)}
            evidence = {"unknown": unknown, "of": known.size, "by_label": by_label}
            notes = (Finding(LABELS_UNKNOWN, evidence),)
        return Examples(
            pl.DataFrame(table), raw.name, raw.inputs, raw.columns, notes,
            extras=lambda split, sampling: _extras(raw.frame, split, sampling, names,
                                                   (hit, fp, fn, known)),
            units=lambda: _units(raw.frame, names, fp, fn),
        )  # fmt: skip


def _units(frame: Any, names: list[str], fp: Array, fn: Array) -> Any:
    """Return the labels that are wrong, a row each."""
    import polars as pl

    rows, places = np.nonzero(fp | fn)
    spurious = fp[rows, places]
    keys = {x: frame[x][rows] for x in ("id", "split") if x in frame.columns}
    return pl.DataFrame({
        **keys, "unit": [names[i] for i in places],
        "category": [f"{names[i]}: false {'positive' if s else 'negative'}"
                     for i, s in zip(places, spurious, strict=True)],
        "where": "", "truth": np.where(spurious, "0", "1"),
        "prediction": np.where(spurious, "1", "0"), "score": None,
    })  # fmt: skip


def _extras(
    frame: Any, split: str, sampling: Sampling, names: list[str],
    found: tuple[Array, Array, Array, Array],
) -> Mapping[str, Any]:  # fmt: skip
    """Return the figures of each label of a split, and F1 and exact match of all."""
    here = splits_of(frame) == split
    hit, fp, fn, known = (x[here] for x in found)
    group = groups_of(frame)
    group = None if group is None else group[here]
    wrong = fp | fn
    classes = [
        class_row(name, hit[:, i].sum(), fp[:, i].sum(), fn[:, i].sum(), wrong[:, i],
                  known[:, i], group, sampling)
        for i, name in enumerate(names)
    ]  # fmt: skip
    units = 2 * hit + wrong
    micro = ratio(wrong.sum(axis=1), units.sum(axis=1), group, sampling)
    each = [1 - w / u for w, u in zip(wrong.sum(axis=0), units.sum(axis=0), strict=True) if u]
    labelled = known.any(axis=1)
    exact = ratio(wrong[labelled].any(axis=1), np.ones(int(labelled.sum())),
                  None if group is None else group[labelled], sampling)  # fmt: skip
    return {
        "units": {"true": int((hit | fn).sum()), "predicted": int((hit | fp).sum()),
                  "tp": int(hit.sum()), "fp": int(fp.sum()), "fn": int(fn.sum())},
        "per_class": classes,
        "beside": [
            beside("micro_f1", above(micro)),
            plain("macro_f1", float(np.mean(each)) if each else None, int(here.sum())),
            beside("exact_match", above(exact) if labelled.any() else Figure(None, None, 0)),
        ],
    }  # fmt: skip


TASK = MultilabelTask(
    "multilabel", "example", ROLES,
    {
        "error": error("known labels wrong / known labels"),
        "f1": error("(FP + FN) / (2 TP + FP + FN) over known labels", name="f1"),
    },
    unit="label", options=("truth", "missing", "threshold"),
)  # fmt: skip
