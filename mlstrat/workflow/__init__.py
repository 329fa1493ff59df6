"""The questions of the course, in its order: a folder each.

splits, score, human, diagnose, history, curve, error_table, mislabels, slices, select, compare,
gate, report; beside them plot, explain, count, settings and study.
"""
