"""Make the sample run of boxes: drawn scenes, and what a detector of known faults says of them.

``python sample_runs/make_boxes.py`` writes `boxes`: a card, COCO's truth and results of train, dev
and test, the boxes of a second annotator, and the report. Each true box is found, loose, taken for
another category or missed by the rates of `FAULTS`; by night more are missed. So the disease is
known: variance, most of it boxes that are missed, and the night is where.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

import mlstrat as ms

FOLDER = Path(__file__).parent / "boxes"
NAMES = ("bicycle", "car", "person")
IMAGES, SEED = {"train": 70, "dev": 90, "test": 60}, 3
FAULTS = {  # found, loose, another category, (else missed); noise an image; what scores are about
    "train": (0.96, 0.01, 0.01, 0.05, 0.75),
    "dev": (0.82, 0.06, 0.03, 0.35, 0.6),
    "test": (0.82, 0.06, 0.03, 0.35, 0.6),
    "human": (0.98, 0.01, 0.0, 0.0, 1.0),
}

CARD = """# Drawn by sample_runs/make_boxes.py: the faults of the detector are known.
[task]
name = "detection"
"""


def scenes(split: str) -> dict[str, Any]:
    """Return COCO's truth of a split: one to six boxes an image, by day or by night."""
    rng = np.random.default_rng([SEED, list(IMAGES).index(split)])
    images, boxes = [], []
    for i in range(IMAGES[split]):
        light = "night" if rng.random() < 0.35 else "day"
        file = f"{split}/{i + 1:03}.jpg"
        images.append({"id": i + 1, "file_name": file, "width": 320, "height": 240, "light": light})
        for _ in range(rng.integers(1, 7)):
            w, h = (int(x) for x in np.exp(rng.normal(3.9, 0.4, 2)).clip(16, 150))
            x, y = int(rng.integers(0, 320 - w)), int(rng.integers(0, 240 - h))
            boxes.append({"id": len(boxes) + 1, "image_id": i + 1, "iscrowd": 0,
                          "category_id": int(rng.integers(1, 4)), "bbox": [x, y, w, h],
                          "area": w * h})  # fmt: skip
    named = [{"id": i + 1, "name": name} for i, name in enumerate(NAMES)]
    return {"images": images, "annotations": boxes, "categories": named}


def said(truth: dict[str, Any], who: str) -> list[dict[str, Any]]:
    """Return results of COCO: what is said of the boxes of a split."""
    rng = np.random.default_rng([SEED, 10 + list(FAULTS).index(who)])
    found, loose, other, noise, about = FAULTS[who]
    dark = {x["id"]: x["light"] == "night" for x in truth["images"]}
    rows: list[dict[str, Any]] = []

    def add(image: int, category: int, box: Any, score: float) -> None:
        w, h = max(int(box[2]), 6), max(int(box[3]), 6)
        rows.append({"image_id": image, "category_id": category,
                     "bbox": [int(box[0]), int(box[1]), w, h],
                     "score": round(float(np.clip(score, 0.02, 0.99)), 3)})  # fmt: skip

    for one in truth["annotations"]:
        box, category = np.array(one["bbox"], float), one["category_id"]
        at = found - (0.4 if dark[one["image_id"]] and who in ("dev", "test") else 0)
        luck, score = rng.random(), rng.normal(about, 0.12)
        if luck < at:
            add(one["image_id"], category, box + rng.normal(0, 0.04, 4) * box[2:].mean(), score)
        elif luck < at + loose:
            shift = np.array([0.5 * box[2], 0.2 * box[3], 0, 0])
            add(one["image_id"], category, box + shift, score - 0.1)
        elif luck < at + loose + other:
            add(one["image_id"], category % 3 + 1, box, score - 0.1)
    for image in truth["images"]:
        for _ in range(rng.poisson(noise)):
            box = [*rng.integers(0, 200, 2), *rng.integers(10, 60, 2)]
            add(image["id"], int(rng.integers(1, 4)), box, rng.normal(about - 0.25, 0.12))
    return rows


def files() -> dict[str, str]:
    """Return the files of the run by name, but for its report."""
    out, card = {}, CARD
    for split in IMAGES:
        truth = scenes(split)
        out[f"{split}.json"] = json.dumps(truth)
        out[f"{split}_results.json"] = json.dumps(said(truth, split))
        card += f'[task.{split}]\ntruth = "{split}.json"\npredictions = "{split}_results.json"\n'
    out["dev_people.json"] = json.dumps(said(scenes("dev"), "human"))
    card += '[task.human]\nsplit = "dev"\ntruth = "dev.json"\npredictions = "dev_people.json"\n'
    return {"card.toml": card, **{name: f"{text}\n" for name, text in out.items()}}


def main() -> None:
    """Write everything."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in files().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    report = ms.diagnose("sample_runs/boxes/card.toml").to_markdown()
    (FOLDER / "report.md").write_text(report, encoding="utf-8")


if __name__ == "__main__":
    main()
