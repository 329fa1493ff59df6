"""The table of examples that every task but classification ends as, and what is counted of it.

A row is an example: ``id``, ``split``, ``group``, ``num`` and ``den``; of each kind of error
``count.<kind>`` and ``fixed.<kind>.num``, ``fixed.<kind>.den``: what changes if those were right.
A task reads its own files into such a table; sums, intervals, pairs and ceilings follow from it.
"""
