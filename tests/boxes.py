"""Drawn scenes with known boxes, written as COCO, YOLO, VOC, tables; a matcher by plain loops."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

NAMES = ("cat", "dog", "kite", "boat")
IDS = (3, 7, 11, 18)
"""Ids of the categories in COCO, which are no positions."""


def scene(images: int = 40, seed: int = 0, split: str = "dev") -> tuple[dict[str, Any], list[Any]]:
    """Return COCO's truth and results: hits, loose boxes, other categories, copies, noise."""
    rng = np.random.default_rng(seed)
    truth: dict[str, Any] = {
        "images": [{"id": 50 + i, "file_name": f"{split}/p{seed}_{i:03}.jpg", "width": 320,
                    "height": 240, "light": "day" if i % 3 else "night"} for i in range(images)],
        "annotations": [],
        "categories": [{"id": k, "name": n} for k, n in zip(IDS, NAMES, strict=True)],
    }  # fmt: skip
    said: list[Any] = []

    def add(image: int, category: int, box: Any, score: float) -> None:
        x, y, w, h = (int(v) for v in box)
        w, h = max(w, 4), max(h, 4)
        x, y = min(max(x, 0), 319 - w), min(max(y, 0), 239 - h)
        said.append({"image_id": image, "category_id": category, "bbox": [x, y, w, h],
                     "score": round(float(np.clip(score, 0.01, 0.999)), 3)})  # fmt: skip

    for image in truth["images"]:
        for _ in range(rng.integers(0, 5)):
            w, h = rng.integers(16, 110, 2)
            box = np.array([rng.integers(0, 319 - w), rng.integers(0, 239 - h), w, h])
            category = int(rng.choice(IDS))
            truth["annotations"].append({
                "id": len(truth["annotations"]) + 1, "image_id": image["id"], "iscrowd": 0,
                "category_id": category, "bbox": box.tolist(), "area": int(w * h),
            })  # fmt: skip
            fate = rng.random()
            if fate < 0.7:
                add(image["id"], category, box + rng.normal(0, 3, 4), rng.normal(0.7, 0.15))
            if fate < 0.1:
                add(image["id"], category, box + rng.normal(0, 3, 4), rng.normal(0.5, 0.15))
            elif 0.7 <= fate < 0.82:
                add(
                    image["id"],
                    category,
                    box + np.array([w // 2, h // 4, 0, 0]),
                    rng.normal(0.6, 0.15),
                )
            elif 0.82 <= fate < 0.9:
                add(image["id"], int(rng.choice(IDS)), box, rng.normal(0.6, 0.15))
        for _ in range(rng.integers(0, 3)):
            noise = [*rng.integers(0, 200, 2), *rng.integers(10, 60, 2)]
            add(image["id"], int(rng.choice(IDS)), noise, rng.normal(0.35, 0.2))
    return truth, said


def stem(image: dict[str, Any]) -> str:
    """Return the name of an image without folder and ending."""
    return Path(image["file_name"]).stem


def write_coco(truth: dict[str, Any], said: list[Any], folder: str = ".") -> tuple[str, str]:
    """Write both sides as COCO has them."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    paths = f"{folder}/gt.json", f"{folder}/results.json"
    for path, value in zip(paths, (truth, said), strict=True):
        Path(path).write_text(json.dumps(value))
    return paths


def write_yolo(truth: dict[str, Any], said: list[Any], folder: str = ".") -> tuple[str, str]:
    """Write both sides as folders of YOLO; classes are positions in a list of another order."""
    images = {x["id"]: x for x in truth["images"]}
    names = {c["id"]: c["name"] for c in truth["categories"]}
    order = sorted(names.values(), reverse=True)
    paths = f"{folder}/labels", f"{folder}/predictions"
    for path, rows in zip(paths, (truth["annotations"], said), strict=True):
        Path(path).mkdir(parents=True)
        lines: dict[str, list[str]] = {}
        if path.endswith("labels"):
            lines = {stem(x): [] for x in truth["images"]}
        for row in rows:
            image, (x, y, w, h) = images[row["image_id"]], row["bbox"]
            wide, high = image["width"], image["height"]
            numbers = [(x + w / 2) / wide, (y + h / 2) / high, w / wide, h / high]
            numbers += [row["score"]] if "score" in row else []
            number = order.index(names[row["category_id"]])
            line = " ".join([str(number), *(f"{v:.6f}" for v in numbers)])
            lines.setdefault(stem(image), []).append(line)
        for name, found in lines.items():
            Path(f"{path}/{name}.txt").write_text("".join(f"{x}\n" for x in found))
    listed = "".join(f"  {i}: {name}\n" for i, name in enumerate(order))
    Path(f"{folder}/data.yaml").write_text(f"train: images  # not read\nnames:\n{listed}nc: 4\n")
    return paths


def write_voc(truth: dict[str, Any], folder: str = "voc") -> str:
    """Write what is right as a folder of VOC."""
    names = {c["id"]: c["name"] for c in truth["categories"]}
    Path(folder).mkdir(parents=True)
    for image in truth["images"]:
        objects = ""
        for row in truth["annotations"]:
            if row["image_id"] == image["id"]:
                x, y, w, h = row["bbox"]
                objects += (
                    f"<object><name>{names[row['category_id']]}</name>"
                    f"<difficult>{int(bool(row.get('difficult')))}</difficult><bndbox>"
                    f"<xmin>{x}</xmin><ymin>{y}</ymin><xmax>{x + w}</xmax><ymax>{y + h}</ymax>"
                    "</bndbox></object>"
                )
        size = f"<size><width>{image['width']}</width><height>{image['height']}</height></size>"
        Path(f"{folder}/{stem(image)}.xml").write_text(
            f"<annotation><filename>{stem(image)}.jpg</filename>{size}{objects}</annotation>"
        )
    return folder


def table(truth: dict[str, Any], said: list[Any]) -> pl.DataFrame:
    """Return both sides as one table."""
    images = {x["id"]: x for x in truth["images"]}
    names = {c["id"]: c["name"] for c in truth["categories"]}
    used = {x["image_id"] for x in truth["annotations"]}
    rows = []
    for kind, side in (("gt", truth["annotations"]), ("det", said)):
        for r in side:
            image = images[r["image_id"]]
            shared = image["light"], image["width"], image["height"]
            box = names[r["category_id"]], *map(float, r["bbox"]), r.get("score")
            rows.append((stem(image), kind, *box, *shared))
    rows += [(stem(x), "image", None, *[None] * 5, x["light"], x["width"], x["height"])
             for k, x in images.items() if k not in used]  # fmt: skip
    schema = ["image_id", "kind", "category", "x", "y", "w", "h", "score", "light",
              "image_width", "image_height"]  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row", infer_schema_length=None)


def overlap(a: list[float], b: list[float]) -> float:
    """Return IoU."""
    w = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    h = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    both = max(w, 0) * max(h, 0)
    return both / (a[2] * a[3] + b[2] * b[3] - both)


def by_loops(truth: dict[str, Any], said: list[Any], threshold: float) -> dict[str, Any]:
    """Return units and kinds of error by plain loops: true boxes and detections, one by one."""
    found = dict.fromkeys(("tp", "Cls", "Loc", "Both", "Dupe", "Bkg", "Miss", "fn"), 0)
    for image in truth["images"]:
        boxes = [x for x in truth["annotations"] if x["image_id"] == image["id"]]
        mine = sorted((x for x in said if x["image_id"] == image["id"] and x["score"] >= threshold),
                      key=lambda x: -x["score"])  # fmt: skip
        taken: dict[int, Any] = {}
        wrong = []
        for one in mine:
            free = [(overlap(one["bbox"], b["bbox"]), j) for j, b in enumerate(boxes)
                    if b["category_id"] == one["category_id"] and j not in taken]  # fmt: skip
            best = max(free, default=(0, 0))
            if best[0] >= 0.5:
                taken[best[1]] = one
            else:
                wrong.append(one)
        pointed = set()
        for one in wrong:
            own, other = ([(overlap(one["bbox"], b["bbox"]), -j) for j, b in enumerate(boxes)
                           if (b["category_id"] == one["category_id"]) == same]
                          for same in (True, False))  # fmt: skip
            a, b = max(own, default=(0, 1)), max(other, default=(0, 1))
            if 0.1 <= a[0] <= 0.5:
                found["Loc"] += 1
                pointed.add(-a[1])
            elif b[0] >= 0.5:
                found["Cls"] += 1
                pointed.add(-b[1])
            elif a[0] > 0.5:
                found["Dupe"] += 1
            elif max(a[0], b[0]) <= 0.1:
                found["Bkg"] += 1
            else:
                found["Both"] += 1
        missed = set(range(len(boxes))) - set(taken)
        found["tp"] += len(taken)
        found["fn"] += len(missed)
        found["Miss"] += len(missed - pointed)
    found["fp"] = sum(found[x] for x in ("Cls", "Loc", "Both", "Dupe", "Bkg"))
    return found
