"""The command line: arguments in, one library call, one report call out.

One file a panel. Nothing here computes, and nothing else prints.
"""

from mlstrat.cli.app import run

__all__ = ["run"]
