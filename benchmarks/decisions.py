"""``python -m benchmarks.decisions``: how often each kind of sentence is wrong, simulated.

Writes `docs/decisions.json`, from which `python docs/make.py` makes the table of the page "How
mlstrat decides". With names, those simulations alone are run again and the others stay.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from tests.decision_simulation import SIMULATIONS

RATES = Path(__file__).parent.parent / "docs" / "decisions.json"
TRIALS = 1000


def main() -> int:
    """Simulate, print and write; 1 where a promise is broken."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.decisions", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="simulations; all without any")
    parser.add_argument("--list", action="store_true", help="the names of the simulations")
    parser.add_argument("--trials", type=int, default=TRIALS, help="runs of each world")
    chosen = parser.parse_args()
    if unknown := set(chosen.names) - SIMULATIONS.keys():
        parser.error(f"unknown simulation {', '.join(sorted(unknown))}: see --list")
    if chosen.list:
        print(*(f"{name:30} {d.name}" for name, (d, _) in SIMULATIONS.items()), sep="\n")
        return 0
    found: dict[str, Any] = json.loads(RATES.read_text("utf-8")) if RATES.exists() else {}
    broken = 0
    for name, (_, simulate) in SIMULATIONS.items():
        if chosen.names and name not in chosen.names:
            continue
        rates = list(simulate(chosen.trials))
        for x in rates:
            broken += not x.kept
            print(
                f"{'kept  ' if x.kept else 'BROKEN'} {x.rate:7.2%}  {x.world} ({x.n})", flush=True
            )
        found[name] = [x.to_dict() for x in rates]
        kept = {x: found[x] for x in SIMULATIONS if x in found}
        RATES.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return int(broken > 0)


if __name__ == "__main__":
    sys.exit(main())
