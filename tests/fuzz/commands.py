"""For every command the command lines that are fuzzed, and small files that it accepts."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.fuzz.seeds import (
    counted,
    curve,
    cuts,
    document,
    effort,
    full,
    gates,
    gzipped,
    human_document,
    json_lines,
    ledger,
    levels,
    long_answers,
    models,
    parquet,
    preferences,
    reviewed,
    sheet,
    toml,
    typed_people,
    wine,
)
from tests.fuzz.task_seeds import (
    boxes,
    card,
    coco,
    conll,
    examples,
    folders_of_boxes,
    labels,
    numbers,
    outputs,
    points,
    poses,
    rows_of_boxes,
    sentences,
    tokens,
    trials,
    utterances,
)

FORMATS = ("text", "markdown", "json", "csv")
READER = 30.0
"""How much more often a reader alone is fuzzed than a command."""

OUTPUTS = ("-o", "--junit", "--ledger", "--figures", "--figure", "--out")
"""Options whose values are not fuzzed: they say where to write."""


@dataclass(frozen=True)
class Case:
    """A command line that succeeds.

    `files` are those it is given, by name (``-`` is standard input); `mutated` are those that are
    made wrong, and none means words of the command line. `share` weighs the case among the others.
    """

    name: str
    line: str
    files: Callable[[], Mapping[str, bytes]] = dict
    mutated: tuple[str, ...] = ()
    codes: tuple[int, ...] = (0, 2)
    formats: tuple[str, ...] = FORMATS
    share: float = 1.0

    @property
    def command(self) -> str:
        """The command."""
        return self.line.split()[0]

    @property
    def words(self) -> tuple[str, ...]:
        """The command line, word by word."""
        return tuple(shlex.split(self.line))


def _with(**files: Callable[[], bytes]) -> Callable[[], Mapping[str, bytes]]:
    """Return files by name; ``__`` stands for a slash and ``_`` before the ending for its dot."""
    names = {key: ".".join(key.replace("__", "/").rsplit("_", 1)) for key in files}
    return lambda: {names[key]: make() for key, make in files.items()}


QUICK = "--resamples 100"
RUN, CSV = _with(run_csv=full), ("run.csv",)
TASKS = tuple(
    Case(f"task {name}", f"diagnose {line} {QUICK}", files, mutated, share=1.3)
    for name, line, files, mutated in (
        ("columns of tags", "x.conll", lambda: {"x.conll": conll()}, ("x.conll",)),
        ("lists of tags", "x.ndjson", lambda: {"x.ndjson": sentences()}, ("x.ndjson",)),
        ("several labels", "x.csv", lambda: {"x.csv": labels()}, ("x.csv",)),
        ("numbers", "x.csv --task regression", lambda: {"x.csv": numbers()}, ("x.csv",)),
        ("trials", "x.txt --task verification", lambda: {"x.txt": trials()}, ("x.txt",)),
        ("probes", "x.txt --task identification", lambda: {"x.txt": trials()}, ("x.txt",)),
        ("tokens", "x.ndjson", lambda: {"x.ndjson": tokens()}, ("x.ndjson",)),
        ("outputs", "x.ndjson", lambda: {"x.ndjson": outputs()}, ("x.ndjson",)),
        ("utterances", "hyp.trn --truth ref.trn", utterances, ("hyp.trn", "ref.trn")),
        ("boxes", "said.csv --truth boxes.csv", boxes, ("boxes.csv", "said.csv")),
        ("points", "said.csv --truth points.csv", points, ("points.csv", "said.csv")),
        ("poses", "said.json --truth gt.json", poses, ("gt.json", "said.json")),
        ("card", "card.toml", card, ("card.toml", "dev.csv", "said.csv")),
        (
            "boxes of COCO",
            "said.json --truth gt.json --task detection",
            coco,
            ("said.json", "gt.json"),
        ),
        (
            "folders of boxes",
            "said --truth voc --task detection",
            folders_of_boxes,
            ("said/p2.txt", "said/data.yaml", "voc/p1.xml"),
        ),
        ("rows of boxes", "x.csv", lambda: {"x.csv": rows_of_boxes()}, ("x.csv",)),
        ("examples", "x.csv --task ratio", lambda: {"x.csv": examples()}, ("x.csv",)),
    )
)
CASES: tuple[Case, ...] = (
    *TASKS,
    Case("init", "init run.csv -o out.toml", RUN, CSV, share=0.4),
    Case(
        "plan by config",
        "plan --error 5% --detect 1% --config c.toml",
        _with(c_toml=toml),
        ("c.toml",),
        share=2.3,
    ),
    Case(
        "plan by words",
        "plan --examples 10000 --error 5% --detect 1% --discordance 2% --mismatch 1% "
        "--eyeball-errors 20 --dev 500 --power 0.8 --confidence 0.9",
        share=1.3,
    ),
    Case(
        "split",
        "split run.csv --target app --dev 8 --test 8 --map group=group --force -o out.csv",
        RUN,
        CSV,
        share=0.6,
    ),
    Case(
        "split by cuts",
        "split run.csv --cuts old.cuts.json --force -o out.csv",
        lambda: {"run.csv": full(), "old.cuts.json": cuts()},
        ("old.cuts.json", "run.csv"),
        share=0.7,
    ),
    Case("split --check", "split run.csv --check --detect 5%", RUN, CSV, share=0.3),
    Case(
        "split by words",
        "split run.csv --target app --dev 8 --test 10% --train-dev 5 --group group "
        "--source-column source --seed 1 --force -o out.csv",
        RUN,
        share=2.2,
    ),
    Case(
        "gaps --table",
        f"gaps --table levels.csv {QUICK}",
        _with(levels_csv=levels),
        ("levels.csv",),
        share=0.6,
    ),
    Case(
        "gaps by words",
        "gaps --human 1% --train 8% --train-dev 91/1000 --dev 10% --test 12/100 "
        "--n 500 --tolerance 0.01 --confidence 0.95 --seed 0 --resamples 100",
    ),
    Case("diagnose CSV", f"diagnose run.csv {QUICK}", RUN, CSV, share=1.3),
    Case(
        "diagnose wine",
        f"diagnose run.csv {QUICK} --metric log_loss",
        _with(run_csv=wine),
        CSV,
        share=0.8,
    ),
    Case("diagnose stdin", f"diagnose - {QUICK}", lambda: {"-": full()}, ("-",), share=0.9),
    Case(
        "diagnose gzip",
        f"diagnose run.csv.gz {QUICK}",
        lambda: {"run.csv.gz": gzipped()},
        ("run.csv.gz",),
        share=0.7,
    ),
    Case(
        "diagnose NDJSON",
        f"diagnose run.ndjson {QUICK}",
        _with(run_ndjson=json_lines),
        ("run.ndjson",),
        share=1.3,
    ),
    Case(
        "diagnose Parquet",
        f"diagnose run.parquet {QUICK}",
        _with(run_parquet=parquet),
        ("run.parquet",),
        share=1.1,
    ),
    Case(
        "diagnose config",
        f"diagnose run.csv {QUICK} --config c.toml",
        _with(run_csv=full, c_toml=toml),
        ("c.toml",),
        share=1.2,
    ),
    Case(
        "diagnose --human",
        f"diagnose run.csv {QUICK} --human h.json",
        _with(run_csv=full, h_json=human_document),
        ("h.json",),
        share=0.7,
    ),
    Case(
        "diagnose by words",
        "diagnose run.csv --human-error 1% --metric f1 --average macro --beta 1 "
        "--positive yes --threshold 0.5 --map label=label --split dev --split-as x=dev "
        "--confidence 0.95 --seed 0 --resamples 100 --tolerance 0.01",
        RUN,
    ),
    Case(
        "score", f"score run.csv --by site --metric average_precision {QUICK}", RUN, CSV, share=0.8
    ),
    Case(
        "score by words",
        "score run.csv --by site --metric f_beta --beta 2 --average macro "
        "--weight-when label=yes:10 --map id=id --split dev --confidence 0.95 --seed 0 "
        "--resamples 100",
        RUN,
    ),
    Case("count", "count run.csv --by site --scores -o out.csv", RUN, CSV),
    Case(
        "count by words",
        "count run.csv --by site --threshold 0.5 --map label=label --split-as x=dev -o out.csv",
        RUN,
    ),
    Case(
        "diagnose counts",
        f"diagnose counts.csv {QUICK}",
        _with(counts_csv=counted),
        ("counts.csv",),
    ),
    Case("curve", "curve curve.csv --target 5%", _with(curve_csv=curve), ("curve.csv",)),
    Case(
        "curve by words",
        "curve curve.csv --target 5% --dev-n 800 --confidence 0.9",
        _with(curve_csv=curve),
    ),
    Case("human", f"human run.csv --model-error 5% {QUICK}", RUN, CSV, share=0.6),
    Case(
        "human long",
        f"human answers.csv --run run.csv {QUICK}",
        _with(answers_csv=long_answers, run_csv=full),
        ("answers.csv", "run.csv"),
        share=1.6,
    ),
    Case(
        "human typed",
        "human people.csv --bar ann --n 50 --model-error 1%",
        _with(people_csv=typed_people),
        ("people.csv",),
        share=2.3,
    ),
    Case(
        "human by words",
        "human people.csv --bar ann --n 50 --model-error 1% --group ann=x "
        "--confidence 0.9 --seed 1",
        _with(people_csv=typed_people),
        share=2.5,
    ),
    Case(
        "sample",
        "sample run.csv -n 5 --correct 3 --stratify pair -o review.csv",
        RUN,
        CSV,
        share=0.3,
    ),
    Case(
        "sample --append",
        "sample run.csv -n 5 --append -o review.csv",
        _with(run_csv=reviewed, review_csv=sheet),
        ("review.csv", "run.csv"),
    ),
    Case(
        "sample by words",
        "sample run.csv -n 5 --kind all --correct 3 --stratify site --eyeball 10 "
        "--positive yes --seed 0 --map id=id --split dev -o review.csv",
        RUN,
        share=0.5,
    ),
    Case(
        "error-table",
        "error-table review.csv --run run.csv --rows",
        _with(review_csv=sheet, run_csv=reviewed),
        ("review.csv", "run.csv"),
        share=1.6,
    ),
    Case(
        "error-table alone",
        "error-table review.csv --merge",
        _with(review_csv=sheet),
        ("review.csv",),
        share=1.5,
    ),
    Case(
        "error-table --effort",
        "error-table review.csv --error 10% --effort costs.toml",
        _with(review_csv=sheet, costs_toml=effort),
        ("costs.toml",),
        share=0.2,
    ),
    Case(
        "error-table by words",
        "error-table --error 10% --reviewed 100 --tag dog=5 --tag blurry=61 --confidence 0.95",
        share=0.7,
    ),
    Case(
        "mislabels",
        f"mislabels review.csv --run run.csv {QUICK}",
        _with(review_csv=sheet, run_csv=reviewed),
        ("review.csv", "run.csv"),
        share=0.8,
    ),
    Case(
        "mislabels --versus",
        f"mislabels review.csv --run run.csv --versus other.csv {QUICK}",
        _with(review_csv=sheet, run_csv=reviewed, other_csv=reviewed),
        ("review.csv", "other.csv"),
        share=0.2,
    ),
    Case(
        "mislabels --suspects",
        "mislabels --suspects run.csv -n 5 -o out.csv",
        _with(run_csv=wine),
        CSV,
        share=0.6,
    ),
    Case(
        "mislabels by words",
        f"mislabels --error 10% --from-labels 0.6% --versus-error 9% -n 1000 {QUICK}",
        share=0.9,
    ),
    Case("slices", f"slices run.csv --min-size 2 {QUICK}", RUN, CSV, share=0.3),
    Case(
        "slices --versus",
        f"slices run.csv --versus other.csv --mismatch --min-size 2 {QUICK}",
        _with(run_csv=full, other_csv=full),
        ("run.csv", "other.csv"),
        share=0.2,
    ),
    Case(
        "slices by words",
        "slices run.csv --by site --by x --min-size 3 --seed 0 --split dev "
        "--confidence 0.9 --map label=label",
        RUN,
        share=0.4,
    ),
    Case(
        "select",
        "select models.csv --optimize accuracy --where 'ms <= 100' --prefer ms",
        _with(models_csv=models),
        ("models.csv",),
        share=1.2,
    ),
    Case(
        "select --preferences",
        "select models.csv --optimize accuracy --preferences p.csv",
        _with(models_csv=models, p_csv=preferences),
        ("p.csv",),
        share=0.7,
    ),
    Case(
        "select runs",
        f"select run.csv other.csv --optimize f1 {QUICK}",
        _with(run_csv=full, other_csv=full),
        ("other.csv",),
        share=0.2,
    ),
    Case(
        "select by words",
        "select models.csv --maximize 'mean(accuracy, -0.5*ms)' --where 'ms<=100' "
        "--where 'rate(ms, n) > 0.01' --name name --n 1000 --prefer max:ms --confidence 0.95 "
        "--seed 1",
        _with(models_csv=models),
        share=1.6,
    ),
    Case(
        "compare",
        f"compare run.csv other.csv {QUICK}",
        _with(run_csv=full, other_csv=full),
        ("run.csv", "other.csv"),
        share=0.8,
    ),
    Case(
        "compare columns",
        f"compare run.csv --a human_ann --b prediction --by site {QUICK}",
        RUN,
        CSV,
        share=0.4,
    ),
    Case(
        "compare by words",
        "compare run.csv --a human_ann --b prediction --metric f1 --average macro "
        "--margin 1% --by site --positive yes --split dev --resamples 100 --confidence 0.9",
        RUN,
        share=1.5,
    ),
    Case(
        "report",
        f"report run.csv --baseline other.csv --review review.csv {QUICK}",
        _with(run_csv=reviewed, other_csv=reviewed, review_csv=sheet),
        ("run.csv", "other.csv", "review.csv"),
        formats=(*FORMATS, "html"),
        share=0.4,
    ),
    Case(
        "report --history",
        f"report runs/b/run.csv --history runs --skip-broken {QUICK}",
        lambda: {
            "runs/a/run.csv": wine(),
            "runs/a/run.toml": toml(),
            "runs/b/run.csv": wine(),
            "runs/b/run.toml": toml(),
        },
        ("runs/a/run.toml", "runs/a/run.csv"),
        formats=(*FORMATS, "html"),
        share=0.1,
    ),
    Case(
        "report --candidates",
        f"report run.csv --candidates models.csv --metric accuracy {QUICK}",
        _with(run_csv=full, models_csv=models),
        ("models.csv",),
        formats=(*FORMATS, "html"),
        share=0.2,
    ),
    Case(
        "gate",
        f"gate run.csv --baseline other.csv --junit g.xml {QUICK}",
        _with(run_csv=full, other_csv=full),
        ("run.csv", "other.csv"),
        (0, 1, 2, 3),
        share=0.3,
    ),
    Case(
        "gate config",
        f"gate run.csv --baseline other.csv --config gates.toml {QUICK}",
        _with(run_csv=full, other_csv=full, gates_toml=gates),
        ("gates.toml",),
        (0, 1, 2, 3),
        share=1.3,
    ),
    Case(
        "gate ledger",
        f"gate run.csv --baseline run.csv --ledger l.json {QUICK}",
        _with(run_csv=full, l_json=ledger),
        ("l.json",),
        (0, 1, 2, 3),
        share=0.1,
    ),
    Case(
        "gate by words",
        "gate run.csv --baseline other.csv --margin 1% --human-error 1% --metric f1 "
        "--confidence 0.95 --resamples 100",
        _with(run_csv=full, other_csv=full),
        (),
        (0, 1, 2, 3),
        share=1.1,
    ),
    Case("improve", "improve run.csv --target label --dry-run", RUN, CSV, share=0.1),
    Case("plot ladder", f"plot ladder run.csv -o out.svg {QUICK}", RUN, CSV, share=0.05),
    Case("plot roc", f"plot roc run.csv -o out.svg {QUICK}", RUN, CSV, share=0.05),
    Case(
        "plot pictures",
        "plot pictures said.json --truth gt.json --task detection --threshold 0.5 -o out.svg",
        coco,
        ("said.json", "gt.json"),
        share=0.05,
    ),
    Case(
        "plot tally",
        "plot tally review.csv --run run.csv -o out.svg",
        _with(review_csv=sheet, run_csv=reviewed),
        ("review.csv",),
        share=0.05,
    ),
    Case(
        "plot by words",
        "plot ladder run.csv --human-error 1% --metric f1 --confidence 0.9 -o out.svg",
        RUN,
        share=0.1,
    ),
    Case("config", "read-config c.toml", _with(c_toml=toml), ("c.toml",), formats=(), share=READER),
    Case("gates", "read-config g.toml", _with(g_toml=gates), ("g.toml",), formats=(), share=READER),
    Case(
        "sheet",
        "read-sheet review.csv",
        _with(review_csv=sheet),
        ("review.csv",),
        formats=(),
        share=READER,
    ),
    Case("levels", "read-levels l.csv", _with(l_csv=levels), ("l.csv",), formats=(), share=READER),
    Case(
        "ledger",
        "read-ledger l.json",
        _with(l_json=ledger),
        ("l.json",),
        formats=(),
        share=READER / 2,
    ),
    Case("cuts", "read-cuts c.json", _with(c_json=cuts), ("c.json",), formats=(), share=READER / 2),
    Case(
        "human document",
        "read-human h.json",
        _with(h_json=human_document),
        ("h.json",),
        formats=(),
        share=READER / 2,
    ),
    Case(
        "costs",
        "read-costs c.toml",
        _with(c_toml=effort),
        ("c.toml",),
        formats=(),
        share=READER / 2,
    ),
    Case(
        "document", "read-document d.json", _with(d_json=document), ("d.json",), formats=(), share=2
    ),
    Case("rate", "parse-rate 80/1000", formats=(), share=READER),
    Case(
        "constraint",
        "parse-where 'rate(fp, hours) + mean(a, b) * -2 <= 100'",
        formats=(),
        share=READER,
    ),
    Case(
        "expression", "parse-expression 'f1(`p x`, r) - 0.5 * (ms / 1e3)'", formats=(), share=READER
    ),
    Case("cost rule", "parse-costs label=cat,prediction=dog:5", formats=(), share=READER),
    Case("explain", "explain avoidable bias", share=1.9),
    Case("schema", "schema diagnose", share=2.5),
    Case("train", "train --describe resnet --full-size", share=2.5),
    Case("study", "study --list knobs wine --seeds 3 --out out", formats=(), share=2.5),
)


def by_name(name: str) -> Case:
    """Return a case."""
    return next(case for case in CASES if case.name == name)
