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
        case ["utterances", n, path]:
            make_utterances(int(n), Path(path))
        case ["spans", path]:
            report_spans(Path(path))
        case ["edits", path]:
            count_edits(Path(path))
        case ["diagnose", path]:
            diagnose_edits(Path(path))
        case _:
            sys.exit("texts.py tags|utterances N FILE, or spans|edits|diagnose FILE")


if __name__ == "__main__":
    main()
