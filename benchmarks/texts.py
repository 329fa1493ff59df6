"""What the benchmark runs on tags and transcripts: making them, and the tools that count them."""

from __future__ import annotations

import sys
import time
from pathlib import Path

SEED = 20_170_815
KINDS = ("PER", "ORG", "LOC", "MISC")


def make_tags(tokens: int, path: Path) -> None:
    """Write sentences of about 20 tokens in the columns of CoNLL, one tag in ten wrong."""
    import random

    rng, out, left = random.Random(SEED), [], tokens
    while left > 0:
        sentence: list[str] = []
        while len(sentence) < min(20, left):
            size = rng.choice((1, 1, 2, 3))
            kind = rng.choice(KINDS)
            named = [f"B-{kind}", *[f"I-{kind}"] * (size - 1)]
            sentence += named if rng.random() < 0.25 else ["O"] * size
        for gold in sentence:
            said = gold if rng.random() < 0.9 else rng.choice(["O", "B-PER", "I-ORG"])
            out.append(f"w{rng.randrange(20_000)} {gold} {said}")
        left -= len(sentence)
        out.append("")
    path.write_text("\n".join(out) + "\n", encoding="utf-8")


def make_tokens(tokens: int, path: Path) -> None:
    """Write sentences as `make_tags` does, or the costs of documents: in a form by the file's name.

    A row a token of CSV, columns of CoNLL, a line a sentence of NDJSON; of costs a line a token.
    """
    import numpy as np
    import polars as pl

    rng, tags = np.random.default_rng([SEED, tokens]), [f"{x}-{k}" for k in KINDS for x in "BI"]
    word = pl.Series([f"w{i}" for i in range(20_000)])[rng.integers(20_000, size=tokens)]
    if path.name.startswith("costs"):
        doc = pl.Series(np.arange(tokens) // 200).cast(pl.String)
        cost = -rng.exponential(2.5, tokens).round(4)
        pl.DataFrame({"doc": "d" + doc, "token": word, "logprob": cost}).write_ndjson(path)
        return
    size = rng.choice((1, 1, 2, 3), tokens)
    place = (np.cumsum(size) - size)[size.cumsum() <= tokens]  # where pieces begin
    begun = np.zeros(tokens, bool)
    begun[place] = True
    piece = np.cumsum(begun) - 1
    named = (1 + 2 * rng.integers(len(KINDS), size=len(place))) * (rng.random(len(place)) < 0.25)
    gold = (named[piece] + (named[piece] > 0)) - (begun & (named[piece] > 0))
    said = np.where(rng.random(tokens) < 0.9, gold, rng.choice((0, 1, 4), tokens))
    text = pl.Series(["O", *tags])
    frame = pl.DataFrame({
        "sentence_id": place[piece] // 20, "token": word, "label": text[gold],
        "prediction": text[said],
    })  # fmt: skip
    if path.suffix == ".csv":
        frame.drop("token").write_csv(path)
        return
    sentences = frame.group_by("sentence_id", maintain_order=True).agg(
        tokens="token", tags="label", predictions="prediction"
    )
    if path.suffix == ".ndjson":
        sentences.drop("sentence_id").write_ndjson(path)
        return
    line = pl.concat_str("token", "label", "prediction", separator=" ")
    lines = frame.select("sentence_id", line=line).group_by("sentence_id", maintain_order=True)
    blocks = lines.agg(pl.col("line").str.join("\n"))["line"]
    path.write_text("\n\n".join(blocks) + "\n", encoding="utf-8")


def read_tokens(path: Path) -> None:
    """Read all columns with Polars alone and count them: the least that reading tokens costs."""
    import polars as pl

    if path.suffix == ".ndjson":
        scan = pl.scan_ndjson(path)
    elif path.suffix == ".csv":
        scan = pl.scan_csv(path, infer_schema=False)
    else:
        scan = pl.scan_csv(path, infer_schema=False, has_header=False, separator=" ",
                           quote_char=None)  # fmt: skip
    print(scan.collect(engine="streaming").count().row(0))


def make_utterances(n: int, path: Path) -> None:
    """Write utterances of 20 words with their transcripts, one word in ten wrong."""
    import random

    rng, rows = random.Random(SEED), ["id,reference,prediction"]
    for i in range(n):
        words = [f"w{rng.randrange(5_000)}" for _ in range(20)]
        said = [x if rng.random() < 0.93 else f"w{rng.randrange(5_000)}" for x in words]
        said = [x for x in said if rng.random() < 0.97]
        rows.append(f"u{i},{' '.join(words)},{' '.join(said)}")
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")


def report_spans(path: Path) -> None:
    """Read the columns and print seqeval's report."""
    from seqeval.metrics import classification_report

    gold: list[list[str]] = [[]]
    said: list[list[str]] = [[]]
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line:
            gold.append([])
            said.append([])
            continue
        _, one, other = line.split(" ")
        gold[-1].append(one)
        said[-1].append(other)
    print(classification_report([x for x in gold if x], [x for x in said if x]))


def count_edits(path: Path) -> None:
    """Read the transcripts and count by jiwer; print the seconds of the processor."""
    import csv

    import jiwer

    begun = time.process_time()
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    jiwer.process_words([x["reference"] for x in rows], [x["prediction"] for x in rows])
    print(time.process_time() - begun)


def diagnose_edits(path: Path) -> None:
    """Diagnose the transcripts; print the seconds of the processor."""
    import polars as pl

    import mlstrat as ms

    few = pl.DataFrame({"reference": ["a b"] * 9, "prediction": ["a"] * 9})
    ms.diagnose(few, task="speech")  # what is loaded once
    begun = time.process_time()
    ms.diagnose(path, task="speech")
    print(time.process_time() - begun)


def main() -> None:
    """Run the task that the arguments name."""
    match sys.argv[1:]:
        case ["tags", n, path]:
            make_tags(int(n), Path(path))
        case ["tokens", n, path]:
            make_tokens(int(n), Path(path))
        case ["read", path]:
            read_tokens(Path(path))
        case ["utterances", n, path]:
            make_utterances(int(n), Path(path))
        case ["spans", path]:
            report_spans(Path(path))
        case ["edits", path]:
            count_edits(Path(path))
        case ["diagnose", path]:
            diagnose_edits(Path(path))
        case _:
            sys.exit("texts.py tags|tokens|utterances N FILE, or read|spans|edits|diagnose FILE")


if __name__ == "__main__":
    main()
