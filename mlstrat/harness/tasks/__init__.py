"""Recipes of the tasks beyond one label an example: trained by the loop of all networks.

1. :mod:`~mlstrat.harness.tasks.models`: the models, one a row, and what turns at them
2. :mod:`~mlstrat.harness.tasks.answers`: the examples of each split, drawn by the recipe's dataset
3. one module a family: examples to a trained network, and what it answers as the task reads it
4. :mod:`~mlstrat.harness.training`: the folder with its card

Nothing here loads torch before something is trained.
"""
