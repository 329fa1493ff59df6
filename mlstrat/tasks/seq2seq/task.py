# Over 300 lines: what reads a run and what measures it stand together.
"""The task `seq2seq`: outputs that equal no reference, and whose fault each error is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.figures import Figure, Sampling
from mlstrat.core.findings import Finding
from mlstrat.core.intervals import t_quantile
from mlstrat.core.ratio import FEWEST_CLUSTERS, Ratios, Sums, linearise
from mlstrat.errors import InputError, UsageError
from mlstrat.tasks.contract import Given, How, Role
from mlstrat.tasks.measured import MeasuredPair
from mlstrat.tasks.seq2seq.findings import MODEL_ERRS, RANKED_DIFFERENTLY, SEARCH_ERRS
from mlstrat.tasks.table.alignment import edits
from mlstrat.tasks.table.examples import Examples, Raw
from mlstrat.tasks.table.figures import beside, groups_of, kept, plain, ratio, splits_of, truth_of
from mlstrat.tasks.table.rows import Rows, open_rows
from mlstrat.tasks.table.task import TableTask, check_number, error, kinds_of
from mlstrat.tasks.table.text import check_lengths, described, is_text, lines_of, text_of

LOGPROBS = ("logprob_reference", "logprob_prediction")
LENGTHS = ("length_reference", "length_prediction")
ROLES = (
    Role("id", "names an example; needed to pair two runs"),
    Role("reference", "what is right; further ones in columns reference_2, …", needed=True),
    Role("prediction", "the output", needed=True),
    Role("source", "what was given"),
    Role("logprob_reference", "log-probability of the reference under the model"),
    Role("logprob_prediction", "that of the output"),
    Role("length_reference", "tokens of the reference, for --length-penalty"),
    Role("length_prediction", "those of the output"),
    Role("bad", "1 where people call the output bad; it wins over equality"),
    Role("split", "train, train-dev, dev or test"),
    Role("group", "the document; its sentences are not independent"),
)
ALIASES = {
    "reference": ("reference", "ref", "reference_1"), "source": ("source", "src", "input"),
    "prediction": ("prediction", "hypothesis", "hyp", "output"),
    "group": ("doc", "document", "doc_id", "group"),
}  # fmt: skip
REFERENCE, SAID, SOURCE, BAD = "reference", "prediction", "source", "bad"
YES, NO = {"1", "1.0", "true", "yes", "x"}, {"0", "0.0", "false", "no", ""}


def read_outputs(given: Given, how: How) -> Raw:
    """Return the outputs of a run, a row each; ``reference 1`` and so on are further references."""
    import polars as pl

    if is_text(given.run):
        return _files(given, how)
    rows = open_rows(given, ROLES, how, ALIASES)
    rows.check_ids()
    roles = rows.roles
    own = {x.strip().lower(): x for x in rows.frame.columns}
    more = [c for low, c in own.items() if low.startswith("reference_") and c not in roles.values()]
    columns: dict[str, Any] = {
        **rows.shared(), **{x: rows.texts(roles[x]) for x in (REFERENCE, SAID)},
        **{f"{REFERENCE} {i}": rows.texts(c) for i, c in enumerate(more, start=1)},
    }  # fmt: skip
    if SOURCE in roles:
        columns[SOURCE] = rows.texts(roles[SOURCE])
    for name in LOGPROBS:
        if name in roles:
            columns[name] = rows.numbers(roles[name], blank=True, high=1e-9,
                                         hint="a log-probability is 0 or less")  # fmt: skip
    for name in LENGTHS:
        if name in roles:
            columns[name] = rows.numbers(roles[name], blank=True, low=0)
    if BAD in roles:
        columns[BAD] = _marks(rows, roles)
    frame = pl.DataFrame({**rows.free(more), **columns})
    _check_one_model(rows, frame)
    return Raw(frame, rows.name, rows.inputs, roles)


def _marks(rows: Rows, roles: Mapping[str, str]) -> list[int]:
    found = []
    for i, text in enumerate(rows.texts(roles[BAD])):
        low = text.lower()
        if low not in YES | NO:
            raise rows.refuse(i, roles[BAD], f"{text[:40]!r} is not a mark", accepted="1 or 0")
        found.append(int(low in YES))
    return found


def _check_one_model(rows: Rows, frame: Any) -> None:
    """Refuse equal strings with different log-probabilities: they are not of one model."""
    if not set(LOGPROBS) <= set(frame.columns):
        return
    a, b = (frame[x].to_numpy() for x in LOGPROBS)
    same = (frame[REFERENCE] == frame[SAID]).to_numpy()
    apart = np.flatnonzero(same & (np.abs(a - b) > 1e-4 * np.maximum(1, np.abs(a))))
    if len(apart):
        i = int(apart[0])
        raise rows.refuse(
            i, rows.roles[LOGPROBS[1]],
            f"reference and output are equal, and cost {a[i]:g} and {b[i]:g}",
            accepted="log-probabilities of one model", hint="score both by the model that decodes",
        )  # fmt: skip


def _files(given: Given, how: How) -> Raw:
    import polars as pl

    run = str(given.run)
    if given.truth is None or not is_text(given.truth):
        raise InputError("outputs, and no file of references", file=run,
                         accepted="a line an output, a line a reference",
                         hint="name the references: --truth ref.txt")  # fmt: skip
    truth = str(given.truth)
    references, said = (lines_of(text_of(x, "lines of text")) for x in (truth, run))
    check_lengths(references, said, truth, run)
    frame = pl.DataFrame({
        "id": [str(i + 1) for i in range(len(said))], REFERENCE: [x.strip() for x in references],
        SAID: [x.strip() for x in said],
    })  # fmt: skip
    inputs = tuple(described(x, len(frame), how.checksum) for x in (run, truth))
    return Raw(frame, run, inputs, {"id": "line"})


SEARCH, MODEL, UNKNOWN = "search", "model", "unknown"
SHORT, REPEATS, COPIES = "too short", "repeats", "copies source"
LIKELIER = 1e-9
"""By how much the reference must be the likelier one (the contract's)."""
SHORTER = 0.5
"""Share of the words of the reference below which an output is too short (mlstrat's threshold)."""
RUN = 3
"""Times in a row that a word or a pair of words makes a repetition (mlstrat's threshold)."""
LOWER, SAME = ("error", "wer"), 1e-9
"""Figures of which the lower one is better, and what is no difference."""
EXTRA = "needs sacrebleu: pip install 'mlstrat[text]'"


class Seq2SeqTask(TableTask):
    """Reads outputs and references."""

    def examples(self, raw: Raw, how: How) -> Examples:
        """Return which outputs are wrong, and of which kind."""
        import polars as pl

        frame, wer = raw.frame, self.metric_of(how) == "wer"
        said = [" ".join(x.split()) for x in frame[SAID].to_list()]
        references = [[" ".join(x.split()) for x in frame[c].to_list()] for c in frame.columns
                      if c == REFERENCE or c.startswith(f"{REFERENCE} ")]  # fmt: skip
        equal = np.zeros(len(said), bool)
        for one in references:
            equal |= np.array([bool(a == b) for a, b in zip(one, said, strict=True)])
        wrong = ~equal if BAD not in frame.columns else frame[BAD].to_numpy() == 1
        num, den = wrong.astype(np.int64), np.ones(len(said), np.int64)
        if wer:
            num, den = best_edits(references, said)
        whose = whose_fault(frame, wrong, how)
        flags = {**whose, **_looks(references[0], said, frame, wrong)}
        counts = {k: x.astype(int) for k, x in flags.items()}
        own = {"id", "split", "group", REFERENCE, SAID, SOURCE, BAD, *LOGPROBS, *LENGTHS}
        free = [x for x in frame.columns if x not in own and not x.startswith(f"{REFERENCE} ")]
        table = pl.DataFrame({
            **kept(frame, ("id", "split", "group")), "num": num, "den": den,
            **kinds_of(counts, {k: -num * x for k, x in counts.items()}, {}), **kept(frame, free),
        })  # fmt: skip
        names = splits_of(table)
        wanted = how.split or "dev"
        main = wanted if wanted in names else str(names[0])
        told = attribution(table, whose, wrong, main, Sampling())
        return Examples(
            table, raw.name, raw.inputs, raw.columns, _notes(told),
            extras=lambda split, sampling: _extras(frame, table, split, sampling, references, said),
            document=lambda split, sampling: {
                "attribution": attribution(table, whose, wrong, split, sampling)},
            units=lambda: _units(table, frame, wrong, whose),
            truth=partial(truth_of, frame, frame[REFERENCE]) if "id" in frame.columns else None,
            unbounded=wer,
        )  # fmt: skip

    def pair_notes(self, left: Examples, right: Examples, pair: MeasuredPair) -> Sequence[Finding]:
        """Return the finding on figures that rank two systems differently."""
        figures: dict[str, tuple[float, float]] = {}
        sums = (pair.table.pair.a.sums, pair.table.pair.b.sums)
        errors = [float(x.num.sum() / max(x.den.sum(), 1.0)) for x in sums]
        figures["error"] = (errors[0], errors[1])
        sides = [
            {x["metric"]: x["value"] for x in one.extras(pair.split, Sampling())["beside"]}
            for one in (left, right)
        ]
        for name in ("wer", "bleu", "chrf"):
            values = [x.get(name) for x in sides]
            if values[0] is not None and values[1] is not None:
                figures[name] = (float(values[0]), float(values[1]))
        better = {x: (b - a) * (-1 if x in LOWER else 1) for x, (a, b) in figures.items()}
        for_b, for_a = ([x for x, y in better.items() if sign * y > SAME] for sign in (1, -1))
        if not for_a or not for_b:
            return ()
        evidence = {"figures": {k: list(x) for k, x in figures.items()}, "for_a": for_a,
                    "for_b": for_b}  # fmt: skip
        return (Finding(RANKED_DIFFERENTLY, evidence),)


def best_edits(references: list[list[str]], said: list[str]) -> tuple[Any, Any]:
    """Return edits and words against the best of several references: of the lowest error."""
    hyps = [x.split() for x in said]
    found = []
    for one in references:
        words = [x.split() for x in one]
        sub, dele, ins = edits(words, hyps)
        found.append((sub + dele + ins, np.array([len(x) for x in words], np.int64)))
    rates = np.column_stack([n / np.maximum(d, 1) for n, d in found])
    best = rates.argmin(axis=1)
    rows = np.arange(len(said))
    return (np.column_stack([n for n, _ in found])[rows, best],
            np.column_stack([d for _, d in found])[rows, best])  # fmt: skip


def whose_fault(frame: Any, wrong: Any, how: How) -> dict[str, NDArray[np.bool_]]:
    """Return whose fault each error is: the search's where the reference is the likelier output."""
    if not set(LOGPROBS) <= set(frame.columns):
        return {}
    right, said = (frame[x].to_numpy().astype(float) for x in LOGPROBS)
    penalty = check_number(how, "length_penalty", None, 0.0)
    if penalty is not None:
        if not set(LENGTHS) <= set(frame.columns):
            raise UsageError("--length-penalty: nothing says how long reference and output are",
                             accepted=" and ".join(LENGTHS))  # fmt: skip
        lengths = (np.maximum(frame[x].to_numpy().astype(float), 1) for x in LENGTHS)
        right, said = (x / y**penalty for x, y in zip((right, said), lengths, strict=True))
    known = np.isfinite(right) & np.isfinite(said)
    search = wrong & known & (right > said + LIKELIER)
    return {SEARCH: search, MODEL: wrong & known & ~search, UNKNOWN: wrong & ~known}


def _looks(
    reference: list[str], said: list[str], frame: Any, wrong: Any
) -> dict[str, NDArray[np.bool_]]:
    """Return which wrong outputs are short, repeat themselves, or copy what was given."""
    short = [
        len(b.split()) < SHORTER * len(a.split()) for a, b in zip(reference, said, strict=True)
    ]
    again = [repeats(b) and not repeats(a) for a, b in zip(reference, said, strict=True)]
    found = {SHORT: wrong & np.array(short, bool), REPEATS: wrong & np.array(again, bool)}
    if SOURCE in frame.columns:
        sources = (" ".join(x.split()) for x in frame[SOURCE].to_list())
        copies = [bool(b) and a == b for a, b in zip(sources, said, strict=True)]
        found[COPIES] = wrong & np.array(copies, bool)
    return found


def repeats(text: str) -> bool:
    """Tell whether a word or a pair of words stands three times in a row."""
    words = text.split()
    return any(
        all(words[i + j] == words[i + j + k * size] for k in range(1, RUN) for j in range(size))
        for size in (1, 2) for i in range(len(words) - RUN * size + 1)
    )  # fmt: skip


def attribution(
    table: Any, whose: Mapping[str, Any], wrong: Any, split: str, sampling: Sampling
) -> dict[str, Any] | None:
    """Return how many errors are the search's, how many the model's, and how the shares differ."""
    if not whose:
        return None
    here = splits_of(table) == split
    group = groups_of(table, here)
    bad = wrong[here].astype(float)
    out: dict[str, Any] = {}
    for name in (SEARCH, MODEL):
        mine = whose[name][here]
        share = ratio(mine, bad, group, sampling) if bad.any() else Figure(None, None, 0)
        out[name] = {"count": int(mine.sum()), "share": share.to_dict()}
    sign = whose[SEARCH][here].astype(float) - whose[MODEL][here]
    return {**out, "unknown": int(whose[UNKNOWN][here].sum()), "lower_bound": True,
            "difference": _difference(sign, bad, group, sampling).to_dict()}  # fmt: skip


def _difference(sign: Any, bad: Any, group: Any, sampling: Sampling) -> Figure:
    """Return Σ sign / Σ bad with t at the clusters that erred."""
    found = linearise(Ratios(Sums.of(sign, bad), group))
    if found is None:
        return Figure(None, None, len(bad))
    clusters = len(np.unique(group[bad > 0])) if group is not None else int(bad.sum())
    if clusters < FEWEST_CLUSTERS or not found.variance > 0:
        return Figure(found.value, None, len(bad), "no interval: too few errors, or all alike")
    reach = t_quantile(sampling.confidence, clusters - 1) * math.sqrt(found.variance)
    return Figure(found.value, (max(-1.0, found.value - reach), min(1.0, found.value + reach)),
                  len(bad))  # fmt: skip


def _notes(told: Mapping[str, Any] | None) -> tuple[Finding, ...]:
    if told is None or told["difference"]["ci"] is None:
        return ()
    low, high = told["difference"]["ci"]
    if low <= 0 <= high:
        return ()
    evidence = {
        "errors": told[SEARCH]["count"] + told[MODEL]["count"] + told["unknown"],
        "search": told[SEARCH]["count"], "model": told[MODEL]["count"],
        "difference": told["difference"]["value"], "ci": [low, high],
    }  # fmt: skip
    return (Finding(SEARCH_ERRS if low > 0 else MODEL_ERRS, evidence),)


def _extras(
    frame: Any, table: Any, split: str, sampling: Sampling, references: list[list[str]],
    said: list[str],
) -> Mapping[str, Any]:  # fmt: skip
    """Return the word error rate, and BLEU and chrF where sacrebleu is installed."""
    here = splits_of(table) == split
    group = groups_of(table, here)
    own = [[x for x, keep in zip(one, here, strict=True) if keep] for one in (*references, said)]
    num, den = best_edits(own[:-1], own[-1])
    figures = [beside("wer", ratio(num, den, group, sampling, bounded=False))]
    # The corpus as it stands: with blanks as they are, sacrebleu makes its own tokens.
    texts = [frame[c].filter(here).to_list() for c in frame.columns
             if c == REFERENCE or c.startswith(f"{REFERENCE} ")]  # fmt: skip
    return {"beside": figures + _corpus(texts, frame[SAID].filter(here).to_list())}


def _corpus(references: list[list[str]], said: list[str]) -> list[dict[str, Any]]:
    """Return BLEU and chrF of a corpus; without sacrebleu, why not."""
    try:
        from sacrebleu.metrics.bleu import BLEU
        from sacrebleu.metrics.chrf import CHRF
    except ImportError:
        return [plain(x, None, len(said), EXTRA) for x in ("bleu", "chrf")]
    found = []
    for name, metric in (("bleu", BLEU()), ("chrf", CHRF())):
        score = metric.corpus_score(said, references)
        figure = Figure(float(score.score), None, len(said))
        found.append(beside(name, figure, signature=str(metric.get_signature())))
    return found


def _units(table: Any, frame: Any, wrong: Any, whose: Mapping[str, Any]) -> Any:
    import polars as pl

    kind = np.full(len(wrong), "wrong", object)
    for name, flags in whose.items():
        kind[flags] = name
    scores = [frame[x].to_numpy().astype(float) for x in LOGPROBS if x in frame.columns]
    return pl.DataFrame({
        **kept(table, ("id", "split")), "unit": "output",
        "category": kind.tolist(), "where": frame[SOURCE] if SOURCE in frame.columns else "",
        "truth": frame[REFERENCE], "prediction": frame[SAID],
        "score": scores[0] - scores[1] if len(scores) == 2 else np.full(len(wrong), np.nan),
    }).filter(wrong)  # fmt: skip


TASK = Seq2SeqTask(
    "seq2seq", "sentence", ROLES,
    {
        "error": error("outputs that equal no reference, or that people call bad / outputs"),
        "wer": error("edits / words of the best reference", high=math.inf, name="wer", rate=True),
    },
    cluster="document", options=("truth", "length_penalty"), at_most=(SEARCH,),
    read_part=read_outputs,
)  # fmt: skip
