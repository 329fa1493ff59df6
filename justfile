# lint, types and the fast tests
default: lint test

lint:
    .venv/bin/ruff check .
    .venv/bin/ruff format --check .
    .venv/bin/mypy

test:
    .venv/bin/python -m pytest -q -n 2 -m "not slow"

# simulations of coverage, and the doctests
slow:
    .venv/bin/python -m pytest -q -n 2 -m slow
    .venv/bin/python -m pytest -q --doctest-modules mlstrat

# make every sample run again from its own command
samples:
    for recipe in sample_runs/*/; do .venv/bin/mlstrat train $(basename $recipe) --out $recipe --force; done
    .venv/bin/python sample_runs/reports.py

benchmarks:
    .venv/bin/python -m benchmarks
