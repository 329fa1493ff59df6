# Over 300 lines: what reads a run and what measures it stand together.
"""The task `verification`: reads trials; the error is false rejects where few impostors enter."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.figures import Estimate, Figure, Sampling
from mlstrat.core.findings import Finding
from mlstrat.core.metrics import MetricChoice
from mlstrat.core.operating.choose import Wanted
from mlstrat.core.ratio import FEWEST_CLUSTERS
from mlstrat.errors import InputError, UsageError
from mlstrat.tasks.contract import Given, How, Role
from mlstrat.tasks.measured import EVERYWHERE, AtThresholds, Where
from mlstrat.tasks.table.examples import Examples, MeasuredExamples, Raw
from mlstrat.tasks.table.figures import beside, codes, kept, plain, splits_of, thresholds_in, told
from mlstrat.tasks.table.rows import Rows, open_rows
from mlstrat.tasks.table.task import TableTask, check_number, error, kinds_of
from mlstrat.tasks.table.text import LINE, described, is_text, read_columns, scores
from mlstrat.tasks.verification.compute import (
    LEFT,
    RIGHT,
    Flags,
    Trials,
    auc,
    chosen_by,
    cuts_of,
    det_points,
    equal_error,
    leave_one_out,
    rule_of,
)
from mlstrat.tasks.verification.findings import (
    NOT_ACQUIRED,
    SCORE_FALLS,
    THRESHOLD_OF_TRAIN,
    TOO_FEW_IMPOSTORS,
)

ROLES = (
    Role("id", "names a trial; needed to pair two runs"),
    Role("left", "one side of the trial: an identity, or id/recording"),
    Role("right", "the other side"),
    Role("left_identity", "whose the left side is, where its name does not say it"),
    Role("right_identity", "whose the right side is"),
    Role("same", "1 where both are the same person, else 0"),
    Role("score", "rises with sameness; nan where nothing could be acquired", needed=True),
    Role("split", "train, train-dev, dev or test"),
    Role("group", "what trials share beyond identities"),
)
ALIASES = {"same": ("same", "label", "target"), "score": ("score", "similarity", "distance")}
IDIAP = "claimed, [model,] real, probe, score in columns; or left, right, score with --truth"
TRIALS = "1 left right, or left right target, in columns"
GENUINE, IMPOSTOR = {"1", "1.0", "true", "yes", "target", "same", "genuine"}, {
    "0", "0.0", "-1", "false", "no", "nontarget", "different", "impostor"}  # fmt: skip
SAME, SCORE = "same", "score"
"""Columns of the rows of the task, beside id, split and the identities of both sides."""


def read_trials(given: Given, how: How) -> Raw:
    """Return the trials of a run, a row each."""
    if is_text(given.run):
        return _scored(given, how) if given.truth is not None else _idiap(given, how)
    return _table(open_rows(given, ROLES, how, ALIASES))


def _idiap(given: Given, how: How) -> Raw:
    """Read four or five columns: who is claimed, whose the probe is, which probe, the score."""
    import polars as pl

    path = str(given.run)
    found = read_columns(path, (4, 5), IDIAP)
    claimed, (real, probe, score) = "c0", (f"c{len(found.columns) - 4 + i}" for i in range(3))
    model = "c1" if len(found.columns) == 6 else "c0"
    frame = pl.DataFrame({
        "id": found[model] + "|" + found[probe],
        LEFT: found[claimed], RIGHT: found[real],
        SAME: (found[claimed] == found[real]).cast(pl.Int8),
        SCORE: scores(found, score, path),
    })  # fmt: skip
    _check_once(frame, found, path)
    return Raw(frame, path, (described(path, len(frame), how.checksum),), {"id": "claimed|probe"})


def _scored(given: Given, how: How) -> Raw:
    """Read scores beside the list of trials that says which are genuine."""
    import polars as pl

    path, of_trials = str(given.run), str(given.truth)
    trials = read_columns(of_trials, (3,), TRIALS)
    first = trials["c0"][0].strip().lower() in GENUINE | IMPOSTOR
    same, left, right = ("c0", "c1", "c2") if first else ("c2", "c0", "c1")
    words = trials[same].str.to_lowercase()
    strange = ~words.is_in(sorted(GENUINE | IMPOSTOR))
    if strange.any():
        place = int(np.flatnonzero(strange.to_numpy())[0])
        raise InputError(
            f"{trials[same][place][:40]!r} is neither same nor different", file=of_trials,
            row=int(trials[LINE][place]), accepted="1 or 0, target or nontarget",
        )  # fmt: skip
    rated = read_columns(path, (1, 3), "a score a line, or left right score")
    known = pl.DataFrame({
        "id": trials[left] + "|" + trials[right], LEFT: identities(trials[left]),
        RIGHT: identities(trials[right]), SAME: words.is_in(sorted(GENUINE)).cast(pl.Int8),
        LINE: trials[LINE],
    })  # fmt: skip
    _check_once(known, known, of_trials)
    value = scores(rated, rated.columns[-2], path)
    if len(rated) != len(known):
        raise InputError(
            f"{len(rated):,} scores, and {len(known):,} trials in {of_trials}", file=path,
            accepted="a score for every trial",
        )  # fmt: skip
    if len(rated.columns) == 4:
        keyed = pl.DataFrame({"id": rated["c0"] + "|" + rated["c1"], SCORE: value})
        joined = known.join(keyed, on="id", how="left", maintain_order="left")
        lost = joined.filter(pl.col(SCORE).is_null())
        if len(lost) or len(joined) != len(known):
            where = lost["id"][0] if len(lost) else keyed["id"][0]
            raise InputError(f"no score, or several, of the trial {where!r}", file=path,
                             accepted="a score for every trial")  # fmt: skip
        value = joined[SCORE].to_numpy()
    frame = known.drop(LINE).with_columns(pl.Series(SCORE, value))
    inputs = tuple(described(x, len(frame), how.checksum) for x in (path, of_trials))
    return Raw(frame, path, inputs, {"id": "left|right"})


def identities(column: Any) -> Any:
    """Return whose recordings are: what stands before the first slash, as id10270/x/1.wav."""
    return column.str.split("/").list.first()


def _check_once(frame: Any, found: Any, path: str) -> None:
    twice = np.flatnonzero(frame["id"].is_duplicated().to_numpy())
    if len(twice):
        raise InputError(
            f"the trial {frame['id'][int(twice[0])]!r} twice", file=path,
            row=int(found[LINE][int(twice[1])]), accepted="each trial once",
        )  # fmt: skip


def _table(rows: Rows) -> Raw:
    import polars as pl

    roles = rows.roles
    if "same" not in roles:
        raise rows.lacks(
            "no column same, which says whether a trial is genuine",
            accepted=", ".join(ALIASES["same"]), hint="name it: --map same=COLUMN",
        )  # fmt: skip
    same = []
    for i, text in enumerate(rows.texts(roles["same"])):
        low = text.lower()
        if low not in GENUINE | IMPOSTOR:
            raise rows.refuse(i, roles["same"], f"{text[:40]!r} is neither same nor different",
                              accepted="1 or 0, true or false")  # fmt: skip
        same.append(int(low in GENUINE))
    columns: dict[str, Any] = dict(rows.shared())
    sides = {}
    for name, side in ((LEFT, "left"), (RIGHT, "right")):
        who = roles.get(f"{side}_identity")
        if who is not None:
            columns[name] = pl.Series(rows.texts(who))
        elif side in roles:
            columns[name] = identities(pl.Series(rows.texts(roles[side])))
        if side in roles:
            sides[side] = pl.Series(rows.texts(roles[side]))
    if "id" not in columns and len(sides) == 2:
        columns["id"] = sides["left"] + "|" + sides["right"]
    columns[SAME] = pl.Series(same, dtype=pl.Int8)
    columns[SCORE] = rows.numbers(roles["score"], blank=True)
    frame = pl.DataFrame({**rows.free(()), **columns})
    return Raw(frame, rows.name, rows.inputs, roles)


REJECTED, ACCEPTED = "false reject", "false accept"
MOST_IDENTITIES = 1_000


class MeasuredTrials(MeasuredExamples, eq=False):
    """A run of trials: its interval leaves each identity out in turn."""

    def at_thresholds(
        self, choice: MetricChoice, split: str, sampling: Sampling, where: Where = EVERYWHERE, *,
        draws: bool = True,
    ) -> Estimate:  # fmt: skip
        """Return the error of a split, or of a slice of it, thresholds taken as given."""
        found = super().at_thresholds(choice, split, sampling, where, draws=draws)
        ratios = self.part(split, where).ratios
        if found.ci is None or ratios.group is None:
            return found
        num, den = ratios.sums.num, ratios.sums.den
        figure = leave_one_out(num, den, ratios.group, ratios.group, sampling.confidence)
        return found if figure.ci is None else replace(found, ci=figure.ci)


class VerificationTask(TableTask):
    """Reads trials with scores."""

    def suspects(self, units: Sequence[Mapping[str, Any]], how: How) -> list[Mapping[str, Any]]:
        """Return genuine trials by rising score and impostors by falling, in turns."""
        sign = -1 if how.options.get("distance") else 1
        known = sorted((x for x in units if math.isfinite(x["score"])),
                       key=lambda x: sign * x["score"])  # fmt: skip
        low = [x for x in known if x["category"] == REJECTED]
        high = [x for x in reversed(known) if x["category"] == ACCEPTED]
        return [x for both in zip_longest(low, high) for x in both if x is not None]

    def examples(self, raw: Raw, how: How) -> Examples:
        """Return which genuine trials are rejected at the threshold of dev."""
        import polars as pl

        frame, splits = raw.frame, splits_of(raw.frame)
        distance = bool(how.options.get("distance"))
        sign = -1 if distance else 1
        score = frame[SCORE].to_numpy().astype(float) * sign
        same = frame[SAME].to_numpy() == 1
        lost = np.isnan(score)
        score = np.where(lost, -np.inf, score)
        left, right = _identities(frame)
        trials = Trials(score, same, left, right)
        _check(trials, splits, raw.name)
        given = check_number(how, "threshold", None, -np.inf)
        wanted = rule_of(how)
        threshold, cuts, choosing = cuts_of(trials, splits, wanted, given, distance, raw)
        accepted = score >= cuts
        rejected, admitted = same & ~accepted, ~same & accepted
        num = rejected.astype(int)
        group = {"group": frame[RIGHT]} if RIGHT in frame.columns else {}
        table = pl.DataFrame({
            **kept(frame, ("id", "split")), **group, "num": num, "den": same.astype(int),
            **kinds_of({REJECTED: num, ACCEPTED: admitted.astype(int)},
                       {REJECTED: -num, ACCEPTED: np.zeros(len(num))}, {}),
            **kept(frame, [x for x in frame.columns
                           if x not in (LEFT, RIGHT, SAME, SCORE, "id", "split", "group")]),
        })  # fmt: skip
        point = told(None if threshold is None else sign * threshold,
                     wanted.text if given is None else None)  # fmt: skip
        dev = splits == "dev"
        if given is None and threshold is not None:
            point["dev_apparent"] = float((score[dev & same] < threshold).mean())
            if (splits == "train").any():
                own = trials.where(splits == "train")
                best = chosen_by(own, wanted)
                if best is not None:
                    point["train_best"] = float((own.score[own.same] < best).mean())
        return Examples(
            table, raw.name, raw.inputs, raw.columns,
            (*_notes(trials, splits, lost, point, num),
             *(_unseen(~same[dev], wanted) if given is None else ())),
            extras=lambda split, sampling: _extras(
                trials, splits == split, accepted, sampling, frame, sign),
            document=lambda *_: {"threshold": point},
            units=lambda: _units(table, frame, rejected, admitted), choosing=choosing,
            thresholds=lambda look: _thresholds(trials.where(splits == look.split), look, sign),
        )  # fmt: skip


def _identities(frame: Any) -> tuple[Any, Any]:
    """Return the code of the identity of each side; each trial its own where nobody says whose."""
    n = len(frame)
    if LEFT not in frame.columns or RIGHT not in frame.columns:
        each = np.arange(n)
        return each, each
    both = codes([*frame[LEFT].to_list(), *frame[RIGHT].to_list()])
    return both[:n], both[n:]


def _check(trials: Trials, splits: NDArray[Any], name: str) -> None:
    """Refuse a split without genuine trials, and a dev of one kind alone or of one score."""
    for split in dict.fromkeys(splits.tolist()):
        own = trials.where(splits == split)
        if not own.same.any():
            raise InputError(f"no genuine trial in {split}", file=name,
                             accepted="trials of the same person, and of two")  # fmt: skip
        if split == "dev" and own.same.all():
            raise InputError(f"no impostor trial in {split}", file=name,
                             accepted="trials of the same person, and of two")  # fmt: skip
        if split == "dev" and len(np.unique(own.score)) == 1:
            raise InputError(f"all scores of {split} are {own.score[0]:g}", file=name,
                             accepted="scores that differ")  # fmt: skip


def _notes(
    trials: Trials, splits: NDArray[Any], lost: Flags, told: Mapping[str, Any],
    num: NDArray[Any],
) -> tuple[Finding, ...]:  # fmt: skip
    notes = []
    split = "dev" if (splits == "dev").any() else str(splits[0])
    own = trials.where(splits == split)
    if own.same.any() and not own.same.all() and (area := auc(own)) < 0.5:
        notes.append(Finding(SCORE_FALLS, {"split": split, "auc": area}))
    if lost.any():
        genuine = int((lost & trials.same).sum())
        impostor = int(lost.sum()) - genuine
        notes.append(Finding(NOT_ACQUIRED, {"genuine": genuine, "impostor": impostor}))
    if told["train_best"] is not None:
        errors = {x: float(num[(splits == x) & trials.same].mean()) for x in ("train", "dev")}
        gap = errors["dev"] - errors["train"]
        if gap > 0 and told["train_best"] - errors["train"] > gap / 2:
            evidence = {**errors, "train_best": told["train_best"]}
            notes.append(Finding(THRESHOLD_OF_TRAIN, evidence))
    return tuple(notes)


def _thresholds(own: Trials, look: AtThresholds, sign: int) -> Mapping[float, Mapping[str, Figure]]:
    """Return the shares of impostors accepted and of genuine trials rejected at thresholds."""
    if look.of is not None:
        raise UsageError("--of: trials are of one kind", hint="leave out --of")
    genuine, impostor = own.same.astype(float), (~own.same).astype(float)
    if not impostor.any():
        return {}

    def share(wrong: Any, den: Any) -> Figure:
        return leave_one_out(wrong * den, den, own.left, own.right, look.sampling.confidence)

    cuts = thresholds_in(own.score, None if look.used is None else sign * look.used)
    return {
        sign * t: {"false accepts": share(own.score >= t, impostor),
                   "false rejects": share(own.score < t, genuine)}
        for t in (cuts if sign > 0 else reversed(cuts))
    }  # fmt: skip


def _unseen(impostor: Flags, wanted: Wanted) -> tuple[Finding, ...]:
    """Return the finding on a share of the impostors that is less than one of them."""
    n = int(impostor.sum())
    if wanted.kind != "far" or not 0 < wanted.bound * n < 1 - 1e-9:
        return ()
    return (Finding(TOO_FEW_IMPOSTORS, {"impostors": n, "far": wanted.bound}),)


def _extras(
    trials: Trials, here: Flags, accepted: Flags, sampling: Sampling,
    frame: Any, sign: int,
) -> Mapping[str, Any]:  # fmt: skip
    """Return FAR with its interval, EER, AUC, the DET curve, and the figures of each identity."""
    own, in_ = trials.where(here), accepted[here]
    wrong, impostor = ~own.same & in_, ~own.same
    figures = []
    if impostor.any():
        far = leave_one_out(wrong.astype(float), impostor.astype(float), own.left, own.right,
                            sampling.confidence)  # fmt: skip
        equal, at = equal_error(own)
        figures = [
            beside("far", replace(far, n=int(impostor.sum()))),
            plain("eer", equal, len(own.score)),
            plain("eer_threshold", sign * at, len(own.score)),
            plain("auc", auc(own), len(own.score)),
        ]
    tp, fn = int((own.same & in_).sum()), int((own.same & ~in_).sum())
    det = det_points(own) if impostor.any() else []
    return {
        "units": {"true": tp + fn, "predicted": int(in_.sum()), "tp": tp, "fp": int(wrong.sum()),
                  "fn": fn},
        "per_class": _by_identity(own, in_, frame, here),
        "beside": figures,
        "det": [[sign * t, a, r] for t, a, r in det],
    }  # fmt: skip


def _by_identity(own: Trials, accepted: Flags, frame: Any, here: Flags) -> list[dict[str, Any]]:
    """Return the genuine trials of each identity, most rejects first."""
    if RIGHT not in frame.columns:
        return []
    names = dict(zip(own.right.tolist(), frame[RIGHT].filter(here).to_list(), strict=True))
    most = int(max(own.left.max(), own.right.max())) + 1

    def of_right(x: Any) -> Any:
        return np.bincount(own.right[x], minlength=most)

    true, hit = of_right(own.same), of_right(own.same & accepted)
    wrong = of_right(~own.same & accepted)
    rows = [
        {"label": names[i], "tp": int(hit[i]), "fp": int(wrong[i]), "fn": int(true[i] - hit[i]),
         "num": int(true[i] - hit[i]), "den": int(true[i]),
         "error": Figure((true[i] - hit[i]) / true[i] if true[i] else None, None, int(true[i]),
                         f"no interval: one identity, and {FEWEST_CLUSTERS} are needed").to_dict()}
        for i in sorted(names, key=lambda i: (hit[i] - true[i], -wrong[i], names[i]))
    ]  # fmt: skip
    return rows[:MOST_IDENTITIES]


def _units(table: Any, frame: Any, rejected: Any, admitted: Any) -> Any:
    import polars as pl

    wrong = rejected | admitted
    sides = [frame[x] if x in frame.columns else pl.Series([""] * len(frame))
             for x in (LEFT, RIGHT)]  # fmt: skip
    return pl.DataFrame({
        **kept(table, ("id", "split")),
        "unit": "trial", "category": np.where(rejected, REJECTED, ACCEPTED),
        "where": sides[0] + " / " + sides[1], "truth": np.where(rejected, "same", "different"),
        "prediction": np.where(rejected, "rejected", "accepted"), "score": frame[SCORE],
    }).filter(wrong)  # fmt: skip


TASK = VerificationTask(
    "verification", "trial", ROLES,
    {"error": error("false rejects / genuine trials, at FAR <= x")},
    unit="trial", cluster="identity",
    options=("truth", "far", "threshold", "choose_threshold", "distance"),
    kind=MeasuredTrials, read_part=read_trials,
)  # fmt: skip
