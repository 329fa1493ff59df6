"""Trials with scores: the operating point of dev, and identities as what is independent."""

from __future__ import annotations

import math
from pathlib import Path
from statistics import NormalDist

import numpy as np
import polars as pl
import pytest

import mlstrat as ms
from mlstrat.cli import run as command
from mlstrat.core.figures import widened
from mlstrat.core.hashing import text_hash
from mlstrat.core.operating.choose import FOLD_PREFIX, Wanted
from mlstrat.errors import InputError, UsageError
from mlstrat.tasks.table.examples import Raw
from mlstrat.tasks.verification.compute import LEFT, RIGHT, Trials, cuts_of, leave_one_out

pytestmark = pytest.mark.usefixtures("typed")

FEW = {"resamples": 300, "task": "verification"}


def faces(people: int = 16, each: int = 6, seed: int = 0, shift: float = 0.0) -> pl.DataFrame:
    """Return every probe against every person; some people are hard to recognise."""
    rng = np.random.default_rng(seed)
    hard = rng.normal(0, 0.7, people)
    rows = []
    for real in range(people):
        for k in range(each):
            for left in range(people):
                same = real == left
                score = rng.normal(2.5 * same - hard[real] * same + shift, 1)
                rows.append((f"p{left}", f"p{real}/{k}", int(same), float(score)))
    return pl.DataFrame(rows, schema=["left", "right", "same", "score"], orient="row")


def rates(frame: pl.DataFrame, threshold: float) -> tuple[float, float]:
    """Return FAR and FRR by counting."""
    same, score = frame["same"].to_numpy() == 1, frame["score"].to_numpy()
    return (score[~same] >= threshold).mean(), (score[same] < threshold).mean()


@pytest.mark.parametrize("far", [0.01, 0.1])
def test_the_threshold_is_the_smallest_that_lets_few_impostors_in(far: float):
    frame = faces()
    told = ms.diagnose(frame, far=far, **FEW).to_dict()["threshold"]
    fits = [t for t in sorted(frame["score"]) if rates(frame, t)[0] <= far]
    assert told["value"] == fits[0]
    assert told["dev_apparent"] == rates(frame, fits[0])[1]
    assert (told["chosen"], told["rule"]) == ("dev", f"smallest with FAR <= {far:g}")


def test_a_fixed_threshold_reads_every_split():
    frame = faces()
    found = ms.diagnose(frame, threshold=1.0, **FEW).to_dict()
    split = found["splits"]["dev"]
    far, frr = rates(frame, 1.0)
    beside = {x["metric"]: x for x in split["beside"]}
    assert split["error"]["value"] == frr
    assert beside["far"]["value"] == far
    assert found["threshold"]["chosen"] == "given"
    assert found["cluster"] == {"by": "identity", "count": 16}
    units = split["units"]
    assert (units["true"], units["fn"]) == (96, round(frr * 96))


def test_the_threshold_of_dev_is_kept_for_test_and_train():
    frames = [faces(seed=i).with_columns(split=pl.lit(x))
              for i, x in enumerate(("train", "dev", "test"))]  # fmt: skip
    found = ms.diagnose(pl.concat(frames), **FEW).to_dict()
    cut = found["threshold"]["value"]
    for frame in frames[::2]:
        name = frame["split"][0]
        assert found["splits"][name]["error"]["value"] == rates(frame, cut)[1]
    own = [t for t in sorted(frames[0]["score"]) if rates(frames[0], t)[0] <= 0.01]
    assert found["threshold"]["train_best"] == rates(frames[0], own[0])[1]


def test_without_dev_a_threshold_must_be_given():
    frame = faces().with_columns(split=pl.lit("test"))
    with pytest.raises(UsageError, match="a threshold is chosen on dev alone") as caught:
        ms.score(frame, **FEW)
    assert "--threshold X" in (caught.value.hint or "")
    assert ms.score(frame, threshold=1.0, **FEW).value == rates(frame, 1.0)[1]


def test_dev_is_read_at_the_threshold_of_other_people():
    """So that the best threshold does not flatter the set that it was chosen on."""
    gaps = []
    for seed in range(12):
        found = ms.diagnose(faces(10, 3, seed), **FEW).to_dict()
        fresh = faces(40, 3, 100 + seed)
        honest = rates(fresh, found["threshold"]["value"])[1]
        gaps.append((found["splits"]["dev"]["error"]["value"] - honest,
                     found["threshold"]["dev_apparent"] - honest))  # fmt: skip
    fitted, apparent = np.mean(gaps, axis=0)
    assert fitted >= apparent


def test_each_person_is_read_at_the_threshold_of_the_others_with_the_same_share_of_impostors():
    """Of 16 people 1,440 impostor trials may hold 14; of 15 then 12 or 13, by 12.25 on average."""
    frame = faces()
    same = frame["same"].to_numpy() == 1
    left, right = (frame[x].str.split("/").list.first().to_numpy() for x in ("left", "right"))
    score, wrong, allowed = frame["score"].to_numpy(), 0, []
    order = sorted(set(right), key=lambda x: (text_hash(FOLD_PREFIX + x), x))
    for i, who in enumerate(order):
        rest = (left != who) & (right != who)
        impostors = np.sort(score[rest & ~same])[::-1]
        allowed.append(math.floor(14 * len(impostors) / 1440 + (i + 0.5) / 16))
        cut = min(x for x in score[rest] if x > impostors[allowed[-1]])
        wrong += (score[same & (right == who)] < cut).sum()
    assert set(allowed) == {12, 13}
    assert sum(allowed) == 12.25 * 16
    split = ms.diagnose(frame, **FEW).to_dict()["splits"]["dev"]
    assert split["error"]["value"] == wrong / same.sum()


def test_a_far_of_less_than_one_impostor_is_said():
    frame = faces(8, 2)  # 112 impostor trials
    for far, said in ((0.005, True), (0.01, False)):
        found = ms.diagnose(frame, far=far, **FEW)
        told = [x for x in found.to_dict()["findings"] if x["code"] == "MLS819"]
        assert bool(told) == said
        assert ("FAR <= 0.005 of 112 impostor trials is less than one" in found.to_text()) == said


def _easy(rng: np.random.Generator, k: int) -> tuple[np.ndarray, np.ndarray, float]:
    place = rng.normal(0, 0.5, k)
    return 3 + place, (place[:, None] + place) / 2, math.hypot(1, 0.5)


def _wolves(rng: np.random.Generator, k: int) -> tuple[np.ndarray, np.ndarray, float]:
    lamb, wolf = rng.normal(0, 0.6, k), rng.normal(0, 0.6, k)
    return 3.5 - rng.normal(0, 0.7, k), lamb[:, None] + wolf, math.hypot(1, 0.7)


@pytest.mark.slow
@pytest.mark.parametrize("people", [12, 20])
@pytest.mark.parametrize("draw", [_easy, _wolves])
def test_cross_fitting_leaves_little_optimism_and_the_interval_covers(draw, people: int):
    """At FAR <= .01, five trials a person and one with each other: 192 and 480 trials.

    The truth is the share of new people's trials that is rejected at the threshold of dev. By
    fifths of the people, and ⌊x m⌋ of m impostors, 12 people read 6 points too high and 20 people
    1 to 2 points too low.
    """
    rng, found = np.random.default_rng(people), []
    left, right = (x.ravel() for x in np.indices((people, people)))
    impostor = left != right
    who = np.repeat(np.arange(people), 5)
    sides = [np.concatenate([who, x[impostor]]) for x in (left, right)]
    same = np.arange(len(sides[0])) < len(who)
    names = {x: [f"p{i}" for i in y] for x, y in zip((LEFT, RIGHT), sides, strict=True)}
    raw = Raw(pl.DataFrame(names), "", (), {})
    dev = np.full(len(same), "dev", object)
    for _ in range(800):
        own, pairs, spread = draw(rng, people)
        score = np.concatenate([own[who], pairs.ravel()[impostor]]) + rng.normal(size=len(same))
        trials = Trials(score, same, *sides)
        cut, cuts, choosing = cuts_of(trials, dev, Wanted("far", 0.01), None, False, raw)
        centre = 3.0 if draw is _easy else 3.5
        truth = NormalDist(centre, spread).cdf(cut)
        num = (same & (score < cuts)).astype(float)
        figure = leave_one_out(num, same.astype(float), sides[1], sides[1], 0.95)
        low, high = widened(figure, choosing.extra, 0.95, 0.0, 1.0).ci or (0.0, 1.0)
        apparent = (score[same] < cut).mean()
        found.append((apparent - truth, choosing.crossed - truth, low <= truth <= high))
    mean, se = np.mean(found, axis=0), np.std(found, axis=0) / len(found) ** 0.5
    assert mean[0] < -2 * se[0]  # apparent
    assert abs(mean[1]) <= 0.002 + 2 * se[1]
    assert 0.94 <= mean[2] <= 0.99


def test_the_interval_leaves_each_identity_out():
    frame = faces()
    split = ms.diagnose(frame, threshold=1.0, **FEW).to_dict()["splits"]["dev"]
    same = frame.filter(pl.col("same") == 1)
    who = same["right"].str.split("/").list.first()
    wrong = (same["score"] < 1.0).to_numpy()
    without = np.array([wrong[(who != x).to_numpy()].mean() for x in sorted(set(who))])
    k = len(without)
    variance = (k - 1) / k * ((without - without.mean()) ** 2).sum()
    p = wrong.mean()
    from scipy.stats import t

    reach = t.ppf(0.975, k - 1) * np.sqrt(variance) / (p * (1 - p))
    logit = np.log(p / (1 - p))
    wanted = [1 / (1 + np.exp(-(logit + x))) for x in (-reach, reach)]
    assert split["error"]["ci"] == pytest.approx(wanted)


def test_a_distance_is_noticed_and_turned():
    frame = faces().with_columns(-pl.col("score"))
    assert "MLS805" in [x["code"] for x in ms.score(frame, **FEW).to_dict()["findings"]]
    turned = ms.diagnose(frame, distance=True, **FEW).to_dict()
    plain = ms.diagnose(faces(), **FEW).to_dict()
    assert turned["levels"] == plain["levels"]
    assert turned["threshold"]["value"] == -plain["threshold"]["value"]


def test_nothing_acquired_counts_as_rejected():
    frame = faces().with_columns(
        score=pl.when(pl.col("right") == "p0/0").then(None).otherwise(pl.col("score"))
    )
    found = ms.diagnose(frame, threshold=-99.0, **FEW).to_dict()
    assert found["splits"]["dev"]["error"]["value"] == 1 / 96
    (told,) = [x["evidence"] for x in found["findings"] if x["code"] == "MLS806"]
    assert told == {"genuine": 1, "impostor": 15}


def test_columns_without_a_header_are_the_same_trials(empty_folder: Path):
    frame = faces()
    lines = [f"{left} {right.split('/')[0]} {right} {score!r}"
             for left, right, _, score in frame.iter_rows()]  # fmt: skip
    Path("scores.txt").write_text("\n".join(lines))
    assert ms.score("scores.txt", **FEW).value == ms.score(frame, **FEW).value
    Path("trials.txt").write_text("\n".join(f"{s} {a} {b}" for a, b, s, _ in frame.iter_rows()))
    Path("only.txt").write_text("\n".join(repr(x) for x in frame["score"]))
    both = ms.score("only.txt", truth="trials.txt", **FEW)
    assert both.value == ms.score(frame, **FEW).value
    Path("keyed.txt").write_text("\n".join(f"{a} {b} {x!r}" for a, b, _, x in frame.iter_rows()))
    assert ms.score("keyed.txt", truth="trials.txt").value == both.value  # and says its task itself


@pytest.mark.parametrize(
    ("lines", "row", "said"),
    [
        ("a a p1 1.0\na b p1\n", 2, "3 columns, and 4 in the lines before"),
        ("a a p1 1.0\na b p1 high\n", 2, "'high' is not a score"),
        ("a a p1 1.0\na a p1 2.0\n", 2, "the trial 'a|p1' twice"),
        ("a a p1 1.0\nb b p2 2.0\n", None, "no impostor trial in dev"),
        ("a b p1 1.0\nb a p2 2.0\n", None, "no genuine trial in dev"),
        ("a a p1 1.0\nb a p1 1.0\n", None, "all scores of dev are 1"),
    ],
)
def test_bad_trials_are_refused_with_their_line(lines, row, said, empty_folder: Path):
    Path("x.txt").write_text(lines)
    with pytest.raises(InputError) as caught:
        ms.score("x.txt", **FEW)
    assert said in caught.value.message
    assert caught.value.row == row


def test_what_is_neither_same_nor_different_is_refused():
    frame = faces().with_columns(same=pl.lit("perhaps"))
    with pytest.raises(InputError, match="'perhaps' is neither same nor different"):
        ms.score(frame, **FEW)


def test_every_command_takes_it(empty_folder: Path, capsys: pytest.CaptureFixture[str]):
    faces().write_csv("a.csv")
    faces().with_columns(pl.col("score") + pl.col("same") * 0.5).write_csv("b.csv")
    for line in (
        "score a.csv", "compare a.csv b.csv", "error-table a.csv", "count a.csv", "diagnose a.csv",
        "gate b.csv --baseline a.csv --margin 5%", "select a.csv b.csv --minimize error",
        "sample a.csv -n 8 -o sheet.csv", "report b.csv --baseline a.csv",
    ):  # fmt: skip
        assert command(line.split()) in (0, 1, 3), (line, capsys.readouterr().err)
        assert capsys.readouterr().out


def test_columns_of_scores_fit_two_tasks(empty_folder: Path):
    Path("x.txt").write_text("a a p1 1.0\na b p2 0.5\n")
    with pytest.raises(InputError, match="this may be verification or identification"):
        ms.score("x.txt")


@pytest.mark.slow
def test_the_interval_over_identities_covers_where_independent_trials_do_not():
    """Impostor trials share people on both sides: 300 sets of 15 people, each with an effect."""
    covered, naive, n = 0, 0, 300
    truth = np.mean([_far(np.random.default_rng(10_000 + i))[0].mean() for i in range(2_000)])
    for seed in range(n):
        wrong, left, right = _far(np.random.default_rng(seed))
        found = leave_one_out(wrong, np.ones(len(wrong)), left, right, 0.95)
        if found.ci is None:
            covered, naive = covered + 1, naive + 1
            continue
        covered += found.ci[0] <= truth <= found.ci[1]
        p = wrong.mean()
        reach = 1.96 * np.sqrt(p * (1 - p) / len(wrong))
        naive += p - reach <= truth <= p + reach
    assert 0.9 <= covered / n <= 0.995
    assert naive / n < 0.86


def _far(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    k = 15
    lamb, wolf = rng.normal(0, 0.8, k), rng.normal(0, 0.8, k)
    left, right = (x.ravel() for x in np.meshgrid(np.arange(k), np.arange(k)))
    keep = left != right
    left, right = left[keep], right[keep]
    score = rng.normal(lamb[left] + wolf[right], 1)
    return (score > 2.0).astype(float), left, right


def test_another_rule_chooses_the_threshold_on_dev_too():
    frame = faces()
    found = ms.diagnose(frame, choose_threshold="recall >= 0.9", **FEW).to_dict()
    cut = found["threshold"]["value"]
    genuine = np.sort(frame.filter(pl.col("same") == 1)["score"].to_numpy())
    assert cut == max(t for t in genuine if (genuine >= t).mean() >= 0.9)
    assert found["threshold"]["dev_apparent"] == rates(frame, cut)[1] <= 0.1
    same = ms.diagnose(frame, choose_threshold="far <= 0.05", **FEW).to_dict()
    assert same["threshold"] == ms.diagnose(frame, far=0.05, **FEW).to_dict()["threshold"]
    with pytest.raises(UsageError, match="chosen by one rule, and there are two"):
        ms.score(frame, choose_threshold="f1", far=0.05, **FEW)


def test_a_gate_and_a_report_tell_the_threshold_of_trials(tmp_path):
    frame = faces()
    found = ms.gate(frame, baseline=frame, choose_threshold="f1", **FEW).to_dict()
    assert found["threshold"]["rule"] == "best F1"
    frame.write_csv(path := tmp_path / "faces.csv")
    said = ms.report(path, task="verification", choose_threshold="f1").to_text()
    assert "chosen on dev: best F1" in " ".join(said.split())
