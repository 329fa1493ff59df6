# Over 300 lines: what reads a run and what measures it stand together.
"""The task `multilabel`: several labels an example, each of which may be unknown."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.figures import Figure, Sampling
from mlstrat.core.findings import Finding
from mlstrat.core.record import Record
from mlstrat.errors import InputError, UsageError
from mlstrat.tasks.contract import Given, How, Role
from mlstrat.tasks.measured import AtThresholds
from mlstrat.tasks.multilabel import LABEL, PREDICTION, SCORE
from mlstrat.tasks.multilabel.findings import LABELS_UNKNOWN
from mlstrat.tasks.operating_findings import moved
from mlstrat.tasks.table.examples import Choosing, Examples, Raw
from mlstrat.tasks.table.figures import (
    above,
    beside,
    chosen_on_dev,
    class_row,
    figures_at,
    groups_of,
    kept,
    plain,
    ratio,
    splits_of,
    thresholds_in,
    told,
    wanted_of,
)
from mlstrat.tasks.table.rows import BLANKS, SHARED, Rows, open_rows
from mlstrat.tasks.table.task import TableTask, check_number, error, kinds_of

ROLES = (
    Role("id", "names an example; needed to pair two runs"),
    Role("labels", "the labels that are right, as a;b or a JSON list"),
    Role("predictions", "those that were predicted"),
    Role("split", "train, train-dev, dev or test"),
    Role("group", "examples of one group are not independent"),
)
YES, NO = {"1", "1.0", "true", "yes"}, {"0", "0.0", "false", "no"}
MOST_LABELS = 1_000
"""Labels of a run, at most (mlstrat's threshold)."""

UNKNOWN, NOT_THERE, THERE = -1, 0, 1
TRUTH, SAID = "truth ", "said "
"""What the names of columns of the rows of the task start with, before the label."""


def read_labels(given: Given, how: How) -> Raw:
    """Return the rows of a run: for each label what is true (−1: not known) and what was said.

    A label that is predicted by a score keeps it.
    """
    import polars as pl

    rows = open_rows(given, ROLES, how, {})
    header = {x.strip().lower(): x for x in reversed(rows.frame.columns)}
    used: list[str] = []
    columns: dict[str, Any] = {}
    names = _paired(header)
    missing = str(how.options.get("missing", "")).strip().lower()
    if names:
        for name in names:
            truth = header[LABEL + name.lower()]
            said, unknown = header.get(PREDICTION + name.lower()), {*BLANKS, missing}
            columns[TRUTH + name] = _yes_or_no(rows, truth, unknown, "1, 0, or blank for not known")
            columns[SAID + name] = (
                rows.numbers(header[SCORE + name.lower()]) if said is None
                else _yes_or_no(rows, said, set(), "1 or 0"))  # fmt: skip
            used += [truth, *(header[x + name.lower()] for x in (PREDICTION, SCORE)
                              if x + name.lower() in header)]  # fmt: skip
    elif "labels" in rows.roles and "predictions" in rows.roles:
        columns = _sets(rows, missing)
    else:
        raise rows.lacks(
            "no labels beside predictions",
            accepted="label_<name> with prediction_<name> or score_<name>; or labels, predictions",
        )
    frame = pl.DataFrame({**rows.free(used), **rows.shared(), **columns})
    roles = {x: c for x, c in rows.roles.items() if not names or x in ("id", "split", "group")}
    if names:
        roles |= {x: header[x] for x in header
                  if header[x] in used and x.startswith(LABEL)}  # fmt: skip
    return Raw(frame, rows.name, rows.inputs, roles)


def _paired(header: Mapping[str, str]) -> list[str]:
    """Return the names of labels that have a truth and a prediction, as they are written."""
    found = []
    for low, column in header.items():
        stem = low[len(LABEL) :]
        if low.startswith(LABEL) and stem and {PREDICTION + stem, SCORE + stem} & header.keys():
            found.append(column.strip()[len(LABEL) :])
    return sorted(found)


def _yes_or_no(rows: Rows, column: str, unknown: set[str], accepted: str) -> NDArray[np.int8]:
    values = rows.frame[column].to_list()
    meaning: dict[Any, int] = {}
    found = np.empty(len(values), np.int8)
    for i, value in enumerate(values):
        if value not in meaning:
            text = "" if value is None else str(value).strip().lower()
            if text in YES:
                meaning[value] = THERE
            elif text in NO:
                meaning[value] = NOT_THERE
            elif text in unknown:
                meaning[value] = UNKNOWN
            else:
                hint = "say that it means not known: --missing -1" if text == "-1" else None
                said = "a blank" if text in BLANKS else f"{text[:40]!r} is neither yes nor no"
                raise rows.refuse(i, column, said, accepted=accepted, hint=hint)
        found[i] = meaning[value]
    return found


def _sets(rows: Rows, missing: str) -> dict[str, NDArray[np.int8]]:
    """Return the labels of examples that are written as lists."""
    unknown = {*BLANKS, missing}
    truth = [_names(x, unknown) for x in rows.frame[rows.roles["labels"]].to_list()]
    said = [_names(x, BLANKS) or frozenset()
            for x in rows.frame[rows.roles["predictions"]].to_list()]  # fmt: skip
    labels = sorted({x for one in (*truth, *said) for x in one or ()})
    if len(labels) > MOST_LABELS:
        raise InputError(
            f"{len(labels):,} labels", file=rows.name, column=rows.roles["labels"],
            accepted=f"at most {MOST_LABELS:,}: labels parted by ; or a JSON list",
        )  # fmt: skip
    if not labels:
        raise InputError("no label anywhere", file=rows.name, column=rows.roles["labels"],
                         accepted="labels parted by ; or a JSON list")  # fmt: skip
    found = {}
    for name in labels:
        found[TRUTH + name] = np.array(
            [UNKNOWN if x is None else int(name in x) for x in truth], np.int8)  # fmt: skip
        found[SAID + name] = np.array([int(name in x) for x in said], np.int8)
    return found


def _names(cell: Any, unknown: Sequence[str] | set[str]) -> frozenset[str] | None:
    """Return the labels of a cell; None where they are not known."""
    if cell is None:
        return None
    if not isinstance(cell, str):
        return frozenset(str(x).strip() for x in cell)
    text = cell.strip()
    if text.lower() in unknown:
        return None
    if text.startswith("["):
        try:
            found = json.loads(text)
        except ValueError:
            found = None
        if isinstance(found, list):
            return frozenset(str(x).strip() for x in found)
    return frozenset(x.strip() for x in text.split(";") if x.strip())


Array = NDArray[Any]


class MultilabelTask(TableTask):
    """Reads `label_<name>` beside `prediction_<name>` or `score_<name>`."""

    def examples(self, raw: Raw, how: How) -> Examples:
        """Return how many known labels of each example are wrong, by label and direction."""
        import polars as pl

        names = sorted(x[len(TRUTH) :] for x in raw.frame.columns if x.startswith(TRUTH))
        truth = np.column_stack([raw.frame[TRUTH + x].fill_null(-1).to_numpy() for x in names])
        known, f1 = truth >= 0, self.metric_of(how) == "f1"
        point = _point(raw, names, truth, how, f1)
        said = point.said
        hit, fp, fn = (truth == 1) & said, (truth == 0) & said, (truth == 1) & ~said
        num, den = _error(truth, said, f1)
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
            pl.DataFrame(table), raw.name, raw.inputs, raw.columns, (*notes, *point.notes),
            document=lambda *_: {} if point.told is None else {"threshold": point.told},
            extras=lambda split, sampling: _extras(raw.frame, split, sampling, names,
                                                   (hit, fp, fn, known)),
            units=lambda: _units(raw.frame, names, fp, fn), choosing=point.choosing,
            thresholds=lambda look: _thresholds(raw.frame, names, truth, look),
        )  # fmt: skip


DEFAULT = 0.5
"""The score from which a label is there, where nobody says another."""


class _Point(Record, eq=False):
    """Which labels are said to be there, and the threshold of that where scores say it."""

    said: Array
    told: Mapping[str, Any] | None = None
    notes: tuple[Finding, ...] = ()
    choosing: Choosing | None = None


def _point(raw: Raw, names: list[str], truth: Array, how: How, f1: bool) -> _Point:
    """Return what is said of each label, by predictions, or by scores from a threshold on."""
    columns = [raw.frame[SAID + x] for x in names]
    scored = [x.dtype.is_float() for x in columns]
    cells = np.column_stack([x.fill_null(0).to_numpy().astype(float) for x in columns])
    given, wanted = check_number(how, "threshold", None, -np.inf), wanted_of(how)
    if not any(scored) and (given is not None or wanted is not None):
        option = "--threshold" if wanted is None else "--choose-threshold"
        raise UsageError(f"{option} needs scores, and these are predictions",
                         accepted="columns score_<name>")  # fmt: skip
    if wanted is None:
        cut = np.where(scored, DEFAULT if given is None else given, DEFAULT)
        return _Point(cells >= cut, None if given is None else told(given))
    rated = truth[:, scored]
    found = chosen_on_dev(raw.frame, cells[:, scored], rated == 1, rated == 0, wanted, raw.name)

    def at(threshold: Any) -> Array:
        said: Array = cells >= np.where(scored, threshold, DEFAULT)
        return said

    splits = splits_of(raw.frame)

    def level(split: str, threshold: Any, inside: Array | None = None) -> float | None:
        here = splits == split if inside is None else (splits == split) & inside
        num, den = (x[here].sum() for x in _error(truth, at(threshold), f1))
        return float(num / den) if den else None

    own = found.cuts[:, None]
    best = None if found.train is None else level("train", found.train)
    about = told(found.value, wanted.text, best, level("dev", found.value))
    choosing = Choosing.of(
        found.value, level("dev", own), found.without, found.halves,
        lambda x, inside: level("dev", x, None if inside is None else inside[found.parts]),
    )  # fmt: skip
    if found.train is None:
        return _Point(at(own), about, choosing=choosing)
    levels = {"train": level("train", found.value), "dev": level("dev", own),
              "dev_at_train": level("dev", found.train)}  # fmt: skip
    return _Point(at(own), about, tuple(moved(found.value, found.train, levels)),
                  choosing)  # fmt: skip


def _thresholds(
    frame: Any, names: list[str], truth: Array, look: AtThresholds
) -> Mapping[float, Mapping[str, Figure]]:
    """Return precision, recall and F1 at thresholds, of all labels with scores or of one."""
    of, scored = look.of, [x for x in names if frame[SAID + x].dtype.is_float()]
    if of is not None and of not in scored:
        raise UsageError(f"--of {of}: no label of that name has scores",
                         accepted=", ".join(scored[:20]) or None)  # fmt: skip
    looked = scored if of is None else [of]
    if not looked:
        return {}
    here = splits_of(frame) == look.split
    group = groups_of(frame, here)
    score = np.column_stack([frame[SAID + x].to_numpy() for x in looked])[here]
    true = truth[here][:, [names.index(x) for x in looked]]
    score = np.where(true < 0, np.nan, score)

    def at(threshold: float) -> Mapping[str, Figure]:
        said = score >= threshold
        return figures_at(
            (said & (true == 1)).sum(axis=1), (said & (true == 0)).sum(axis=1),
            (~said & (true == 1)).sum(axis=1), group, look.sampling,
        )  # fmt: skip

    return {x: at(x) for x in thresholds_in(score.ravel(), look.used)}


def _error(truth: Array, said: Array, f1: bool) -> tuple[Array, Array]:
    wrong = (truth >= 0) & (said != (truth == 1))
    hit = (truth == 1) & said
    return wrong.sum(axis=1), (2 * hit + wrong).sum(axis=1) if f1 else (truth >= 0).sum(axis=1)


def _units(frame: Any, names: list[str], fp: Array, fn: Array) -> Any:
    import polars as pl

    rows, places = np.nonzero(fp | fn)
    spurious = fp[rows, places]
    return pl.DataFrame({
        **kept(frame[rows], ("id", "split")), "unit": [names[i] for i in places],
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
    group = groups_of(frame, here)
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
    unit="label", options=("truth", "missing", "threshold", "choose_threshold"),
    read_part=read_labels,
)  # fmt: skip
