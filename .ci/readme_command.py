"""Print the n-th set-up command of the README: a line of a sh fence that makes its own .venv."""

import re
import sys
from pathlib import Path

text = Path("README.md").read_text(encoding="utf-8")
fences = re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
commands = [line for fence in fences for line in fence.splitlines() if "-m venv .venv" in line]
sys.stdout.write(commands[int(sys.argv[1]) - 1] + "\n")
