"""A detector of one stage: a grid of cells, of which each says what is in it, by anchor boxes.

Source: Redmon et al. 2016 and 2017 (YOLO), as the course has it, far smaller.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from mlstrat.harness.networks.loop import outputs
from mlstrat.harness.networks.torch_needed import load_torch
from mlstrat.harness.tasks.answers import Answers, Job

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mlstrat.harness.datasets.shapes import Scene

    Floats = NDArray[np.float64]

CELL = 16

FILTERS = (8, 16, 32, 48)
"""At width 1."""

FAINTEST = 0.05
"""Score below which a box is not told."""

SUPPRESSED = 0.5
"""IoU from which the weaker of two boxes goes."""

ROUNDS = 20
"""Of k-means."""

PLACE, SIZE = 4.0, 4.0
"""How much the squares of place and size count in the loss, beside object and class (ours)."""

OBJECT, BOX, CLASS = 0, slice(1, 5), 5
"""What a cell says of an anchor: whether there is an object, its box, and from 5 its class."""

Tensor = Any


def train(job: Job) -> Answers:
    """Train a detector, and write its boxes as COCO has them."""
    import numpy as np
    import torch

    source, scenes = job.source, job.drawn
    sizes = np.concatenate([x.boxes[:, 2:] for x in scenes.trained])
    anchors = anchor_boxes(sizes, int(job.own["anchors"]))
    side, kinds = source.side, source.kinds
    module = detector(len(anchors), len(kinds), job.width)

    def both(rows: Any) -> tuple[Tensor, Tensor, int]:
        pictures = torch.from_numpy(np.stack([x.picture for x in rows])[:, None])
        right, lost = encoded(rows, anchors, side)
        return pictures, torch.from_numpy(right), lost

    coded = {split: both(rows) for split, rows in scenes.splits.items()}
    inputs, targets, lost = both(scenes.trained)
    notes = job.fit(module, loss_of(len(anchors)), (inputs, targets), coded["dev"][:2])
    notes |= {"boxes_of_train": len(sizes), "boxes_that_no_anchor_took": lost}
    notes["anchors"] = " ".join(f"{w:.0f}x{h:.0f}" for w, h in anchors)
    files = {}
    for split, rows in scenes.splits.items():
        said = outputs(module, coded[split][0]).double().numpy()
        files[f"{split}.truth.json"] = _truth(rows, kinds, split, side)
        files[f"{split}.json"] = _results(said, anchors, kinds, nms=bool(job.own["nms"]))
    threshold = job.own["threshold"]
    return job.answers(
        module, files, notes, coded["dev"][0],
        options={} if threshold is None else {"threshold": threshold},
    )  # fmt: skip


def anchor_boxes(sizes: Floats, count: int) -> Floats:
    """Return anchors (count, 2): sides of boxes, by k-means whose distance is 1 − IoU.

    Source: Redmon and Farhadi 2017.
    """
    import numpy as np

    order = sizes[np.lexsort((sizes[:, 1], sizes[:, 0] / sizes[:, 1]))]
    anchors: Floats = order[((np.arange(count) + 0.5) * len(sizes) / count).astype(int)]
    for _ in range(ROUNDS):
        nearest = shape_iou(sizes, anchors).argmax(axis=1)
        anchors = np.array([
            sizes[nearest == i].mean(axis=0) if (nearest == i).any() else anchors[i]
            for i in range(count)
        ])  # fmt: skip
    return anchors


def shape_iou(sizes: Floats, anchors: Floats) -> Floats:
    """Return the IoU (n, anchors) of boxes and anchors with one midpoint."""
    import numpy as np

    shared: Floats = np.minimum(sizes[:, None], anchors[None]).prod(axis=2)
    whole: Floats = sizes.prod(axis=1)[:, None] + anchors.prod(axis=1)[None] - shared
    return shared / whole


def encoded(
    scenes: list[Scene], anchors: Floats, side: int
) -> tuple[NDArray[np.float32], int]:  # fmt: skip
    """Return what each cell is to say, (N, anchors, 6, grid, grid), and how many boxes got lost.

    A box belongs to the cell of its midpoint and, of the anchors that are free there, to the one
    of the most similar shape; where none is free it cannot be learnt.
    """
    import numpy as np

    grid = side // CELL
    right = np.zeros((len(scenes), len(anchors), CLASS + 1, grid, grid), dtype=np.float32)
    lost = 0
    for i, scene in enumerate(scenes):
        shapes = shape_iou(scene.boxes[:, 2:], anchors)
        for box, kind, fits in zip(scene.boxes, scene.kinds, shapes, strict=True):
            middle = (box[:2] + box[2:] / 2) / CELL
            column, row = np.minimum(middle.astype(int), grid - 1)
            free = [k for k in np.argsort(-fits) if not right[i, k, OBJECT, row, column]]
            if not free:
                lost += 1
                continue
            k = free[0]
            size = np.log(box[2:] / anchors[k])
            right[i, k, :, row, column] = [1, *(middle - [column, row]), *size, kind]
    return right, lost


def loss_of(anchors: int) -> Any:
    """Return the loss: a sum over cells, a mean over pictures.

    Logistic on the object; where there is one, squares of place and size and the entropy of the
    class.
    """

    def loss(said: Tensor, right: Tensor) -> Tensor:
        import torch

        f = torch.nn.functional
        n, _, grid, _ = said.shape
        cells = said.view(n, anchors, -1, grid, grid)
        there = right[:, :, OBJECT] > 0
        total = f.binary_cross_entropy_with_logits(
            cells[:, :, OBJECT], right[:, :, OBJECT], reduction="sum"
        )
        own, true = (x.permute(0, 1, 3, 4, 2)[there] for x in (cells, right))
        total = total + PLACE * ((own[:, 1:3].sigmoid() - true[:, 1:3]) ** 2).sum()
        total = total + SIZE * ((own[:, 3:5] - true[:, 3:5]) ** 2).sum()
        kinds = f.cross_entropy(own[:, CLASS:], true[:, CLASS].long(), reduction="sum")
        return (total + kinds) / n

    return loss


def detector(anchors: int, kinds: int, width: float) -> Any:
    """Return a network from pictures to (N, anchors · (5 + kinds), grid, grid)."""
    nn = load_torch().nn
    parts: list[Any] = []
    before = 1
    for published in FILTERS:
        filters = max(1, round(width * published))
        parts += [nn.Conv2d(before, filters, 3, stride=2, padding=1), nn.BatchNorm2d(filters),
                  nn.ReLU()]  # fmt: skip
        before = filters
    parts += [nn.Conv2d(before, before, 3, padding=1), nn.ReLU()]
    return nn.Sequential(*parts, nn.Conv2d(before, anchors * (CLASS + kinds), 1))


def decoded(
    said: Floats, anchors: Floats, kinds: int
) -> tuple[Floats, Floats, NDArray[np.int64]]:  # fmt: skip
    """Return the boxes (n, 4), scores and kinds of one picture's cells; faint ones are left out."""
    import numpy as np

    grid = said.shape[-1]
    cells = said.reshape(len(anchors), CLASS + kinds, grid, grid).transpose(0, 2, 3, 1)
    row, column = np.mgrid[:grid, :grid]
    middle = (_sigmoid(cells[..., 1:3]) + np.stack([column, row], axis=-1)) * CELL
    size = anchors[:, None, None] * np.exp(np.clip(cells[..., 3:5], -3, 3))
    shares = np.exp(cells[..., CLASS:] - cells[..., CLASS:].max(axis=-1, keepdims=True))
    shares /= shares.sum(axis=-1, keepdims=True)
    scores = (_sigmoid(cells[..., OBJECT]) * shares.max(axis=-1)).ravel()
    boxes = np.concatenate([middle - size / 2, size], axis=-1).reshape(-1, 4)
    kept = scores >= FAINTEST
    return boxes[kept], scores[kept], shares.argmax(axis=-1).ravel()[kept]


def _sigmoid(x: Any) -> Any:
    import numpy as np

    return 1 / (1 + np.exp(-x))


def _results(said: Floats, anchors: Floats, kinds: tuple[str, ...], *, nms: bool) -> str:
    from mlstrat.tasks.detection.boxes import nms as suppressed

    rows = []
    for i, cells in enumerate(said):
        boxes, scores, found = decoded(cells, anchors, len(kinds))
        kept: Any = range(len(boxes))
        if nms and len(boxes):
            kept = suppressed(boxes, scores, SUPPRESSED, found).tolist()
        rows += [
            {"image_id": i + 1, "category_id": int(found[k]) + 1, "bbox": _shown(boxes[k]),
             "score": round(float(scores[k]), 6)}
            for k in kept
        ]  # fmt: skip
    return json.dumps(rows) + "\n"


def _truth(scenes: Any, kinds: tuple[str, ...], split: str, side: int) -> str:
    boxes = [(i, box, kind) for i, x in enumerate(scenes)
             for box, kind in zip(x.boxes, x.kinds, strict=True)]  # fmt: skip
    document = {
        "images": [
            {"id": i + 1, "file_name": f"{split}-{i:04d}.png", "width": side, "height": side}
            for i in range(len(scenes))
        ],
        "annotations": [
            {"id": k + 1, "image_id": i + 1, "category_id": int(kind) + 1, "bbox": _shown(box),
             "area": round(math.prod(_shown(box)[2:]), 2), "iscrowd": 0}
            for k, (i, box, kind) in enumerate(boxes)
        ],
        "categories": [{"id": i + 1, "name": name} for i, name in enumerate(kinds)],
    }  # fmt: skip
    return json.dumps(document) + "\n"


def _shown(box: Any) -> list[float]:
    return [round(float(x), 2) for x in box]
