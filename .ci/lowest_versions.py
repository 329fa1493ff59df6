"""Print every lower bound of pyproject.toml as an exact version."""

import re
import sys
import tomllib
from pathlib import Path

project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
extras = project["optional-dependencies"]
for requirement in (*project["dependencies"], *(r for rs in extras.values() for r in rs)):
    name, bound = re.fullmatch(r"([\w-]+)(?:\[\w+\])?>=([\w.]+)", requirement).groups()
    sys.stdout.write(f"{name}=={bound}\n")
