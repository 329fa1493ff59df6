"""Make the sample runs of tasks again: outputs of planted models, and the report of each.

``python sample_runs/make_tasks.py`` writes every file; ``--reports`` only what is made from the
runs.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_digits

import mlstrat as ms
from mlstrat.show.document import Document

FOLDER = Path(__file__).parent / "tasks"
Rng = np.random.Generator
Files = Mapping[str, str]

INTRO = """# Sample runs of tasks

A run of each task, made by `python sample_runs/make_tasks.py`: no model was trained but for
`segmentation`, errors were planted, so that it is known what a report has to say. Each folder holds
the run and its report.

| task | planted | commands of the report |
| --- | --- | --- |
"""


def table(header: str, rows: Sequence[Sequence[Any]]) -> str:
    """Return rows as CSV."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header.split())
    writer.writerows(rows)
    return out.getvalue()


def lines(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows as NDJSON."""
    return "".join(f"{json.dumps(row)}\n" for row in rows)


def card(task: str, names: Mapping[str, tuple[str, ...]]) -> str:
    """Return a run card: the files of each split."""
    out = f'[task]\nname = "{task}"\n'
    for split, files in names.items():
        out += f"[task.{split}]\n" + "".join(
            f'{key} = "{file}"\n'
            for key, file in zip(("predictions", "truth"), files, strict=False)
        )
    return out


def regression(rng: Rng) -> Files:
    """Overfitted: the residuals of dev are four times those of train."""
    rows = []
    for i, split in enumerate(["train"] * 300 + ["dev"] * 200):
        target = 20 + 60 * rng.random()
        size = 1.0 if split == "train" else 4.0
        off = size * (2 * rng.random() - 1) * 2
        rows.append((f"h{i:03}", split, ("north", "south")[i % 2], f"{target:.1f}",
                     f"{target + off:.1f}"))  # fmt: skip
    return {"run.csv": table("id split site target prediction", rows)}


def multilabel(rng: Rng) -> Files:
    """Overfitted on one label; a third of another is not known, which is not 0."""
    names, wrong = ("dog", "car", "rain"), {"train": (0.02,) * 3, "dev": (0.25, 0.04, 0.05)}
    rows = []
    for i, split in enumerate(["train"] * 250 + ["dev"] * 250):
        truth = [int(rng.random() < p) for p in (0.5, 0.3, 0.2)]
        said = [x ^ int(rng.random() < p) for x, p in zip(truth, wrong[split], strict=True)]
        known = [str(x) for x in truth[:2]] + [str(truth[2]) if rng.random() > 1 / 3 else ""]
        rows.append((f"p{i:03}", split, *known, *said))
    header = " ".join([*(f"label_{x}" for x in names), *(f"prediction_{x}" for x in names)])
    return {"run.csv": table(f"id split {header}", rows)}


def tagging(rng: Rng) -> Files:
    """Data mismatch: dev is of another source, whose names are cut off at the wrong place."""
    found = {}
    for split, n, bad in (("train", 90, 0.03), ("train-dev", 90, 0.05), ("dev", 120, 0.25)):
        out = []
        for _ in range(n):
            for _ in range(int(rng.integers(2, 5))):
                kind, size = ("PER", "ORG", "LOC")[int(rng.integers(3))], int(rng.integers(1, 4))
                gold = [f"B-{kind}", *[f"I-{kind}"] * (size - 1)]
                said = list(gold)
                if rng.random() < bad:
                    said = [*gold[:-1], "O"] if size > 1 else ["O"]
                out += [f"w{rng.integers(500)} {g} {s}" for g, s in zip(gold, said, strict=True)]
                out.append(f"w{rng.integers(500)} O O")
            out.append("")
        found[f"{split}.conll"] = "\n".join(out) + "\n"
    return {"run.toml": card("tagging", {x.removesuffix(".conll"): (x,) for x in found}), **found}


def verification(rng: Rng) -> Files:
    """Two of thirty people are hard to tell, so that trials say less than they seem to."""
    rows = []
    for split, first in (("dev", 0), ("test", 30)):
        for person in range(first, first + 30):
            hard = person % 15 == 7
            for take in range(4):
                other = first + int(rng.integers(30))
                same = take < 2
                right = person if same or other == person else other
                score = (0.3 if hard else 2.2) * (right == person) + rng.normal(0, 0.6)
                rows.append((split, f"s{person:02}/{take}", f"s{right:02}/9", int(right == person),
                             f"{score:.3f}"))  # fmt: skip
    return {"run.csv": table("split left right same score", rows)}


def identification(rng: Rng) -> Files:
    """Two people of twelve are taken for each other."""
    rows = []
    for probe in range(60):
        real = probe % 12
        for person in range(12):
            alike = real in (3, 4) and person in (3, 4)
            score = 2.0 * (person == real or alike) + rng.normal(0, 0.5)
            rows.append((f"p{probe:02}", f"s{person:02}", f"s{real:02}", f"{score:.2f}"))
    return {"run.csv": table("probe gallery real score", rows)}


def language_model(rng: Rng) -> Files:
    """Overfitted: rare words cost more on dev than on train."""
    rows = []
    for i, split in enumerate(["train"] * 25 + ["dev"] * 25):
        ranks = np.minimum(rng.geometric(0.02, 60), 400)
        cost = 0.6 + 0.02 * ranks * (1.0 if split == "train" else 1.6) + rng.exponential(0.3, 60)
        rows.append({"doc": f"d{i:02}", "split": split, "tokens": [f"w{x}" for x in ranks],
                     "logprobs": [-round(float(x), 3) for x in cost]})  # fmt: skip
    return {"run.jsonl": lines(rows)}


def seq2seq(rng: Rng) -> Files:
    """Greedy search: of most wrong outputs the model itself prefers the reference."""
    words = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    rows = []
    for i in range(300):
        reference = [words[int(x)] for x in rng.integers(0, 10, int(rng.integers(3, 7)))]
        said, ours = list(reference), -float(rng.exponential(3)) - 1
        theirs = ours
        if rng.random() < 0.3:
            said[int(rng.integers(len(said)))] = words[int(rng.integers(10))]
        if said != reference:
            theirs = ours + (0.8 if rng.random() < 0.25 else -0.8)
        rows.append({"id": f"q{i:03}", "reference": " ".join(reference),
                     "prediction": " ".join(said), "logprob_reference": round(ours, 3),
                     "logprob_prediction": round(theirs, 3)})  # fmt: skip
    return {"run.jsonl": lines(rows)}


def speech(rng: Rng) -> Files:
    """Data mismatch: dev was recorded in cars, where words are lost."""
    files, names = {}, {}
    for split, n, bad in (("train", 80, 0.04), ("train-dev", 80, 0.05), ("dev", 100, 0.16)):
        right, heard = [], []
        for i in range(n):
            key = f"(s{i % 20:02}-{split}-{i:03})"
            text = [f"w{x}" for x in rng.integers(0, 90, int(rng.integers(5, 12)))]
            said = [x for x in text if rng.random() > bad]
            right.append(f"{' '.join(text)} {key}\n")
            heard.append(f"{' '.join(said)} {key}\n")
        names[split] = (f"{split}.hyp.trn", f"{split}.ref.trn")
        files |= {names[split][0]: "".join(heard), names[split][1]: "".join(right)}
    return {"run.toml": card("speech", names), **files}


def chain(rng: Rng) -> Files:
    """A chain of three parts, of which the first owns most errors."""
    rows = []
    for i in range(500):
        right = rng.random() > 0.24
        detect = right or rng.random() < 0.6
        read = detect or rng.random() < 0.7
        plate = f"k{int(rng.integers(9_000)) + 1_000}"
        said = plate if right else f"k{int(rng.integers(9_000)) + 10_000}"
        rows.append((f"c{i:03}", plate, said, int(detect), int(read), 1))
    header = "id reference prediction after_detect after_read after_look_up"
    return {"run.csv": table(header, rows)}


DIGITS, SIDE, AROUND = ("zero", "one"), 3, 2
"""Names of digits, digits along a side of a picture, pixels seen around each."""

INK = {"truth": 6, "human": 4}
"""From where a pixel is ink to each of two annotators."""


def segmentation(rng: Rng) -> Files:
    """Too simple: naive Bayes on 5×5 pixels of drawn digits; a second annotator is far better."""
    given, size = load_digits(), 8 * SIDE
    drawn: dict[str, list[tuple[Array, Array, Array]]] = {"train": [], "dev": []}
    for pictures in drawn.values():
        for _ in range(40):
            picture, digit = np.zeros((size, size), int), np.zeros((size, size), int)
            for place in np.flatnonzero(rng.random(SIDE**2) < 0.5).tolist():
                which = int(rng.integers(len(DIGITS)))
                at = tuple(slice(8 * x, 8 * x + 8) for x in divmod(place, SIDE))
                picture[at], digit[at] = rng.choice(given.images[given.target == which]), which
            noisy = np.clip(picture + rng.integers(-2, 3, picture.shape), 0, 16)
            truth, human = (np.where(picture >= INK[x], digit, len(DIGITS)).ravel() for x in INK)
            pictures.append((patches(noisy), truth, human))
    names = [*DIGITS, "background"]
    said = naive_bayes([x[:2] for x in drawn["train"]], len(names))

    def pixels(split: str, *, human: bool = False) -> str:
        rows, k = [], len(names)
        for image, (seen, truth, other) in enumerate(drawn[split]):
            counts = np.bincount(truth * k + (other if human else said(seen)), minlength=k * k)
            rows += [(f"{split}-{image:02}", names[i // k], names[i % k], n)
                     for i, n in enumerate(counts.tolist()) if n]  # fmt: skip
        return table("id label prediction pixels", rows)

    splits = {x: (f"{x}.csv",) for x in (*drawn, "human")}
    return {"run.toml": card("segmentation", splits), **{f"{x}.csv": pixels(x) for x in drawn},
            "human.csv": pixels("dev", human=True)}  # fmt: skip


Array = np.ndarray[Any, Any]


def patches(picture: Array) -> Array:
    """Return the pixels around each pixel, a row each."""
    wide, side = np.pad(picture, AROUND), 2 * AROUND + 1
    return np.lib.stride_tricks.sliding_window_view(wide, (side, side)).reshape(-1, side**2)


def naive_bayes(train: Sequence[tuple[Array, Array]], classes: int) -> Callable[[Array], Array]:
    """Return what says the class of each patch; in whole numbers, the same on every machine."""
    seen, truth = (np.concatenate([x[i] for x in train]) for i in (0, 1))
    counts = np.array([[np.bincount(values, minlength=17) for values in seen[truth == c].T]
                       for c in range(classes)]) + 1  # fmt: skip
    score = np.round(1_000 * np.log(counts / counts.sum(axis=2, keepdims=True))).astype(int)
    often = np.round(1_000 * np.log(np.bincount(truth, minlength=classes) / len(truth))).astype(int)
    each = np.arange(seen.shape[1])
    return lambda x: np.argmax(often + score[:, each, x].sum(axis=2).T, axis=1)


PARTS = ("after_detect", "after_read", "after_look_up")
Runs = Callable[[str], tuple[tuple[str, Document], ...]]


def _diagnosed(task: str) -> Runs:
    return lambda run: ((f"mlstrat diagnose {run} --task {task}", ms.diagnose(run, task=task)),)


def _seq2seq(run: str) -> tuple[tuple[str, Document], ...]:
    said = f"mlstrat error-table {run} --task seq2seq"
    return (*_diagnosed("seq2seq")(run), (said, ms.error_table(run, task="seq2seq")))


def _chain(run: str) -> tuple[tuple[str, Document], ...]:
    said = f"mlstrat error-table {run} --task seq2seq --parts {','.join(PARTS)}"
    return ((said, ms.error_table(run, task="seq2seq", parts=PARTS)),)


TASKS: Mapping[str, tuple[Callable[[Rng], Files], Runs]] = {
    **{make.__name__: (make, _diagnosed(make.__name__)) for make in (
        regression, multilabel, tagging, verification, identification, language_model, speech)},
    "seq2seq": (seq2seq, _seq2seq),
    "chain": (chain, _chain),
    "segmentation": (segmentation, _diagnosed("segmentation")),
}  # fmt: skip
"""What makes the files of each, and the documents of its report."""


def run_of(name: str) -> str:
    """Return the run of a task, named as from the root of the checkout."""
    files = ("run.toml", "run.csv", "run.jsonl")
    file = next(x for x in files if (FOLDER / name / x).is_file())
    return f"sample_runs/tasks/{name}/{file}"


def files_of(name: str) -> Files:
    """Return the files of a task, which are the same each time."""
    return TASKS[name][0](np.random.default_rng([7, list(TASKS).index(name)]))


def report_of(name: str) -> str:
    """Return the report of a task: each command, and what it prints."""
    found = TASKS[name][1](run_of(name))
    return "\n".join(f"`{said}`\n\n{document.to_markdown()}" for said, document in found)


def page() -> str:
    """Return the page that names every run."""
    rows = []
    for name, (make, documents) in TASKS.items():
        planted = (make.__doc__ or "").strip()
        said = "<br>".join(f"`{said}`" for said, _ in documents(run_of(name)))
        rows.append(f"| [{name}]({name}/report.md) | {planted} | {said} |\n")
    return INTRO + "".join(rows)


def main() -> None:
    """Write everything."""
    for name in TASKS:
        folder = FOLDER / name
        folder.mkdir(parents=True, exist_ok=True)
        if "--reports" not in sys.argv:
            for file, text in files_of(name).items():
                (folder / file).write_text(text, encoding="utf-8")
        (folder / "report.md").write_text(report_of(name), encoding="utf-8")
    (FOLDER / "README.md").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
