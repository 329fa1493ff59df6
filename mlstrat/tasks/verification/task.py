"""The task `verification`: false rejects where few impostors are accepted."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
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
from mlstrat.tasks.contract import How
from mlstrat.tasks.measured import EVERYWHERE, AtThresholds, Where
from mlstrat.tasks.table.examples import Examples, MeasuredExamples, Raw
from mlstrat.tasks.table.figures import beside, codes, kept, plain, splits_of, thresholds_in, told
from mlstrat.tasks.table.task import TableTask, check_number, error, kinds_of
from mlstrat.tasks.verification.compute import (
    Trials,
    auc,
    det_points,
    equal_error,
    leave_one_out,
)
from mlstrat.tasks.verification.findings import (
    NOT_ACQUIRED,
    SCORE_FALLS,
    THRESHOLD_OF_TRAIN,
    TOO_FEW_IMPOSTORS,
)
from mlstrat.tasks.verification.read import LEFT, RIGHT, ROLES, SAME, SCORE, read_trials
from mlstrat.tasks.verification.threshold_compute import chosen_by, cuts_of, rule_of

REJECTED, ACCEPTED = "false reject", "false accept"
MOST_IDENTITIES = 1_000


@dataclass(frozen=True, eq=False)
class MeasuredTrials(MeasuredExamples):
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
    trials: Trials, splits: NDArray[Any], lost: NDArray[np.bool_], told: Mapping[str, Any],
    num: NDArray[Any],
) -> tuple[Finding, ...]:  # fmt: skip
    """Return what is to be told of scores that fall, that are missing, and of the threshold."""
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


def _unseen(impostor: NDArray[np.bool_], wanted: Wanted) -> tuple[Finding, ...]:
    """Return the finding on a share of the impostors that is less than one of them."""
    n = int(impostor.sum())
    if wanted.kind != "far" or not 0 < wanted.bound * n < 1 - 1e-9:
        return ()
    return (Finding(TOO_FEW_IMPOSTORS, {"impostors": n, "far": wanted.bound}),)


def _extras(
    trials: Trials, here: NDArray[np.bool_], accepted: NDArray[np.bool_], sampling: Sampling,
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


def _by_identity(
    own: Trials, accepted: NDArray[np.bool_], frame: Any, here: NDArray[np.bool_]
) -> list[dict[str, Any]]:
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
    """Return the trials that are wrong, a row each."""
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
