"""Runs with a known disease: real models, trained in seconds on data that need no download.

A recipe is dataset × splits × model × options. Training one writes an ordinary run (``run.csv``)
and its config (``run.toml``), or of another task its files and a card (``run.toml``); the rest of
mlstrat meets the harness through these files alone.

1. :mod:`~mlstrat.harness.recipes.recipe`: what there is to train, in one table
2. :mod:`~mlstrat.harness.datasets`: the examples; :mod:`~mlstrat.harness.train.task`: their
   splits
3. :mod:`~mlstrat.harness.recipes.models`: the models, one a row, of scikit-learn
   (:mod:`~mlstrat.harness.recipes.models`) and of PyTorch (:mod:`~mlstrat.harness.networks`)
4. :mod:`~mlstrat.harness.train.knobs`: what can be turned at them
5. :mod:`~mlstrat.harness.train.training`: one recipe, trained and measured
6. :mod:`~mlstrat.harness.train.run_files`: a run on disk, whole or not at all
7. :mod:`~mlstrat.harness.tasks`: recipes of tasks beyond one label an example

Importing this package loads neither numpy, pandas, scikit-learn nor torch.
"""

from __future__ import annotations

from mlstrat.harness.recipes.recipe import Recipe, find_recipe, list_recipes
from mlstrat.harness.train.run_files import TrainedRun
from mlstrat.harness.training import train

__all__ = ["Recipe", "TrainedRun", "find_recipe", "list_recipes", "train"]
