"""Work that a command may do once or again and again: many checks, many runs, many classes.

``python again.py TASK PATH``: one task in a process of its own, as `work`.
"""

from __future__ import annotations

import contextlib
import io
import sys
from pathlib import Path
from typing import Any

SEED = 5
CHECKS = RUNS = 100
PAST = 200
"""Runs of a history."""
ROWS = 20_000
"""Of the run that is checked."""


def made(rows: int, classes: int, error: float, stream: int) -> dict[str, object]:
    """Return the columns of a run whose wrong predictions are any other class alike."""
    import numpy as np

    truth, model = (np.random.default_rng([SEED, rows, classes, x]) for x in (0, stream))
    label = truth.integers(classes, size=rows)
    wrong = model.random(rows) < error
    called = np.where(wrong, (label + model.integers(1, classes, rows)) % classes, label)
    return {"id": np.arange(rows), "label": label, "prediction": called}


def make_checks(_: int, folder: Path) -> None:
    """Write a run, its baseline, and a gate with one check and one with a hundred."""
    import numpy as np
    import polars as pl

    folder.mkdir()
    site = np.arange(ROWS) % CHECKS
    for name, stream in (("run", 1), ("baseline", 2)):
        found = pl.DataFrame({**made(ROWS, 4, 0.1, stream), "site": site})
        found.write_csv(folder / f"{name}.csv")
    for checks in (1, CHECKS):
        gates = [f'[[gate]]\nmetric = "f1"\nwhere = "site == {i}"\nmargin = 0.3\n'
                 for i in range(checks)]  # fmt: skip
        (folder / f"{checks}.toml").write_text("\n".join(gates))


def make_runs(rows: int, folder: Path) -> None:
    """Write a hundred runs on the same examples."""
    import polars as pl

    folder.mkdir()
    for i in range(RUNS):
        run = pl.DataFrame(made(rows, 3, 0.1 + 0.002 * i, i + 1))
        run.write_csv(folder / f"run_{i:03}.csv")


def make_past(rows: int, folder: Path) -> None:
    """Write a history of two hundred runs on the same examples, each with its settings."""
    import numpy as np
    import polars as pl

    place = np.arange(rows) % 5
    split = np.where(place < 3, "train", np.where(place == 3, "dev", "test"))
    for i in range(PAST):
        run = pl.DataFrame(made(rows, 5, 0.12 - 0.0003 * i, i + 1) | {"split": split})
        here = folder / f"run_{i:03}"
        here.mkdir(parents=True)
        run.write_csv(here / "run.csv")
        (here / "run.toml").write_text(f"[run]\nrate = {i % 20}\nwidth = {i // 20}\n")


def read_history(folder: Path, anew: Path | None = None) -> None:
    """Report the last run with its history; anew is with nothing kept."""
    import os
    import shutil

    from mlstrat.cli import run

    os.environ["XDG_CACHE_HOME"] = str(folder.absolute().with_suffix(".cache"))
    if anew is not None:
        os.environ["XDG_CACHE_HOME"] += ".anew"
        shutil.rmtree(os.environ["XDG_CACHE_HOME"], ignore_errors=True)
    last = folder / f"run_{PAST - 1:03}" / "run.csv"
    sys.argv = ["mlstrat", "report", str(last), "--history", str(folder)]
    with contextlib.redirect_stdout(io.StringIO()):
        run()


def make_classes(rows: int, path: Path) -> None:
    """Write a run of so many classes as the name of its file says."""
    import polars as pl

    classes = int(path.stem.split("_")[1])
    stream = 2 if "twin" in path.stem else 1
    columns = made(rows, classes, 0.2, stream)
    pl.DataFrame(columns).write_csv(path)


def make_scores(rows: int, path: Path) -> None:
    """Write a run with the probabilities of ten classes."""
    import numpy as np
    import polars as pl

    rng = np.random.default_rng([SEED, rows])
    label = rng.integers(10, size=rows)
    scores = rng.gumbel(size=(rows, 10)) + 2 * np.eye(10)[label]
    shares = np.exp(scores)
    shares = (shares / shares.sum(axis=1, keepdims=True)).round(6)
    columns = {f"prob_{i}": shares[:, i] for i in range(10)}
    pl.DataFrame({"label": label, **columns}).write_parquet(path)


def read_runs(folder: Path) -> None:
    """Read a hundred runs with Polars alone."""
    import polars as pl

    for path in sorted(folder.glob("*.csv")):
        pl.read_csv(path)


def select_runs(folder: Path) -> None:
    """Choose among a hundred runs by F1."""
    from mlstrat.cli import run

    sys.argv = ["mlstrat", "select", *map(str, sorted(folder.glob("*.csv"))), "--optimize", "f1"]
    with contextlib.redirect_stdout(io.StringIO()):
        run()


def rewrite(path: Path) -> None:
    """Read a file and write it again: the least that splitting it costs."""
    import polars as pl

    out = path.with_suffix(".rewritten")
    pl.scan_csv(path, infer_schema=False).sink_csv(out)
    out.unlink()


def split_rows(path: Path) -> None:
    """Split a file."""
    from mlstrat.cli import run

    out = path.with_suffix(".split.csv")
    sys.argv = ["mlstrat", "split", str(path), "--dev", "10%", "--test", "10%",
                "-o", str(out), "--force"]  # fmt: skip
    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
        run()
    for made_file in path.parent.glob(out.stem + "*"):
        made_file.unlink()


def rank_classes(path: Path) -> None:
    """Rank ten classes, one against the rest, by scikit-learn: macro ROC AUC, no interval."""
    import polars as pl
    from sklearn.metrics import roc_auc_score

    run = pl.read_parquet(path)
    roc_auc_score(run["label"].to_numpy(), run.drop("label").to_numpy(), multi_class="ovr")


def count_pairs(path: Path) -> None:
    """Count all pairs of 20 columns by `numpy.bincount`, the columns coded by Polars."""
    from itertools import combinations

    import numpy as np
    import polars as pl

    run = pl.read_csv(path, infer_schema=False)
    wrong = (run["label"] != run["prediction"]).to_numpy().astype(np.int64)
    codes, sizes = [], []
    for name in run.columns:
        if name.startswith("kind_"):
            code = run[name].cast(pl.Categorical).to_physical().to_numpy()
        elif name.startswith("amount_"):
            numbers = run[name].cast(pl.Float64).to_numpy()
            code = np.searchsorted(np.quantile(numbers, [0.25, 0.5, 0.75]), numbers)
        else:
            continue
        codes.append(code.astype(np.int64))
        sizes.append(int(code.max()) + 1)
    for i, j in combinations(range(len(codes)), 2):
        key = (codes[i] * sizes[j] + codes[j]) * 2 + wrong
        np.bincount(key, minlength=2 * sizes[i] * sizes[j])


def make_boxes(rows: int, folder: Path) -> None:
    """Write COCO's truth of 2,000 images, 14,000 boxes of 80 categories, and so many results."""
    import json

    import numpy as np

    rng, n, boxes, kinds = np.random.default_rng(SEED), 2_000, 14_000, 80
    image, kind = rng.integers(0, n, boxes), rng.integers(0, kinds, boxes)
    size = np.exp(rng.normal(4, 0.7, (boxes, 2))).clip(6, 400)
    place = np.hstack([rng.random((boxes, 2)) * (np.array([640, 480]) - size).clip(1), size])
    of, near = rng.integers(0, boxes, rows), rng.random(rows) < 0.5
    said = place[of] + np.where(near, 3, 36)[:, None] * rng.normal(size=(rows, 4))
    said[:, 2:] = said[:, 2:].clip(3)
    on = np.where(rng.random(rows) < 0.8, image[of], rng.integers(0, n, rows))
    called = np.where(rng.random(rows) < 0.8, kind[of], rng.integers(0, kinds, rows))
    score = rng.beta(1, 3, rows) * 0.7 + 0.3 * near

    def listed(images: Any, categories: Any, xywh: Any, **more: Any) -> list[dict[str, Any]]:
        columns = {"image_id": images + 1, "category_id": categories + 1, "bbox": xywh.round(2)}
        found = {key: x.tolist() for key, x in (columns | more).items()}
        return [dict(zip(found, row, strict=True)) for row in zip(*found.values(), strict=True)]

    folder.mkdir()
    truth = listed(image, kind, place, id=np.arange(boxes) + 1, area=size.prod(axis=1),
                   iscrowd=(np.arange(boxes) % 100 == 0).astype(int))  # fmt: skip
    whole = {
        "images": [{"id": i + 1, "file_name": f"{i:012}.jpg", "width": 640, "height": 480}
                   for i in range(n)],
        "annotations": truth,
        "categories": [{"id": i + 1, "name": f"class {i}"} for i in range(kinds)],
    }  # fmt: skip
    results = listed(on, called, said, score=score.round(5))
    for name, value in (("gt", whole), ("results", results)):
        (folder / f"{name}.json").write_text(json.dumps(value))


def evaluate_boxes(folder: Path) -> None:
    """Compute average precision with pycocotools."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(str(folder / "gt.json"))
        run = COCOeval(truth, truth.loadRes(str(folder / "results.json")), "bbox")
        run.evaluate()
        run.accumulate()
        run.summarize()


TASKS = {
    "boxes": make_boxes, "coco": evaluate_boxes,
    "checks": make_checks, "runs": make_runs, "classes": make_classes, "scores": make_scores,
    "read": read_runs, "select": select_runs, "rewrite": rewrite, "split": split_rows,
    "rank": rank_classes, "pairs": count_pairs, "past": make_past, "history": read_history,
}  # fmt: skip

if __name__ == "__main__":
    TASKS[sys.argv[1]](*(int(x) if x.isdigit() else Path(x) for x in sys.argv[2:]))
