"""Runs with a known disease: real models, trained in seconds on data that need no download.

A recipe is dataset × splits × model × options. Training one writes an ordinary run (``run.csv``)
and its config (``run.toml``), or of another task its files and a card (``run.toml``); the rest of
mlstrat meets the harness through these files alone.

`recipes` say what there is to train, `datasets` the examples, `networks` and `recipes.models` the
models, `train` splits, knobs and the run on disk, `tasks` what predicts more than one label.

Importing this package loads neither numpy, pandas, scikit-learn nor torch.
"""

from __future__ import annotations

from mlstrat.harness.recipes.recipe import Recipe, find_recipe, list_recipes
from mlstrat.harness.train.run_files import TrainedRun
from mlstrat.harness.training import train

__all__ = ["Recipe", "TrainedRun", "find_recipe", "list_recipes", "train"]
