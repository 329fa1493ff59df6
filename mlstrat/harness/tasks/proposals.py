"""A detector of two stages: boxes are proposed, then a network says what is in each, if anything.

Proposals are connected components of bright pixels, which nothing trains. Source: Girshick et al.
2014 (R-CNN), as the course has it, with a simpler first stage.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlstrat.harness.networks.loop import outputs
from mlstrat.harness.networks.torch_needed import load_torch
from mlstrat.harness.tasks.answers import DECIMALS, Answers, Job, csv_of
from mlstrat.tasks.detection.boxes import iou

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mlstrat.harness.datasets.shapes import Scene

    Floats = NDArray[np.float64]

BRIGHT, FEWEST = 0.33, 30
"""What a pixel of a shape is brighter than, and the fewest of them that are proposed (ours)."""

CROP, FRINGE = 16, 0.1
"""Side of what the network sees of a proposal, and how far around it, in sides of the box."""

FOUND = 0.5

FILTERS = (8, 16)
"""At width 1."""

COLUMNS = ("image_id", "kind", "category", "x", "y", "w", "h", "score",
           "after_proposals", "after_classifier")  # fmt: skip

Tensor = Any


def train(job: Job) -> Answers:
    """Train the second stage on what the first proposes; write both sides of a split as a table.

    Of each picture the table says whether it would be right were the proposals perfect, and were
    the classifier perfect as well.
    """
    import numpy as np
    import torch

    scenes, kinds, least = job.drawn, job.source.kinds, float(job.own["threshold"])
    module = classifier(len(kinds), job.width)
    train, dev_taught = (taught(x, len(kinds)) for x in (scenes.trained, scenes.splits["dev"]))
    notes = job.fit(module, torch.nn.functional.cross_entropy, train, dev_taught)

    def seen(scene: Scene, boxes: Floats) -> list[tuple[int, float]]:
        """Return what the network sees in boxes of a picture, and how surely."""
        logits = outputs(module, torch.from_numpy(crops_of(scene.picture, boxes))).double()
        sure, kind = logits.softmax(dim=1).max(dim=1)
        return list(zip(kind.tolist(), sure.round(decimals=DECIMALS).tolist(), strict=True))

    files, ids = {}, scenes.ids(job.recipe.dataset.name)
    for split, rows in scenes.splits.items():
        table: list[Any] = []
        for name, scene in zip(ids[split], rows, strict=True):
            true = scene.kinds.tolist()
            right = all(k == kind and sure >= least for kind, (k, sure)
                        in zip(true, seen(scene, scene.boxes), strict=True))  # fmt: skip
            boxes = proposed(scene.picture)
            both: list[Any] = [("gt", box, k, "") for box, k in zip(scene.boxes, true, strict=True)]
            both += [
                ("det", box, k, sure)
                for box, (k, sure) in zip(boxes, seen(scene, boxes), strict=True)
                if k < len(kinds)
            ]
            table += [
                (name, side, kinds[k], *(round(x, 2) for x in box.tolist()), sure, int(right), 1)
                for side, box, k, sure in both
            ]
        files[f"{split}.csv"] = csv_of(COLUMNS, table)
    dev = scenes.splits["dev"]
    offered = [proposed(x.picture) for x in dev]
    hit = [
        iou(x.boxes, b).max(axis=1, initial=0) >= FOUND for x, b in zip(dev, offered, strict=True)
    ]
    notes |= {
        "proposals_of_dev": sum(map(len, offered)),
        "proposal_recall_of_dev": round(float(np.concatenate(hit).mean()), 4),
    }
    return job.answers(
        module, files, notes, dev, fetch=lambda rows: [dev[i] for i in rows.tolist()],
        predict=lambda some: outputs(module, torch.from_numpy(
            np.concatenate([crops_of(x.picture, proposed(x.picture)) for x in some]))),
        options={"threshold": least},
    )  # fmt: skip


def proposed(picture: NDArray[np.float32]) -> Floats:
    """Return the boxes x, y, w, h (n, 4) of bright pixels that hang together, corners included."""
    import numpy as np
    from scipy import ndimage

    labels, _ = ndimage.label(picture > BRIGHT, structure=np.ones((3, 3)))
    many = np.bincount(labels.ravel())[1:]
    found = [
        (x.start, y.start, x.stop - x.start, y.stop - y.start)
        for (y, x), n in zip(ndimage.find_objects(labels), many, strict=True)
        if n >= FEWEST
    ]
    return np.array(found, dtype=float).reshape(-1, 4)


def crops_of(picture: NDArray[np.float32], boxes: Floats) -> NDArray[np.float32]:
    """Return what is in boxes and a little around them, (n, 1, CROP, CROP), whatever their size."""
    import numpy as np

    steps = (np.arange(CROP) + 0.5) / CROP * (1 + 2 * FRINGE) - FRINGE
    x, y = (np.clip((boxes[:, [i]] + steps * boxes[:, [i + 2]]).astype(int), 0,
                    picture.shape[1 - i] - 1) for i in (0, 1))  # fmt: skip
    crops: NDArray[np.float32] = picture[y[:, :, None], x[:, None, :]][:, None]
    return crops


def taught(scenes: Any, kinds: int) -> tuple[Tensor, Tensor]:
    """Return crops of proposals and of true boxes, and the kind of each; the last kind is none."""
    import numpy as np
    import torch

    crops, right = [], []
    for scene in scenes:
        boxes = proposed(scene.picture)
        overlap = iou(boxes, scene.boxes)
        of = np.where(overlap.max(axis=1) >= FOUND, scene.kinds[overlap.argmax(axis=1)], kinds)
        crops.append(crops_of(scene.picture, np.concatenate([boxes, scene.boxes])))
        right.append(np.concatenate([of, scene.kinds]))
    return torch.from_numpy(np.concatenate(crops)), torch.from_numpy(np.concatenate(right))


def classifier(kinds: int, width: float) -> Any:
    """Return a network from crops to logits of each kind, and of none of them."""
    nn = load_torch().nn
    a, b = (max(1, round(width * x)) for x in FILTERS)
    side = CROP // 4
    return nn.Sequential(
        nn.Conv2d(1, a, 3, stride=2, padding=1), nn.ReLU(),
        nn.Conv2d(a, b, 3, stride=2, padding=1), nn.ReLU(),
        nn.Flatten(), nn.Linear(b * side * side, kinds + 1),
    )  # fmt: skip
