"""Small files that the commands accept: what is made wrong by the fuzzer."""

from __future__ import annotations

import functools
import gzip
import io
import json
from pathlib import Path

import polars as pl

import mlstrat as ms

SAMPLES = Path(__file__).parent.parent.parent / "sample_runs"


@functools.cache
def wine() -> bytes:
    """Every third row of a real run with probabilities."""
    header, *rows = (SAMPLES / "wine" / "run.csv").read_bytes().splitlines(keepends=True)
    return b"".join([header, *rows[::3]])


@functools.cache
def toml() -> bytes:
    """A real config, and every table that there is."""
    return (SAMPLES / "wine" / "run.toml").read_bytes() + (
        b'\n[columns]\nlabel = "label"\n\n[splits]\nhans = "dev"\n\n[human]\nerror = "1%"\n'
        b'source = "team"\n\n[sources]\ntarget = ["app"]\n\n[select]\nwhere = ["ms <= 100"]\n'
    )


def gates() -> bytes:
    """A real file of gates, and one with everything."""
    return (SAMPLES / "gates.toml").read_bytes() + (
        b'\n[[gate]]\nmetric = "error"\nwhere = "site == *"\nmax = "60%"\nmin_n = 5\n'
        b'on_inconclusive = "pass"\n\n[[gate]]\nmetric = "f1"\nmargin = 0.05\ndecide_on = "point"\n'
    )


@functools.cache
def full() -> bytes:
    """A run in which every role has a column."""
    lines = ["id,split,label,prediction,score,sample_weight,group,source,human_ann,human_bo,site,x"]
    for i in range(96):
        split = ("train", "train-dev", "dev", "dev", "test", "dev")[i % 6]
        label = "yes" if i % 5 < 2 else "no"
        other = "no" if label == "yes" else "yes"
        call = other if i % 7 == 0 else label
        score = ((i * 37) % 100) / 100
        answer = other if i % 11 == 0 else label
        lines.append(
            f"{i},{split},{label},{call},{score},{1 + i % 3},g{i % 24},{'app' if i % 2 else 'web'},"
            f"{answer},{label if i % 4 else ''},{'north' if i % 3 else 'south'},{i % 9}.5"
        )
    return ("\n".join(lines) + "\n").encode()


@functools.cache
def _frame() -> pl.DataFrame:
    return pl.read_csv(io.BytesIO(full()))


def parquet() -> bytes:
    """The same as Parquet."""
    stream = io.BytesIO()
    _frame().write_parquet(stream, compression="uncompressed")
    return stream.getvalue()


def json_lines() -> bytes:
    """The same as JSON lines."""
    return _frame().head(24).write_ndjson().encode()


def gzipped() -> bytes:
    """The same as gzipped CSV."""
    return gzip.compress(full(), mtime=0)


@functools.cache
def sheet() -> bytes:
    """The first rows of a real review sheet, without the run's own columns."""
    rows = (SAMPLES / "story" / "first_review.csv").read_bytes()
    frame = pl.read_csv(io.BytesIO(rows), infer_schema=False).head(16)
    plain = [name for name in frame.columns if not name.startswith("run.prob_")]
    return frame.select(plain).write_csv().encode()


@functools.cache
def reviewed() -> bytes:
    """The rows of the run from which that sheet was drawn, and some more of dev."""
    ids = pl.read_csv(io.BytesIO(sheet()), infer_schema=False)["id"]
    run = pl.read_csv(SAMPLES / "story" / "first.csv", infer_schema=False)
    run = run.filter(pl.col("split") == "dev")
    kept = pl.concat([run.filter(pl.col("id").is_in(ids.to_list())), run.head(30)]).unique(
        "id", maintain_order=True
    )
    return kept.select("id", "split", "label", "prediction", "ink").write_csv().encode()


@functools.cache
def counted() -> bytes:
    """The same run as counts."""
    keys = ["split", "label", "prediction", "site"]
    return _frame().group_by(keys, maintain_order=True).len("n").write_csv().encode()


def curve() -> bytes:
    """A real learning curve."""
    return (SAMPLES / "curve.csv").read_bytes()


def long_answers() -> bytes:
    """Answers of people, a row each."""
    rows = [f"{i},{who},{'yes' if i % 3 else 'no'}" for i in range(12) for who in ("ann", "bo")]
    return ("id,annotator,answer\n" + "\n".join(rows) + "\n").encode()


def typed_people() -> bytes:
    """Levels of people, typed."""
    return b"name,error,n,group\nann,3%,200,doctor\nbo,0.01,300,doctor\nteam,4/800,,team\n"


def levels() -> bytes:
    """A table of levels with two distributions."""
    return (
        b"level,error,n,distribution\nhuman,4%,,web\ntrain,7%,10000,web\ntrain-dev,10%,1000,web\n"
        b"human,5%,,app\ndev,12%,2500,app\ntest,120/1000,,app\n"
    )


def models() -> bytes:
    """A table of candidates."""
    return (SAMPLES / "models.csv").read_bytes() + b"D,93,90,1000\n"


def preferences() -> bytes:
    """How people order them."""
    return b"better,worse\nB,A\nC,D\nB,D\n"


def effort() -> bytes:
    """Days of work by tag."""
    return b'[days]\nfaint = 3\n"cut off" = 0.5\nthick = 10\n'


def human_document() -> bytes:
    """What human -f json says, as far as it is read."""
    return json.dumps(
        {
            "schema": "mlstrat.human/1",
            "bayes_proxy": {"name": "ann", "error": {"value": 0.1, "n": 50}},
        }
    ).encode()


def cuts() -> bytes:
    """The cut points of an earlier split."""
    ends = {"dev": f"{2**60:016x}", "test": f"{2**61:016x}", "train-dev": f"{2**62:016x}"}
    return json.dumps(
        {
            "schema": "mlstrat.cuts/1", "hash": "fmix64(FNV-1a-64('<seed>/<key>')) >> 1", "seed": 0,
            "key": "id", "columns": {"id": "id", "source": "source"}, "target": ["app"],
            "strata": [{"source": "app", "value": "", **ends}],
            "rest": {"target": ends, "other": ends},
        }, indent=1,
    ).encode()  # fmt: skip


@functools.cache
def document() -> bytes:
    """A document that a command wrote."""
    return ms.gaps(human="1%", train="8%", dev="80/1000", resamples=100).to_json().encode()


def ledger() -> bytes:
    """A ledger of uses."""
    entry = {
        "split": "dev",
        "rows": 48,
        "uses": 3,
        "runs": ["ab", "cd"],
        "dev_to_test": {"ab": 0.01},
    }
    return json.dumps({"schema": "mlstrat.ledger/1", "sets": {"0" * 64: entry}}, indent=1).encode()
