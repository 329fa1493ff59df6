"""Every worked number of a term is computed, by the library itself wherever it computes such."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import polars as pl
import pytest

import mlstrat as ms
from mlstrat.core.counts import Tally
from mlstrat.core.intervals import wilson_interval
from mlstrat.core.metrics import choose_metric
from mlstrat.core.operating.point import calibration
from mlstrat.core.paired_tests import mcnemar_exact
from mlstrat.core.sample_size import planned as size
from mlstrat.core.wording import GAP_TITLES, rounded_up
from mlstrat.workflow.explain.registry import RULES
from mlstrat.workflow.explain.terms import TERMS
from mlstrat.workflow.gate.ledger import Ledger
from mlstrat.workflow.study.read import owners

Words = Sequence[str]
WORKED: dict[tuple[str, str], Callable[[], Words]] = {}

NOTHING_TO_COMPUTE = {
    ("fine-tuning", "With 100 examples"): "a rule of thumb",
    ("liveness", "A system with"): "a thought, of a system that nobody measured",
    ("resample", "10,000 resamples"): "the default is held by its own test",
}
"""Numbers of mlstrat's own that are no result."""


def worked(term: str, beginning: str) -> Callable[[Callable[[], Words]], Callable[[], Words]]:
    """Register what computes the words that a worked number must hold."""

    def keep(computes: Callable[[], Words]) -> Callable[[], Words]:
        WORKED[term, beginning] = computes
        return computes

    return keep


def number_of(term: str, beginning: str) -> str:
    """Return the one worked number of a term that begins so."""
    (text,) = [x for x in TERMS[term].numbers if x.startswith(beginning)]
    return text


def ladder(verdict: str, focus: str = "", **levels: object) -> list[str]:
    """Return the gaps in points, shown as the term shows them, after checking the verdict."""
    found = ms.gaps(**levels).to_dict()
    named = " and ".join(GAP_TITLES[x] for x in found["focus"])
    assert (found["verdict"], named) == (verdict, focus)
    return [f"{100 * g['value']:.3g}" for g in found["gaps"] if g["value"] is not None]


# Setting the target


@worked("single-number", "Precision 95%")
def _f1() -> Words:
    pairs = ((95, 90), (98, 85))
    f1 = [f"{2 * p * r / (p + r):.1f}%" for p, r in pairs]
    return [*f1, *(f"{(p + r) / 2:.1f}%" for p, r in pairs)]


@worked("single-number", "Error in the US")
def _regions() -> Words:
    errors = [(3, 7, 5, 9), (5, 6, 5, 10), (2, 3, 4, 5), (5, 8, 7, 2), (4, 5, 2, 4), (7, 11, 8, 12)]
    table = pl.DataFrame(
        [(name, *(x / 100 for x in row)) for name, row in zip("ABCDEF", errors, strict=True)],
        schema=["name", "us", "china", "india", "elsewhere"], orient="row",
    )  # fmt: skip
    found = ms.select(table, minimize="mean(us, china, india, elsewhere)").to_dict()
    assert found["choice"] == "C"
    means = [f"{100 * c['value']:g}" for c in found["candidates"]]
    rows = [f"{n} {', '.join(map(str, row))}%" for n, row in zip("ABCDEF", errors, strict=True)]
    return [*rows, f"{', '.join(means[:-1])} and {means[-1]}%", "Take C"]


@worked("satisficing", "Accuracy − 0.5 × time")
def _sums() -> Words:
    models = [(90, 80), (92, 95), (95, 1500)]
    percent = [f"{a - 0.5 * t:g}".replace("-", "−") for a, t in models]
    fractions = [f"{a / 100 - 0.5 * t / 1000:.4g}" for a, t in models]
    return [f"({', '.join(percent)})", f"({', '.join(fractions[:2])}, {float(fractions[2]):.2f})"]


def _smallest_dev() -> int:
    return size.paired_size(0.05, 0.01, size.Test())


@worked("dev-set", "Errors of 5% and 4%")
def _dev() -> Words:
    return [f"{_smallest_dev():,} examples"]


@worked("test-set", "10,000 examples")
def _test() -> Words:
    return [f"± {100 * size.half_width(0.1, 10_000, 0.95):.2f} points",
            f"1,000 to ± {100 * size.half_width(0.1, 1000, 0.95):.1f}"]  # fmt: skip


@worked("sizes", "5% against 4%")
def _plan() -> Words:
    return [
        f"{_smallest_dev():,} examples",
        f"{size.unpaired_size(0.05, 0.01, size.Test()):,} each",
    ]


@worked("sizes", "10,000 examples at 90%")
def _unpaired() -> Words:
    return [f"{100 * math.sqrt(0.1 * 0.9 / 10_000):.2f} points",
            f"{size.unpaired_size(0.1, 0.001, size.Test()) / 1e6:.2f} million"]  # fmt: skip


def _weighted(forbidden: int, weight: int) -> bool:
    """Return whether B wins of 10,000 examples, so many of which A alone gets wrong."""
    rows = [("porn", "x", "y", "x")] * forbidden + [("other", "x", "y", "x")] * (300 - forbidden)
    rows += [("other", "x", "x", "y")] * 500 + [("other", "x", "x", "x")] * (9200)
    run = pl.DataFrame(rows, schema=["kind", "label", "a", "b"], orient="row")
    a, b = (
        ms.score(run.select("kind", "label", pl.col(x).alias("prediction")), metric="error",
                 weight_when=f"kind=porn:{weight}").value
        for x in "ab"
    )  # fmt: skip
    return b < a


@worked("changing-metrics", "Model A errs on 3%, B on 5%, but")
def _weights() -> Words:
    least = {w: 0.02 / (w - 1) for w in (10, 100)}  # 0.03 + (w − 1) x = 0.05
    for weight, share in least.items():
        assert not _weighted(math.floor(10_000 * share), weight)
        assert _weighted(math.ceil(10_000 * share), weight)
    return [f"{100 * least[10]:.2f}% of all examples (weight 10)",
            f"{100 * least[100]:.2f}% (weight 100)"]  # fmt: skip


# People as the yardstick


@worked("bayes-error", "People 10%, train 0%")
def _memorised() -> Words:
    return [f"variance is {ladder('focus', 'variance', human='10%', train='0%', dev='15%')[1]}"]


@worked("human-level-proxy", "Ten people who all err on 5%")
def _lowest_of_ten() -> Words:
    chances = [math.comb(100, k) * 0.05**k * 0.95 ** (100 - k) for k in range(101)]
    above = 1 - np.cumsum(chances)
    return [f"the lowest of the ten is {float((above**10).sum()):.1f}% on average"]


@worked("human-level-proxy", "Train 5%, dev 6%")
def _any_proxy() -> Words:
    gaps = [ladder("focus", "avoidable bias", human=f"{h}%", train="5%", dev="6%")
            for h in (1, 0.7, 0.5)]  # fmt: skip
    return ["bias is {}, {} or {} points".format(*(g[0] for g in gaps)), f"variance {gaps[0][1]}"]


@worked("human-study", "Of the model's errors")
def _ceilings() -> Words:
    wins = [f"{6.8 * share / 100:.1f}" for share in (24, 21, 13, 6)]
    return [f"{', '.join(wins[:-1])} and {wins[-1]} points"]


@worked("human-study", "0.3% of the examples")
def _labels() -> Words:
    return [f"{100 * 0.3 / 6.8:.1f}%"]


@worked("surpassing", "A team at 0.5%")
def _small_gaps() -> Words:
    levels = {"human": "0.5%", "train": "0.6%", "dev": "0.8%"}
    bias, variance = ladder("small", "variance", **levels)
    ladder("focus", "variance", tolerance=0.001, **levels)
    return [f"avoidable bias is {bias} points, variance {variance}", "--tolerance 0.1%"]


@worked("surpassing", "The same people")
def _surpassed() -> Words:
    found = ms.gaps(human="0.5%", train="0.3%", dev="0.4%").to_dict()
    assert found["verdict"] == "undetermined"
    low, high = found["gaps"][0]["bounds"]
    return [f"between {100 * low:g} and {100 * high:g} points"]


@worked("surpassing", "People at 10%, train 8%, dev 15%")
def _not_surpassed() -> Words:
    return [f"variance is {ladder('focus', 'variance', human='10%', train='8%', dev='15%')[1]}"]


@worked("basic-recipe", "People 0%, train 15%")
def _bigger() -> Words:
    return [f"{ladder('focus', 'avoidable bias', human='0%', train='15%', dev='16%')[0]} points"]


@worked("basic-recipe", "People 0%, train 1%")
def _more_data() -> Words:
    return [f"{ladder('focus', 'variance', human='0%', train='1%', dev='11%')[1]} points"]


@worked("trade-off", "People 0%")
def _dropout() -> Words:
    before = ladder("focus", "variance", human="0%", train="1%", dev="11%")
    after = ladder("focus", "variance", human="0%", train="3%", dev="8%")
    bias, variance = (float(b) - float(a) for a, b in zip(before, after, strict=True))
    return [f"bias {bias:+g} points", f"variance {variance:g}".replace("-", "−"),
            f"dev {8 - 11}".replace("-", "−")]  # fmt: skip


# The ladder and its gaps


@worked("mismatched-distributions", "4, 7, 10, 12 and 12%")
def _at_most_two() -> Words:
    gaps = ladder("focus", "avoidable bias and variance",
                  human="4%", train="7%", train_dev="10%", dev="12%", test="12%")  # fmt: skip
    return ["{}, {}, {} and {} points".format(*gaps)]


@worked("data-mismatch", "Train-dev 9.1%")
@worked("focus", "0.5, 8.8, 9.1, 14.3")
def _two_gaps() -> Words:
    bias, _, mismatch, _ = ladder(
        "focus", "avoidable bias and data mismatch",
        human="0.5%", train="8.8%", train_dev="9.1%", dev="14.3%", test="14.8%",
    )  # fmt: skip
    return [f"{mismatch} / {bias} = {float(mismatch) / float(bias):.2f}"]


@worked("dev-overfit", "Dev 5% on web")
def _thirteen() -> Words:
    return [f"{18 - 5} points"]


@worked("interval", "20 wrong of 1,000")
def _many_rows() -> Words:
    low, high = wilson_interval(0.02, 1000, 1.96)
    return [f"{100 * low:.1f} to {100 * high:.1f}%"]


@worked("interval", "2 wrong of 100")
def _few_rows() -> Words:
    low, high = wilson_interval(0.02, 100, 1.96)
    return [f"between {100 * low:.1f} and {100 * high:.1f}%"]


@worked("interval", "Of 1,000 rows")
def _widths() -> Words:
    ends = [wilson_interval(k / 1000, 1000, 1.96) for k in (0, 20, 100, 500)]
    return ["{}, {}, {} and {} points".format(*(f"{100 * (b - a):.1f}" for a, b in ends))]


@worked("paired-comparison", "4 examples right")
def _discordant() -> Words:
    cells = [("a", "a", "b")] * 4 + [("a", "b", "a")] * 15 + [("a", "a", "a")] * 20
    cells += [("b", "b", "b")] * 20
    run = pl.DataFrame(cells, schema=["label", "pred_one", "pred_two"], orient="row")
    return [f"p of {ms.compare(run, a='pred_one', b='pred_two').to_dict()['p_value']:.3f}"]


@worked("paired-comparison", "6 errors fixed")
def _fixed() -> Words:
    return [f"(p = {mcnemar_exact(0, k):.3f})" for k in (6, 5)]


@worked("ceiling", "8 errors fixed")
def _eight_fixed() -> Words:
    return [f"p = {mcnemar_exact(0, 8):.3f}"]


@worked("paired-comparison", "Two models that err on 10%")
def _independent() -> Words:
    disagree = 2 * 0.1 * 0.9
    paired = size.paired_size(0.1 * 0.91 + 0.9 * 0.09, 0.01, size.Test())
    assert paired >= size.unpaired_size(0.1, 0.01, size.Test())
    return [f"disagree on {100 * disagree:.0f}%"]


# The verdict


@worked("focus", "4, 7, 10 and 12%")
@worked("gap", "3, 3 and 2 points")
def _third() -> Words:
    gaps = ladder("focus", "avoidable bias and variance",
                  human="4%", train="7%", train_dev="10%", dev="12%")  # fmt: skip
    return ["{}, {} and {} points".format(*gaps), f"{float(gaps[2]) / float(gaps[0]):.2f}"]


@worked("focus", "People 1%, train 400/10000")
def _many() -> Words:
    gaps = ladder("focus", "variance", human="1%", train="400/10000", dev="180/2000")
    return ["variance {1}.0 points, bias {0}.0".format(*gaps)]


@worked("contested", "People 1%, train 40/1000")
def _few() -> Words:
    gaps = ladder("contested", "variance and avoidable bias",
                  human="1%", train="40/1000", dev="18/200")  # fmt: skip
    return ["variance {1}.0 points, bias {0}.0".format(*gaps)]


@worked("small", "0, 0.5 and 1%")
def _doing_well() -> Words:
    gaps = ladder("small", "avoidable bias and variance", human="0%", train="0.5%", dev="1%")
    assert gaps[0] == gaps[1]
    return [f"two gaps of {gaps[0]} points"]


@worked("small", "People 1%, train 100/10000")
def _small() -> Words:
    ladder("small", human="1%", train="100/10000", dev="105/10000")
    ladder("undetermined", human="1%", train="3/300", dev="3/300")
    return ["small", "too few rows"]


@worked("undetermined", "People 4%, train 12/300")
def _noise() -> Words:
    return [f"+{float(ladder('undetermined', human='4%', train='12/300', dev='14/300')[1]):.1f} "]


@worked("insufficient", "Train 4.0%")
def _bounded() -> Words:
    found = ms.gaps(train="4%", dev="4.5%").to_dict()
    low, high = found["gaps"][0]["bounds"]
    variance = ladder("insufficient", train="4%", dev="4.5%")
    return [f"variance {variance[0]} points", f"{100 * low:g} to {100 * high:g}"]


@worked("insufficient", "Train 1%, dev 9%")
def _still_named() -> Words:
    return [f"{ladder('focus', 'variance', train='1%', dev='9%')[0]} points of variance"]


@worked("to-settle", "People 1%, train 40/1000")
def _settles() -> Words:
    asked = ms.gaps(human="1%", train="40/1000", dev="18/200").to_dict()["to_settle"]
    assert "larger" in asked["question"]
    train, dev = (f"{rounded_up(asked['rows'][x]):,} more {x}" for x in ("train", "dev"))
    whatever = f"{rounded_up(sum(asked['or_more'].values())):,} whatever"
    return [f"{train} and {dev} examples", whatever]


@worked("tolerance", "People 0.5%")
def _tolerance() -> Words:
    levels = {"human": "0.5%", "train": "0.6%", "dev": "0.8%"}
    ladder("small", "variance", **levels)
    return [f"variance, {ladder('focus', 'variance', tolerance=0.001, **levels)[1]} points"]


# Other data, ways to learn


@worked("weighting-data", "200,000 internet")
def _beta() -> Words:
    return [f"{200_000 // 5_000} to 1", f"β = 1/{200_000 // 5_000}"]


@worked("pipeline-parts", "Of 100 errors")
def _parts() -> Words:
    perfect = [np.arange(100) < right for right in (60, 85, 100)]
    a, b, c = np.bincount(owners(np.zeros(100, bool), perfect))
    return [f"{a} are A's, {b} B's, and {c} are left to C"]


@worked("beam-search", "The same with 10 and 5 words")
def _normalised() -> Words:
    person, found, lower = (math.log(p) / n for p, n in ((2e-10, 10), (1e-10, 5), (1e-10, 10)))
    assert person > found
    assert lower > found
    shown = [f"{x:.2f}".replace("-", "−") for x in (person, found, lower)]
    return [f"{shown[0]} against {shown[1]}", f"it is {shown[2]}"]


@worked("bleu", "“the cat is on the” against")
def _bleu() -> Words:
    reference, written = ["the", "cat", "is", "on", "the", "mat"], ["the", "cat", "is", "on", "the"]

    def runs(words: list[str], n: int) -> list[tuple[str, ...]]:
        return [tuple(words[i : i + n]) for i in range(len(words) - n + 1)]

    shares = []
    for n in (1, 2, 3, 4):
        made, there = runs(written, n), runs(reference, n)
        clipped = sum(min(made.count(x), there.count(x)) for x in set(made))
        shares.append((clipped, len(made)))
    short = math.exp(1 - len(reference) / len(written))
    bleu = short * math.exp(sum(math.log(k / n) for k, n in shares) / 4)
    assert bleu == pytest.approx(short)
    texts = [f"{k}/{n}" for k, n in shares]
    return [f"{', '.join(texts[:-1])} and {texts[-1]}", f"{bleu:.3f}"]


# Figures beside the metrics


@worked("confusion-matrix", "3 true positives")
def _confusion() -> Words:
    labels = ["yes"] * 5 + ["no"] * 5
    said = ["yes"] * 3 + ["no"] * 2 + ["yes"] + ["no"] * 4
    found = ms.diagnose(pl.DataFrame({"label": labels, "prediction": said})).to_dict()
    dev = found["splits"]["dev"]
    (no, yes), order = dev["confusion"]["counts"], dev["confusion"]["labels"]
    assert order == ["no", "yes"]
    shown = [f"{100 * dev[x]['value']:.1f}%" for x in ("recall", "precision", "accuracy")]
    return [f"rows {yes[1]}, {yes[0]} and {no[1]}, {no[0]}",
            f"Recall 3/5 = {shown[0]}, precision 3/4 = {shown[1]}, accuracy 7/10 = {shown[2]}",
            ]  # fmt: skip


@worked("iou", "Two boxes")
def _iou() -> Words:
    out = []
    for moved in (5, 3):
        both = 10 * (10 - moved)
        found = ms.iou([[0, 0, 10, 10]], [[moved, 0, 10, 10]])[0, 0]
        out.append(f"{both} / {200 - both} = {found:.3f}")
    return out


@worked("localisation", "10 pictures")
def _localisation() -> Words:
    right = pl.DataFrame({"id": range(10), "pc": 1, "bx": 5.0, "by": 5.0, "bh": 4.0, "bw": 4.0,
                          "c": "cat"})  # fmt: skip
    said = right.with_columns(
        pc=pl.Series([0.1, *[0.9] * 9]), c=pl.Series(["cat", "dog", "dog", *["cat"] * 7]),
        bx=pl.Series([5.0, 5.0, 8.0, *[5.0] * 7]),
    )  # fmt: skip
    split = ms.diagnose(said, truth=right).to_dict()["splits"]["dev"]
    kinds = {x["category"]: x for x in split["categories"]}
    assert {k: x["count"] for k, x in kinds.items() if x["count"]} == {
        "missed": 1, "class": 2, "loose box": 1}  # fmt: skip
    left = kinds["class"]["ceiling"]["error"]
    return [f"{100 * split['error']['value']:.1f}%", f"{100 * left:.1f}% are left"]


@worked("landmarks", "Eyes 40")
def _landmarks() -> Words:
    right = pl.DataFrame({"id": [1], "x_l": [0.0], "y_l": [0.0], "x_r": [40.0], "y_r": [0.0],
                          "x_nose": [20.0], "y_nose": [20.0]})  # fmt: skip
    said = right.with_columns(x_nose=23.0, y_nose=24.0)
    split = ms.diagnose(said, truth=right, norm="l,r").to_dict()["splits"]["dev"]
    assert split["error"]["value"] == 1 / 3
    figures = {x["metric"]: x["value"] for x in split["beside"]}
    return [f"5/40 = {3 * figures['nme']:.3f}"]


@worked("segmentation", "An object of 400 pixels")
def _segmentation() -> Words:
    run = pl.DataFrame({"id": 1, "label": ["cell", "cell", "background"],
                        "prediction": ["cell", "background", "cell"], "pixels": [300, 100, 100]},
                       strict=False)  # fmt: skip
    split = ms.diagnose(run, task="segmentation").to_dict()["splits"]["dev"]
    figures = {x["metric"]: x["value"] for x in split["beside"]}
    error = split["error"]["value"]
    return [
        f"= {100 * error:.1f}%; Dice {1 - error:.2f}, IoU 300 / 500 = {figures['mean_iou']:.1f}"
    ]


@worked("non-max-suppression", "Boxes of 10")
def _nms() -> Words:
    boxes = [[x, 0, 10, 10] for x in (0, 1, 20)]
    kept = ms.nms(boxes, [0.8, 0.9, 0.7])
    assert kept.tolist() == [1, 2]
    return [f"90 / 110 = {ms.iou(boxes, boxes)[0, 1]:.3f}"]


@worked("detection", "4 true boxes")
def _detection() -> Words:
    def box(i: int) -> dict[str, object]:
        return {"image_id": 1, "category_id": 1, "bbox": [40 * i, 0, 20, 20], "score": 0.9}

    truth = {"images": [{"id": 1}], "categories": [{"id": 1, "name": "cat"}],
             "annotations": [box(i) for i in range(4)]}  # fmt: skip
    said = [box(i) for i in (0, 1, 2, 6, 7)]
    found = ms.diagnose(said, task="detection", truth=truth, threshold=0.5).to_dict()
    dev = found["splits"]["dev"]
    left = {x["category"]: x["ceiling"]["error"] for x in dev["categories"]}
    return [f"{100 * dev['error']['value']:.1f}%", f"1 of 7: {100 * left['Bkg']:.1f}%",
            f"2 of 10: {100 * left['Miss']:.1f}%"]  # fmt: skip


@worked("ensembles", "Probabilities of a cat")
def _ensemble() -> Words:
    return [f"{np.mean([0.6, 0.4, 0.7]):.3f}"[1:]]


@worked("mean-average-precision", "A class whose")
def _map() -> Words:
    run = pl.DataFrame({"label": ["yes", "yes", "no", "no"], "score": [0.9, 0.4, 0.6, 0.1]})
    average = ms.score(run, metric="average_precision").value
    return [f"= {average:.3f}", f"mAP is {(average + 0.5) / 2:.3f}"]


def ratio(num: float, den: float) -> float:
    """Return the error of one example that is read as num and den."""
    table = pl.DataFrame({"id": ["a"], "num": [num], "den": [den]})
    return float(ms.score(table, task="ratio").value)


@worked("word-error-rate", "“the cat sat")
def _wer() -> Words:
    said, heard = ["the", "cat", "sat", "on", "the", "mat"], ["the", "cat", "sat", "in", "mat"]
    cost = np.arange(len(heard) + 1)
    for word in said:
        new = [cost[0] + 1]
        for j, other in enumerate(heard, 1):
            new.append(min(cost[j] + 1, new[-1] + 1, cost[j - 1] + (word != other)))
        cost = np.array(new)
    return [f"of {len(said)} words, {100 * ratio(float(cost[-1]), len(said)):.1f}%"]


@worked("perplexity", "Tokens given")
def _perplexity() -> Words:
    tokens = [0.9, 0.4, 0.4, 0.9]
    nats = ratio(-sum(map(math.log, tokens)), len(tokens))
    return [f"{nats:.3f} nats", f"perplexity {math.exp(nats):.2f}"]


@worked("spans", "4 true spans")
def _spans() -> Words:
    run = [{"tags": ["B-A", "B-A", "B-A", "B-A", "O", "O"],
            "predictions": ["B-A", "B-A", "B-A", "B-B", "O", "B-A"]}]  # fmt: skip
    split = ms.diagnose(run, resamples=100).to_dict()["splits"]["dev"]
    shown = {x["metric"]: f"{100 * x['value']:.1f}%" for x in split["beside"]}
    return [f"precision {shown['precision']}", f"recall {shown['recall']}", f"= {shown['f1']}",
            f"an error of {100 * split['error']['value']:.1f}%"]  # fmt: skip


@worked("calibration", "Of 100 rows")
def _promised() -> Words:
    score, came = np.repeat([0.2, 0.8], 2), np.array([False, True] * 2)
    found = calibration(score, came, np.full(4, 50), np.full(4, 50.0), None, 0.95)
    assert found is not None
    return [f"= {found.ece.value:.1f}"]


@worked("operating-point", "Of 100 genuine")
def _rates() -> Words:
    run = pl.DataFrame({
        "left": ["a"] * 2000, "right": ["a"] * 2000, "same": [1] * 100 + [0] * 1900,
        "score": [0.1] * 8 + [0.9] * 92 + [0.8] * 19 + [0.2] * 1881,
    }).with_columns(id=pl.int_range(pl.len()))  # fmt: skip
    split = ms.diagnose(run, threshold=0.5, resamples=100).to_dict()["splits"]["dev"]
    far = next(x["value"] for x in split["beside"] if x["metric"] == "far")
    return [f"{100 * split['error']['value']:.1f}% at FAR {100 * far:.1f}%"]


# Words of the commands


@worked("run", "900 rows")
def _tenth() -> Words:
    run = pl.DataFrame({"label": ["a"] * 900, "prediction": ["a"] * 810 + ["b"] * 90})
    return [f"{100 * ms.score(run, metric='error').value:.0f}%"]


@worked("counts", "10,000,000 rows")
def _cells() -> Words:
    return [f"at most {10 * 10 * 4} counts"]


@worked("pareto", "90% at 80 ms")
def _front() -> Words:
    table = pl.DataFrame({"name": list("ABCD"), "accuracy": [90, 92, 95, 91],
                          "ms": [80, 95, 1500, 100]})  # fmt: skip
    found = ms.select(table, optimize="accuracy", where="ms <= 2000").to_dict()
    assert [c["pareto"] for c in found["candidates"]] == [True, True, True, False]
    return ["91% at 100 ms is not"]


def points_decide(shares: Sequence[float], name: str) -> float:
    """Return how often a baseline's equal, of 2,000 other examples, is worse by a point or more.

    Parameters
    ----------
    shares
        Of true positives, false negatives, false positives and true negatives.
    name
        The metric.
    """
    rng = np.random.default_rng(0)
    choice = choose_metric(name, labels=("no", "yes"), positive="yes")

    def drawn() -> np.ndarray:
        tp, fn, fp, tn = rng.multinomial(2000, shares, 40_000).T.astype(float)
        tally = Tally(np.stack([tn, tp], 1), np.stack([tn + fp, tp + fn], 1),
                      np.stack([tn + fn, tp + fp], 1), tp + fn + fp + tn)  # fmt: skip
        return choice.of_tally(tally, ("no", "yes"))

    return float((drawn() - drawn() <= -0.01 + 1e-12).mean())


@worked("gate", "“Not worse by 1 point”")
def _point_gates() -> Words:
    accuracy = points_decide((0.45, 0.05, 0.05, 0.45), "accuracy")
    f1 = points_decide((0.09, 0.01, 0.09, 0.81), "f1")
    assert 0.35 < f1 < 0.45
    assert "four in ten by F1 with 10% positives" in RULES["MLS517"].meaning
    assert f"fails {100 * accuracy:.0f}%" in RULES["MLS517"].meaning
    return [f"fails {100 * accuracy:.0f}%", "four in ten by F1 with 10% positives"]


@worked("ledger", "Two gates")
def _uses() -> Words:
    ledger = Ledger().after("f", "dev", 100, "a", None).after("f", "dev", 100, "b", None)
    again = ledger.after("f", "dev", 100, "a", None)
    first, then = ledger.sets["f"], again.sets["f"]
    return [f"{first.uses} uses by {len(first.runs)} runs", f"{then.uses} uses by {len(then.runs)}"]


@worked("study", "Six knobs")
def _chance() -> Words:
    return [f"{6 * 3} comparisons", f"{100 * (1 - 0.95**18):.0f} of 100 studies"]


@pytest.mark.parametrize(("term", "beginning"), WORKED, ids=lambda x: x)
def test_a_worked_number_is_what_is_computed(term, beginning):
    text = number_of(term, beginning)
    for words in WORKED[term, beginning]():
        assert words in text


def test_what_is_mlstrats_own_is_computed():
    known = WORKED.keys() | NOTHING_TO_COMPUTE.keys()
    for name, term in TERMS.items():
        for text in term.numbers:
            if "mlstrat's" in text:
                assert any(n == name and text.startswith(x) for n, x in known), text
