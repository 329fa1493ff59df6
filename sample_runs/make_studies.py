"""Make the sample studies again: train them, and keep report, figure and JSON, not the runs.

``python sample_runs/make_studies.py`` takes minutes on two cores; all but the first need torch.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

import mlstrat as ms

HERE = Path(__file__).parent / "studies"

STUDIES: dict[str, tuple[str, ...]] = {
    "data_mismatch": (),
    "glyphs_variance": (
        "bigger", "optimiser", "more_data", "l2", "dropout", "augmentation", "early_stopping",
    ),
    "lenet5": ("ensemble=5", "crops=10"),
    "lstm_tagger": ("both_directions", "deeper", "bigger", "longer"),
    "yolo_shapes": ("no_suppression", "anchors=1", "threshold=0.2"),
    "triplet_random": ("mining=semihard", "mining=pairs", "distance=chi_square"),
    "dates_beam": ("beam=1", "beam=10", "length_penalty=1"),
}  # fmt: skip
"""Recipe to the knobs that are turned; none names all. The second leaves out what takes long, the
third averages models and crops, and the others are of tasks beyond one label an example."""

SEEDS = {"data_mismatch": 10, "glyphs_variance": 5, "lenet5": 5, "lstm_tagger": 5,
         "yolo_shapes": 3, "triplet_random": 5, "dates_beam": 3}  # fmt: skip
"""More where a run takes a second."""

KEPT = ("report.md", "report.json", "knobs.png")


def make(recipe: str) -> None:
    """Train one study in a folder that goes away, and keep what it says."""
    place = HERE / recipe
    with tempfile.TemporaryDirectory() as temporary:
        os.chdir(temporary)  # so that the report names no folder of this machine
        folder = f"study_knobs_{recipe}"
        ms.study(
            "knobs", recipe, seeds=SEEDS[recipe], knobs=STUDIES[recipe], out=folder,
            progress=lambda line: sys.stderr.write(f"{line}\n"),
        )  # fmt: skip
        place.mkdir(parents=True, exist_ok=True)
        for name in KEPT:
            shutil.copy(Path(folder) / name, place / name)
        os.chdir(HERE)


def main() -> None:
    """Make the studies that are named, or all."""
    for recipe in sys.argv[1:] or STUDIES:
        make(recipe)


if __name__ == "__main__":
    main()
