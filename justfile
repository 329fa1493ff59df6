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
    .venv/bin/python -m pytest -q -n 2 -m "slow and not engines"
    .venv/bin/python -m pytest -q --doctest-modules mlstrat

# against a cluster of Spark on this machine; needs Java
engines:
    .venv/bin/pip install --quiet -e '.[test,spark]'
    .venv/bin/python -m pytest -q -m engines tests/engines

# make every sample run again from its own command
samples:
    .venv/bin/python sample_runs/make.py
    .venv/bin/python sample_runs/make_story.py
    .venv/bin/python sample_runs/make_studies.py
    .venv/bin/python sample_runs/make_improved.py
    .venv/bin/python sample_runs/make_tasks.py
    .venv/bin/python sample_runs/make_points.py
    .venv/bin/python sample_runs/make_boxes.py

# write the outputs in the README and in the pages written by hand again
readme:
    .venv/bin/python -m tests.test_documentation

# write the generated pages of docs/ again
docs:
    .venv/bin/python docs/make.py

# build the documentation into site/
site:
    .venv/bin/pip install --quiet --group docs
    .venv/bin/python docs/build_site.py

# take pictures of the site's pages, narrow and wide, light and dark
pictures: site
    .venv/bin/python docs/site_pictures.py

benchmarks:
    .venv/bin/python -m benchmarks
